//! Messages whose rows retention dropped: whatever is told of an interval is what was told before, or the answer says that it
//! covers less.

mod lists;

use acuse_domain::event::Event;
use acuse_domain::kinds::StatusKind;
use acuse_domain::time::{Timestamp, hours};
use acuse_proto::reporting::{
    Availability, Basis, CountedIn, Dimension, GetBreakdownRequest, GetConsolidatedRequest,
    GetFunnelRequest, GetMessagesOverviewRequest, GetRankingRequest, GetReplyActivityRequest,
    ListOutboundMessagesRequest, Metric, Preset, Question,
};
use acuse_store::rebuild::{self, Step};
use acuse_store::retention;
use acuse_store::workspaces::{self, Settings};
use acuse_testkit::build::{IntoEvent as _, inbound, wamid};

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::{NOW, any_of, custom, filtered, in_zone, preset, sent};

/// Days and a part of one before now, of which the oldest five weeks are dropped.
const DAYS: u64 = 80;

fn zone(settings: &mut Settings) {
    settings.zone = "America/Santiago".parse().unwrap();
}

/// Messages of every day at odd hours, with replies.
fn history() -> Vec<Event> {
    let mut events = Vec::new();
    for number in 0..DAYS * 2 {
        let at = NOW - hours(number * 12) - hours(number % 7);
        let id = format!("m{number}");
        let pick = |of: [&'static str; 2], by: u64| of[usize::from(number % by == 0)];
        let mut message =
            sent(&id, at).from(pick(["ventas", "soporte"], 3), pick(["diana", "bruno"], 4));
        if number % 5 != 0 {
            message = message.template(pick(["t1", "t2"], 2), pick(["octubre", "enero"], 6));
        }
        let message = match number % 4 {
            0 => message.failed(),
            1 => message.delivered(40),
            _ => message.delivered(10).then(StatusKind::Read, 3_000),
        };
        events.extend(message.events());
        if number % 8 == 3 {
            let mut reply = inbound(&format!("i{number}"), at + hours(2));
            reply.quoted = Some(wamid(&id));
            events.push(reply.event());
        }
    }
    events
}

/// One that keeps everything, and one whose rows of before October are dropped; then more came, which is not folded.
async fn both() -> [Rig; 2] {
    let keeps = Rig::set(zone).await;
    let dropped = Rig::set(|settings| {
        zone(settings);
        settings.retention_months = 1;
    })
    .await;
    for rig in [&keeps, &dropped] {
        rig.apply(history()).await;
        rig.fold().await;
    }
    // Tables go once nobody keeps what they are for.
    let change = |settings: &mut Settings| settings.retention_months = 1;
    let changed = workspaces::update(&dropped.store, OTHER, || NOW, change).await;
    changed.unwrap().unwrap();
    let gone = retention::drop_old(&dropped.store, NOW).await.unwrap();
    assert!(gone.messages > 60, "{gone:?}");
    assert!(!gone.months.is_empty(), "{gone:?}");
    for rig in [&keeps, &dropped] {
        let late = sent("late", NOW - hours(20)).from("ventas", "diana");
        rig.apply(late.delivered(5).events()).await;
    }
    [keeps, dropped]
}

/// Before this rows are missing.
fn kept_from(basis: &Basis) -> Timestamp {
    let start = basis.covered.unwrap().start_at.unwrap();
    acuse_proto::convert::any_time(start).unwrap()
}

fn questions() -> Vec<Question> {
    let by_agent = || any_of(Dimension::Agent, &["diana"]);
    let long = || preset(Preset::Last90Days);
    let of = |question: Question, filters: Vec<_>| Question {
        filters,
        ..question
    };
    vec![
        long(),
        of(long(), vec![by_agent()]),
        of(
            long(),
            vec![by_agent(), any_of(Dimension::Campaign, &["octubre"])],
        ),
        of(
            long(),
            vec![any_of(Dimension::Weekday, &["monday"]), by_agent()],
        ),
        of(
            long(),
            vec![any_of(Dimension::HourOfDay, &["9", "10", "11"])],
        ),
        in_zone(long(), "Asia/Kathmandu"),
        of(in_zone(long(), "UTC"), vec![by_agent()]),
        Question {
            counted_in: vec![CountedIn {
                metric: Metric::Delivered.into(),
                part: None,
            }],
            ..long()
        },
        // The day that it begins in is told by rows alone, where a dimension is asked for.
        custom("2026-09-10T15:10:00Z", "2026-11-10T15:10:00Z"),
        of(
            custom("2026-09-10T15:10:00Z", "2026-11-10T15:10:00Z"),
            vec![by_agent()],
        ),
        // Nothing but what was dropped.
        custom("2026-09-01T04:00:00Z", "2026-09-20T04:00:00Z"),
        of(
            custom("2026-09-01T04:00:00Z", "2026-09-20T04:00:00Z"),
            vec![by_agent(), any_of(Dimension::State, &["read"])],
        ),
        filtered([by_agent(), any_of(Dimension::State, &["read"])]),
    ]
}

/// How answers of the one whose rows are dropped compare with those of the other.
#[derive(Debug, Default, PartialEq)]
struct Compared {
    whole: usize,
    cut: usize,
    nothing: usize,
}

impl Compared {
    /// Notes what an answer covers; gives the question to ask the other one, about what is covered.
    fn note(&mut self, basis: Option<&Basis>) -> Option<Question> {
        let basis = basis.unwrap();
        match basis.covered {
            None => {
                let mut components = basis.components.iter();
                assert!(components.all(|of| of.availability() != Availability::Available));
                self.nothing += 1;
            }
            covered if covered == basis.requested => self.whole += 1,
            Some(_) => self.cut += 1,
        }
        basis.question.clone()
    }
}

/// Asks one for a report, and where something is covered the other for the same of that: but for the basis they are alike.
macro_rules! compare {
    ($compared:expr, $rigs:expr, $call:ident, $request:expr) => {{
        let request = $request;
        let [keeps, dropped] = $rigs;
        let mut client = dropped.client(dropped.administrator());
        let found = client.$call(request.clone()).await.unwrap();
        let mut found = found.into_inner();
        if let Some(question) = $compared.note(found.basis.as_ref()) {
            let mut again = request.clone();
            again.question = Some(question);
            let mut client = keeps.client(keeps.administrator());
            let mut expected = client.$call(again).await.unwrap().into_inner();
            let covered = |basis: &Option<Basis>| basis.as_ref().unwrap().covered;
            assert_eq!(
                covered(&found.basis),
                covered(&expected.basis),
                "{request:?}"
            );
            (found.basis, expected.basis) = (None, None);
            assert_eq!(found, expected, "{request:?}");
        }
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_never_less_than_those_of_what_is_covered() {
    let rigs = both().await;
    let rigs = [&rigs[0], &rigs[1]];
    let mut compared = Compared::default();
    for question in questions() {
        let question = Some(question);
        compare!(
            compared,
            rigs,
            get_consolidated,
            GetConsolidatedRequest {
                question: question.clone(),
                with_times: true,
                ..GetConsolidatedRequest::default()
            }
        );
        for by in [
            vec![Dimension::Campaign],
            vec![Dimension::Direction],
            vec![Dimension::State],
            vec![Dimension::Month],
            vec![Dimension::Agent, Dimension::Week],
            vec![Dimension::Department, Dimension::Day],
        ] {
            compare!(
                compared,
                rigs,
                get_breakdown,
                GetBreakdownRequest {
                    question: question.clone(),
                    dimensions: by.into_iter().map(Into::into).collect(),
                    limit: Some(3),
                    ..GetBreakdownRequest::default()
                }
            );
        }
        compare!(
            compared,
            rigs,
            get_messages_overview,
            GetMessagesOverviewRequest {
                question: question.clone(),
                ..GetMessagesOverviewRequest::default()
            }
        );
        compare!(
            compared,
            rigs,
            get_funnel,
            GetFunnelRequest {
                question: question.clone(),
                ..GetFunnelRequest::default()
            }
        );
        compare!(
            compared,
            rigs,
            get_reply_activity,
            GetReplyActivityRequest { question }
        );
    }
    let Compared {
        whole,
        cut,
        nothing,
    } = compared;
    assert!(whole > 30 && cut > 30 && nothing > 5, "{compared:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollups_tell_what_they_know_of_dropped_messages() {
    let [_, rig] = both().await;
    let ask = async |question: Question| {
        let request = GetConsolidatedRequest {
            question: Some(question),
            ..GetConsolidatedRequest::default()
        };
        let answer = rig.consolidated(request).await.unwrap();
        (answer.basis.unwrap(), answer.total.unwrap().messages)
    };
    let (basis, all) = ask(preset(Preset::Last90Days)).await;
    assert_eq!((basis.covered, all), (basis.requested, 161));
    // Days of the workspace by one dimension are whole from the first one on, which begins at three or four hours.
    let odd = custom("2026-09-10T15:10:00Z", "2026-11-10T03:00:00Z");
    let by_agent = Question {
        filters: vec![any_of(Dimension::Agent, &["diana"])],
        ..odd
    };
    let (basis, _) = ask(by_agent).await;
    let next_day = "2026-09-11T03:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert_eq!(kept_from(&basis), next_day.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn days_of_a_zone_that_came_later_are_none_of_what_was_dropped_before() {
    let [_, rig] = both().await;
    let ask = async |by: Dimension| {
        let request = GetBreakdownRequest {
            question: Some(preset(Preset::Last90Days)),
            dimensions: vec![by.into()],
            ..GetBreakdownRequest::default()
        };
        let answer = rig.breakdown(request).await.unwrap();
        let basis = answer.basis.clone().unwrap();
        (
            basis.covered == basis.requested,
            kept_from(&basis),
            answer.total.unwrap().messages,
        )
    };
    // Far away, so that days differ by many messages, to the east and to the west.
    for zone in ["Asia/Kathmandu", "Pacific/Pago_Pago"] {
        let change = |settings: &mut Settings| settings.zone = zone.parse().unwrap();
        let changed = workspaces::update(&rig.store, ACME, || NOW, change).await;
        changed.unwrap().unwrap();
        let begun = rebuild::begin(&rig.store, rig.acme.id, "a test", NOW).await;
        assert!(begun.unwrap());
        while rebuild::step(&rig.store, rig.acme.id, NOW).await.unwrap() == Step::More {}
        // Quarter hours are those of any zone; days by campaign are not.
        let (is_whole, _, all) = ask(Dimension::Channel).await;
        assert_eq!((is_whole, all), (true, 161));
        let (is_whole, from, some) = ask(Dimension::Campaign).await;
        assert!(!is_whole && some < all);
        let rows = ListOutboundMessagesRequest {
            question: Some(preset(Preset::Last90Days)),
            ..ListOutboundMessagesRequest::default()
        };
        let mut client = rig.client(rig.administrator());
        let list = client.list_outbound_messages(rows).await.unwrap();
        let info = list.into_inner().info.unwrap();
        assert_eq!(
            (kept_from(&info.basis.unwrap()), info.total_size),
            (from, some)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_what_was_dropped_nothing_is_compared() {
    let [_, rig] = both().await;
    // The month before this one is September, of which two filters need the rows.
    let october = || custom("2026-10-02T03:00:00Z", "2026-11-02T03:00:00Z");
    let by_agent = any_of(Dimension::Agent, &["diana"]);
    let by_state = any_of(Dimension::State, &["read", "failed"]);
    for (filters, is_compared) in [
        (vec![by_agent.clone()], true),
        (vec![by_agent, by_state], false),
    ] {
        let question = Some(Question {
            filters,
            ..october()
        });
        let request = GetConsolidatedRequest {
            question: question.clone(),
            compare_with_previous: true,
            ..GetConsolidatedRequest::default()
        };
        let answer = rig.consolidated(request).await.unwrap();
        let basis = answer.basis.unwrap();
        assert_eq!(basis.covered, basis.requested);
        let before = answer.previous.unwrap();
        assert_eq!(before.covered == before.requested, is_compared);
        assert_eq!(before.changes[0].before.is_some(), is_compared);
        let request = GetRankingRequest {
            question,
            dimension: Dimension::Campaign.into(),
            metric: Metric::Messages.into(),
            ..GetRankingRequest::default()
        };
        let answer = rig.ranking(request).await.unwrap();
        // Of two dimensions whatever else is asked.
        assert_ne!(answer.previous_covered, answer.previous);
        assert!(answer.rows.iter().all(|row| row.previous_rank.is_none()));
    }
}
