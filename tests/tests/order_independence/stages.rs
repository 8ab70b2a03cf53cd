//! What channel accounts can report, said at any moment of a history, holds as if it had been said before.

use acuse_tests::difference::{SHOWN, difference};
use acuse_tests::history::reported::{accounts, any_stages, some};
use acuse_tests::history::scramble::{Chaos, scramble};
use acuse_tests::history::{self, History, Shape};
use acuse_tests::reference::Reported;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use crate::rig::Rig;

/// Orders of a history, the one in which all is said beforehand apart.
const ORDERS: usize = 2;

/// How often something is said that does not stay.
const IN_VAIN: usize = 12;

/// Says this and that of accounts while a history is told, changes its mind, and brings messages to it a few at a time.
async fn change_minds(rig: &Rig, history: &History, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    for _ in 0..IN_VAIN {
        let of = rng.random_range(0..history.workspaces.len());
        let accounts: Vec<_> = accounts(&history.workspaces[of]).into_iter().collect();
        let account = accounts.choose(&mut rng).unwrap();
        let stages = any_stages(&mut rng);
        let stages = rng.random::<bool>().then_some(&*stages);
        rig.say(of, account, stages).await;
        rig.restage(of, rng.random_range(1..40)).await;
        if rng.random_ratio(1, 3) {
            rig.fold().await;
        }
    }
}

/// Says what stays, of all accounts in any order, and takes back what was said of others.
async fn settle(rig: &Rig, history: &History, said: &[Reported], rng: &mut StdRng) {
    for (of, (workspace, said)) in history.workspaces.iter().zip(said).enumerate() {
        let mut accounts: Vec<_> = accounts(workspace).into_iter().collect();
        accounts.shuffle(rng);
        for account in accounts {
            let stages = said.get(&account).map(Vec::as_slice);
            rig.say(of, &account, stages).await;
            rig.restage(of, rng.random_range(1..60)).await;
        }
    }
}

async fn check(history: &History, said: &[Reported], rig: &Rig, of: &str) -> String {
    let mut faults = rig.recount_faults().await;
    for (workspace, said) in history.workspaces.iter().zip(said) {
        let found = rig.faults_where(workspace, &workspace.events, said).await;
        faults.extend(found.expect("the history leaves something open"));
    }
    let shown: Vec<String> = faults.iter().take(SHOWN).cloned().collect();
    assert!(
        faults.is_empty(),
        "{of}: {} faults\n{}",
        faults.len(),
        shown.join("\n")
    );
    rig.dump().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_accounts_report_holds_for_all_that_they_ever_sent() {
    for seed in history::seeds(1) {
        let history = history::generate(seed, &Shape::large(100));
        let mut rng = StdRng::seed_from_u64(seed ^ 0x57a9e);
        let mut said: Vec<Reported> = Vec::new();
        for workspace in &history.workspaces {
            said.push(some(&mut rng, workspace));
        }
        let mut beforehand = Rig::new().await;
        for workspace in &history.workspaces {
            beforehand.workspace(&workspace.slug, workspace).await;
        }
        settle(&beforehand, &history, &said, &mut rng).await;
        beforehand.tell(scramble(&history, 0, Chaos::CALM)).await;
        beforehand.fold().await;
        let of = format!("seed {seed}, said beforehand");
        let first = check(&history, &said, &beforehand, &of).await;

        for number in 0..ORDERS {
            let chaos = Chaos::any(&mut rng);
            let of = format!("seed {seed}, {number}, {chaos:?}");
            let mut rig = Rig::new().await;
            for workspace in &history.workspaces {
                rig.workspace(&workspace.slug, workspace).await;
            }
            let telling = rig.tell(scramble(&history, rng.random(), chaos));
            // Whatever is only half done, everything counts once and as it is stored.
            let mind = seed ^ u64::try_from(number).unwrap();
            tokio::join!(telling, change_minds(&rig, &history, mind));
            rig.fold().await;
            assert_eq!(rig.recount_faults().await, Vec::<String>::new(), "{of}");
            settle(&rig, &history, &said, &mut rng).await;
            for workspace in 0..history.workspaces.len() {
                while rig.restage(workspace, 33).await {}
            }
            rig.fold().await;
            let dump = check(&history, &said, &rig, &of).await;
            if let Some(difference) = difference(&first, &dump) {
                panic!("{of}: {difference}");
            }
        }
    }
}
