//! What messages add up to.

use std::collections::BTreeMap;

use acuse_proto::types::{Direction, MessageState, MessageType, Source, Stage, StatusKind};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::attribution::Attribution;
use super::message::Message;
use super::replies::Inbound;
use super::standing::{self, index};
use super::{SECOND, Settings};

/// Counts by the names of their columns; what is zero is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<String, i64>);

impl Counts {
    /// Adds one to a count where something holds.
    pub(super) fn add(&mut self, name: &str, holds: bool) {
        if holds {
            *self.0.entry(name.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            *self.0.entry(name.clone()).or_default() += count;
        }
    }
}

/// Key of a total: first instant of the quarter hour in microseconds, direction, channel (by numbers on the wire; 0 for
/// none) and department.
pub type TotalKey = (i64, i32, i32, Option<String>);

/// Key of a facet: direction, facet, local day, department and value. Values are external ids, or numbers on the wire.
pub type FacetKey = (i32, &'static str, String, Option<String>, Option<String>);

/// Key of a bin: facet, local day, department, value, span (1 to deliver, 2 to read, 3 to reply) and bin.
pub type HistogramKey = (
    &'static str,
    String,
    Option<String>,
    Option<String>,
    i32,
    i32,
);

/// The rollups of one workspace.
#[derive(Debug, Default)]
pub(super) struct Rollups {
    pub(super) totals: BTreeMap<TotalKey, Counts>,
    pub(super) facets: BTreeMap<FacetKey, Counts>,
    pub(super) histograms: BTreeMap<HistogramKey, i64>,
}

/// What one message adds.
pub(super) struct Addition<'a> {
    direction: Direction,
    at: i64,
    channel: i32,
    department: Option<String>,
    values: Vec<(&'static str, Option<String>)>,
    pub(super) counts: Counts,
    /// Span and microseconds.
    pub(super) spans: Vec<(i32, i64)>,
    zone: &'a TimeZone,
}

/// Adds everything up.
pub(super) fn count(messages: &[Message], inbound: &[Inbound], settings: &Settings) -> Rollups {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let mut rollups = Rollups::default();
    for message in messages {
        rollups.add(of_outbound(message, &zone));
    }
    for inbound in inbound.iter().filter(|inbound| inbound.counted) {
        rollups.add(of_inbound(inbound, &zone));
    }
    rollups
}

impl Rollups {
    fn add(&mut self, addition: Addition<'_>) {
        let Addition { at, zone, .. } = addition;
        let direction = i32::from(addition.direction);
        let department = addition.department;
        let quarter = at - at.rem_euclid(15 * 60 * SECOND);
        let total = (quarter, direction, addition.channel, department.clone());
        self.totals
            .entry(total)
            .or_default()
            .absorb(&addition.counts);
        let day = local(at, zone).date().to_string();
        for (facet, value) in addition.values {
            let key = (
                direction,
                facet,
                day.clone(),
                department.clone(),
                value.clone(),
            );
            if facet != "all" {
                self.facets.entry(key).or_default().absorb(&addition.counts);
            }
            if !HAVE_HISTOGRAMS.contains(&facet) {
                continue;
            }
            for (span, took) in &addition.spans {
                let key = (
                    facet,
                    day.clone(),
                    department.clone(),
                    value.clone(),
                    *span,
                    bin(*took),
                );
                *self.histograms.entry(key).or_default() += 1;
            }
        }
    }
}

/// Totals, and what is ranked.
const HAVE_HISTOGRAMS: &[&str] = &[
    "all",
    "failure_category",
    "channel_account",
    "account",
    "template",
    "campaign",
    "broadcast",
    "agent",
    "team",
];

fn local(at: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_microsecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
}

/// The facets that both directions have.
fn common(
    of: &Attribution,
    channel: i32,
    account: Option<&String>,
) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("channel", code(channel)),
        ("channel_account", account.cloned()),
        ("account", of.account.clone()),
        ("campaign", of.campaign.clone()),
        ("agent", of.agent.clone()),
        ("team", of.team.clone()),
    ]
}

fn code(number: i32) -> Option<String> {
    (number != 0).then(|| number.to_string())
}

fn of_inbound<'a>(inbound: &Inbound, zone: &'a TimeZone) -> Addition<'a> {
    let channel = i32::from(inbound.channel);
    let mut values = common(&inbound.of, channel, Some(&inbound.channel_account));
    values.push(("content_type", code(inbound.content_type)));
    let mut counts = Counts::default();
    counts.add("messages", true);
    Addition {
        direction: Direction::Inbound,
        at: inbound.at,
        channel,
        department: inbound.of.department.clone(),
        values,
        counts,
        spans: Vec::new(),
        zone,
    }
}

/// What kind of a proactive send a message is: 1 a template, 2 one of a user, and each 2 more where it opened a ticket.
fn proactive(message: &Message) -> Option<String> {
    let is_template = message.of.kind == Some(MessageType::Template.into());
    let by_user = i32::from(message.source == Source::User);
    let with_ticket = 2 * i32::from(message.opened_ticket);
    let is_proactive = message.attached && is_template;
    is_proactive.then(|| (1 + by_user + with_ticket).to_string())
}

