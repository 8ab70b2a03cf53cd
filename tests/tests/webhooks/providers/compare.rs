//! What the index says of a file, against what is known where it alone came.

use acuse_corpus::{Entry, Said, SaidKind};
use acuse_proto::message_state::TimelineEntry;
use acuse_proto::types::{ContactRef, Message, MessageState, Source};
use prost_types::Timestamp;
use serde_json::Value;

use super::known::{Known, Watermark};
use super::sender::Sender;
use crate::corpus::facts::{Facts, is_address};
use crate::corpus::stored::Row;

/// What is known and not yet spoken of.
struct Left<'a> {
    statuses: Vec<(&'a Message, &'a TimelineEntry)>,
    inbound: Vec<&'a Row>,
    watermarks: Vec<&'a Watermark>,
}

/// Holds what is known after `body`, which came twice, against what the index says of it.
pub(super) fn compare(sender: &Sender, entry: &Entry<'_>, body: &[u8], known: &Known) -> Facts {
    let mut facts = Facts::default();
    let statuses = known.outbound.iter().flat_map(|(message, heard)| {
        // What a watermark says stands in the timeline of each message that it covers, and is looked at by itself.
        let own = heard.iter().filter(|it| it.watermark_up_to.is_none());
        own.map(move |entry| (message, entry))
    });
    let mut left = Left {
        statuses: statuses.collect(),
        inbound: known.inbound.iter().collect(),
        watermarks: known.watermarks.iter().collect(),
    };
    let all = entry.said();
    // What a file says twice is known once.
    let mut once: Vec<&Said<'_>> = Vec::new();
    for said in &all {
        if !once.contains(&said) {
            once.push(said);
        }
    }
    // What names its message goes first, so that nothing else takes its place.
    once.sort_by_key(|said| said.id.is_none());
    for said in once {
        match said.kind {
            SaidKind::Status | SaidKind::Echo => status(&mut facts, sender, said, &mut left),
            SaidKind::Inbound => inbound(&mut facts, sender, said, &mut left),
            SaidKind::Watermark => watermark(&mut facts, said, &mut left),
            SaidKind::Aside | SaidKind::Malformed => {}
        }
    }
    left.statuses.retain(|(_, it)| !entry.leaves_out(&kind(it)));
    facts.nothing_else("other statuses", &left.statuses, &Vec::new());
    facts.nothing_else("other inbound messages", &left.inbound.len(), &0);
    facts.nothing_else("other watermarks", &left.watermarks, &Vec::new());
    let unheard = known.outbound.iter().filter(|(_, heard)| heard.is_empty());
    facts.nothing_else("messages of which nothing was heard", &unheard.count(), &0);
    states(&mut facts, known);
    kept(&mut facts, &all, body, known);
    facts
}

/// The word for what an entry tells.
pub(super) fn kind(entry: &TimelineEntry) -> String {
    let kind = entry.status.as_ref().unwrap().kind();
    let name = kind.as_str_name().trim_start_matches("STATUS_KIND_");
    name.to_ascii_lowercase()
}

/// Whether a message goes by an id of the provider's.
pub(super) fn is_named(sender: &Sender, message: &Message, id: &str) -> bool {
    let mut ids = message.provider_message_ids.iter();
    ids.any(|it| it.id == id && sender.providers.contains(&it.provider()))
}

fn status<'a>(facts: &mut Facts, sender: &Sender, said: &Said<'_>, left: &mut Left<'a>) {
    let fits = |(message, entry): &(&'a Message, &'a TimelineEntry)| {
        said.id.is_none_or(|id| is_named(sender, message, id))
            && said.evidence.is_none_or(|it| it == kind(entry))
    };
    let times = left.statuses.iter().filter(|it| fits(it)).count();
    facts.check(times == 1, || format!("{said:?} is known {times} times"));
    let Some(index) = left.statuses.iter().position(fits) else {
        return;
    };
    let (message, entry) = left.statuses.remove(index);
    let told = entry.status.clone().unwrap();
    time(
        facts,
        said,
        millis(&told.happened_at),
        entry.time_is_receipt,
    );
    if said.has_no_time {
        // The earliest, however often it came.
        let received = millis(&entry.received_at);
        facts.equal("time of receipt", &millis(&told.happened_at), &received);
    }
    facts.equal("source", &message.source(), &Source::Echo);
    facts.equal("registered", &message.registered, &false);
    if let Some(to) = said.to {
        let contact = message.contact.clone().unwrap_or_default();
        facts.check(is_to(&contact, to), || {
            format!("its contact is {contact:?}, not {to}")
        });
    }
    if let Some(from) = said.from {
        let account = message.channel_account.clone().unwrap_or_default().id;
        facts.check(is_address(&account, from), || {
            format!("it is from {account:?}, not {from:?}")
        });
    }
    let is_failure = told.failure.is_some();
    if said.evidence != Some("failed") {
        facts.nothing_else("whether it failed", &is_failure, &false);
    }
    let code = told.failure.unwrap_or_default().code;
    if said.code.is_some() {
        facts.text("code", code.as_deref(), said.code);
    }
    if said.text.is_some() {
        let content = message.content.clone().unwrap_or_default();
        facts.text("text", content.body.as_deref(), said.text.as_deref());
    }
}

