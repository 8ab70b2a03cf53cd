//! Events: registrations, statuses and inbound messages, as message-state and ingestion take them; entries of the directory,
//! and keys of messages.

use std::sync::Arc;

use acuse_domain::error::FieldViolation;
use acuse_domain::event::Item;
use acuse_proto::convert::{entry, event, inbound_event, message_key, status_event};
use acuse_proto::ingestion::{IngestRequest, ingest_request::Items};
use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::message_state::{
    ApplyEventsRequest, Event, GetMessageRequest, UpsertEntriesRequest,
};

use crate::{NOW, wire::message};

/// The longest word on a fault.
const LONGEST_WORD: usize = 1_000;

/// Each event is taken in or refused with its faults, and what is taken in can be handed on.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let applied = message::<ApplyEventsRequest>("acuse.message_state.v1.ApplyEventsRequest", bytes);
    let events = applied.map(|request| request.events).unwrap_or_default();
    let streamed = message::<IngestRequest>("acuse.ingestion.v1.IngestRequest", bytes);
    let items = streamed.and_then(|request| request.items);
    events
        .into_iter()
        .chain(items.into_iter().flat_map(handed_on))
        .for_each(check_event);

    let upsert =
        message::<UpsertEntriesRequest>("acuse.message_state.v1.UpsertEntriesRequest", bytes);
    for wire in upsert.map(|it| it.entries).unwrap_or_default() {
        let first = entry(wire.clone(), NOW);
        assert_eq!(format!("{:?}", entry(wire, NOW)), format!("{first:?}"));
        first.err().iter().for_each(|faults| check_faults(faults));
    }
    let get = message::<GetMessageRequest>("acuse.message_state.v1.GetMessageRequest", bytes);
    let faults = get.and_then(|request| message_key(request.key).err());
    faults.iter().for_each(|faults| check_faults(faults));
}

/// As ingestion hands on what a stream brings.
fn handed_on(items: Items) -> Vec<Event> {
    let of = |event: Wire| Event {
        event: Some(event),
        ..Event::default()
    };
    match items {
        Items::Registrations(it) => {
            let wires = it.messages.into_iter().map(Wire::Registration);
            wires.map(of).collect()
        }
        Items::Statuses(it) => it
            .statuses
            .into_iter()
            .map(|it| of(Wire::Status(it)))
            .collect(),
        Items::InboundMessages(it) => it
            .messages
            .into_iter()
            .map(|it| of(Wire::Inbound(it)))
            .collect(),
    }
}

/// An event is taken in or refused with its faults, and what is taken in can be handed on.
pub(crate) fn check_event(wire: Event) {
    let first = event(wire.clone(), NOW);
    assert_eq!(event(wire, NOW), first);
    let taken = match first {
        Ok(taken) => taken,
        Err(faults) => return check_faults(&faults),
    };
    let again = match taken.item.clone() {
        Item::Status(it) => status_event(Arc::unwrap_or_clone(it), taken.received_at),
        Item::Inbound(it) => inbound_event(Arc::unwrap_or_clone(it), taken.received_at),
        _ => return,
    };
    assert_eq!(event(again, NOW), Ok(taken));
}

/// Every fault names its field and says in short what is wrong.
pub(crate) fn check_faults(faults: &[FieldViolation]) {
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(!fault.field.is_empty() && !fault.description.is_empty());
        assert!(fault.description.len() < LONGEST_WORD, "{fault:?}");
    }
}
