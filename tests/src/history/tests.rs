use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::time::Timestamp;
use acuse_proto::convert;
use acuse_proto::types::{Channel, StatusKind};

use super::scramble::{Chaos, scramble};
use super::*;
use crate::reference::{self, Expected};

fn expected(workspace: &Workspace) -> Expected {
    let settings = reference::Settings {
        time_zone: workspace.time_zone.to_owned(),
        attribution_window: i64::from(workspace.attribution_seconds) * SECOND,
        reported: reference::Reported::new(),
    };
    reference::expect(&workspace.events, &settings)
}

#[test]
fn a_seed_makes_the_same_history_again() {
    let shape = Shape::large(50);
    let (one, other) = (generate(7, &shape), generate(7, &shape));
    assert_eq!(one.workspaces[1].events, other.workspaces[1].events);
    assert_ne!(
        one.workspaces[1].events,
        generate(8, &shape).workspaces[1].events
    );
}

#[test]
fn every_event_is_one_that_is_taken_in() {
    for (seed, shape) in [(1, Shape::large(300)), (2, Shape::close(40))] {
        for workspace in generate(seed, &shape).workspaces {
            for event in workspace.events {
                let taken = convert::event(event.clone(), Timestamp::from_micros(NOW));
                assert!(taken.is_ok(), "{taken:?} of {event:?}");
            }
        }
    }
}

#[test]
fn no_order_loses_an_event() {
    let history = generate(3, &Shape::large(30));
    let chaos = Chaos {
        writers: 3,
        max_batch: 10,
        again_percent: 50,
        shuffled: true,
    };
    let writers = scramble(&history, 4, chaos);
    assert_eq!(writers.len(), 3);
    let told: Vec<_> = writers.into_iter().flatten().flatten().collect();
    for (number, workspace) in history.workspaces.iter().enumerate() {
        for event in &workspace.events {
            assert!(told.contains(&(number, event.clone())), "{event:?}");
        }
    }
    let events: usize = history
        .workspaces
        .iter()
        .map(|workspace| workspace.events.len())
        .sum();
    assert_eq!(told.len(), events + events / 2);
}

#[test]
fn without_ties_nothing_is_left_open() {
    for seed in 0..6 {
        for workspace in generate(seed, &Shape::large(100)).workspaces {
            assert_eq!(expected(&workspace).undecided, [], "seed {seed}");
        }
    }
}

#[test]
fn ties_leave_something_open() {
    let shape = Shape {
        ties: true,
        ..Shape::large(150)
    };
    let histories = (0..4).flat_map(|seed| generate(seed, &shape).workspaces);
    let open: usize = histories
        .map(|workspace| expected(&workspace).undecided.len())
        .sum();
    assert!(open > 0);
}

