//! What was not understood: each payload once, however often and by however many it comes.

use acuse_domain::kinds::Provider;
use acuse_domain::time::Timestamp;
use acuse_store::ingestion::{
    Filter, Finding, NotUnderstood, Page, Parcel, Place, Wanted, count_not_understood,
    delete_not_understood, keep_not_understood, not_understood, settle_not_understood,
    sweep_not_understood,
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
        let found = not_understood(&self.database, slug, wanted(after, limit)).await;
        found.unwrap().unwrap().found
    }

    /// The bodies of the payloads that meet a condition.
    async fn bodies(&self, filter: Filter) -> Vec<String> {
        let wanted = Wanted {
            filter,
            ..wanted(None, 100)
        };
        let page = not_understood(&self.database, "acme", wanted).await;
        let found = page.unwrap().unwrap().found.into_iter();
        let text = |one: NotUnderstood| String::from_utf8(one.parcel.body).unwrap();
        found.map(text).collect()
    }
}

fn wanted(after: Option<Place>, limit: usize) -> Wanted {
    Wanted {
        filter: Filter::default(),
        after,
        limit,
        with_bodies: true,
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
            body_bytes: body.len(),
            findings: vec![finding("seen 19")],
            reasons: vec!["unknown_change".to_owned()],
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
    let nobody = not_understood(&fixture.database, "nobody", wanted(None, 2)).await;
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

fn because(reason: &str) -> Finding {
    Finding {
        reason: reason.to_owned(),
        ..finding("")
    }
}

impl Fixture {
    /// Keeps a payload of acme for two reasons, of which one is shared by all.
    async fn keep_for(&self, parcel: &Parcel, reason: &str) {
        let findings = [because(reason), because("common"), because(reason)];
        let kept = keep_not_understood(&self.database, parcel, &findings).await;
        kept.unwrap();
    }
}

#[tokio::test]
async fn payloads_are_found_and_counted_by_what_is_asked_of_them() {
    let fixture = Fixture::new().await;
    let (one, two) = (
        fixture.integration("acme").await,
        fixture.integration("acme").await,
    );
    let other = fixture.integration("other").await;
    for (integration, body, reason, at) in [
        (&one, "a", "left", 1),
        (&one, "b", "right", 2),
        (&one, "b", "right", 2),
        (&two, "c", "left", 3),
        (&other, "d", "left", 4),
    ] {
        let parcel = parcel(integration, body, minute(at));
        fixture.keep_for(&parcel, reason).await;
    }
    let reason = |text: &str| Filter {
        reason: Some(text.to_owned()),
        ..Filter::default()
    };
    assert_eq!(fixture.bodies(Filter::default()).await, ["a", "b", "c"]);
    assert_eq!(fixture.bodies(reason("left")).await, ["a", "c"]);
    assert_eq!(fixture.bodies(reason("common")).await.len(), 3);
    assert_eq!(fixture.bodies(reason("lef")).await, [""; 0]);
    let of = Filter {
        integration: Some(two.id),
        ..Filter::default()
    };
    assert_eq!(fixture.bodies(of).await, ["c"]);
    let provider = |provider| Filter {
        provider: Some(provider),
        ..Filter::default()
    };
    assert_eq!(fixture.bodies(provider(one.provider)).await.len(), 3);
    assert_eq!(fixture.bodies(provider(Provider::Other)).await.len(), 0);
    let interval = Filter {
        received_from: Some(minute(2)),
        received_before: Some(minute(3)),
        ..Filter::default()
    };
    assert_eq!(fixture.bodies(interval).await, ["b"]);

    let counts = count_not_understood(&fixture.database, "acme", Filter::default()).await;
    let counts = counts.unwrap().unwrap();
    let told = counts.counted.iter();
    let told: Vec<_> = told
        .map(|it| (&*it.reason, it.payloads, it.times, it.last_received_at))
        .collect();
    assert_eq!(counts.payloads, 3);
    assert_eq!(
        told,
        [
            ("common", 3, 4, minute(3)),
            ("left", 2, 2, minute(3)),
            ("right", 1, 2, minute(2))
        ]
    );
    let nobody = count_not_understood(&fixture.database, "nobody", Filter::default()).await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn a_page_holds_so_many_bytes_and_tells_whether_more_follow() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    for at in 0..4 {
        let body = vec![b'a' + u8::try_from(at).unwrap(); 3 << 20];
        fixture
            .keep_odd(&parcel(&integration, body, minute(at)), "")
            .await;
    }
    let page = async |wanted: Wanted| -> Page {
        let page = not_understood(&fixture.database, "acme", wanted).await;
        page.unwrap().unwrap()
    };
    let first = page(wanted(None, 10)).await;
    assert_eq!((first.found.len(), first.more), (2, true));
    let after = first.found.last().map(NotUnderstood::place);
    let rest = page(wanted(after, 10)).await;
    assert_eq!((rest.found.len(), rest.more), (2, false));
    let bare = Wanted {
        with_bodies: false,
        ..wanted(None, 3)
    };
    let bare = page(bare).await;
    assert_eq!((bare.found.len(), bare.more), (3, true));
    for one in &bare.found {
        assert_eq!((one.body_bytes, one.parcel.body.len()), (3 << 20, 0));
        assert!(one.findings.is_empty() && one.reasons == ["unknown_change"]);
    }
}

#[tokio::test]
async fn what_is_read_again_stays_as_far_as_it_is_not_understood() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    let parcel = parcel(&integration, "a", NOON);
    fixture.keep_for(&parcel, "left").await;
    let seen = fixture.odd("acme", None, 1).await.remove(0);
    let left = [because("right")];
    let settle = async |seen: &NotUnderstood, left: &[Finding]| {
        settle_not_understood(&fixture.database, seen, left)
            .await
            .unwrap()
    };
    assert!(settle(&seen, &left).await);
    let now = fixture.odd("acme", None, 1).await.remove(0);
    assert_eq!((&now.findings[..], &*now.reasons[0]), (&left[..], "right"));
    assert_eq!(now.times, 1, "reading is not receiving");
    // What came once more meanwhile was not what was read.
    fixture.keep_for(&parcel, "left").await;
    assert!(!settle(&now, &[]).await);
    let now = fixture.odd("acme", None, 1).await.remove(0);
    assert!(settle(&now, &[]).await);
    assert!(fixture.odd("acme", None, 1).await.is_empty());
    assert!(!settle(&now, &[]).await, "it is gone");
}

#[tokio::test]
async fn payloads_are_deleted_in_their_own_workspace() {
    let fixture = Fixture::new().await;
    let integration = fixture.integration("acme").await;
    fixture.integration("other").await;
    fixture.keep_odd(&parcel(&integration, "a", NOON), "").await;
    let digest = fixture.odd("acme", None, 1).await[0].digest;
    let delete = async |slug: &str| {
        delete_not_understood(&fixture.database, slug, digest)
            .await
            .unwrap()
    };
    assert!(!delete("other").await);
    assert!(delete("acme").await);
    assert!(!delete("acme").await);
}

#[tokio::test]
async fn payloads_are_kept_for_as_long_as_their_workspace_says() {
    let fixture = Fixture::new().await;
    let acme = fixture.integration("acme").await;
    let other = fixture.integration("other").await;
    let set = "UPDATE message_state.workspaces SET not_understood_retention_days = 10 WHERE slug = 'acme'";
    fixture.session().await.execute(set, &[]).await.unwrap();
    let day = |count: u64| NOON + minutes(24 * 60 * count);
    for at in 0..4 {
        for integration in [&acme, &other] {
            let body = format!("{at}");
            fixture
                .keep_odd(&parcel(integration, body, day(at)), "")
                .await;
        }
    }
    // It came again, and is kept from then on.
    fixture.keep_odd(&parcel(&acme, "0", day(5)), "").await;
    let sweep = async |now, limit| {
        sweep_not_understood(&fixture.database, now, limit)
            .await
            .unwrap()
    };
    assert_eq!(sweep(day(11), 10).await, 0, "the tenth day is not over");
    let now = day(13) + minutes(1);
    assert_eq!(sweep(now, 2).await, 2, "in pages");
    assert_eq!(sweep(now, 2).await, 1);
    assert_eq!(sweep(now, 2).await, 0);
    assert_eq!(fixture.bodies(Filter::default()).await, ["0"]);
    assert_eq!(fixture.odd("other", None, 10).await.len(), 4, "90 days");
    assert_eq!(sweep(day(400), 10).await, 5);
}
