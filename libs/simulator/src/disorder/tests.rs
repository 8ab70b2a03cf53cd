use std::collections::HashSet;

use super::*;
use crate::{Business, Traffic};

fn traffic(messages: u64) -> Traffic {
    Traffic {
        messages,
        days: 14,
        last_day: jiff::civil::date(2026, 9, 30),
        now: "2026-11-01T00:00:00Z".parse().unwrap(),
    }
}

fn arrive(disorder: Disorder, seed: u64) -> (Vec<Arrival>, Tally) {
    let business = Business::new(1, 0);
    let traffic = traffic(1_000);
    let now = traffic.now.into();
    let mut arrivals = Arrivals::new(business.stories(&traffic), disorder, seed, now);
    let all = arrivals.by_ref().collect();
    (all, arrivals.tally())
}

#[test]
fn in_order_nothing_is_changed() {
    let (all, tally) = arrive(Disorder::default(), 1);
    assert_eq!(tally.registrations, 1_000);
    assert_eq!(all.len() as u64, tally.arrivals());
    assert!(all.is_sorted_by_key(|arrival| arrival.at));
    let business = Business::new(1, 0);
    let told = business
        .stories(&traffic(1_000))
        .flat_map(|story| story.happenings);
    assert_eq!(told.count(), all.len());
}

#[test]
fn the_same_seed_does_the_same() {
    assert_eq!(arrive(Disorder::BAD_WEEK, 3), arrive(Disorder::BAD_WEEK, 3));
    assert_ne!(
        arrive(Disorder::BAD_WEEK, 3).0,
        arrive(Disorder::BAD_WEEK, 4).0
    );
}

#[test]
fn disorder_adds_and_takes_away_what_it_counts() {
    let key = |arrival: &Arrival| format!("{:?}", arrival.what);
    let (plain, before) = arrive(Disorder::default(), 1);
    let (all, tally) = arrive(Disorder::BAD_WEEK, 1);
    assert_eq!(all.len() as u64, tally.arrivals());
    assert!(tally.duplicates > before.statuses / 20, "{tally:?}");
    let said: HashSet<_> = plain.iter().map(key).collect();
    let arrived: HashSet<_> = all.iter().map(key).collect();
    assert_eq!(said, arrived, "everything arrives, and nothing else");

    let lossy = Disorder {
        lost: 0.3,
        ..Disorder::default()
    };
    let (some, tally) = arrive(lossy, 1);
    assert_eq!(some.len() as u64, tally.arrivals());
    assert_eq!(
        tally.registrations, 1_000,
        "what the business itself tells is not lost"
    );
    let told = tally.statuses + tally.inbound;
    assert!(
        (told / 4..told / 3 + 100).contains(&tally.lost),
        "{tally:?}"
    );
}

#[test]
fn some_statuses_overtake_their_registration() {
    let early = Disorder {
        early: 0.5,
        ..Disorder::default()
    };
    let (all, _) = arrive(early, 1);
    let mut registered = HashSet::new();
    let mut overtook = HashSet::new();
    for arrival in &all {
        match &arrival.what {
            What::Registered(message) => {
                registered.extend(message.provider_message_id.clone().map(|id| id.id));
            }
            What::Status(status) => {
                let id = status.provider_message_id.clone().map(|id| id.id);
                overtook.extend(id.filter(|id| !registered.contains(id)));
            }
            What::Inbound(_) => {}
        }
    }
    assert!(overtook.len() > 200, "{}", overtook.len());
}

#[test]
fn what_waits_is_bounded() {
    let business = Business::new(1, 0);
    let traffic = Traffic {
        days: 1,
        ..traffic(60_000)
    };
    let mut arrivals = Arrivals::new(
        business.stories(&traffic),
        Disorder::BAD_WEEK,
        1,
        traffic.now.into(),
    );
    let mut most = 0;
    while arrivals.next().is_some() {
        most = most.max(arrivals.waiting.len());
    }
    assert!(most < MAX_WAITING + 100, "{most}");
    assert_eq!(arrivals.tally().registrations, 60_000);
}
