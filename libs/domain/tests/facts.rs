//! Facts are a join-semilattice, and what is derived from them follows the table of states.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use acuse_domain::capabilities::Capabilities;
use acuse_domain::evidence::{Conversation, FailureReport, Pricing, PricingNames, StatusEvidence};
use acuse_domain::facts::Facts;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Channel, MessageState, Provider, Stage, StageStatus, StatusKind};
use acuse_domain::standing::Standing;
use acuse_domain::time::{Timestamp, days};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn evidence() -> impl Strategy<Value = StatusEvidence> {
    // Few values of each, so that ties are common.
    let failure = (
        0..3u8,
        0..2u8,
        prop::option::of(prop::sample::select(&[Stage::Send, Stage::Delivery])),
    );
    (
        prop::sample::select(StatusKind::ALL),
        prop_oneof![0..4u64, 30 * 86_400 - 2..30 * 86_400u64 + 3],
        prop::sample::select(&[Provider::Sender, Provider::MetaWhatsApp, Provider::Twilio]),
        prop::option::of(failure),
        prop::option::of(0..3u8),
        prop::option::of(0..3u8),
    )
        .prop_map(|(kind, second, provider, failure, pricing, conversation)| {
            let at = START + std::time::Duration::from_secs(second);
            let mut evidence = StatusEvidence::new(kind, at, provider);
            evidence.failure = failure.map(|(code, title, stage)| FailureReport {
                code: code.to_string(),
                title: title.to_string(),
                detail: String::new(),
                stage,
            });
            evidence.pricing = pricing.map(|category| Pricing {
                billable: Some(category > 0),
                category: Some(category.to_string()),
                names: PricingNames {
                    category: Some(NameId(i32::from(category))),
                    price_type: None,
                },
                ..Pricing::default()
            });
            evidence.conversation = conversation.map(|id| Conversation {
                id: Some(id.to_string()),
                ..Conversation::default()
            });
            evidence
        })
}

fn facts(pieces: &[StatusEvidence]) -> Facts {
    pieces.iter().cloned().collect()
}

