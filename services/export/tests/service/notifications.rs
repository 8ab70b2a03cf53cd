//! Notifications: who is told what, when, and that nothing is told twice or not at all.

use std::time::Duration;

use acuse_domain::scope::Role;
use acuse_domain::time::days;
use acuse_proto::convert::timestamp;
use acuse_proto::export::{
    ClearNotificationsRequest, ExportRequest, ExportState, ListNotificationsRequest,
    MarkNotificationsReadRequest, Notification, NotificationKind, WatchNotificationsRequest,
    WatchNotificationsResponse,
};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Call, Credentials};
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::{fields, reason};
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::peer::Answer;
use crate::rig::{ACME, NOW, OTHER, PATIENCE, Rig, plain};

/// What somebody is told as it comes.
struct Watch(Streaming<WatchNotificationsResponse>);

impl Watch {
    async fn begin(rig: &Rig, token: &Secret, resume_token: &str) -> Result<Self, Status> {
        let channel = rig.channel(Credentials::Bearer(token.clone()));
        Self::on(channel, resume_token).await
    }

    async fn on(channel: acuse_rpc::client::Channel, resume_token: &str) -> Result<Self, Status> {
        let request = WatchNotificationsRequest {
            resume_token: resume_token.to_owned(),
        };
        let mut client =
            acuse_proto::export::notification_service_client::NotificationServiceClient::new(
                channel,
            );
        let call = Call::plain().endless().request(request);
        Ok(Self(client.watch_notifications(call).await?.into_inner()))
    }

    /// The next notifications, with where to go on after them; signs of life are passed over.
    async fn next(&mut self) -> (Vec<Notification>, String) {
        loop {
            let answer = timeout(PATIENCE, self.0.message()).await.unwrap();
            let answer = answer.unwrap().expect("the watch has ended");
            if !answer.notifications.is_empty() {
                return (answer.notifications, answer.resume_token);
            }
        }
    }

    /// So many notifications, with where to go on after them.
    async fn take(&mut self, count: usize) -> (Vec<Notification>, String) {
        let (mut all, mut token) = self.next().await;
        while all.len() < count {
            let (more, after) = self.next().await;
            all.extend(more);
            token = after;
        }
        (all, token)
    }
}

async fn export(rig: &Rig, token: &Secret, name: &str, state: ExportState) -> String {
    let request = ExportRequest {
        name: Some(name.to_owned()),
        ..plain()
    };
    let id = rig.create(token, request).await.unwrap().id;
    rig.until(token, &id, state).await;
    id
}

