//! The inbox: every entry is claimed by one at a time, and none is lost.

use std::collections::BTreeSet;

use acuse_domain::time::Timestamp;
use acuse_store::ingestion::{
    Backlog, Integration, Lease, Parcel, Waiting, backlog, claim, delete_integration, finish,
    keep_in_inbox, postpone,
};
use futures::future::join_all;

use crate::{Fixture, NOON, minutes, parcel};

impl Fixture {
    async fn keep(&self, integration: &Integration, body: &str, received_at: Timestamp) {
        let parcel = parcel(integration, body, received_at);
        keep_in_inbox(&self.database, &parcel).await.unwrap();
    }

    /// Claims for five minutes.
    async fn claim(&self, limit: usize, now: Timestamp) -> Vec<Waiting> {
        claim(&self.database, limit, now, minutes(5)).await.unwrap()
    }

    async fn finish(&self, leases: &[Lease]) {
        finish(&self.database, leases).await.unwrap();
    }

    async fn postpone(&self, lease: Lease, until: Timestamp, failure: &str) {
        postpone(&self.database, &[lease], until, failure)
            .await
            .unwrap();
    }

    async fn entries(&self) -> u64 {
        backlog(&self.database).await.unwrap().entries
    }
}

fn bodies(claimed: &[Waiting]) -> Vec<&str> {
    let mut bodies: Vec<&str> = claimed
        .iter()
        .map(|waiting| str::from_utf8(&waiting.parcel.body).unwrap())
        .collect();
    bodies.sort_unstable();
    bodies
}

#[tokio::test]
async fn what_is_kept_comes_out_byte_for_byte_and_is_gone_once_applied() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let kept = Parcel {
        content_type: None,
        ..parcel(&integration, b"{\0\xff\xfe\r\n}", NOON)
    };
    assert!(!format!("{kept:?}").contains("255"));
    keep_in_inbox(&fixture.database, &kept).await.unwrap();
    let claimed = fixture.claim(10, NOON).await;
    assert_eq!(
        claimed,
        [Waiting {
            lease: Lease {
                attempt: 1,
                ..claimed[0].lease
            },
            slug: "acme".to_owned(),
            parcel: kept,
            last_failure: None,
        }]
    );
    assert_eq!(claimed[0].lease.workspace, integration.workspace);
    fixture.finish(&[claimed[0].lease]).await;
    assert_eq!(fixture.claim(10, NOON + minutes(60)).await, []);
    assert_eq!(fixture.entries().await, 0);
    // Nothing is left to finish.
    fixture.finish(&[claimed[0].lease]).await;
    fixture.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claimers_at_once_never_get_the_same_entry() {
    let fixture = Fixture::new().await;
    for slug in ["acme", "other"] {
        let integration = fixture.integration(slug).await;
        for number in 0..40 {
            let at = NOON + minutes(number);
            fixture
                .keep(&integration, &format!("{slug} {number}"), at)
                .await;
        }
    }
    let later = NOON + minutes(60);
    let rounds = join_all((0..6).map(|_| async {
        let mut claimed = Vec::new();
        loop {
            match fixture.claim(7, later).await {
                more if more.is_empty() => return claimed,
                more => claimed.extend(more),
            }
        }
    }))
    .await;
    let leases: Vec<Lease> = rounds.iter().flatten().map(|one| one.lease).collect();
    assert!(leases.iter().all(|lease| lease.attempt == 1));
    let distinct: BTreeSet<_> = leases.iter().map(|lease| lease.entry).collect();
    assert_eq!((leases.len(), distinct.len()), (80, 80));
    join_all(leases.chunks(9).map(|some| fixture.finish(some))).await;
    assert_eq!(fixture.entries().await, 0);
}

#[tokio::test]
async fn an_entry_that_another_claim_holds_is_passed_over_without_waiting() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    for body in ["a", "b", "c"] {
        fixture.keep(&integration, body, NOON).await;
    }
    let mut session = fixture.session().await;
    let transaction = session.transaction().await.unwrap();
    let hold = "SELECT FROM ingestion.inbox WHERE body = 'a' FOR UPDATE";
    transaction.batch_execute(hold).await.unwrap();
    assert_eq!(bodies(&fixture.claim(10, NOON).await), ["b", "c"]);
    transaction.rollback().await.unwrap();
    assert_eq!(bodies(&fixture.claim(10, NOON).await), ["a"]);
}