proptest! {
    #[test]
    fn merging_commutes(a in prop::collection::vec(evidence(), 0..6), b in prop::collection::vec(evidence(), 0..6)) {
        let (a, b) = (facts(&a), facts(&b));
        prop_assert_eq!(a.clone().merge(b.clone()), b.merge(a));
    }

    #[test]
    fn merging_associates(pieces in prop::collection::vec(evidence(), 3)) {
        let [a, b, c] = [0, 1, 2].map(|i| Facts::of(&pieces[i]));
        let left = a.clone().merge(b.clone()).merge(c.clone());
        prop_assert_eq!(left, a.merge(b.merge(c)));
    }

    #[test]
    fn merging_repeats_nothing(pieces in prop::collection::vec(evidence(), 0..8)) {
        let once = facts(&pieces);
        prop_assert_eq!(once.clone().merge(once.clone()), once);
    }

    #[test]
    fn order_and_repetition_decide_nothing(
        (pieces, shuffled) in prop::collection::vec(evidence(), 0..12).prop_flat_map(|pieces| {
            let twice = [pieces.clone(), pieces.clone()].concat();
            (Just(pieces), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(facts(&pieces), facts(&shuffled));
    }

    #[test]
    fn the_standing_is_consistent(pieces in prop::collection::vec(evidence(), 1..8), channel in prop::sample::select(Channel::ALL)) {
        let facts = facts(&pieces);
        let facts = facts.within_window();
        let standing = Standing::of(&facts, Capabilities::of(channel));
        let failed = standing.failed_stage();
        prop_assert_eq!(failed.is_some(), matches!(standing.state, MessageState::Failed | MessageState::DispatchFailed));
        // No stage is reached behind one that is not.
        let reached: Vec<bool> = Stage::ALL.iter().map(|stage| standing.reached(*stage)).collect();
        prop_assert!(reached.is_sorted_by(|a, b| a >= b), "{:?}", standing.stages);
    }

    #[test]
    fn nothing_beyond_the_window_shows(pieces in prop::collection::vec(evidence(), 1..8)) {
        let facts = facts(&pieces);
        let end = facts.origin().unwrap() + days(30);
        let shown = facts.within_window();
        for kind in StatusKind::ALL {
            prop_assert!(shown.times.get(*kind).is_none_or(|at| at <= end));
            prop_assert_eq!(shown.times.get(*kind), facts.times.get(*kind).filter(|at| *at <= end));
        }
        prop_assert_eq!(shown.origin(), facts.origin());
    }
}

fn standing(kinds: &[StatusKind]) -> Standing {
    let pieces: Vec<StatusEvidence> = kinds
        .iter()
        .map(|kind| StatusEvidence::new(*kind, START, Provider::MetaWhatsApp))
        .collect();
    Standing::of(&facts(&pieces), Capabilities::ALL)
}

#[test]
fn states_and_stages_are_those_of_the_table() {
    use StageStatus::{Failed as X, NotApplicable as N, Pending as P, Succeeded as S};
    use StatusKind::{Delivered, DispatchFailed, Dispatched, Failed, Played, Queued, Read, Sent};

    let table: [(&[StatusKind], MessageState, [StageStatus; 4]); 11] = [
        (&[Queued], MessageState::Queued, [P, P, P, P]),
        (&[Dispatched], MessageState::Dispatched, [S, P, P, P]),
        (&[Sent], MessageState::Sent, [S, S, P, P]),
        (&[Delivered], MessageState::Delivered, [S, S, S, P]),
        (&[Read], MessageState::Read, [S, S, S, S]),
        (&[Played], MessageState::Read, [S, S, S, S]),
        (
            &[DispatchFailed, Dispatched],
            MessageState::DispatchFailed,
            [X, N, N, N],
        ),
        (&[Failed], MessageState::Failed, [S, X, N, N]),
        (&[Failed, Sent], MessageState::Failed, [S, S, X, N]),
        (&[Failed, Delivered], MessageState::Delivered, [S, S, S, P]),
        (&[DispatchFailed, Sent], MessageState::Sent, [S, S, P, P]),
    ];
    for (kinds, state, stages) in table {
        let standing = standing(kinds);
        assert_eq!(
            (standing.state, standing.stages),
            (state, stages),
            "{kinds:?}"
        );
    }
}

#[test]
fn the_provider_states_where_it_failed() {
    let mut evidence = StatusEvidence::new(StatusKind::Failed, START, Provider::Twilio);
    evidence.failure = Some(FailureReport {
        stage: Some(Stage::Delivery),
        ..FailureReport::default()
    });
    let standing = Standing::of(&Facts::of(&evidence), Capabilities::ALL);
    assert_eq!(standing.failed_stage(), Some(Stage::Delivery));
}

#[test]
fn a_failure_beside_a_delivery_is_a_conflict() {
    assert!(standing(&[StatusKind::Failed, StatusKind::Delivered]).conflict);
    assert!(!standing(&[StatusKind::Failed]).conflict);
    assert!(!standing(&[StatusKind::Delivered]).conflict);
}

#[test]
fn a_stage_that_the_channel_cannot_report_is_not_awaited() {
    let sent = Facts::of(&StatusEvidence::new(
        StatusKind::Sent,
        START,
        Provider::Telegram,
    ));
    let standing = Standing::of(&sent, Capabilities::of(Channel::Telegram));
    assert_eq!(standing.stage(Stage::Delivery), StageStatus::NotApplicable);
    assert!(!standing.is_pending());
    let on_sms = Standing::of(&sent, Capabilities::of(Channel::Sms));
    assert!(on_sms.is_pending());
    assert_eq!(on_sms.stage(Stage::Read), StageStatus::NotApplicable);
}

#[test]
fn an_implied_stage_that_the_channel_cannot_report_counts_but_shows_in_no_column() {
    use StageStatus::{Failed as X, NotApplicable as N, Succeeded as S};

    let on = |channel, kinds: &[StatusKind]| {
        let pieces: Vec<StatusEvidence> = kinds
            .iter()
            .map(|kind| StatusEvidence::new(*kind, START, Provider::MetaInstagram))
            .collect();
        Standing::of(&facts(&pieces), Capabilities::of(channel))
    };
    let read = on(Channel::Instagram, &[StatusKind::Read]);
    assert_eq!(read.stages, [S, S, N, S]);
    assert!(read.reached(Stage::Delivery));
    // That it failed there is the provider's own word.
    let failed = on(Channel::Line, &[StatusKind::Sent, StatusKind::Failed]);
    assert_eq!(failed.stages, [S, S, X, N]);
}

#[test]
fn the_origin_is_the_first_that_is_known_of_dispatched_sent_queued_and_the_rest() {
    let at = |seconds| START + std::time::Duration::from_secs(seconds);
    let piece = |kind, seconds| StatusEvidence::new(kind, at(seconds), Provider::Sender);
    let all = [
        piece(StatusKind::Read, 1),
        piece(StatusKind::Delivered, 2),
        piece(StatusKind::Queued, 5),
        piece(StatusKind::Sent, 7),
        piece(StatusKind::Dispatched, 6),
    ];
    let expected = [1, 1, 5, 7, 6];
    for (known, seconds) in (1..=all.len()).zip(expected) {
        assert_eq!(
            facts(&all[..known]).origin(),
            Some(at(seconds)),
            "{known} known"
        );
    }
}

#[test]
fn a_repetition_is_known_by_what_was_said() {
    let said = StatusEvidence::new(StatusKind::Sent, START, Provider::MetaWhatsApp);
    let mut other = said.clone();
    other.correlation_id = Some("x".to_owned());
    assert_eq!(said.digest(), said.clone().digest());
    assert_ne!(said.digest(), other.digest());
    // A time of receipt differs with each delivery of the same webhook.
    let received = |seconds| StatusEvidence {
        at: START + std::time::Duration::from_secs(seconds),
        at_is_receipt: true,
        ..said.clone()
    };
    assert_eq!(received(1).digest(), received(2).digest());
    assert_ne!(received(1).digest(), said.digest());
}
