//! Notifications: told in the transaction that ends a job, and numbered in the order of commits.

use acuse_domain::time::days;
use acuse_store::export::{
    Failure, Lease, NotificationKind, Recipient, WhichNotifications, clear, expire_notifications,
    fail, hand_back, last_told, mark_read, notifications, notifications_after, postpone, succeed,
};

use crate::{Fixture, NOON, file, seconds};

impl Fixture {
    fn ana(&self) -> Recipient<'static> {
        Recipient {
            workspace: self.acme.id,
            subject: "ana",
        }
    }

    /// A claim of a new job.
    async fn claimed(&self) -> Lease {
        self.queued(&self.acme, NOON).await;
        self.claim(NOON).await.unwrap().lease()
    }

    async fn told(&self) -> Vec<i64> {
        let told = notifications_after(&self.database, self.ana(), 0, 5_000, NOON).await;
        told.unwrap().iter().map(|one| one.sequence).collect()
    }
}

#[tokio::test]
async fn only_what_ends_a_job_tells_and_only_once() {
    let fixture = Fixture::new().await;
    let database = &fixture.database;
    let lease = fixture.claimed().await;
    assert!(postpone(database, lease, "away", NOON).await.unwrap());
    let lease = fixture.claim(NOON).await.unwrap().lease();
    assert!(hand_back(database, lease, NOON).await.unwrap());
    let old = fixture.claim(NOON).await.unwrap().lease();
    let lease = fixture.claim(NOON + seconds(30)).await.unwrap().lease();
    assert!(!succeed(database, old, file(old), NOON).await.unwrap());
    assert!(fixture.told().await.is_empty());
    assert!(succeed(database, lease, file(lease), NOON).await.unwrap());
    assert!(!succeed(database, lease, file(lease), NOON).await.unwrap());
    let failure = Failure {
        reason: "REFUSED".to_owned(),
        message: "no\0".to_owned(),
    };
    let other = fixture.claimed().await;
    assert!(fail(database, other, &failure, NOON).await.unwrap());
    let page = notifications(database, fixture.ana(), false, None, 9, NOON)
        .await
        .unwrap();
    assert_eq!((page.unread, page.last), (2, 2));
    let [failed, made] = page.notifications.try_into().unwrap();
    assert_eq!(
        (made.kind, made.export),
        (NotificationKind::ExportSucceeded, Some(lease.job))
    );
    assert_eq!(
        (made.request, made.asked_at, made.failure),
        (vec![0, 255, 10], NOON, None)
    );
    assert_eq!(
        (failed.kind, failed.export),
        (NotificationKind::ExportFailed, Some(other.job))
    );
    assert_eq!(failed.failure.unwrap().message, "no\u{fffd}");
    assert_eq!(
        (failed.created_at, failed.expires_at),
        (NOON, NOON + days(90))
    );
}

#[tokio::test]
async fn numbers_follow_the_order_of_commits() {
    let fixture = Fixture::new().await;
    let session = fixture.session().await;
    // Anybody may run as many at once as they like here.
    let many = "UPDATE message_state.workspaces SET export_max_concurrent = 100";
    session.execute(many, &[]).await.unwrap();
    let mut leases = Vec::new();
    for _ in 0..40 {
        leases.push(fixture.claimed().await);
    }
    let ended = leases
        .iter()
        .map(|lease| succeed(&fixture.database, *lease, file(*lease), NOON));
    // Whoever looks meanwhile sees no number without those before it.
    let looking = async {
        for _ in 0..40 {
            let told = fixture.told().await;
            let whole: Vec<i64> = (1..).take(told.len()).collect();
            assert_eq!(told, whole);
        }
    };
    let (ended, ()) = tokio::join!(futures::future::join_all(ended), looking);
    assert!(ended.into_iter().all(|ended| ended.unwrap()));
    assert_eq!(fixture.told().await, (1..=40).collect::<Vec<_>>());
    assert_eq!(
        last_told(&fixture.database, fixture.ana()).await.unwrap(),
        40
    );
}

#[tokio::test]
async fn a_person_has_a_thousand_at_most() {
    let fixture = Fixture::new().await;
    let lease = fixture.claimed().await;
    assert!(
        succeed(&fixture.database, lease, file(lease), NOON)
            .await
            .unwrap()
    );
    let session = fixture.session().await;
    let more = "INSERT INTO export.notifications SELECT workspace_id, recipient, number, gen_random_uuid(), kind, export_id, \
                schedule_id, request, asked_at, failure_reason, failure_message, created_at, expires_at, read_at \
                FROM export.notifications, generate_series(2, 1000) AS number";
    assert_eq!(session.execute(more, &[]).await.unwrap(), 999);
    let head = "UPDATE export.notification_heads SET last = 1000";
    session.execute(head, &[]).await.unwrap();
    let lease = fixture.claimed().await;
    assert!(
        succeed(&fixture.database, lease, file(lease), NOON)
            .await
            .unwrap()
    );
    assert_eq!(fixture.told().await, (2..=1_001).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_reads_and_clears_their_own() {
    let fixture = Fixture::new().await;
    let database = &fixture.database;
    for _ in 0..3 {
        let lease = fixture.claimed().await;
        assert!(succeed(database, lease, file(lease), NOON).await.unwrap());
    }
    let ana = fixture.ana();
    let page = notifications(database, ana, false, None, 9, NOON)
        .await
        .unwrap();
    let ids: Vec<_> = page.notifications.iter().map(|one| one.id).collect();
    let newest = WhichNotifications::Ids(vec![ids[0]]);
    let all = WhichNotifications::All;
    for other in [
        Recipient {
            subject: "eva",
            ..ana
        },
        Recipient {
            workspace: fixture.other.id,
            ..ana
        },
    ] {
        for which in [&newest, &all] {
            assert_eq!(mark_read(database, other, which, NOON).await.unwrap(), 0);
            assert_eq!(clear(database, other, which).await.unwrap(), 0);
        }
    }
    assert_eq!(mark_read(database, ana, &newest, NOON).await.unwrap(), 1);
    let unread = notifications(database, ana, true, Some(3), 1, NOON)
        .await
        .unwrap();
    assert_eq!((unread.unread, unread.notifications.len()), (2, 1));
    assert_eq!(unread.notifications[0].sequence, 2);
    assert_eq!(mark_read(database, ana, &all, NOON).await.unwrap(), 2);
    assert_eq!(clear(database, ana, &newest).await.unwrap(), 1);
    assert_eq!(fixture.told().await, [1, 2]);
    // What has had its time is not there, removed or not.
    let late = NOON + days(90);
    let over = notifications(database, ana, false, None, 9, late)
        .await
        .unwrap();
    assert!(over.notifications.is_empty());
    assert_eq!(expire_notifications(database, late, 1).await.unwrap(), 1);
    assert_eq!(expire_notifications(database, late, 9).await.unwrap(), 1);
    // What is told later has a number of its own.
    let lease = fixture.claimed().await;
    assert!(succeed(database, lease, file(lease), NOON).await.unwrap());
    assert_eq!(fixture.told().await, [4]);
}
