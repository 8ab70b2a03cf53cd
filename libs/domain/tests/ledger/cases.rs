//! Single cases of what the ledger makes of registrations, and how far it looks.

use std::time::Duration;

use acuse_domain::ids::{Digest, WorkspaceId};
use acuse_domain::ledger::{Ledger, NewRegistration, Refusal, Settings};
use acuse_domain::time::hours;

use super::{Named, Step, WORKSPACE, apply, at, provider_key, registration, subtype, text};

#[test]
fn registrations_under_two_ids_of_the_sender_stay_two_messages() {
    let mut ledger = Ledger::default();
    let mut register = |item: NewRegistration| ledger.register(WORKSPACE, &item);
    let equal = Digest::of(&[b"equal"]);
    let of = |message, named| {
        let mut item = registration(message, named, 1, 0);
        item.registered.digest = equal;
        item
    };
    register(of(1, Named::Both)).unwrap();
    register(of(2, Named::Sender)).unwrap();
    let linking = NewRegistration {
        provider_key: Some(provider_key(1)),
        ..of(2, Named::Sender)
    };
    assert_eq!(register(linking), Err(Refusal::IdsOfTwoMessages));
    // Unequal ones are two messages whatever they are called.
    register(registration(3, Named::Provider, 1, 0)).unwrap();
    let linking = NewRegistration {
        provider_key: Some(provider_key(3)),
        ..of(2, Named::Sender)
    };
    assert_eq!(register(linking), Err(Refusal::ContradictsRegistration));
}

#[test]
fn the_registration_that_makes_two_messages_one_is_news() {
    let mut ledger = Ledger::default();
    for (named, is_news) in [
        (Named::Sender, true),
        (Named::Provider, true),
        (Named::Both, true),
        (Named::Both, false),
    ] {
        let receipt = ledger.register(WORKSPACE, &registration(1, named, 1, 0));
        assert_eq!(receipt.map(|receipt| receipt.is_news), Ok(is_news));
    }
}

#[test]
fn a_name_goes_before_an_id_and_the_least_before_others() {
    let stands = |called: &[u8]| {
        let mut ledger = Ledger::default();
        for called in called {
            let step = Step::Register {
                message: 1,
                named: Named::Both,
                hour: 1,
                contact: 0,
                called: *called,
            };
            apply(&mut ledger, &step);
        }
        assert_eq!(ledger.contested_names().len() > 1, called.len() > 1);
        ledger.settle_subtypes(text);
        assert!(ledger.contested_names().is_empty());
        let changed = ledger.changed_outbound();
        changed[0].now.unwrap().attribution().subtype
    };
    assert_eq!(stands(&[0]), Some(subtype(0)));
    for called in [[0, 1], [1, 0]] {
        assert_eq!(stands(&called), Some(subtype(1)));
    }
    for called in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        assert_eq!(stands(&called), Some(subtype(2)));
    }
}

#[test]
fn a_window_applies_from_its_time_on() {
    let mut settings = Settings::default();
    let day = Duration::from_secs(86_400);
    settings.set(WORKSPACE, vec![(at(10), day * 3), (at(20), day / 2)]);
    assert_eq!(settings.window(WORKSPACE, at(9)), day);
    assert_eq!(settings.window(WORKSPACE, at(10)), day * 3);
    assert_eq!(settings.window(WORKSPACE, at(25)), day / 2);
    assert_eq!(settings.window(WorkspaceId(2), at(25)), day);
}

#[test]
fn what_changed_far_apart_is_looked_at_apart() {
    let mut ledger = Ledger::default();
    for (message, hour) in [(1, 0), (2, 30), (3, 2_000)] {
        let item = registration(message, Named::Both, hour, 0);
        ledger.register(WORKSPACE, &item).unwrap();
    }
    let reach = ledger.reach(&Settings::default());
    let spans: Vec<_> = reach.threads.iter().map(|query| query.sends).collect();
    let day = hours(24);
    assert_eq!(
        spans,
        [
            (at(0) - day, at(30) + day),
            (at(2_000) - day, at(2_000) + day)
        ]
    );
}