fn names(told: &[Notification]) -> Vec<&str> {
    told.iter().map(|one| one.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_told_how_it_ended() {
    let rig = Rig::scripted(|call| match call {
        1 => Ok(Answer::of(2)),
        _ => Err(Status::permission_denied("not you")),
    })
    .await;
    let ana = rig.analyst();
    let made = export(&rig, &ana, "Ventas", ExportState::Succeeded).await;
    let failed = export(&rig, &ana, "Otro", ExportState::Failed).await;
    let told = rig.told(&ana).await;
    assert_eq!(
        (names(&told.notifications), told.unread_count),
        (vec!["Otro", "Ventas"], 2)
    );
    let [no, yes] = told.notifications.try_into().unwrap();
    assert_eq!(no.kind(), NotificationKind::ExportFailed);
    assert_eq!(no.export_id, Some(failed));
    assert_eq!(no.failure.as_ref().unwrap().reason, "REFUSED");
    assert_eq!(yes.kind(), NotificationKind::ExportSucceeded);
    assert_eq!(
        (yes.export_id, yes.schedule_id, yes.failure),
        (Some(made), None, None)
    );
    // The last 7 days as of when it was asked for: those of Lima, where it is still the first.
    let period = yes.period.unwrap();
    let day = |text: &str| Some(timestamp(text.parse::<jiff::Timestamp>().unwrap().into()));
    assert_eq!(period.start_at, day("2022-09-25T05:00:00Z"));
    assert_eq!(period.end_at, day("2022-10-02T05:00:00Z"));
    assert_eq!(yes.time_zone, "America/Lima");
    assert_eq!(yes.create_time, Some(timestamp(NOW)));
    assert_eq!(yes.expire_time, Some(timestamp(NOW + days(90))));
    assert_eq!(yes.read_time, None);
    // Nobody else is, whatever they see of it.
    for (subject, role, workspace) in [
        ("root", Role::Administrator, ACME),
        ("eva", Role::Analyst, ACME),
        ("ana", Role::Analyst, OTHER),
    ] {
        let other = rig.token(Claims::of(subject, role, Some(workspace)));
        let told = rig.told(&other).await;
        assert_eq!((told.notifications, told.unread_count), (Vec::new(), 0));
    }
    // They are ana's, also where she sees less now.
    let less = rig.supervisor("ana", &["ventas"]);
    assert_eq!(rig.told(&less).await.notifications.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_listed_read_and_cleared() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    for name in ["a", "b", "c", "d"] {
        export(&rig, &ana, name, ExportState::Succeeded).await;
    }
    let list = async |unread, page_size, page_token| {
        let request = ListNotificationsRequest {
            page_size,
            page_token,
            unread,
        };
        let answer = rig.notifications(&ana).list_notifications(request).await;
        answer.map(tonic::Response::into_inner)
    };
    let first = list(false, 3, String::new()).await.unwrap();
    assert_eq!(names(&first.notifications), ["d", "c", "b"]);
    let rest = list(false, 3, first.next_page_token.clone()).await.unwrap();
    assert_eq!(
        (names(&rest.notifications), rest.next_page_token.as_str()),
        (vec!["a"], "")
    );
    let error = list(true, 3, first.next_page_token).await.unwrap_err();
    assert_eq!(fields(&error), ["page_token"]);

    let id = |index: usize| first.notifications[index].id.clone();
    let mark = async |ids, all| {
        let request = MarkNotificationsReadRequest { ids, all };
        let answer = rig
            .notifications(&ana)
            .mark_notifications_read(request)
            .await;
        answer.map(|answer| answer.into_inner().marked_count)
    };
    let clear = async |token: &Secret, ids, all| {
        let request = ClearNotificationsRequest { ids, all };
        let answer = rig.notifications(token).clear_notifications(request).await;
        answer.map(|answer| answer.into_inner().cleared_count)
    };
    let nowhere = Uuid::now_v7().to_string();
    assert_eq!(mark(vec![id(0), nowhere, id(0)], false).await.unwrap(), 1);
    assert_eq!(mark(vec![id(0)], false).await.unwrap(), 0);
    let unread = list(true, 0, String::new()).await.unwrap();
    assert_eq!(
        (names(&unread.notifications), unread.unread_count),
        (vec!["c", "b", "a"], 3)
    );
    let read = list(false, 1, String::new()).await.unwrap();
    assert_eq!(read.notifications[0].read_time, Some(timestamp(NOW)));
    assert_eq!(mark(Vec::new(), true).await.unwrap(), 3);
    // Another person's ids name nothing of theirs.
    let eva = rig.token(Claims::of("eva", Role::Analyst, Some(ACME)));
    assert_eq!(clear(&eva, vec![id(0), id(1)], false).await.unwrap(), 0);
    assert_eq!(clear(&eva, Vec::new(), true).await.unwrap(), 0);
    assert_eq!(clear(&ana, vec![id(1)], false).await.unwrap(), 1);
    assert_eq!(names(&rig.told(&ana).await.notifications), ["d", "b", "a"]);
    assert_eq!(clear(&ana, Vec::new(), true).await.unwrap(), 3);
    assert!(rig.told(&ana).await.notifications.is_empty());

    for (ids, all, field) in [
        (Vec::new(), false, "ids"),
        (vec![id(0)], true, "all"),
        (vec![id(0), "x".to_owned()], false, "ids[1]"),
        (vec![id(0); 1_001], false, "ids"),
    ] {
        let error = mark(ids.clone(), all).await.unwrap_err();
        assert_eq!(fields(&error), [field]);
        assert_eq!(fields(&clear(&ana, ids, all).await.unwrap_err()), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_told_without_a_gap() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    export(&rig, &ana, "before", ExportState::Succeeded).await;
    let listed = rig.told(&ana).await;
    export(&rig, &ana, "between", ExportState::Succeeded).await;
    // From where the list ended on; and from the present on.
    let mut since = Watch::begin(&rig, &ana, &listed.resume_token)
        .await
        .unwrap();
    let mut present = Watch::begin(&rig, &ana, "").await.unwrap();
    let (told, after_between) = since.take(1).await;
    assert_eq!(names(&told), ["between"]);
    let eva = rig.token(Claims::of("eva", Role::Analyst, Some(ACME)));
    export(&rig, &eva, "another's", ExportState::Succeeded).await;
    for name in ["one", "two"] {
        export(&rig, &ana, name, ExportState::Succeeded).await;
    }
    let (told, _) = since.take(2).await;
    assert_eq!(names(&told), ["one", "two"]);
    let (told, token) = present.take(2).await;
    assert_eq!(names(&told), ["one", "two"]);
    drop((since, present));
    // A replica goes on with what another one gave, whatever she sees now.
    export(&rig, &ana, "three", ExportState::Succeeded).await;
    let less = rig.supervisor("ana", &["ventas"]);
    let mut again = Watch::begin(&rig, &less, &after_between).await.unwrap();
    assert_eq!(names(&again.take(3).await.0), ["one", "two", "three"]);
    let mut again = Watch::begin(&rig, &less, &token).await.unwrap();
    assert_eq!(names(&again.take(1).await.0), ["three"]);
    for (token, resume) in [(&eva, token.as_str()), (&ana, "x")] {
        let error = Watch::begin(&rig, token, resume).await.err().unwrap();
        assert_eq!(
            (error.code(), fields(&error)),
            (Code::InvalidArgument, vec!["resume_token".to_owned()])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_tells_at_once_and_a_watch_ends_with_its_service() {
    let redis = std::env::var("REDIS_URL").expect("REDIS_URL is not set");
    // It makes no files itself, and looks at the record by itself in an hour.
    let idle = |config: &mut acuse_export::Config| {
        config.work.workers = 0;
        config.work.poll = Duration::from_secs(3_600);
    };
    let mut rig = Rig::with(redis, |_| Ok(Answer::of(1)), idle).await;
    let worker = rig.replica().await;
    let ana = rig.analyst();
    let mut watch = Watch::begin(&rig, &ana, "").await.unwrap();
    // Its subscription may take a moment; without one it would look when the next sign of life is due, in ten seconds.
    eventually(PATIENCE, || async {
        export(&rig, &ana, "one", ExportState::Succeeded).await;
        Some(())
    })
    .await;
    let (told, _) = watch.take(1).await;
    assert_eq!(names(&told), ["one"]);
    let mut ending = watch.0;
    rig.service.stop_now();
    let end = loop {
        match timeout(PATIENCE, ending.message()).await.unwrap() {
            Ok(Some(_)) => {}
            Ok(None) => unreachable!("it ended without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!(
        (end.code(), reason(&end)),
        (Code::Unavailable, "STOPPING".to_owned())
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_had_its_time_is_gone() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    export(&rig, &ana, "old", ExportState::Succeeded).await;
    rig.set_now(NOW + days(90));
    let told = rig.told(&ana).await;
    assert_eq!((told.notifications, told.unread_count), (Vec::new(), 0));
    let cleaning = rig.replica().await;
    let session = rig.session().await;
    eventually(PATIENCE, || async {
        let left = session.query("SELECT FROM export.notifications", &[]).await;
        left.unwrap().is_empty().then_some(())
    })
    .await;
    cleaning.stop().await;
}