#[tokio::test]
async fn an_entry_is_claimable_again_when_its_lease_ends() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    fixture.keep(&integration, "a", NOON).await;
    assert_eq!(fixture.claim(10, NOON - minutes(1)).await, []);
    let first = fixture.claim(10, NOON).await[0].lease;
    assert_eq!(fixture.claim(10, NOON + minutes(4)).await, []);
    let second = fixture.claim(10, NOON + minutes(5)).await[0].lease;
    assert_eq!(
        second,
        Lease {
            attempt: 2,
            ..first
        }
    );
    // Whoever lost the lease neither takes the entry from its new holder nor says why that one failed.
    fixture.postpone(first, NOON, "too late").await;
    assert_eq!(fixture.claim(10, NOON + minutes(9)).await, []);
    // Who applied it, however late, may delete it: nothing is left for the other one, and nothing is lost.
    fixture.finish(&[first]).await;
    fixture.postpone(second, NOON, "no answer").await;
    fixture.finish(&[second]).await;
    assert_eq!(fixture.claim(10, NOON + minutes(60)).await, []);
}

#[tokio::test]
async fn a_postponed_entry_waits_and_tells_why() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    for body in ["a", "b"] {
        fixture.keep(&integration, body, NOON).await;
    }
    let claimed = fixture.claim(10, NOON).await;
    let failure = format!("\0{}", "ñ".repeat(600));
    fixture
        .postpone(claimed[0].lease, NOON + minutes(30), &failure)
        .await;
    fixture.finish(&[claimed[1].lease]).await;
    assert_eq!(fixture.claim(10, NOON + minutes(29)).await, []);
    let again = fixture.claim(10, NOON + minutes(30)).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].parcel, claimed[0].parcel);
    assert_eq!(again[0].lease.attempt, 2);
    let told = again[0].last_failure.as_deref().unwrap();
    assert_eq!(told, format!("\u{fffd}{}", "ñ".repeat(499)));
}

#[tokio::test]
async fn those_due_longest_come_first_and_workspaces_share() {
    let fixture = Fixture::new().await;
    let busy = fixture.integration("acme").await;
    let quiet = fixture.integration("other").await;
    for number in 0..20 {
        let body = format!("busy {number:02}");
        fixture.keep(&busy, &body, NOON + minutes(number)).await;
    }
    fixture.keep(&quiet, "quiet", NOON + minutes(30)).await;
    let later = NOON + minutes(40);
    assert_eq!(bodies(&fixture.claim(1, later).await), ["busy 00"]);
    assert_eq!(
        bodies(&fixture.claim(4, later).await),
        ["busy 01", "busy 02", "quiet"]
    );
    assert_eq!(
        bodies(&fixture.claim(4, later).await),
        ["busy 03", "busy 04", "busy 05", "busy 06"]
    );
    assert_eq!(fixture.claim(0, later).await, []);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_no_other() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    fixture.keep(&integration, "a", NOON).await;
    let session = fixture.session().await;
    let unknown = "UPDATE ingestion.inbox SET provider = 77";
    session.batch_execute(unknown).await.unwrap();
    fixture.keep(&integration, "b", NOON).await;
    assert_eq!(bodies(&fixture.claim(10, NOON).await), ["b"]);
    assert_eq!(fixture.entries().await, 2);
}

#[tokio::test]
async fn one_claim_holds_a_bounded_number_of_bytes() {
    const MIB: usize = 1024 * 1024;
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let body = " ".repeat(3 * MIB);
    for _ in 0..7 {
        fixture.keep(&integration, &body, NOON).await;
    }
    let huge = parcel(&integration, vec![b' '; 17 * MIB], NOON + minutes(1));
    keep_in_inbox(&fixture.database, &huge).await.unwrap();
    let later = NOON + minutes(2);
    let mut claims = Vec::new();
    for _ in 0..4 {
        claims.push(fixture.claim(100, later).await.len());
    }
    // Six are the first to reach 16 MiB; one that is larger by itself comes too.
    assert_eq!(claims, [6, 2, 0, 0]);
}

#[tokio::test]
async fn the_backlog_is_all_that_waits() {
    let fixture = Fixture::new().await;
    let empty = Backlog {
        entries: 0,
        oldest: None,
    };
    assert_eq!(backlog(&fixture.database).await.unwrap(), empty);
    for (slug, at) in [("acme", 3), ("other", 1), ("acme", 2)] {
        let integration = fixture.integration(slug).await;
        fixture.keep(&integration, "a", NOON + minutes(at)).await;
    }
    fixture.claim(1, NOON + minutes(1)).await;
    let all = Backlog {
        entries: 3,
        oldest: Some(NOON + minutes(1)),
    };
    assert_eq!(backlog(&fixture.database).await.unwrap(), all);
}

#[tokio::test]
async fn what_waits_outlives_its_integration() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    fixture.keep(&integration, "a", NOON).await;
    delete_integration(&fixture.database, "acme", integration.id)
        .await
        .unwrap();
    let claimed = fixture.claim(10, NOON).await;
    assert_eq!(claimed[0].parcel.integration, integration.reference());
}
