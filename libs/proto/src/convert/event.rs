//! Events from the wire: a registration, a status, an inbound message or a watermark, with when it arrived.

use std::sync::Arc;

use acuse_domain::error::FieldViolation;
use acuse_domain::event::{Event, Item};
use acuse_domain::time::Timestamp;

use super::faults::Faults;
use super::inbound::inbound;
use super::registration::registration;
use super::status::status;
use super::watermark::watermark;
use crate::message_state;
use crate::message_state::event::Event as Wire;

/// An event from the wire, received at `now` where it does not say otherwise.
///
/// # Errors
///
/// Every fault of the event, by its path within the event.
pub fn event(wire: message_state::Event, now: Timestamp) -> Result<Event, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let received_at = match wire.received_at {
        None => Some(now),
        given => faults.past("received_at", given),
    };
    // A faulty time of receipt is told by itself; what stands in for it goes no further.
    let receipt = wire.time_is_receipt.then(|| received_at.unwrap_or(now));
    let item = item(&mut faults, wire.event, receipt);
    let event = item
        .zip(received_at)
        .map(|(item, received_at)| Event { item, received_at });
    faults.finish(event)
}

fn item(faults: &mut Faults, wire: Option<Wire>, receipt: Option<Timestamp>) -> Option<Item> {
    match wire {
        None => {
            faults.add(
                "event",
                "give one of registration, status, inbound or watermark",
            );
            None
        }
        Some(Wire::Registration(wire)) => {
            if receipt.is_some() {
                faults.add(
                    "time_is_receipt",
                    "is not allowed with a registration, whose sender knows its time",
                );
            }
            faults
                .within("registration", |faults| registration(faults, wire))
                .map(|registration| Item::Registration(Arc::new(registration)))
        }
        Some(Wire::Status(wire)) => faults
            .within("status", |faults| status(faults, wire, receipt))
            .map(|status| Item::Status(Arc::new(status))),
        Some(Wire::Inbound(wire)) => faults
            .within("inbound", |faults| inbound(faults, wire, receipt))
            .map(|inbound| Item::Inbound(Arc::new(inbound))),
        Some(Wire::Watermark(wire)) => {
            if receipt.is_some() {
                faults.add(
                    "time_is_receipt",
                    "is not allowed with a watermark, which without a time counts at its up_to",
                );
            }
            faults
                .within("watermark", |faults| watermark(faults, wire))
                .map(|watermark| Item::Watermark(Arc::new(watermark)))
        }
    }
}
