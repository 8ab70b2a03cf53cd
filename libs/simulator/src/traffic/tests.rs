use std::collections::{HashMap, HashSet};

use acuse_proto::types::{Source, StatusKind};

use super::*;

fn traffic() -> Traffic {
    Traffic {
        messages: 6_000,
        days: 30,
        last_day: jiff::civil::date(2026, 9, 30),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
    }
}

fn told() -> Vec<Happening> {
    let business = Business::new(1, 0);
    let stories = business.stories(&traffic());
    stories.flat_map(|story| story.happenings).collect()
}

fn registrations(told: &[Happening]) -> impl Iterator<Item = &OutboundRegistration> {
    told.iter().filter_map(|happening| match &happening.what {
        What::Registered(registration) => Some(registration),
        _ => None,
    })
}

#[test]
fn the_same_traffic_is_the_same_stories() {
    let of = |seed, messages| {
        let business = Business::new(seed, 0);
        let traffic = Traffic {
            messages,
            ..traffic()
        };
        business.stories(&traffic).collect::<Vec<_>>()
    };
    assert_eq!(of(1, 300), of(1, 300));
    let ids = |stories: &[Story]| -> HashSet<String> {
        let told: Vec<_> = stories
            .iter()
            .flat_map(|story| story.happenings.clone())
            .collect();
        registrations(&told)
            .filter_map(|message| message.sender_message_id.clone())
            .collect()
    };
    // Another amount of traffic must not contradict what is stored already.
    assert!(ids(&of(1, 300)).is_disjoint(&ids(&of(1, 301))));
}

#[test]
fn there_are_as_many_messages_as_asked_for() {
    let told = told();
    assert_eq!(registrations(&told).count(), 6_000);
    let ids: HashSet<_> = registrations(&told)
        .map(|message| {
            (
                message.sender_message_id.clone(),
                message.provider_message_id.clone(),
            )
        })
        .collect();
    assert_eq!(ids.len(), 6_000);
    let share = |source: Source| {
        registrations(&told)
            .filter(|message| message.source() == source)
            .count()
            / 60
    };
    assert!((60..75).contains(&share(Source::Broadcast)));
    for source in [Source::User, Source::Api, Source::Workflow] {
        assert!(
            (4..15).contains(&share(source)),
            "{source:?} {}",
            share(source)
        );
    }
    assert!(share(Source::Bot) > 0);
}

#[test]
fn every_status_belongs_to_a_registered_message() {
    let told = told();
    let mut known = HashSet::new();
    for happening in &told {
        let link = match &happening.what {
            What::Registered(message) => (&message.sender_message_id, &message.provider_message_id),
            What::Status(status) if status.sender_message_id.is_some() => {
                (&status.sender_message_id, &status.provider_message_id)
            }
            _ => continue,
        };
        known.extend(link.0.clone());
        known.extend(link.1.clone().map(|id| format!("{:?}", id)));
    }
    let mut statuses = 0;
    for happening in &told {
        if let What::Status(status) = &happening.what {
            let id = status
                .provider_message_id
                .clone()
                .map(|id| format!("{:?}", id));
            let id = id.or(status.sender_message_id.clone()).unwrap();
            assert!(known.contains(&id), "{status:?}");
            assert!(status.happened_at.is_some(), "{status:?}");
            statuses += 1;
        }
    }
    assert!(statuses > 12_000, "{statuses}");
}

#[test]
fn a_campaign_fixes_template_sender_agent_and_department() {
    let told = told();
    let mut fixed = HashMap::new();
    let broadcasts = registrations(&told).filter(|message| message.source() == Source::Broadcast);
    for message in broadcasts {
        let fixes = (
            &message.subtype,
            &message.channel_account_id,
            &message.agent,
            &message.department,
        );
        let campaign = message.campaign.as_ref().unwrap();
        assert_eq!(*fixed.entry(&campaign.id).or_insert(fixes), fixes);
    }
    assert!(fixed.len() > 3, "{}", fixed.len());
}

#[test]
fn contacts_answer_in_every_way() {
    let told = told();
    let inbound: Vec<_> = told
        .iter()
        .filter_map(|happening| match &happening.what {
            What::Inbound(message) => Some(message),
            _ => None,
        })
        .collect();
    assert!(inbound.len() > 400, "{}", inbound.len());
    assert!(inbound.iter().any(|message| message.button.is_some()));
    assert!(
        inbound
            .iter()
            .any(|message| message.quoted_message_id.is_some() && message.button.is_none())
    );
    assert!(
        inbound
            .iter()
            .any(|message| message.quoted_message_id.is_none())
    );
    assert!(inbound.iter().any(|message| message.deleted));
}

#[test]
fn failures_have_their_providers_codes() {
    let told = told();
    let codes: HashSet<_> = told
        .iter()
        .filter_map(|happening| match &happening.what {
            What::Status(status) if status.kind() == StatusKind::Failed => {
                status.failure.clone()?.code
            }
            _ => None,
        })
        .collect();
    assert!(
        codes.contains("131049") && codes.contains("131026"),
        "{codes:?}"
    );
}

#[test]
fn stories_are_in_order_and_end_now() {
    let business = Business::new(1, 0);
    let now: Timestamp = "2026-09-20T15:00:00Z".parse().unwrap();
    let traffic = Traffic { now, ..traffic() };
    let stories: Vec<_> = business.stories(&traffic).collect();
    assert!(stories.is_sorted_by_key(|story| story.begins));
    let last = stories
        .iter()
        .flat_map(|story| &story.happenings)
        .map(|happening| happening.told_at)
        .max();
    assert!(last.unwrap() <= now.into());
    for story in &stories {
        assert!(
            story
                .happenings
                .is_sorted_by_key(|happening| happening.told_at)
        );
    }
}