/// What happens in a history, by name, with how often.
fn happenings(expected: &Expected, found: &mut BTreeMap<String, usize>) {
    let mut count =
        |name: String, holds: bool| *found.entry(name).or_default() += usize::from(holds);
    for message in expected.messages.values() {
        let standing = &message.standing;
        count(format!("{:?}", standing.state), true);
        for kind in message.times.keys() {
            count(format!("{kind:?} evidence"), true);
        }
        for (kind, at) in &message.times {
            let after = *at - message.origin - 30 * DAY;
            if after.abs() <= 1 {
                count(format!("{after:+} after the window"), true);
            }
            count("late".to_owned(), after > 0);
            let is_end = matches!(kind, StatusKind::Delivered | StatusKind::Read);
            count(
                "ahead of its origin".to_owned(),
                is_end && *at < message.origin,
            );
        }
        for (kind, mark) in &message.marks {
            let own = message.times.get(kind);
            count(format!("{kind:?} by a watermark"), own.is_none());
            count(
                format!("{kind:?} by a watermark before its own evidence"),
                own.is_some_and(|own| mark < own),
            );
            let after = *mark - message.origin - 30 * DAY;
            count("a watermark that is late".to_owned(), after > 0);
            count("a watermark in the last moment".to_owned(), after == 0);
        }
        let tells_marks = matches!(
            message.channel,
            Some(Channel::Messenger | Channel::Instagram)
        );
        count(
            "a failure that no watermark covers".to_owned(),
            tells_marks && message.has_failed(),
        );
        let echoed =
            !message.registered && message.attribution_fields().contains_key("content_type");
        count("an echo".to_owned(), echoed);
        count(
            "an echo that says something".to_owned(),
            echoed && message.body.is_some(),
        );
        count("conflict".to_owned(), standing.conflict);
        count("unattached".to_owned(), !message.attached);
        count("billable".to_owned(), message.billable);
        for (said, word) in [
            ("a category", &message.pricing_category),
            ("a type", &message.pricing_type),
        ] {
            count(format!("{said} of the price"), word.is_some());
            count(
                format!("billable without {said} of the price"),
                message.billable && word.is_none(),
            );
        }
        count(
            "never registered".to_owned(),
            !message.registered && message.attached,
        );
        count("several keys".to_owned(), message.keys.len() > 1);
        count("several replies".to_owned(), message.answers.len() > 1);
        count("session".to_owned(), message.session_open == Some(true));
        for inbound in expected.inbound.values() {
            let age = message.origin - inbound.at;
            let is_of_thread = message.contact == Some(inbound.contact);
            count(
                "a day after it was written to".to_owned(),
                is_of_thread && age == DAY,
            );
        }
    }
    for inbound in expected.inbound.values() {
        count("uncounted".to_owned(), !inbound.counted);
        let answer = inbound.answers.as_ref();
        count("no answer".to_owned(), answer.is_none());
        let Some((of, how)) = answer else { continue };
        count(format!("{how:?}"), true);
        let in_reach = expected.messages.values().filter(|message| {
            message.contact == Some(inbound.contact)
                && message.channel_account.as_ref() == Some(&inbound.channel_account)
                && (1..=DAY).contains(&(inbound.at - message.origin))
        });
        count("a choice".to_owned(), in_reach.count() > 1);
        let age = inbound.at - expected.messages[of].origin;
        for (name, window) in [("24 hours", DAY), ("30 days", 30 * DAY)] {
            count(format!("exactly {name}"), age == window);
            count(format!("almost {name}"), age == window - 1);
        }
    }
}

/// Of one message, prices of several categories and of several types.
#[test]
fn prices_contradict_each_other() {
    let history = generate(0, &Shape::large(200));
    let mut categories: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut types = categories.clone();
    for event in history.workspaces.iter().flat_map(|it| &it.events) {
        let Some(Item::Status(status)) = &event.event else {
            continue;
        };
        let names = (&status.sender_message_id, &status.provider_message_id);
        let price = status.pricing.clone().unwrap_or_default();
        for (found, word) in [
            (&mut categories, price.category),
            (&mut types, price.r#type),
        ] {
            let found = found.entry(format!("{names:?}")).or_default();
            found.extend(word);
        }
    }
    for found in [categories, types] {
        let all: BTreeSet<&String> = found.values().flatten().collect();
        let several = found.values().filter(|words| words.len() > 1).count();
        assert!(all.len() > 2 && several > 10, "{several} of {all:?}");
    }
}

/// A history in which nothing happens proves nothing.
#[test]
fn everything_happens_in_histories() {
    let mut found = BTreeMap::new();
    for seed in 0..6 {
        for workspace in generate(seed, &Shape::large(200)).workspaces {
            happenings(&expected(&workspace), &mut found);
        }
    }
    let never: BTreeSet<&String> = found
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| name)
        .collect();
    assert!(never.is_empty(), "never: {never:?} of {found:#?}");
    // Seven states, nine kinds, three ways of being a reply, three places at the end of the window.
    for kind in [
        "Queued",
        "DispatchFailed",
        "Failed",
        "Read",
        "Deleted evidence",
        "Played evidence",
        "Button",
        "Window",
        "Quote",
        "+0 after the window",
        "-1 after the window",
        "+1 after the window",
        "Delivered by a watermark",
        "Read by a watermark",
    ] {
        assert!(found.contains_key(kind), "{kind} never happens: {found:#?}");
    }
}
