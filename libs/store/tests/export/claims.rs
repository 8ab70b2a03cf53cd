//! Claiming: a job is held by one at a time, and whoever lost it can write nothing.

use std::collections::BTreeSet;

use acuse_domain::time::Timestamp;
use acuse_store::export::{
    Failure, JobState, Lease, Progress, cancel, delete_job, ended, expire, fail, hand_back, holds,
    in_use, postpone, published, renew, succeed,
};
use futures::future::join_all;

use crate::{Fixture, LEASE, NOON, file, seconds};

const HALF: Progress = Progress {
    rows: 5,
    expected: Some(10),
};

fn refused() -> Failure {
    Failure {
        reason: "REFUSED".to_owned(),
        message: "no\0".to_owned(),
    }
}

/// Whether each of the things that can be written under a claim was.
async fn writes(fixture: &Fixture, lease: Lease, now: Timestamp) -> [bool; 5] {
    let database = &fixture.database;
    [
        renew(database, lease, HALF, now + LEASE).await.unwrap(),
        postpone(database, lease, "away", now).await.unwrap(),
        hand_back(database, lease, now).await.unwrap(),
        fail(database, lease, &refused(), now).await.unwrap(),
        succeed(database, lease, file(lease), now).await.unwrap(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn claimers_at_once_never_get_the_same_job_and_no_workspace_more_than_its_share() {
    let fixture = Fixture::new().await;
    for _ in 0..10 {
        fixture.queued(&fixture.acme, NOON).await;
    }
    for _ in 0..10 {
        fixture.queued(&fixture.other, NOON + seconds(1)).await;
    }
    let mut done = BTreeSet::new();
    for _ in 0..5 {
        let claimed = join_all((0..12).map(|_| fixture.claim(NOON + seconds(2)))).await;
        let claimed: Vec<_> = claimed.into_iter().flatten().collect();
        assert_eq!(claimed.len(), 4, "two of each workspace");
        let of_acme = claimed
            .iter()
            .filter(|job| job.workspace == fixture.acme.id);
        assert_eq!(of_acme.count(), 2);
        for job in claimed {
            assert_eq!(
                (job.state, job.fence, job.attempts),
                (JobState::Running, 1, 1)
            );
            let lease = job.lease();
            assert!(
                succeed(&fixture.database, lease, file(lease), NOON)
                    .await
                    .unwrap()
            );
            assert!(done.insert(job.id));
        }
    }
    assert_eq!(done.len(), 20);
    assert_eq!(fixture.claim(NOON + seconds(60)).await, None);
}

#[tokio::test]
async fn whoever_lost_a_job_writes_nothing() {
    let fixture = Fixture::new().await;
    fixture.queued(&fixture.acme, NOON).await;
    let first = fixture.claim(NOON).await.unwrap();
    assert_eq!(
        fixture.claim(NOON + LEASE - seconds(1)).await,
        None,
        "it holds"
    );
    let later = NOON + LEASE;
    let second = fixture.claim(later).await.unwrap();
    assert_eq!((second.id, second.fence, second.attempts), (first.id, 2, 2));
    assert_eq!(second.failures, 1, "the first ended without a word");
    assert_eq!(second.started_at, Some(NOON));

    assert_eq!(writes(&fixture, first.lease(), later).await, [false; 5]);
    assert_eq!(fixture.stands(first.lease()).await, second);
    let lease = second.lease();
    assert!(!ended(&fixture.database, lease).await.unwrap());
    assert!(
        renew(&fixture.database, lease, HALF, later + LEASE)
            .await
            .unwrap()
    );
    let known = fixture.stands(lease).await;
    assert_eq!((known.rows, known.rows_expected), (5, Some(10)));
    assert!(
        succeed(&fixture.database, lease, file(lease), later)
            .await
            .unwrap()
    );
    let over = fixture.stands(lease).await;
    assert_eq!(over.state, JobState::Succeeded);
    assert_eq!((over.file, over.ended_at), (Some(file(lease)), Some(later)));
    // Whoever is not told that it ended finds out, and whoever lost it does not take it for theirs.
    assert!(ended(&fixture.database, lease).await.unwrap());
    assert!(!ended(&fixture.database, first.lease()).await.unwrap());
    for lost in [first.lease(), lease] {
        assert_eq!(writes(&fixture, lost, later).await, [false; 5]);
    }
}

#[tokio::test]
async fn what_is_cancelled_or_deleted_is_lost_to_its_claim() {
    let fixture = Fixture::new().await;
    let (database, acme) = (&fixture.database, &fixture.acme);
    let waiting = fixture.queued(acme, NOON).await;
    let later = NOON + seconds(5);
    let cancelled = cancel(database, acme, waiting.id, later).await.unwrap();
    let cancelled = cancelled.unwrap();
    assert_eq!(
        (cancelled.state, cancelled.ended_at),
        (JobState::Cancelled, Some(later))
    );
    assert_eq!(fixture.claim(later).await, None);
    assert_eq!(
        cancel(database, acme, waiting.id, later).await.unwrap(),
        None
    );

    for delete in [false, true] {
        fixture.queued(acme, NOON).await;
        let claimed = fixture.claim(later).await.unwrap();
        let lease = claimed.lease();
        assert!(holds(database, lease).await.unwrap());
        // Not by whoever knows the id alone.
        let elsewhere = &fixture.other;
        let ended = cancel(database, elsewhere, claimed.id, later).await;
        assert_eq!(ended.unwrap(), None);
        assert_eq!(
            delete_job(database, elsewhere, claimed.id).await.unwrap(),
            None
        );
        let ended = if delete {
            delete_job(database, acme, claimed.id).await.unwrap()
        } else {
            cancel(database, acme, claimed.id, later).await.unwrap()
        };
        assert_eq!(ended.unwrap().id, claimed.id);
        assert!(!holds(database, lease).await.unwrap());
        assert_eq!(writes(&fixture, lease, later).await, [false; 5]);
        let used = in_use(database, &[lease]).await.unwrap();
        assert_eq!(used, [(lease, false)]);
        assert_eq!(fixture.claim(later + LEASE).await, None);
    }
}

#[tokio::test]
async fn a_file_is_published_until_it_is_over() {
    let fixture = Fixture::new().await;
    fixture.queued(&fixture.acme, NOON).await;
    let lease = fixture.claim(NOON).await.unwrap().lease();
    let database = &fixture.database;
    assert_eq!(published(database, lease).await.unwrap(), None);
    assert!(succeed(database, lease, file(lease), NOON).await.unwrap());
    assert_eq!(published(database, lease).await.unwrap(), Some(file(lease)));
    for other in [
        Lease { fence: 2, ..lease },
        Lease {
            workspace: fixture.other.id,
            ..lease
        },
    ] {
        assert_eq!(published(database, other).await.unwrap(), None);
    }
    expire(database, file(lease).expires_at, 10).await.unwrap();
    assert_eq!(published(database, lease).await.unwrap(), None);
}

#[tokio::test]
async fn who_has_many_jobs_does_not_keep_others_waiting() {
    let fixture = Fixture::new().await;
    for _ in 0..100 {
        fixture.queued(&fixture.acme, NOON).await;
    }
    // One worker, which is never done with what acme asked for first.
    let now = NOON + seconds(10);
    let mut first = fixture.claim(now).await.unwrap();
    for _ in 0..3 {
        let own = fixture.queued(&fixture.other, now).await;
        // Whatever runs for acme, and however long its jobs have waited: who has nothing running is next.
        assert_eq!(first.workspace, fixture.acme.id);
        let next = fixture.claim(now).await.unwrap();
        assert_eq!(next.id, own.id);
        for done in [first, next] {
            let lease = done.lease();
            let ended = succeed(&fixture.database, lease, file(lease), now).await;
            assert!(ended.unwrap());
        }
        first = fixture.claim(now).await.unwrap();
    }
}

#[tokio::test]
async fn a_job_comes_back_when_it_is_due() {
    let fixture = Fixture::new().await;
    fixture.queued(&fixture.acme, NOON).await;
    let lease = fixture.claim(NOON).await.unwrap().lease();
    let until = NOON + seconds(8);
    assert!(
        postpone(&fixture.database, lease, "away", until)
            .await
            .unwrap()
    );
    assert_eq!(fixture.claim(NOON + seconds(7)).await, None);
    let again = fixture.claim(until).await.unwrap();
    assert_eq!((again.attempts, again.failures), (2, 1));
    assert_eq!(again.last_failure.as_deref(), Some("away"));
    assert_eq!(again.failure, None);

    // Handing back is no failure, and nobody waits for it.
    assert!(
        hand_back(&fixture.database, again.lease(), until)
            .await
            .unwrap()
    );
    let third = fixture.claim(until).await.unwrap();
    assert_eq!((third.attempts, third.failures, third.fence), (3, 1, 3));
    assert!(
        fail(&fixture.database, third.lease(), &refused(), until)
            .await
            .unwrap()
    );
    let over = fixture.stands(lease).await;
    assert_eq!((over.state, over.ended_at), (JobState::Failed, Some(until)));
    let failure = over.failure.unwrap();
    assert_eq!(
        (failure.reason.as_str(), failure.message.as_str()),
        ("REFUSED", "no\u{fffd}")
    );
    assert_eq!(fixture.claim(NOON + seconds(1_000)).await, None);
}

#[tokio::test]
async fn a_file_expires_once_and_what_is_not_published_is_in_nobodys_use() {
    let fixture = Fixture::new().await;
    for _ in 0..2 {
        fixture.queued(&fixture.acme, NOON).await;
    }
    let [stale, _] = [fixture.claim(NOON).await, fixture.claim(NOON).await].map(Option::unwrap);
    let later = NOON + LEASE;
    let [one, two] = [fixture.claim(later).await, fixture.claim(later).await].map(Option::unwrap);
    let published = [&one, &two].map(|job| job.lease());
    let [lease, running] = published;
    assert!(
        succeed(&fixture.database, lease, file(lease), later)
            .await
            .unwrap()
    );
    let mut nobodys = lease;
    nobodys.job = uuid::Uuid::from_u128(1);
    let asked = [stale.lease(), lease, running, nobodys];
    let used = async || {
        let told = in_use(&fixture.database, &asked).await.unwrap();
        asked.map(|asked| told.iter().any(|(lease, used)| *lease == asked && *used))
    };
    assert_eq!(used().await, [false, true, true, false]);

    let at = file(lease).expires_at;
    let expired = async |now| {
        let expired = expire(&fixture.database, now, 10).await.unwrap();
        expired
            .into_iter()
            .map(|file| file.file_key)
            .collect::<Vec<_>>()
    };
    assert!(expired(at - seconds(1)).await.is_empty());
    assert_eq!(expired(at).await, [file(lease).key]);
    assert!(expired(at).await.is_empty());
    assert_eq!(fixture.stands(lease).await.state, JobState::Expired);
    assert_eq!(used().await, [false, false, true, false]);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_holds_up_no_other() {
    let fixture = Fixture::new().await;
    let broken = fixture.queued(&fixture.acme, NOON).await;
    let session = fixture.session().await;
    let spoil = "UPDATE export.jobs SET role = 'king'";
    session.batch_execute(spoil).await.unwrap();
    let sound = [
        fixture.queued(&fixture.other, NOON + seconds(1)).await.id,
        fixture.queued(&fixture.acme, NOON + seconds(2)).await.id,
    ];
    let later = NOON + seconds(3);
    for id in sound {
        assert_eq!(fixture.claim(later).await.unwrap().id, id);
    }
    assert_eq!(fixture.claim(later).await, None);
    let mend = "UPDATE export.jobs SET role = 'analyst' WHERE role = 'king'";
    session.batch_execute(mend).await.unwrap();
    let again = fixture.claim(later + LEASE).await.unwrap();
    assert_eq!((again.id, again.failures), (broken.id, 1));
}
