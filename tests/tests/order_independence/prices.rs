//! What the provider calls a price, where statuses contradict each other.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{Pricing, StatusEvidence, StatusKind};

use crate::traps::{BEGIN, DAY, check, event, left_after, registration, status, text};

fn price(category: Option<&str>, kind: Option<&str>) -> Option<Pricing> {
    Some(Pricing {
        billable: Some(true),
        category: category.and_then(text),
        r#type: kind.and_then(text),
        ..Pricing::default()
    })
}

fn priced(kind: StatusKind, after: i64, pricing: Option<Pricing>) -> Event {
    event(Item::Status(StatusEvidence {
        pricing,
        ..status("m", kind, BEGIN + after)
    }))
}

/// The least price counts as a whole: what it does not tell, no other adds.
#[tokio::test(flavor = "multi_thread")]
async fn the_least_of_prices_that_contradict_each_other() {
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        priced(StatusKind::Delivered, DAY, price(None, Some("regular"))),
        priced(StatusKind::Sent, DAY, price(Some("service"), None)),
        priced(StatusKind::Read, DAY - 1, None),
        priced(
            StatusKind::Played,
            31 * DAY,
            price(Some("utility"), Some("regular")),
        ),
    ])
    .await;
}

/// Too late after it was queued, in time after it left: until then a price counts nowhere, and is not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_late_until_the_origin_moves() {
    let [registered, left] = left_after(10 * DAY);
    check(vec![
        registered,
        left,
        priced(
            StatusKind::Read,
            40 * DAY,
            price(Some("utility"), Some("regular")),
        ),
        priced(
            StatusKind::Delivered,
            40 * DAY + 1,
            price(Some("marketing"), Some("free_entry_point")),
        ),
    ])
    .await;
}
