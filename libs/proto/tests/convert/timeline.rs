//! Timelines as they are shown.

use acuse_domain::event::{Event, Item};
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::facts::Facts;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Channel, Provider, StatusKind};
use acuse_domain::outbound::Outbound;
use acuse_domain::time::{Timestamp, days, hours};
use acuse_domain::watermark::Watermark;
use acuse_proto::convert::{Heard, event, timeline, timestamp};
use acuse_proto::message_state::TimelineEntry;
use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::types;

use crate::outbound::{pieces, registered};
use crate::samples::{self, NOW};

/// The evidence of `kinds`, received an hour apart in the order given by `arrival`.
fn heard(kinds: &[StatusKind], arrival: &[usize]) -> Vec<Heard> {
    let mut pieces: Vec<_> = pieces(kinds)
        .into_iter()
        .map(|evidence| Heard {
            evidence,
            watermark: None,
            recipient: None,
            received_at: NOW,
        })
        .collect();
    let mut received_at = NOW + hours(24);
    for index in arrival {
        pieces[*index].received_at = received_at;
        received_at = received_at + hours(1);
    }
    pieces
}

/// What an entry changed, as "field: before -> after".
fn changes(entry: &TimelineEntry) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    entry
        .changes
        .iter()
        .map(|change| {
            let (before, after) = (or_dash(&change.before), or_dash(&change.after));
            format!("{}: {before} -> {after}", change.field)
        })
        .collect()
}

fn kinds(entries: &[TimelineEntry]) -> Vec<types::StatusKind> {
    entries
        .iter()
        .filter_map(|entry| entry.status.as_ref().map(types::StatusEvidence::kind))
        .collect()
}

#[test]
fn entries_come_as_received_and_say_what_changed() {
    let said = [StatusKind::Dispatched, StatusKind::Sent, StatusKind::Read];
    let entries = timeline(&registered(&said), heard(&said, &[0, 2, 1]));

    use types::StatusKind::{Dispatched, Read, Sent};
    assert_eq!(kinds(&entries), [Dispatched, Read, Sent]);
    assert_eq!(
        changes(&entries[1]),
        [
            "delivery.status: STAGE_STATUS_PENDING -> STAGE_STATUS_SUCCEEDED",
            "read.at: - -> 2022-10-01T14:00:00Z",
            "read.status: STAGE_STATUS_PENDING -> STAGE_STATUS_SUCCEEDED",
            "send.status: STAGE_STATUS_PENDING -> STAGE_STATUS_SUCCEEDED",
            "state: MESSAGE_STATE_DISPATCHED -> MESSAGE_STATE_READ",
        ]
    );
    // Sent was implied by read; its own evidence adds the time alone.
    assert_eq!(changes(&entries[2]), ["send.at: - -> 2022-10-01T13:00:00Z"]);
    assert!(entries.iter().all(|entry| !entry.late));
    assert_eq!(entries[0].received_at, Some(timestamp(NOW + hours(24))));
}

#[test]
fn late_evidence_is_marked_and_changes_nothing() {
    let said = [StatusKind::Dispatched, StatusKind::Sent];
    let mut heard = heard(&said, &[0, 1]);
    heard[1].evidence.at = NOW + days(31);
    let facts: Facts = heard.iter().map(|piece| piece.evidence.clone()).collect();
    let outbound = Outbound {
        facts,
        ..registered(&said)
    };
    let entries = timeline(&outbound, heard);
    assert!(entries[1].late);
    assert_eq!(changes(&entries[1]), Vec::<String>::new());
}

#[test]
fn a_failure_beside_a_delivery_is_told_as_a_conflict() {
    let said = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Failed];
    let entries = timeline(&registered(&said), heard(&said, &[0, 1, 2]));
    assert_eq!(
        changes(&entries[2]),
        [
            "conflict: - -> true",
            "failure.failed_at: - -> 2022-10-01T14:00:00Z",
            "failure.failure.code: - -> 131026",
            "failure.failure.stage: - -> STAGE_DELIVERY",
            "failure.provider: - -> PROVIDER_META_WHATSAPP",
        ]
    );
}

#[test]
fn the_order_of_reading_does_not_matter() {
    let said = [
        StatusKind::Queued,
        StatusKind::Dispatched,
        StatusKind::Failed,
    ];
    let outbound = registered(&said);
    let forwards = heard(&said, &[0, 1, 2]);
    let mut backwards = forwards.clone();
    backwards.reverse();
    assert_eq!(
        timeline(&outbound, forwards),
        timeline(&outbound, backwards)
    );
}

#[test]
fn evidence_is_shown_as_it_was_told() {
    let sent = samples::status();
    let Ok(Event {
        item: Item::Status(told),
        ..
    }) = event(samples::event(Wire::Status(sent.clone())), NOW)
    else {
        panic!("a status stays one");
    };
    let piece = Heard {
        evidence: told.evidence.clone(),
        watermark: None,
        recipient: told.recipient.clone(),
        received_at: NOW,
    };
    let entries = timeline(&registered(&[StatusKind::Failed]), vec![piece]);
    let expected = types::StatusEvidence {
        provider_message_id: None,
        channel_account_phone: None,
        ..sent
    };
    assert_eq!(entries[0].status, Some(expected));
}

/// A message on Messenger that was sent, and a watermark of reading.
fn read_up_to(up_to: Timestamp, received_at: Timestamp) -> Option<(Outbound, Heard)> {
    let mut outbound = registered(&[StatusKind::Sent]);
    if let Some(registered) = &mut outbound.registered {
        registered.attribution.channel = Some(Channel::Messenger);
        registered.attribution.channel_account = Some(NameId(1));
    }
    let watermark = Watermark {
        thread: outbound.thread()?,
        up_to,
        kind: StatusKind::Read,
        at: up_to + hours(1),
        provider: Provider::MetaMessenger,
    };
    let heard = Heard {
        evidence: StatusEvidence::new(StatusKind::Read, watermark.at, watermark.provider),
        watermark: Some(watermark),
        recipient: None,
        received_at,
    };
    Some((outbound, heard))
}

#[test]
fn a_watermark_is_an_entry_that_says_up_to_when() {
    let said = heard(&[StatusKind::Sent], &[0]);
    let up_to = said[0].evidence.at;
    let Some((outbound, mark)) = read_up_to(up_to, NOW + days(3)) else {
        panic!("it has a thread");
    };
    let entries = timeline(&outbound, vec![said[0].clone(), mark]);
    assert_eq!(entries[0].watermark_up_to, None);
    assert_eq!(entries[1].watermark_up_to, Some(timestamp(up_to)));
    assert_eq!(kinds(&entries)[1], types::StatusKind::Read);
    let changed = changes(&entries[1]);
    let state = "state: MESSAGE_STATE_SENT -> MESSAGE_STATE_READ".to_owned();
    assert!(changed.contains(&state), "{changed:?}");
}

/// Before it was known to be sent, nothing covered it: it is the word of its sending that lets the watermark count.
#[test]
fn a_watermark_that_came_first_counts_from_when_the_message_is_known() {
    let said = heard(&[StatusKind::Sent], &[0]);
    let Some((outbound, mark)) = read_up_to(said[0].evidence.at, NOW) else {
        panic!("it has a thread");
    };
    let entries = timeline(&outbound, vec![said[0].clone(), mark]);
    assert_eq!(changes(&entries[0]), Vec::<String>::new());
    let changed = changes(&entries[1]);
    assert!(
        changed
            .iter()
            .any(|change| change.starts_with("read.at: - ->")),
        "{changed:?}"
    );
}
