//! What watermarks say of messages follows from the set of both, however it came to be known, batch by batch.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod stored;

use std::collections::BTreeSet;

use acuse_domain::kinds::{Channel, Provider, StatusKind};
use acuse_domain::ledger::Ledger;
use acuse_domain::outbound::Outbound;
use acuse_domain::time::days;
use acuse_domain::watermark::{Marks, Watermark};
use proptest::prelude::*;

use stored::{Step, Stored, WORKSPACE, at};

const WINDOW: std::time::Duration = days(30);

/// Hours near the beginning, and near the end of the window of what happened then.
fn hour() -> impl Strategy<Value = u64> {
    prop_oneof![0..6u64, 718..724u64]
}

fn step() -> impl Strategy<Value = Step> {
    let kinds = prop::sample::select(&[
        StatusKind::Dispatched,
        StatusKind::Sent,
        StatusKind::Delivered,
        StatusKind::Read,
        StatusKind::Failed,
        StatusKind::DispatchFailed,
    ]);
    let marks = prop::sample::select(&[StatusKind::Delivered, StatusKind::Read]);
    prop_oneof![
        2 => (0..4u8, any::<bool>())
            .prop_map(|(message, by_sender)| Step::Register { message, by_sender }),
        4 => (0..4u8, 0..3u8, kinds, hour()).prop_map(|(message, named, kind, hour)| Step::Status {
            message,
            by_sender: named != 1,
            by_provider: named != 2,
            kind,
            hour,
        }),
        4 => (0..2u8, marks, hour(), hour()).prop_map(|(contact, kind, up_to, at)| Step::Watermark {
            contact,
            kind,
            up_to,
            at,
        }),
        1 => Just(Step::Join),
    ]
}

/// The rule in plain words, over all watermarks.
fn marks_of(message: &Outbound, watermarks: &BTreeSet<Watermark>) -> Marks {
    let origin = message.origin();
    let time = |kind| {
        let at = message.facts.times.get(kind);
        at.filter(|at| *at <= origin + WINDOW)
    };
    let arrived = time(StatusKind::Delivered)
        .or(time(StatusKind::Read))
        .is_some();
    let sent = time(StatusKind::Sent);
    let failed = time(StatusKind::Failed).is_some()
        || (sent.is_none() && time(StatusKind::DispatchFailed).is_some());
    let mut marks = Marks::default();
    let Some(left) = sent.or(time(StatusKind::Dispatched)) else {
        return marks;
    };
    for watermark in watermarks {
        let is_of_thread = Some(watermark.thread) == message.thread();
        let in_reach = left <= watermark.up_to && watermark.up_to <= origin + WINDOW;
        if is_of_thread && in_reach && (arrived || !failed) {
            let mark = match watermark.kind {
                StatusKind::Read => &mut marks.read,
                _ => &mut marks.delivered,
            };
            *mark = Some(mark.map_or(watermark.at, |at| at.min(watermark.at)));
        }
    }
    marks
}

/// The steps in batches of the sizes given, over and over.
fn tell(steps: &[Step], sizes: &[usize]) -> Stored {
    let mut stored = Stored::default();
    let (mut rest, mut sizes) = (steps, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).min(rest.len());
        stored.apply(&rest[..size]);
        rest = &rest[size..];
    }
    stored
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn watermarks_end_the_same_in_any_order_and_batches(
        (steps, shuffled) in prop::collection::vec(step(), 0..20).prop_flat_map(|steps| {
            let twice = [steps.clone(), steps.clone()].concat();
            (Just(steps), Just(twice).prop_shuffle())
        }),
        sizes in prop::collection::vec(1..6usize, 1..4),
    ) {
        let one_by_one = tell(&steps, &[1]);
        for (id, message) in &one_by_one.messages {
            let expected = marks_of(message, &one_by_one.watermarks);
            prop_assert_eq!(message.marks, expected, "{} {:?}", id, message);
        }
        let otherwise = tell(&shuffled, &sizes);
        prop_assert_eq!(&otherwise.watermarks, &one_by_one.watermarks);
        prop_assert_eq!(otherwise.picture(), one_by_one.picture());
        let at_once = tell(&shuffled, &[usize::MAX]);
        prop_assert_eq!(at_once.picture(), one_by_one.picture());
    }
}

#[test]
fn a_watermark_is_known_by_all_that_it_says() {
    let watermark = Watermark {
        thread: Stored::default().thread(0),
        up_to: at(1),
        kind: StatusKind::Read,
        at: at(2),
        provider: Provider::MetaMessenger,
    };
    let others = [
        Watermark {
            up_to: at(2),
            ..watermark
        },
        Watermark {
            at: at(1),
            ..watermark
        },
        Watermark {
            kind: StatusKind::Delivered,
            ..watermark
        },
        Watermark {
            provider: Provider::MetaInstagram,
            ..watermark
        },
    ];
    for other in others {
        assert_ne!(watermark.digest(), other.digest(), "{other:?}");
    }
}

/// A message on WhatsApp is asked nothing for: no look at watermarks in the busiest of batches.
#[test]
fn channels_without_watermarks_ask_for_nothing() {
    let stored = Stored::default();
    let mut ledger = Ledger::default();
    let mut item = stored.registration(0, true);
    item.registered.attribution.channel = Some(Channel::WhatsApp);
    ledger.register(WORKSPACE, &item).unwrap();
    let query = ledger.mark_query();
    assert!(query.messages.is_empty() && query.watermarks.is_empty());
    item.registered.attribution.channel = Some(Channel::Instagram);
    let mut ledger = Ledger::default();
    ledger.register(WORKSPACE, &item).unwrap();
    assert_eq!(ledger.mark_query().messages.len(), 1);
}
