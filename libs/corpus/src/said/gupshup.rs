//! The index's words for Gupshup.

use super::{Said, SaidKind, milliseconds, nothing, whatsapp};
use crate::meaning::Meaning;
use crate::text::{after, word};

/// What the index writes for what is not there.
const ABSENT: [&str; 3] = ["(absent)", "(no", "-"];

pub(super) fn said(words: &str) -> Vec<Said<'_>> {
    if let Some(nothing) = nothing(words) {
        return nothing;
    }
    if let Some(words) = words.strip_prefix("Gupshup V3: ") {
        return third(words);
    }
    if let Some(words) = words.strip_prefix("Gupshup V2 event ") {
        return vec![event(words)];
    }
    if let Some(words) = words.strip_prefix("Gupshup V2 inbound ") {
        return vec![inbound(words)];
    }
    if words.starts_with("inbound ") {
        return vec![
            Said {
                to: word(words, " to "),
                ..Said::of(SaidKind::Inbound)
            }
            .at(word(words, " at ms ").and_then(milliseconds)),
        ];
    }
    vec![Said::of(SaidKind::Aside)]
}

/// Version 3 is WhatsApp's, with Gupshup's id of what was sent.
fn third(words: &str) -> Vec<Said<'_>> {
    let Meaning::Items(items) = Meaning::of(words) else {
        return Vec::new();
    };
    let own = word(words, "gs_id=");
    let items = items.iter().map(whatsapp::item);
    items
        .map(|said| match said.kind {
            SaidKind::Status => Said {
                id: own.or(said.id),
                ..said
            },
            _ => said,
        })
        .collect()
}

fn event(words: &str) -> Said<'_> {
    let given = |marker| word(words, marker).filter(|it| !ABSENT.contains(it));
    let id = given("gsId ").or_else(|| given(" id "));
    let evidence = match words.split(' ').next() {
        Some("enqueued") => "dispatched",
        Some("sent") => "sent",
        Some("delivered") => "delivered",
        Some("read") => "read",
        Some("failed") => "failed",
        Some("deleted") => "deleted",
        _ => {
            return Said {
                id,
                ..Said::of(SaidKind::Aside)
            };
        }
    };
    let happened = given("ts(s) ").and_then(milliseconds);
    let told = given("callback ms ").and_then(milliseconds);
    Said {
        id,
        evidence: Some(evidence),
        to: given(" to "),
        code: given(" code "),
        ..Said::of(SaidKind::Status)
    }
    .at(happened.or(told))
}

fn inbound(words: &str) -> Said<'_> {
    let id = match words.strip_prefix("(no type) ") {
        Some(rest) => rest.split(' ').next(),
        None => words.split(' ').nth(1),
    };
    Said {
        id,
        from: after(words, " from ").and_then(|rest| rest.split(' ').next()),
        ..Said::of(SaidKind::Inbound)
    }
    .at(word(words, " at ms ").and_then(milliseconds))
}
