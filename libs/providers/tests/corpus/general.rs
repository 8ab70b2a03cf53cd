//! What the index says of any provider's payload, fact by fact, against what people are shown of it.

use acuse_corpus::{Entry, Said, SaidKind};
use acuse_domain::time::Timestamp;
use acuse_providers::{Explanation, ExplanationKind, Reason};

use crate::expected::Facts;

pub(crate) fn compare(entry: &Entry<'_>, explained: &[Explanation]) -> Facts {
    let mut facts = Facts::default();
    let said = entry.said();
    let mut left: Vec<&Explanation> = explained.iter().collect();
    if said.is_empty() {
        let is_nothing = |it: &Explanation| {
            it.kind == ExplanationKind::NotUnderstood
                && it.reason != Some(Reason::Malformed.as_str())
        };
        facts.check(explained.iter().all(is_nothing), || {
            format!("there is nothing in it, not {explained:?}")
        });
    }
    // What names its message goes first, so that nothing else takes its place.
    let (named, others): (Vec<_>, Vec<_>) = said.iter().partition(|said| said.id.is_some());
    for said in named.into_iter().chain(others) {
        one(&mut facts, said, &mut left);
    }
    let more = left.iter().filter(|it| is_evidence(it) && !is_deletion(it));
    let more: Vec<_> = more.collect();
    facts.check(more.is_empty(), || format!("also read: {more:?}"));
    facts
}

fn one(facts: &mut Facts, said: &Said<'_>, left: &mut Vec<&Explanation>) {
    let index = left.iter().position(|it| fits(said, it));
    let Some(found) = index.map(|index| left.remove(index)) else {
        return facts.check(false, || format!("nothing is told of {said:?}: {left:?}"));
    };
    // Kind, id and evidence are what it was found by.
    facts.asserted += 1 + usize::from(said.id.is_some()) + usize::from(said.evidence.is_some());
    if let Some(at) = said.at {
        let at = Timestamp::from_millis(at).to_string();
        facts.same("time", Some(&at), found.happened_at.as_deref());
    }
    // Whatever a message came by or a watermark is about; a status may name no sender.
    if matches!(
        found.kind,
        ExplanationKind::Inbound | ExplanationKind::Watermark
    ) {
        facts.check(found.channel.is_some(), || "it has no channel".to_owned());
    }
    if said.has_no_time {
        facts.check(found.time_is_receipt, || "it has a time".to_owned());
    }
    for (name, expected, actual) in [
        ("from", said.from, found.from.as_deref()),
        ("to", said.to, found.to.as_deref()),
        ("text", said.text.as_deref(), found.text.as_deref()),
        ("code", said.code, found.error_code.as_deref()),
    ] {
        if expected.is_some() {
            facts.same(name, expected, actual);
        }
    }
}

fn fits(said: &Said<'_>, it: &Explanation) -> bool {
    let kind = match said.kind {
        SaidKind::Status => ExplanationKind::Status,
        SaidKind::Inbound => ExplanationKind::Inbound,
        SaidKind::Echo => ExplanationKind::Echo,
        SaidKind::Watermark => ExplanationKind::Watermark,
        SaidKind::Aside => ExplanationKind::NotUnderstood,
        SaidKind::Malformed => ExplanationKind::Rejected,
    };
    it.kind == kind
        && (said.id.is_none() || said.id == it.id.as_deref())
        && (said.evidence.is_none() || said.evidence == it.evidence.as_deref())
}

fn is_evidence(it: &Explanation) -> bool {
    !matches!(
        it.kind,
        ExplanationKind::NotUnderstood | ExplanationKind::Rejected
    )
}

/// Whether it says that an earlier message is gone, which the index tells beside whatever said so.
fn is_deletion(it: &Explanation) -> bool {
    it.deleted || it.evidence.as_deref() == Some("deleted")
}