pub(super) fn of_outbound<'a>(message: &Message, zone: &'a TimeZone) -> Addition<'a> {
    let channel = message.channel.map_or(0, i32::from);
    let of = &message.of;
    let mut values = common(of, channel, message.channel_account.as_ref());
    let failure = message
        .standing
        .failure
        .as_ref()
        .filter(|_| message.has_failed());
    let category = failure.map(|failure| i32::from(standing::category(failure)));
    let error = failure.and_then(standing::Failure::error_code);
    values.extend([
        ("all", None),
        ("source", code(message.source.into())),
        ("subtype", of.subtype.clone()),
        ("type", of.kind.and_then(code)),
        ("template", of.template.clone()),
        ("template_category", of.template_category.and_then(code)),
        ("broadcast", of.broadcast.clone()),
        ("content_type", of.content_type.and_then(code)),
        ("failure_category", category.and_then(code)),
        ("error_code", error),
    ]);
    // A reply is counted with its message or not at all.
    let replied_at = message.replied_at().filter(|_| message.attached);
    let hour = replied_at.map(|at| hour_of_week(&local(at, zone)));
    values.push(("reply_hour", hour.and_then(code)));
    values.push(("proactive", proactive(message)));
    let span = |number, at: Option<i64>| at.map(|at| (number, at - message.origin));
    let time = |kind| message.effective.get(&kind).copied();
    let spans = [
        span(1, time(StatusKind::Delivered)),
        span(2, time(StatusKind::Read)),
        span(3, replied_at),
    ];
    let mut counts = Counts::default();
    if message.attached {
        count_outbound(message, &mut counts);
    } else {
        counts.add("unattached", true);
    }
    Addition {
        direction: Direction::Outbound,
        at: message.origin,
        channel,
        department: of.department.clone(),
        values,
        counts,
        spans: spans
            .into_iter()
            .flatten()
            .filter(|_| message.attached)
            .collect(),
        zone,
    }
}

/// 1 for Monday's first hour.
fn hour_of_week(at: &Zoned) -> i32 {
    let days = at.weekday().since(Weekday::Monday);
    1 + 24 * i32::from(days) + i32::from(at.hour())
}

fn count_outbound(message: &Message, counts: &mut Counts) {
    let standing = &message.standing;
    let reached = |stage| standing.has_reached(stage);
    let is = |state| standing.state == state;
    let failed_at = |stage| standing.failed_stage == Some(stage);
    let replied = message.replied_at().is_some();
    counts.add("messages", true);
    counts.add("tickets", message.opened_ticket);
    counts.add("dispatched", reached(Stage::Dispatch));
    counts.add("sent", reached(Stage::Send));
    counts.add("delivered", reached(Stage::Delivery));
    counts.add("read", reached(Stage::Read));
    counts.add("replied", replied);
    counts.add("in_queued", is(MessageState::Queued));
    counts.add("in_dispatched", is(MessageState::Dispatched));
    counts.add("in_sent", is(MessageState::Sent));
    counts.add("in_delivered", is(MessageState::Delivered));
    counts.add("in_read", is(MessageState::Read));
    counts.add("failed_dispatch", failed_at(Stage::Dispatch));
    counts.add("failed_send", failed_at(Stage::Send));
    counts.add("failed_delivery", failed_at(Stage::Delivery));
    counts.add("pending", standing.pending);
    counts.add("billable", message.billable);
    counts.add("with_session", message.session_open == Some(true));
    let reportable = message.reportable();
    // Before sending there is nothing that a message could have failed to reach.
    let sends = reportable.contains(&Stage::Send);
    counts.add("sent_base", sends);
    counts.add("sent_hits", sends && reached(Stage::Send));
    // Where nobody reports deliveries, a message counts as arrived once the last thing before that is reported.
    let mut before_read = reportable
        .iter()
        .filter(|stage| index(**stage) < index(Stage::Read));
    let arrived = before_read.next_back().is_some_and(|stage| reached(*stage));
    counts.add("reply_base", arrived || replied);
    for (stage, base, hits, left_out) in [
        (
            Stage::Delivery,
            "delivery_base",
            "delivery_hits",
            "delivery_unreported",
        ),
        (Stage::Read, "read_base", "read_hits", "read_unreported"),
    ] {
        let mut earlier = reportable
            .iter()
            .filter(|other| index(**other) < index(stage));
        let covered =
            reportable.contains(&stage) && earlier.next_back().is_some_and(|stage| reached(*stage));
        counts.add(base, covered);
        counts.add(hits, covered && reached(stage));
        counts.add(left_out, !reportable.contains(&stage));
    }
}

/// The bin of a time: edges are 0, 1, 2 … 20 seconds, then each a tenth more than the last, rounded down. A bin holds
/// what is above the edge before it up to its own.
fn bin(took: i64) -> i32 {
    let (mut bin, mut edge) = (0, 0);
    while took > edge * SECOND && edge <= 400 * 24 * 60 * 60 {
        edge = if edge < 20 { edge + 1 } else { edge * 11 / 10 };
        bin += 1;
    }
    bin
}
