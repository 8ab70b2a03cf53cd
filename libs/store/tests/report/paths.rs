//! Every path that can answer a question gives what counting every message gives.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::report::Query;
use acuse_store::read::{Asked, Path};
use acuse_store::workspaces::Workspace;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixture::{Store, count, together};
use crate::population;
use crate::queries;

/// Random questions asked of each state of the folding.
const QUESTIONS: usize = 80;

#[tokio::test]
async fn all_paths_give_the_same_however_far_the_folding_is() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let events = population::events(seed, 500);
    let (early, late) = events.split_at(events.len() / 2);
    // The other workspace tells of the same ids.
    store.apply(&other, &population::events(seed, 100)).await;

    store.apply(&workspace, early).await;
    let unfolded = compare(&store, &workspace, seed).await;
    store.fold().await;
    compare(&store, &workspace, seed + 1).await;
    store.apply(&workspace, late).await;
    let half_way = compare(&store, &workspace, seed + 2).await;
    store.fold().await;
    let folded = compare(&store, &workspace, seed + 3).await;

    assert_eq!(unfolded.folded, 0);
    assert!(half_way.folded > 0 && half_way.folded < half_way.last);
    assert_eq!(folded.folded, folded.last);
    for state in [&unfolded, &half_way, &folded] {
        // Of every path something was asked, and something came of it.
        assert_eq!(
            state.told.keys().copied().collect::<Vec<_>>(),
            queries::paths()
        );
        assert!(state.durations > 30, "{}", state.durations);
        assert!(state.mixed > 5, "{}", state.mixed);
    }
}

/// How far the folding was, and how often a path counted anything.
pub(crate) struct Compared {
    pub(crate) folded: i64,
    last: i64,
    pub(crate) told: BTreeMap<Path, usize>,
    durations: usize,
    /// Questions that were read from different places for different parts of their interval.
    mixed: usize,
}

pub(crate) async fn compare(store: &Store, workspace: &Workspace, seed: u64) -> Compared {
    let scoped = store.whole(workspace).await;
    let zone = scoped.workspace().facet_zone();
    let contributions = store.contributions(workspace).await;
    let mut dice = StdRng::seed_from_u64(seed);
    let random = (0..QUESTIONS).map(|_| queries::query(&mut dice, &contributions));
    let queries: Vec<Query> = queries::plain(&zone).chain(random).collect();
    let mut compared = Compared {
        folded: 0,
        last: 0,
        told: BTreeMap::new(),
        durations: 0,
        mixed: 0,
    };
    // Several questions in one report.
    for queries in queries.chunks(10) {
        let asked: Vec<Asked> = queries
            .iter()
            .flat_map(|query| queries::by_all_paths(&scoped, query, &zone))
            .collect();
        let answer = scoped.answer(asked.clone()).await.unwrap();
        compared.folded = answer.folded_sequence;
        compared.last = answer.last_sequence;
        for (asked, answered) in asked.iter().zip(answer.answered) {
            assert_eq!(answered, count(asked, &contributions), "{asked:#?}");
            if !answered.cells.is_empty() {
                *compared.told.entry(asked.path).or_default() += 1;
            }
            compared.durations += usize::from(!answered.durations.is_empty());
        }
    }
    for query in &queries {
        let asked = queries::split(&mut dice, &scoped, query, &zone);
        let answer = scoped.answer(asked.clone()).await.unwrap();
        let sum = together(answer.answered);
        let whole = Asked {
            question: scoped.question(query.clone(), Vec::new()),
            ..asked[0].clone()
        };
        assert_eq!(sum, count(&whole, &contributions), "{asked:#?}");
        let paths: BTreeSet<Path> = asked.iter().map(|asked| asked.path).collect();
        compared.mixed += usize::from(paths.len() > 1);
    }
    compared
}
