//! Every fault is told, by its path and with what would be right.

use acuse_domain::error::FieldViolation;
use acuse_proto::convert::{event, timestamp};
use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::types::OutboundRegistration;
use prost_types::Timestamp;

use crate::samples::{self, NOW, seconds};

/// A change of a sound item, and the paths of the faults that it makes.
pub(crate) type Case<T> = (fn(&mut T), &'static [&'static str]);

/// Checks that each change of a sound item makes its faults and no others.
pub(crate) fn check<T>(member: &str, sound: fn() -> T, wrap: fn(T) -> Wire, cases: &[Case<T>]) {
    for (index, (change, expected)) in cases.iter().enumerate() {
        let mut item = sound();
        change(&mut item);
        let within = |path: &&str| format!("{member}.{path}");
        let expected: Vec<String> = expected.iter().map(within).collect();
        let found = paths(samples::event(wrap(item)));
        assert_eq!(found, expected, "case {index}");
    }
}

/// The paths of what is wrong with an event.
fn paths(wire: Event) -> Vec<String> {
    let faults = event(wire, NOW).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.field).collect()
}

#[test]
fn faults_of_events() {
    assert_eq!(paths(Event::default()), ["event"]);
    let registration = Event {
        time_is_receipt: true,
        ..samples::event(Wire::Registration(samples::registration()))
    };
    assert_eq!(paths(registration), ["time_is_receipt"]);
    let status = Event {
        time_is_receipt: true,
        received_at: seconds(i64::MIN),
        ..samples::event(Wire::Status(samples::status()))
    };
    assert_eq!(paths(status), ["received_at", "status.happened_at"]);
}

#[test]
fn all_faults_are_told_at_once() {
    let wire = samples::event(Wire::Registration(OutboundRegistration::default()));
    let fields = [
        "sender_message_id",
        "channel",
        "channel_account_id",
        "contact",
        "source",
        "type",
        "content_type",
        "queued_at",
    ];
    let expected = fields.map(|field| format!("registration.{field}"));
    assert_eq!(paths(wire), expected);
}

#[test]
fn a_fault_says_what_would_be_right() {
    let mut status = samples::status();
    status.kind = 77;
    let faults = event(samples::event(Wire::Status(status)), NOW).unwrap_err();
    let kinds = "STATUS_KIND_QUEUED, STATUS_KIND_DISPATCHED, STATUS_KIND_DISPATCH_FAILED, \
        STATUS_KIND_SENT, STATUS_KIND_DELIVERED, STATUS_KIND_READ, STATUS_KIND_PLAYED, \
        STATUS_KIND_FAILED, STATUS_KIND_DELETED";
    let expected = format!("77 is not known; give one of {kinds}");
    assert_eq!(faults, [FieldViolation::new("status.kind", expected)]);
}

#[test]
fn times_are_from_2009_to_five_minutes_from_now() {
    let now = timestamp(NOW).seconds;
    let cases = [
        (1_230_768_000, 0, true),
        (1_230_767_999, 999_999_999, false),
        (now + 300, 0, true),
        (now + 300, 999, true), // finer than a microsecond is cut off
        (now + 300, 1_000, false),
        (now, -1, false),
        (now, 1_000_000_000, false),
        (now * 1_000, 0, false),
        (i64::MAX, 999_999_999, false),
        (i64::MIN, 0, false),
    ];
    for (seconds, nanos, is_sound) in cases {
        let mut status = samples::status();
        status.happened_at = Some(Timestamp { seconds, nanos });
        let faults = paths(samples::event(Wire::Status(status)));
        let case = format!("{seconds} s {nanos} ns: {faults:?}");
        assert_eq!(faults.is_empty(), is_sound, "{case}");
    }
}
