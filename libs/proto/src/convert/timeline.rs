//! A message's timeline for the wire: the evidence, and what each piece changed.

use std::collections::BTreeMap;

use acuse_domain::contact::ContactRef;
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::facts::Facts;
use acuse_domain::glossary::Language;
use acuse_domain::ids::Digest;
use acuse_domain::outbound::Outbound;
use acuse_domain::shown::MessageDetails;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::{Marks, Watermark};

use super::evidence::status;
use super::message::message;
use super::time::{instant, timestamp};
use crate::message_state::{TimelineChange, TimelineEntry};
use crate::types;

/// A piece of evidence as it was taken in.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What was said; by a watermark, of all that it covers.
    pub evidence: StatusEvidence,
    /// The watermark that said it, where none said it of this message alone.
    pub watermark: Option<Watermark>,
    /// The recipient that it names.
    pub recipient: Option<ContactRef>,
    /// When it was received.
    pub received_at: Timestamp,
}

impl Heard {
    /// What a repetition of it is known by.
    pub fn digest(&self) -> Digest {
        match &self.watermark {
            Some(watermark) => watermark.digest(),
            None => self.evidence.digest(),
        }
    }
}

/// Puts evidence into the order in which it was received; of what came together, in one that never changes.
pub fn in_order(heard: &mut [Heard]) {
    heard.sort_by_cached_key(|piece| {
        let said = &piece.evidence;
        (
            piece.received_at,
            said.at,
            said.kind,
            said.provider,
            piece.digest(),
        )
    });
}

/// The timeline of `outbound`, whose evidence `heard` is, all of it, in any order, the watermarks that cover it included.
///
/// Entries come in the order of [`in_order`]. The state itself follows from the set alone; this order says what people
/// saw before and after each piece came.
pub fn timeline(outbound: &Outbound, mut heard: Vec<Heard>) -> Vec<TimelineEntry> {
    in_order(&mut heard);
    let mut known = Outbound {
        facts: Facts::default(),
        marks: Marks::default(),
        ..outbound.clone()
    };
    let mut watermarks = Vec::new();
    let mut before = Shown::new();
    heard
        .into_iter()
        .map(|piece| {
            match piece.watermark {
                Some(watermark) => watermarks.push(watermark),
                None => {
                    let facts = std::mem::take(&mut known.facts);
                    known.facts = facts.merge(Facts::of(&piece.evidence));
                }
            }
            let place = known.coverable();
            known.marks = place.map_or_else(Marks::default, |place| place.marks(&watermarks));
            let after = if known.facts == Facts::default() {
                // A watermark that came before all else: there was no message to be shown.
                Shown::new()
            } else {
                // Comments are no part of what is compared, in whatever language they are.
                shown(&message(
                    &known,
                    MessageDetails::default(),
                    Language::Spanish,
                ))
            };
            let changes = differences(&before, &after);
            before = after;
            TimelineEntry {
                received_at: Some(timestamp(piece.received_at)),
                time_is_receipt: piece.evidence.at_is_receipt,
                late: outbound.facts.is_late(piece.evidence.at),
                status: Some(status(piece.evidence, piece.recipient)),
                changes,
                watermark_up_to: piece.watermark.map(|watermark| timestamp(watermark.up_to)),
            }
        })
        .collect()
}

/// What a message shows of its evidence, by path; what is absent is left out.
type Shown = BTreeMap<&'static str, String>;

fn shown(message: &types::Message) -> Shown {
    let time = |at: &Option<prost_types::Timestamp>| Some(instant((*at)?)?.to_string());
    let stage = |view: &Option<types::StageView>| {
        let view = view.as_ref()?;
        Some((view.status().as_str_name().to_owned(), time(&view.at)))
    };
    let mut shown: Vec<(&'static str, Option<String>)> = vec![
        ("state", Some(message.state().as_str_name().to_owned())),
        ("origin_at", time(&message.origin_at)),
        ("queued_at", time(&message.queued_at)),
        ("played_at", time(&message.played_at)),
        ("deleted_at", time(&message.deleted_at)),
        ("conflict", message.conflict.then(|| "true".to_owned())),
    ];
    let stages = [
        ("dispatch.status", "dispatch.at", &message.dispatch),
        ("send.status", "send.at", &message.send),
        ("delivery.status", "delivery.at", &message.delivery),
        ("read.status", "read.at", &message.read),
    ];
    for (status_path, at_path, view) in stages {
        let (status, at) = stage(view).unzip();
        shown.extend([(status_path, status), (at_path, at.flatten())]);
    }
    if let Some(failure) = &message.failure {
        let provider = failure.provider().as_str_name().to_owned();
        shown.extend([
            ("failure.failed_at", time(&failure.failed_at)),
            ("failure.provider", Some(provider)),
        ]);
        shown.extend(failure.failure.iter().flat_map(failure_words));
    }
    shown.extend(message.pricing.iter().flat_map(pricing_words));
    if let Some(conversation) = &message.conversation {
        shown.extend([
            ("conversation.id", conversation.id.clone()),
            ("conversation.origin_type", conversation.origin_type.clone()),
            ("conversation.expires_at", time(&conversation.expires_at)),
        ]);
    }
    shown
        .into_iter()
        .filter_map(|(path, value)| Some((path, value?)))
        .collect()
}

fn failure_words(failure: &types::Failure) -> [(&'static str, Option<String>); 5] {
    let reason = failure
        .dispatch_reason
        .map(|_| failure.dispatch_reason().as_str_name().to_owned());
    [
        ("failure.failure.code", failure.code.clone()),
        ("failure.failure.title", failure.title.clone()),
        ("failure.failure.detail", failure.detail.clone()),
        (
            "failure.failure.stage",
            Some(failure.stage().as_str_name().to_owned()),
        ),
        ("failure.failure.dispatch_reason", reason),
    ]
}

fn pricing_words(pricing: &types::Pricing) -> [(&'static str, Option<String>); 4] {
    [
        (
            "pricing.billable",
            pricing.billable.map(|billable| billable.to_string()),
        ),
        ("pricing.model", pricing.model.clone()),
        ("pricing.category", pricing.category.clone()),
        ("pricing.type", pricing.r#type.clone()),
    ]
}

/// What differs, by path.
fn differences(before: &Shown, after: &Shown) -> Vec<TimelineChange> {
    let mut changes: Vec<TimelineChange> = before
        .keys()
        .chain(after.keys().filter(|path| !before.contains_key(*path)))
        .map(|path| TimelineChange {
            field: (*path).to_owned(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect();
    changes.sort_by(|a, b| a.field.cmp(&b.field));
    changes
}
