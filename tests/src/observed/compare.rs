//! Where what is stored differs from what is expected, in lines that a person can read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use acuse_proto::types::StatusKind;

use super::{Fields, Observed, Stored};
use crate::reference::{Expected, Inbound, Key, Message};

/// Every difference, as a line.
#[must_use]
pub fn differences(expected: &Expected, observed: &Observed) -> Vec<String> {
    let mut found = Vec::new();
    let ids: BTreeMap<Key, Key> = expected
        .messages
        .iter()
        .flat_map(|(id, message)| {
            message
                .keys
                .iter()
                .map(move |key| (key.clone(), id.clone()))
        })
        .chain(
            expected
                .inbound
                .keys()
                .map(|key| (key.clone(), key.clone())),
        )
        .collect();
    let stored = by_id(&observed.messages, &ids, &mut found);
    for (id, message) in &expected.messages {
        match stored.get(id) {
            None => found.push(format!("{id:?} is missing")),
            Some(stored) => {
                let mut fields = stored.fields.clone();
                // Compared with the reply itself.
                fields.remove("reply_how");
                compare_fields(id, &of_message(message), &fields, &mut found);
                compare_replies(id, message, stored, &mut found);
                let timeline: BTreeSet<(i64, Option<i64>, i64)> = message
                    .timeline
                    .iter()
                    .map(|(kind, at, provider)| {
                        (i64::from(i32::from(*kind)), *at, i64::from(*provider))
                    })
                    .collect();
                if timeline != stored.timeline {
                    found.push(format!(
                        "{id:?}: timeline expected {timeline:?}, is {:?}",
                        stored.timeline
                    ));
                }
            }
        }
    }
    let stored_inbound = by_id(&observed.inbound, &ids, &mut found);
    for (id, inbound) in &expected.inbound {
        match stored_inbound.get(id) {
            None => found.push(format!("{id:?} is missing")),
            Some(stored) => {
                compare_fields(id, &of_inbound(inbound), &stored.fields, &mut found);
                let answers = inbound.answers.as_ref().map(|(message, _)| message);
                let other = stored.other.as_ref().and_then(|key| ids.get(key));
                if answers != other {
                    found.push(format!(
                        "{id:?}: answers expected {answers:?}, is {other:?}"
                    ));
                }
            }
        }
    }
    compare_contacts(expected, &stored, &stored_inbound, &mut found);
    compare_rollups("total", &expected.totals, &observed.totals, &mut found);
    compare_rollups("facet", &expected.facets, &observed.facets, &mut found);
    compare_rollups(
        "histogram",
        &expected.histograms,
        &observed.histograms,
        &mut found,
    );
    found
}

fn by_id<'a>(
    stored: &'a [Stored],
    ids: &BTreeMap<Key, Key>,
    found: &mut Vec<String>,
) -> BTreeMap<Key, &'a Stored> {
    let mut by_id = BTreeMap::new();
    for row in stored {
        let id = row.keys.iter().find_map(|key| ids.get(key));
        let known = id.is_some_and(|id| by_id.insert(id.clone(), row).is_none());
        if !known {
            found.push(format!("a row too many: {:?}", row.keys));
        }
    }
    by_id
}

fn compare_fields(id: &Key, expected: &Fields, stored: &Fields, found: &mut Vec<String>) {
    let names: BTreeSet<&&str> = expected.keys().chain(stored.keys()).collect();
    for name in names {
        let (expected, stored) = (expected.get(*name), stored.get(*name));
        if expected != stored {
            found.push(format!(
                "{id:?}: {name} expected {expected:?}, is {stored:?}"
            ));
        }
    }
}

/// Of several replies at the very same time any may be the first.
fn compare_replies(id: &Key, message: &Message, stored: &Stored, found: &mut Vec<String>) {
    let how = stored.fields.get("reply_how");
    let fits = message.first_replies().any(|answer| {
        Some(&answer.inbound) == stored.other.as_ref() && Some(&number(answer.how.into())) == how
    });
    let none = message.answers.is_empty() && stored.other.is_none() && how.is_none();
    if !fits && !none {
        let first: Vec<_> = message.first_replies().collect();
        found.push(format!(
            "{id:?}: reply expected {first:?}, is {:?} by {how:?}",
            stored.other
        ));
    }
}

