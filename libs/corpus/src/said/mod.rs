//! What the index says of payloads of any provider, in one form. Each family of providers has a file, which takes the index's
//! words for it apart, and a line in [`said`].

mod gupshup;
mod meta_messaging;
mod whatsapp;

use crate::index::Entry;
use crate::text::after;

/// What a file says; nothing where there is nothing in it to take in.
///
/// # Panics
///
/// Where nobody has read the index's words for that provider: what is not asked for must not pass as right.
pub(crate) fn said<'a>(entry: &Entry<'a>) -> Vec<Said<'a>> {
    if entry.meaning.contains("nothing to ingest") {
        return match entry.meaning.starts_with("malformed") {
            true => vec![Said::of(SaidKind::Malformed)],
            false => Vec::new(),
        };
    }
    match entry.provider {
        "meta_whatsapp" | "360dialog" => whatsapp::said(entry.meaning),
        "meta_messenger" | "meta_instagram" => meta_messaging::said(entry.meaning),
        "gupshup" => gupshup::said(entry.meaning),
        other => panic!("what the index says of {other} is not read"),
    }
}

/// A time in milliseconds, of what may count seconds or milliseconds; nothing for what is none, and for zero.
fn milliseconds(number: &str) -> Option<i64> {
    /// From here on a number counts milliseconds.
    const MILLISECONDS: i64 = 100_000_000_000;
    let number: i64 = number.trim_matches(['\'', '"']).parse().ok()?;
    match number {
        0 => None,
        seconds if seconds < MILLISECONDS => Some(seconds * 1_000),
        milliseconds => Some(milliseconds),
    }
}

/// The value of a member in JSON, which the index cuts off somewhere.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let rest = after(json, &format!("\"{name}\": "))?;
    match rest.strip_prefix('"') {
        Some(text) => text.split_once('"').map(|(value, _)| value),
        None => rest.split([',', '}', ' ']).next(),
    }
}

/// What kind of thing a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SaidKind {
    /// Something happened to an outbound message.
    Status,
    /// A message from a contact.
    Inbound,
    /// An outbound message that another platform sent.
    Echo,
    /// Something happened to all that was sent up to a time.
    Watermark,
    /// Something from which no evidence follows.
    Aside,
    /// It is none of the provider's payloads, and its sender is told so.
    Malformed,
}

/// One thing that a file says. What the index does not tell is absent, and not to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// What kind of thing.
    pub kind: SaidKind,
    /// The provider's id of the message.
    pub id: Option<&'a str>,
    /// What happened, in Acuse's words: `delivered`, say.
    pub evidence: Option<&'static str>,
    /// When, in milliseconds since 1970; absent also where the provider gives no time.
    pub at: Option<i64>,
    /// Whether the index says that the provider gives no time.
    pub has_no_time: bool,
    /// Who sent it.
    pub from: Option<&'a str>,
    /// To whom.
    pub to: Option<&'a str>,
    /// What it says. The index cuts long texts: compare them by [`crate::matches`].
    pub text: Option<String>,
    /// The provider's code of a failure.
    pub code: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// Something of which no more is told than its kind.
    pub fn of(kind: SaidKind) -> Self {
        Self {
            kind,
            id: None,
            evidence: None,
            at: None,
            has_no_time: false,
            from: None,
            to: None,
            text: None,
            code: None,
        }
    }
    /// Something that happened to the outbound message `id`.
    pub(crate) fn status(id: &'a str, evidence: &'static str) -> Self {
        Self {
            id: Some(id),
            evidence: Some(evidence),
            ..Self::of(SaidKind::Status)
        }
    }

    /// The same, at a time that may be none.
    pub(crate) fn at(self, at: Option<i64>) -> Self {
        Self {
            at,
            has_no_time: at.is_none(),
            ..self
        }
    }
}
