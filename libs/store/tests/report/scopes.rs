//! Nothing outside a scope, of another workspace, or for a role without rights is ever counted.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::calendar::Interval;
use acuse_domain::contribution::Contribution;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Condition, Dimension, Group, Query};
use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::days;
use acuse_store::read::{Asked, Path, Unfit};
use acuse_store::{Database, PoolConfig, StoreError};

use crate::fixture::{NOW, Store, ZONE, count};
use crate::{population, queries};

pub(crate) fn everything(direction: Direction, group: Group) -> Query {
    let zone: acuse_domain::calendar::Zone = ZONE.parse().unwrap();
    let day = |at| zone.day_start(zone.day_of(at));
    Query {
        direction,
        interval: Interval::new(day(NOW - days(200)), day(NOW + days(60))),
        windows: None,
        conditions: Vec::new(),
        counted: Vec::new(),
        replied: None,
        group,
        unconfirmed_before: day(NOW - days(30)),
    }
}

fn only(ids: &[&str]) -> Limit {
    Limit::Only(ids.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_scope_counts_its_own_and_nothing_else() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(7, 300)).await;
    store.fold().await;
    let contributions = store.contributions(&workspace).await;
    let whole = store.whole(&workspace).await;
    let zone = workspace.zone();
    let mut names = BTreeMap::new();
    for dimension in [Dimension::Department, Dimension::Account, Dimension::Agent] {
        let values = contributions.iter().map(|it| dimension.value_of(it));
        let values = values.map(|value| (dimension, value));
        names.extend(whole.names_of(values).await.unwrap());
    }
    let external = |dimension: Dimension, number: Option<NameId>| {
        let entry = names.get(&(dimension, number?.0))?;
        Some(entry.external_id.as_str())
    };
    let departments = only(&["department-1", "department-3"]);
    let (accounts, agents) = (only(&["account-1"]), only(&["agent-2", "agent-4"]));
    let scope = |departments: &Limit, accounts: &Limit, agents: &Limit| Scope {
        departments: departments.clone(),
        accounts: accounts.clone(),
        agents: agents.clone(),
        ..Scope::whole("acme")
    };
    let scopes = [
        (scope(&departments, &Limit::All, &Limit::All), true),
        (scope(&Limit::All, &accounts, &Limit::All), true),
        (scope(&Limit::All, &Limit::All, &agents), true),
        (scope(&departments, &accounts, &Limit::All), true),
        // Of what nobody ever heard of there is nothing, not everything.
        (scope(&only(&["nobody"]), &Limit::All, &Limit::All), false),
        (scope(&only(&[]), &Limit::All, &Limit::All), false),
    ];
    for (scope, sees_any) in scopes {
        let scoped = store.open(&scope).await;
        let mut within = Vec::new();
        for contribution in &contributions {
            let of = contribution.dimensions;
            let covered = scope.covers(
                external(Dimension::Department, of.department),
                external(Dimension::Account, of.account),
                external(Dimension::Agent, of.agent),
            );
            within.extend(covered.then_some(*contribution));
        }
        assert_eq!(!within.is_empty(), sees_any, "{scope:?}");
        for direction in [Direction::Outbound, Direction::Inbound] {
            let query = everything(direction, Group::values(Dimension::Department));
            for asked in queries::by_all_paths(&scoped, &query, &zone) {
                let answer = scoped.answer(vec![asked.clone()]).await.unwrap();
                // The expectation is counted without the scope's conditions.
                let unscoped = Asked {
                    question: whole.question(query.clone(), Vec::new()),
                    ..asked
                };
                assert_eq!(
                    answer.answered[0],
                    count(&unscoped, &within),
                    "{unscoped:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_question_of_another_workspace_is_refused() {
    let store = Store::new().await;
    let (one, other) = (store.workspace("one").await, store.workspace("other").await);
    let query = everything(Direction::Outbound, Group::All);
    let asked = Asked {
        question: store.whole(&one).await.question(query, Vec::new()),
        path: Path::Rows,
        durations: false,
        departments: false,
    };
    let answer = store.whole(&other).await.answer(vec![asked]).await;
    assert!(
        matches!(answer, Err(StoreError::Unanswerable(Unfit::Workspace))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_path_that_cannot_express_a_question_refuses() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let scoped = store.whole(&workspace).await;
    let mut by_agent = everything(Direction::Outbound, Group::All);
    by_agent.conditions = vec![Condition::any_of(Dimension::Agent, [1])];
    let mut by_micros = everything(Direction::Outbound, Group::All);
    by_micros.interval.start = by_micros.interval.start + std::time::Duration::from_micros(1);
    let mut by_hours = everything(Direction::Outbound, Group::All);
    by_hours.unconfirmed_before =
        by_hours.unconfirmed_before + std::time::Duration::from_secs(3_600);
    for (query, fitting) in [(by_agent, 2), (by_micros, 1), (by_hours, 2)] {
        let mut answered = 0;
        for path in queries::paths() {
            let asked = Asked {
                question: scoped.question(query.clone(), Vec::new()),
                path,
                durations: false,
                departments: false,
            };
            let fits = asked.fits(&workspace.zone());
            let answer = scoped.answer(vec![asked]).await;
            assert_eq!(
                fits.is_ok(),
                answer.is_ok(),
                "{path:?}: {fits:?}, {answer:?}"
            );
            answered += usize::from(answer.is_ok());
        }
        assert_eq!(answered, fitting, "{query:?}");
    }
}

#[tokio::test]
async fn a_role_that_may_only_read_is_enough() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(3, 60)).await;
    store.fold().await;
    store.apply(&workspace, &population::events(4, 20)).await;
    let name = format!("reader_{}", std::process::id());
    let make = format!("CREATE ROLE {name} LOGIN; GRANT acuse_message_state_reader TO {name}");
    store.admin.batch_execute(&make).await.unwrap();
    let url = store.test.url().replacen("acuse@", &format!("{name}@"), 1);
    let reader = Database::new(&PoolConfig::new(url.parse().unwrap(), 1)).unwrap();

    let contributions: BTreeSet<Direction> = store
        .contributions(&workspace)
        .await
        .iter()
        .map(|contribution: &Contribution| contribution.direction)
        .collect();
    assert_eq!(contributions.len(), 2);
    let scope = Scope::whole("acme");
    let opened = acuse_store::read::Scoped::open(&reader, &scope).await;
    let drop = format!("DROP OWNED BY {name}; DROP ROLE {name}");
    let outcome = match opened {
        Ok(Some(scoped)) => {
            let query = everything(Direction::Outbound, Group::values(Dimension::Channel));
            let asked = queries::by_all_paths(&scoped, &query, &workspace.zone());
            scoped.answer(asked).await
        }
        other => panic!("{other:?}"),
    };
    store.admin.batch_execute(&drop).await.unwrap();
    let cells: Vec<_> = outcome
        .unwrap()
        .answered
        .into_iter()
        .map(|one| one.cells)
        .collect();
    assert!(cells.len() >= 3 && !cells[0].is_empty());
    assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{cells:?}");
}
