//! Short histories of quotes whose messages become known, move or unite after them. Each is told in every order.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{InboundMessage, StatusEvidence, StatusKind};

use crate::traps::{
    BEGIN, DAY, HOUR, check, event, inbound, left_after, registration, status, text, wamid,
};

/// A message of the contact's that quotes another.
fn quoting(id: &str, of: &str, at: i64) -> Event {
    event(Item::Inbound(InboundMessage {
        quoted_message_id: wamid(of),
        ..inbound(id, at)
    }))
}

/// Quoted 31 days after it was queued, but 21 after it left.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_moves_into_reach_of_a_quote() {
    let [registered, left] = left_after(10 * DAY);
    check(vec![registered, left, quoting("i", "m", BEGIN + 31 * DAY)]).await;
}

/// The quote names the one id, the registration the other, and the link of both comes on its own. By what is known of
/// either row alone the quote is too old.
#[tokio::test(flavor = "multi_thread")]
async fn a_quote_of_a_message_whose_rows_unite() {
    let linked = StatusEvidence {
        sender_message_id: text("s"),
        ..status("m", StatusKind::Read, BEGIN + HOUR)
    };
    let left = StatusEvidence {
        provider_message_id: None,
        sender_message_id: text("s"),
        ..status("m", StatusKind::Dispatched, BEGIN + 5 * DAY)
    };
    check(vec![
        event(Item::Registration(registration(Some("s"), None))),
        event(Item::Status(status("m", StatusKind::Delivered, BEGIN))),
        event(Item::Status(linked)),
        event(Item::Status(left)),
        quoting("i", "m", BEGIN + 31 * DAY),
    ])
    .await;
}

/// What quotes a quote leads the eye to it, not to what it quotes itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_quote_of_a_quote() {
    let [registered, left] = left_after(5 * DAY);
    check(vec![
        registered,
        left,
        quoting("i", "m", BEGIN + 31 * DAY),
        quoting("j", "i", BEGIN + 40 * DAY),
    ])
    .await;
}
