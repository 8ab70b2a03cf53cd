//! What was not understood: each payload once, however often and by however many it comes.

use acuse_domain::time::Timestamp;
use acuse_store::ingestion::{
    Finding, NotUnderstood, Parcel, Place, keep_not_understood, not_understood,
};
use futures::future::join_all;

use crate::{Fixture, NOON, minutes, parcel};

impl Fixture {
    async fn keep_odd(&self, parcel: &Parcel, detail: &str) {
        keep_not_understood(&self.database, parcel, &[finding(detail)])
            .await
            .unwrap();
    }

    async fn odd(&self, slug: &str, after: Option<Place>, limit: usize) -> Vec<NotUnderstood> {
        let found = not_understood(&self.database, slug, after, limit).await;
        found.unwrap().unwrap()
    }
}

fn finding(detail: &str) -> Finding {
    Finding {
        path: "entry[0].changes[1]".to_owned(),
        reason: "unknown_change".to_owned(),
        detail: detail.to_owned(),
    }
}

fn minute(count: u64) -> Timestamp {
    NOON + minutes(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payload_is_kept_once_and_counted() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let body = b"{\0\xff}";
    // Received in another order than kept: of 20 times the eighth first, and the seventh last.
    join_all((0..20).map(|number| {
        let (fixture, at) = (&fixture, (number + 13) % 20);
        let parcel = parcel(&integration, body, minute(at));
        async move { fixture.keep_odd(&parcel, &format!("seen {at}")).await }
    }))
    .await;
    let kept = fixture.odd("acme", None, 10).await;
    assert_eq!(
        kept,
        [NotUnderstood {
            digest: kept[0].digest,
            parcel: parcel(&integration, body, NOON),
            findings: vec![finding("seen 19")],
            last_received_at: minute(19),
            times: 20,
        }]
    );
}

#[tokio::test]
async fn another_body_and_another_integration_are_another_payload() {
    let fixture = Fixture::new().await;
    let (first, second) = (
        fixture.integration("acme").await,
        fixture.integration("acme").await,
    );
    for (integration, body) in [(&first, "a"), (&first, "b"), (&second, "a"), (&first, "a")] {
        let parcel = parcel(integration, body, NOON);
        fixture.keep_odd(&parcel, "").await;
    }
    let times: u64 = fixture
        .odd("acme", None, 10)
        .await
        .iter()
        .map(|one| one.times)
        .sum();
    assert_eq!((fixture.odd("acme", None, 10).await.len(), times), (3, 4));
}

#[tokio::test]
async fn payloads_are_listed_in_pages_as_they_came() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let other = fixture.integration("other").await;
    fixture.keep_odd(&parcel(&other, "other", NOON), "").await;
    for at in [3, 1, 2, 2, 4] {
        let body = format!("{at}");
        fixture
            .keep_odd(&parcel(&integration, body, minute(at)), "")
            .await;
    }
    // Two that came at one moment.
    fixture
        .keep_odd(&parcel(&integration, "2 too", minute(2)), "")
        .await;
    let (mut listed, mut after) = (Vec::new(), None);
    for expected in [2, 2, 1, 0] {
        let page = fixture.odd("acme", after, 2).await;
        assert_eq!(page.len(), expected);
        after = page.last().map(NotUnderstood::place).or(after);
        listed.extend(page.into_iter().map(|one| one.parcel.received_at));
    }
    assert_eq!(listed, [1, 2, 2, 3, 4].map(minute));
    let nobody = not_understood(&fixture.database, "nobody", None, 2).await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn what_is_told_may_hold_nul() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let odd = Parcel {
        content_type: Some("a\0b".to_owned()),
        ..parcel(&integration, "{}", NOON)
    };
    fixture.keep_odd(&odd, "field \"a\0b\"").await;
    let kept = fixture.odd("acme", None, 10).await;
    assert_eq!(kept[0].findings, [finding("field \"a\u{fffd}b\"")]);
    assert_eq!(kept[0].parcel.content_type.as_deref(), Some("a\u{fffd}b"));
}
