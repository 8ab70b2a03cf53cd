//! How far behind providers are, as reports tell it.

use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::{Timestamp, hours};
use acuse_store::ingestion::{IntegrationRef, Parcel, keep_in_inbox};
use acuse_store::read::{ProviderLag, Scoped};
use acuse_store::workspaces::Workspace;
use acuse_testkit::build::{IntoEvent, status};

use crate::fixture::{NOW, Store};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A status of a message of its own, received so long before now, so many seconds after it happened.
fn late(id: usize, before: Duration, by: u64) -> Event {
    let received = NOW - before;
    let happened = received - seconds(by);
    let mut event = status(&format!("m{id}"), StatusKind::Sent, happened).event();
    event.received_at = received;
    event
}

async fn told_by(scoped: Scoped, now: Timestamp) -> Vec<ProviderLag> {
    let scoped = scoped.telling_lag(now);
    scoped.answer(Vec::new()).await.unwrap().provider_lags
}

impl Store {
    async fn lags(&self, workspace: &Workspace, now: Timestamp) -> Vec<ProviderLag> {
        told_by(self.whole(workspace).await, now).await
    }

    /// A webhook that waits since so long before now.
    async fn waits(&self, workspace: &Workspace, provider: Provider, before: Duration) {
        let integration = IntegrationRef {
            workspace: workspace.id,
            id: MessageId::new(NOW).0,
            provider,
        };
        let parcel = Parcel {
            integration,
            received_at: NOW - before,
            content_type: None,
            query: None,
            body: b"{}".to_vec(),
        };
        keep_in_inbox(&self.database, &parcel).await.unwrap();
    }
}

#[tokio::test]
async fn without_being_asked_nothing_is_told() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &[late(1, seconds(5), 1)]).await;
    store.waits(&workspace, Provider::Twilio, seconds(5)).await;
    let scoped = store.whole(&workspace).await;
    assert_eq!(scoped.answer(Vec::new()).await.unwrap().provider_lags, []);
    assert_eq!(store.lags(&workspace, NOW).await.len(), 2);
}

#[tokio::test]
async fn the_last_hour_is_told_by_the_five_minutes_that_it_touches() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    assert_eq!(store.lags(&workspace, NOW).await, []);
    // Now is the beginning of five minutes.
    let events: Vec<Event> = (0..9)
        .map(|id| late(id, seconds(400 * u64::try_from(id).unwrap()), 2))
        .chain([
            late(9, seconds(3_600), 200),
            late(10, seconds(3_601), 5_000),
        ])
        .collect();
    store.apply(&workspace, &events).await;
    let lags = store.lags(&workspace, NOW).await;
    let [lag] = lags.as_slice() else {
        panic!("{lags:?}")
    };
    assert_eq!(lag.provider, Provider::MetaWhatsApp);
    assert_eq!(lag.lag.events, 10);
    assert_eq!(lag.lag.mean(), Some(21.8));
    assert_eq!(lag.lag.quantile(0.9), Some(2.0));
    assert_eq!(lag.lag.longest(), Some(200.0));
    assert_eq!((lag.waiting, lag.oldest_waiting), (0, None));
    // Within the five minutes nothing changes; the next leave the first behind.
    assert_eq!(store.lags(&workspace, NOW + seconds(299)).await, lags);
    let next = store.lags(&workspace, NOW + seconds(300)).await;
    assert_eq!(next[0].lag.longest(), Some(2.0));
    assert_eq!(
        store.lags(&workspace, NOW + hours(1)).await[0].lag.events,
        1
    );
    assert_eq!(store.lags(&workspace, NOW + seconds(3_900)).await, []);
}

#[tokio::test]
async fn what_waits_is_told_by_provider_and_nobody_else_sees_it() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let other = store.workspace("other").await;
    store.apply(&workspace, &[late(1, seconds(5), 1)]).await;
    store.apply(&other, &[late(2, seconds(5), 7)]).await;
    for (of, provider, before) in [
        (&workspace, Provider::Twilio, 90),
        (&workspace, Provider::Twilio, 10_000),
        (&workspace, Provider::MetaWhatsApp, 30),
        (&other, Provider::Vonage, 20_000),
        (&other, Provider::Twilio, 1),
    ] {
        store.waits(of, provider, seconds(before)).await;
    }
    let found = |lags: Vec<ProviderLag>| -> Vec<_> {
        lags.into_iter()
            .map(|of| (of.provider, of.lag.longest(), of.waiting, of.oldest_waiting))
            .collect()
    };
    let since = |before| Some(NOW - seconds(before));
    let mine = [
        (Provider::MetaWhatsApp, Some(1.0), 1, since(30)),
        (Provider::Twilio, None, 2, since(10_000)),
    ];
    let theirs = [
        (Provider::MetaWhatsApp, Some(7.0), 0, None),
        (Provider::Twilio, None, 1, since(1)),
        (Provider::Vonage, None, 1, since(20_000)),
    ];
    assert_eq!(found(store.lags(&workspace, NOW).await), mine);
    assert_eq!(found(store.lags(&other, NOW).await), theirs);
    // It is of the workspace, whatever of its messages a scope shows.
    let nothing = Scope {
        departments: Limit::Only(["nowhere".to_owned()].into()),
        ..Scope::whole("acme")
    };
    let limited = store.open(&nothing).await;
    assert_eq!(found(told_by(limited, NOW).await), mine);
}

#[tokio::test]
async fn of_a_long_backlog_a_part_is_counted_and_the_oldest_known() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let fill = "INSERT INTO ingestion.inbox (workspace_id, entry_id, integration_id, provider, received_at, body, due_at) \
         SELECT $1, gen_random_uuid(), gen_random_uuid(), provider, \
           to_timestamp(1795176000 - number), '', now() FROM generate_series(1, 10001) AS number \
         CROSS JOIN unnest('{5, 77}'::int2[]) AS provider WHERE number <= 10000 OR provider = 5";
    let filled = store.admin.execute(fill, &[&workspace.id.0]).await;
    assert_eq!(filled.unwrap(), 20_001);
    let lags = store.lags(&workspace, NOW).await;
    let of = |provider, oldest| ProviderLag {
        provider,
        lag: Default::default(),
        waiting: 10_000,
        oldest_waiting: Some(NOW - seconds(oldest)),
    };
    // The second is a provider that only a later version knows.
    let expected = [of(Provider::Twilio, 10_001), of(Provider::Other, 10_000)];
    assert_eq!(lags, expected);
}
