//! Messages to count, and questions about them.

use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::evidence::{FailureReport, Pricing, StatusEvidence};
use acuse_domain::kinds::{Channel, MessageType, Source, StatusKind};
use acuse_domain::registration::{NamedRef, Registration, TemplateRef};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::filter::Condition;
use acuse_proto::reporting::{
    Dimension, Filter, IdFilter, IdKind, Interval, Period, Preset, Question, ValueSet, period,
};
use acuse_testkit::build::{IntoEvent as _, inbound, phone, registration, status, wamid};

/// What the service's clock shows: 2026-11-15T12:00:00Z, a Sunday.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

fn after(at: Timestamp, seconds: u64) -> Timestamp {
    at + Duration::from_secs(seconds)
}

pub(crate) fn called(id: &str, name: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        ..NamedRef::default()
    }
}

/// A message and what became of it.
pub(crate) struct Sent {
    id: String,
    at: Timestamp,
    pub(crate) registration: Registration,
    statuses: Vec<Event>,
}

/// A message that left at `at`, of the provider's id `id`.
pub(crate) fn sent(id: &str, at: Timestamp) -> Sent {
    let mut registration = registration(id, at);
    registration.names.provider = Some(wamid(id));
    registration.dispatched_at = Some(at);
    Sent {
        id: id.to_owned(),
        at,
        registration,
        statuses: Vec::new(),
    }
}

impl Sent {
    /// From a department by an agent.
    pub(crate) fn from(mut self, department: &str, agent: &str) -> Self {
        self.registration.department = Some(called(department, &department.to_uppercase()));
        self.registration.agent = Some(called(agent, &agent.to_uppercase()));
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Registration)) -> Self {
        change(&mut self.registration);
        self
    }

    /// As a template of a campaign.
    pub(crate) fn template(self, id: &str, campaign: &str) -> Self {
        let (id, campaign) = (id.to_owned(), called(campaign, campaign));
        self.with(|registration| {
            registration.kind = MessageType::Template;
            registration.template = Some(TemplateRef {
                name: Some(format!("name_{id}")),
                id: Some(id),
                language: Some("es".to_owned()),
                category: None,
            });
            registration.campaign = Some(campaign);
        })
    }

    /// What the provider says so many seconds later.
    pub(crate) fn then(self, kind: StatusKind, seconds: u64) -> Self {
        self.then_with(kind, seconds, |_| {})
    }

    pub(crate) fn then_with(
        mut self,
        kind: StatusKind,
        seconds: u64,
        change: impl FnOnce(&mut StatusEvidence),
    ) -> Self {
        let mut said = status(&self.id, kind, after(self.at, seconds));
        // Which channel account it was, the registration says.
        said.evidence.sender = None;
        change(&mut said.evidence);
        self.statuses.push(said.event());
        self
    }

    pub(crate) fn delivered(self, seconds: u64) -> Self {
        self.then(StatusKind::Sent, 1)
            .then(StatusKind::Delivered, seconds)
    }

    /// Sent, and given up because the recipient cannot receive it.
    pub(crate) fn failed(self) -> Self {
        self.then(StatusKind::Sent, 1)
            .then_with(StatusKind::Failed, 2, |evidence| {
                evidence.failure = Some(FailureReport {
                    code: "131026".to_owned(),
                    title: "Message undeliverable".to_owned(),
                    ..FailureReport::default()
                });
            })
    }

    pub(crate) fn events(self) -> Vec<Event> {
        let mut events = vec![self.registration.event()];
        events.extend(self.statuses);
        events
    }
}

pub(crate) fn all(sent: impl IntoIterator<Item = Sent>) -> Vec<Event> {
    sent.into_iter().flat_map(Sent::events).collect()
}

/// Two days of work: six messages of which one is an SMS, a reply, and a message that answers nothing.
pub(crate) fn work() -> Vec<Event> {
    let mut events = all([
        sent("m1", at("2026-11-14T10:00:00Z"))
            .from("ventas", "diana")
            .template("t1", "octubre")
            .with(|registration| {
                registration.opened_ticket = true;
                registration.ticket_id = Some("T-7".to_owned());
                registration.correlation_id = Some("lote 7".to_owned());
            })
            .delivered(10)
            .then(StatusKind::Read, 60),
        sent("m2", at("2026-11-14T10:30:00Z"))
            .from("ventas", "diana")
            .template("t1", "octubre")
            .then(StatusKind::Sent, 1)
            .then_with(StatusKind::Delivered, 20, |evidence| {
                evidence.pricing = Some(Pricing {
                    billable: Some(true),
                    category: Some("marketing".to_owned()),
                    price_type: Some("regular".to_owned()),
                    ..Pricing::default()
                });
            }),
        sent("m3", at("2026-11-14T11:00:00Z"))
            .from("soporte", "bruno")
            .template("t2", "octubre")
            .failed(),
        sent("m4", at("2026-11-15T09:00:00Z")).from("soporte", "bruno"),
        sent("m5", at("2026-11-15T09:30:00Z")).with(|registration| {
            registration.source = Source::Bot;
            registration.dispatched_at = None;
        }),
        sent("s1", at("2026-11-15T10:00:00Z"))
            .from("ventas", "diana")
            .with(|registration| {
                registration.channel = Channel::Sms;
                registration.channel_account = called("short-code", "Short code");
            })
            .delivered(30),
    ]);
    let mut reply = inbound("i1", at("2026-11-14T10:05:00Z"));
    reply.quoted = Some(wamid("m1"));
    let mut stray = inbound("i2", at("2026-11-15T10:30:00Z"));
    stray.contact = phone("51999999999");
    events.extend([reply.event(), stray.event()]);
    events
}

pub(crate) fn preset(preset: Preset) -> Question {
    Question {
        period: Some(Period {
            period: Some(period::Period::Preset(preset.into())),
        }),
        ..Question::default()
    }
}

pub(crate) fn custom(start: &str, end: &str) -> Question {
    Question {
        period: Some(Period {
            period: Some(period::Period::Custom(Interval {
                start_at: Some(timestamp(at(start))),
                end_at: Some(timestamp(at(end))),
            })),
        }),
        ..Question::default()
    }
}

pub(crate) fn in_zone(mut question: Question, zone: &str) -> Question {
    question.time_zone = Some(zone.to_owned());
    question
}

fn set(values: &[&str], none: bool) -> ValueSet {
    ValueSet {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        none,
    }
}

pub(crate) fn any_of(dimension: Dimension, values: &[&str]) -> Filter {
    Filter {
        dimension: dimension.into(),
        condition: Some(Condition::AnyOf(set(values, false))),
    }
}

pub(crate) fn none_of(dimension: Dimension, values: &[&str]) -> Filter {
    Filter {
        dimension: dimension.into(),
        condition: Some(Condition::NoneOf(set(values, false))),
    }
}

pub(crate) fn without(dimension: Dimension) -> Filter {
    Filter {
        dimension: dimension.into(),
        condition: Some(Condition::AnyOf(set(&[], true))),
    }
}

pub(crate) fn ids(kind: IdKind, ids: &[&str]) -> IdFilter {
    IdFilter {
        kind: kind.into(),
        any_of: ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(crate) fn filtered(filters: impl Into<Vec<Filter>>) -> Question {
    Question {
        filters: filters.into(),
        ..Question::default()
    }
}