/// The same messages must share a contact; its number does not matter.
fn compare_contacts(
    expected: &Expected,
    stored: &BTreeMap<Key, &Stored>,
    stored_inbound: &BTreeMap<Key, &Stored>,
    found: &mut Vec<String>,
) {
    let mut of_expected: BTreeMap<usize, BTreeSet<&Key>> = BTreeMap::new();
    for (id, message) in &expected.messages {
        if let Some(contact) = message.contact {
            of_expected.entry(contact).or_default().insert(id);
        }
    }
    for (id, inbound) in &expected.inbound {
        of_expected.entry(inbound.contact).or_default().insert(id);
    }
    let mut of_stored: BTreeMap<i64, BTreeSet<&Key>> = BTreeMap::new();
    for (id, stored) in stored.iter().chain(stored_inbound) {
        if let Some(contact) = stored.contact {
            of_stored.entry(contact).or_default().insert(id);
        }
    }
    let expected: BTreeSet<_> = of_expected.into_values().collect();
    let stored: BTreeSet<_> = of_stored.into_values().collect();
    for messages in expected.difference(&stored) {
        found.push(format!("one contact expected of {messages:?}"));
    }
    for messages in stored.difference(&expected) {
        found.push(format!("one contact is of {messages:?}"));
    }
}

fn compare_rollups<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    stored: &BTreeMap<K, V>,
    found: &mut Vec<String>,
) {
    let keys: BTreeSet<&K> = expected.keys().chain(stored.keys()).collect();
    for key in keys {
        let (expected, stored) = (expected.get(key), stored.get(key));
        if expected != stored {
            found.push(format!(
                "{what} {key:?} expected {expected:?}, is {stored:?}"
            ));
        }
    }
}

fn number(of: i32) -> String {
    of.to_string()
}

fn of_message(message: &Message) -> Fields {
    use StatusKind::{
        Deleted, Delivered, DispatchFailed, Dispatched, Failed, Played, Queued, Read, Sent,
    };
    let mut fields = message.attribution_fields();
    for (name, kind) in [
        ("queued_at", Queued),
        ("dispatched_at", Dispatched),
        ("dispatch_failed_at", DispatchFailed),
        ("sent_at", Sent),
        ("delivered_at", Delivered),
        ("read_at", Read),
        ("played_at", Played),
        ("failed_at", Failed),
        ("deleted_at", Deleted),
    ] {
        fields.extend(message.times.get(&kind).map(|at| (name, at.to_string())));
    }
    for (name, kind) in [("delivery_mark_at", Delivered), ("read_mark_at", Read)] {
        fields.extend(message.marks.get(&kind).map(|at| (name, at.to_string())));
    }
    fields.extend(message.body.clone().map(|body| ("body", body)));
    let standing = &message.standing;
    let bit = |reached: bool, index: usize| i32::from(reached) << index;
    let reportable = message.reportable();
    let stages = [1, 2, 3, 4].map(|stage| acuse_proto::types::Stage::try_from(stage).unwrap());
    let bits = |holds: &dyn Fn(acuse_proto::types::Stage) -> bool| -> i32 {
        let bits = stages.iter().enumerate();
        bits.map(|(index, stage)| bit(holds(*stage), index)).sum()
    };
    let reached = bits(&|stage| message.attached && standing.has_reached(stage));
    fields.insert("reached", number(reached));
    fields.insert(
        "reportable",
        number(bits(&|stage| reportable.contains(&stage))),
    );
    fields.insert("origin", message.origin.to_string());
    fields.insert("state", number(standing.state.into()));
    fields.extend(
        standing
            .failed_stage
            .map(|stage| ("failed_stage", number(stage.into()))),
    );
    fields.insert("attached", message.attached.to_string());
    fields.insert("registered", message.registered.to_string());
    fields.insert(
        "pending",
        (message.attached && standing.pending).to_string(),
    );
    fields.insert("conflict", standing.conflict.to_string());
    fields.insert(
        "billable",
        (message.attached && message.billable).to_string(),
    );
    fields.insert("opened_ticket", message.opened_ticket.to_string());
    fields.insert("source", number(message.source.into()));
    fields.extend(
        message
            .channel
            .map(|channel| ("channel", number(channel.into()))),
    );
    fields.extend(
        message
            .session_open
            .map(|open| ("session_open", open.to_string())),
    );
    fields.extend(
        message
            .conversation_type
            .map(|of| ("conversation_type", number(of.into()))),
    );
    fields.extend(
        message
            .replied_at()
            .map(|at| ("replied_at", at.to_string())),
    );
    fields
}

fn of_inbound(inbound: &Inbound) -> Fields {
    let mut fields = inbound.attribution_fields();
    fields.insert("received_at", inbound.at.to_string());
    fields.insert("channel", number(inbound.channel.into()));
    let how = inbound
        .answers
        .as_ref()
        .map(|(_, how)| ("reply_how", number((*how).into())));
    fields.extend(how);
    fields
}
