//! The index's words for WhatsApp, and for gateways that pass it on.

use super::{Said, SaidKind, nothing};
use crate::meaning::{Inbound, Item, Meaning, Status, Time};

/// 2009-01-01T00:00:00Z: what is said to have happened before is not taken in.
const EARLIEST: i64 = 1_230_768_000;

pub(super) fn said(words: &str) -> Vec<Said<'_>> {
    if let Some(nothing) = nothing(words) {
        return nothing;
    }
    match Meaning::of(words) {
        Meaning::Nothing { .. } => Vec::new(),
        Meaning::Items(items) => items.iter().map(item).collect(),
    }
}

/// What one item says.
pub(super) fn item<'a>(item: &Item<'a>) -> Said<'a> {
    match item {
        Item::Status(it) => status(it),
        Item::Inbound(it) => inbound(it),
        Item::Echo(it) => Said {
            kind: SaidKind::Echo,
            ..status(it)
        },
        Item::Revoked { id } => Said {
            id: *id,
            ..Said::of(SaidKind::Aside)
        },
        Item::Error { .. } => Said::of(SaidKind::Aside),
        Item::Aside { id, .. } => Said {
            id: *id,
            ..Said::of(SaidKind::Aside)
        },
    }
}

fn status<'a>(it: &Status<'a>) -> Said<'a> {
    let aside = Said {
        id: Some(it.id),
        ..Said::of(SaidKind::Aside)
    };
    let Some(evidence) = evidence(it.kind) else {
        return aside;
    };
    if !is_plausible(it.time) {
        return aside;
    }
    Said {
        to: it.to,
        code: it.failure.as_ref().and_then(|failure| failure.code),
        ..Said::status(it.id, evidence).at(it.time.map(|Time(at)| at * 1_000))
    }
}

/// Acuse's word for a status.
fn evidence(word: &str) -> Option<&'static str> {
    let known = [
        ("enqueued", "dispatched"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("played", "played"),
        ("failed", "failed"),
        ("deleted", "deleted"),
    ];
    known
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, it)| *it)
}

fn inbound<'a>(it: &Inbound<'a>) -> Said<'a> {
    let kind = match it.is_somebodys() && is_plausible(it.time) {
        true => SaidKind::Inbound,
        false => SaidKind::Aside,
    };
    if kind == SaidKind::Aside {
        return Said {
            id: it.id,
            ..Said::of(kind)
        };
    }
    let reaction = it.reaction.as_ref().map(|reaction| reaction.emoji.clone());
    let button = it.button.as_ref().map(|button| button.title.clone());
    let text = it.body.clone().or(reaction).or(button);
    Said {
        id: it.id,
        from: it.from.or(it.user),
        text: text.filter(|text| !text.is_empty()),
        ..Said::of(kind).at(it.time.map(|Time(at)| at * 1_000))
    }
}

fn is_plausible(time: Option<Time>) -> bool {
    time.is_none_or(|Time(at)| at >= EARLIEST)
}