fn inbound(facts: &mut Facts, sender: &Sender, said: &Said<'_>, left: &mut Left<'_>) {
    let fits = |row: &&Row| {
        said.id.is_none_or(|id| row.id == id) && sender.providers.contains(&row.provider.into())
    };
    let times = left.inbound.iter().filter(|row| fits(row)).count();
    facts.check(times == 1, || format!("{said:?} is known {times} times"));
    let Some(index) = left.inbound.iter().position(fits) else {
        return;
    };
    let row = left.inbound.remove(index);
    // Each is heard once.
    facts.equal("heard", &row.time_is_receipt.len(), &1);
    let is_receipt = row.time_is_receipt.first().copied().unwrap_or_default();
    time(facts, said, Some(row.received_at), is_receipt);
    if let Some(from) = said.from {
        let destination = row.destination.as_deref().unwrap_or_default();
        facts.check(is_address(destination, from), || {
            format!("it is from {destination:?}, not {from:?}")
        });
        let known = row.addresses.iter().any(|it| is_address(it, from));
        facts.check(known, || {
            format!("its contact is {:?}, not {from}", row.addresses)
        });
    }
    if let Some(to) = said.to {
        facts.check(is_address(&row.account, to), || {
            format!("it is to {:?}, not {to:?}", row.account)
        });
    }
    if said.text.is_some() {
        let text = row.content.get("body").and_then(Value::as_str);
        facts.text("text", text, said.text.as_deref());
    }
}

fn watermark(facts: &mut Facts, said: &Said<'_>, left: &mut Left<'_>) {
    let fits = |it: &&Watermark| {
        Some(it.kind.as_str()) == said.evidence
            && Some(it.at) == said.at
            && said.from.is_none_or(|from| is_address(&it.account, from))
            && said
                .to
                .is_none_or(|to| it.addresses.iter().any(|it| is_address(it, to)))
    };
    let index = left.watermarks.iter().position(fits);
    facts.check(index.is_some(), || {
        format!("{said:?} is not among {:?}", left.watermarks)
    });
    if let Some(index) = index {
        left.watermarks.remove(index);
        // What it was found by, beside its kind.
        let ends = [said.from, said.to].into_iter().flatten();
        facts.asserted += 1 + ends.count();
    }
}

fn time(facts: &mut Facts, said: &Said<'_>, at: Option<i64>, is_receipt: bool) {
    if said.at.is_some() {
        facts.equal("time", &at, &said.at);
    }
    if said.at.is_some() || said.has_no_time {
        facts.equal("time is receipt", &is_receipt, &said.has_no_time);
    }
}

/// What became of each message, by the kinds of all that was heard of it. That is a fact of the index as far as they are.
fn states(facts: &mut Facts, known: &Known) {
    for (message, heard) in &known.outbound {
        let kinds: Vec<String> = heard.iter().map(kind).collect();
        let has = |name: &str| kinds.iter().any(|kind| kind == name);
        let state = [
            ("read", MessageState::Read),
            ("played", MessageState::Read),
            ("delivered", MessageState::Delivered),
            ("failed", MessageState::Failed),
            ("sent", MessageState::Sent),
            ("dispatched", MessageState::Dispatched),
        ];
        let state = state.iter().find(|(name, _)| has(name));
        let state = state.map_or(MessageState::Queued, |(_, state)| *state);
        facts.equal("state", &message.state(), &state);
        if !kinds.is_empty() && !has("queued") && !has("dispatched") && !has("deleted") {
            facts.equal("unattached", &message.unattached, &!has("sent"));
        }
    }
}

/// Holds what is kept aside of a file against what is said of it.
fn kept(facts: &mut Facts, all: &[Said<'_>], body: &[u8], known: &Known) {
    let of_kind = |kind: SaidKind| all.iter().filter(|said| said.kind == kind).count();
    let (findings, bodies) = (&known.kept.findings, &known.kept.bodies);
    // Message-state takes what is read.
    let refused = findings.iter().filter(|it| it.0 == "rejected");
    facts.nothing_else("refused", &refused.collect(), &Vec::new());
    let twice = vec![(body.to_vec(), 2)];
    if all.is_empty() || of_kind(SaidKind::Malformed) > 0 {
        facts.check(known.is_nothing(), || format!("it left {known:?}"));
    } else if of_kind(SaidKind::Aside) > 0 {
        facts.equal("kept", bodies, &twice);
        facts.check(findings.len() >= of_kind(SaidKind::Aside), || {
            format!("kept for {findings:?} only")
        });
    } else {
        // What the index does not go into may be kept beside: a second medium, an error beside a status.
        facts.nothing_else("kept", &(bodies.is_empty() || *bodies == twice), &true);
    }
}

fn is_to(contact: &ContactRef, to: &str) -> bool {
    [
        &contact.phone,
        &contact.channel_user_id,
        &contact.business_scoped_user_id,
        &contact.page_scoped_id,
    ]
    .into_iter()
    .flatten()
    .any(|address| is_address(address, to))
}

pub(super) fn millis(at: &Option<Timestamp>) -> Option<i64> {
    let at = at.as_ref()?;
    Some(at.seconds * 1_000 + i64::from(at.nanos / 1_000_000))
}
