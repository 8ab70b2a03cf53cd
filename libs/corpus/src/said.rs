//! What the index says of payloads of any provider, in one form.

mod beyond;
mod gupshup;
mod infobip;
mod iso;
mod meta_messaging;
mod sinch;
mod sinch_latam;
mod twilio;
mod vonage;
mod whatsapp;

pub(crate) use beyond::{amended, leaves_out};

use crate::text::after;

/// What the index says in `meaning` of a payload of `provider`; `None` for a provider whose words are not known.
pub(crate) fn of<'a>(provider: &str, meaning: &'a str) -> Option<Vec<Said<'a>>> {
    match provider {
        "meta_whatsapp" | "360dialog" => Some(whatsapp::said(meaning)),
        "meta_messenger" | "meta_instagram" => Some(meta_messaging::said(meaning)),
        "gupshup" => Some(gupshup::said(meaning)),
        "sinch" => Some(sinch::said(meaning)),
        "sinch_latam" => Some(sinch_latam::said(meaning)),
        "twilio" => Some(twilio::said(meaning)),
        "vonage" => Some(vonage::said(meaning)),
        "infobip" => Some(infobip::said(meaning)),
        _ => None,
    }
}

/// What is said where there is nothing to take in; `None` where there is something.
fn nothing(words: &str) -> Option<Vec<Said<'_>>> {
    let is_nothing = words.contains("nothing to ingest");
    is_nothing.then(|| match words.starts_with("malformed") {
        true => vec![Said::of(SaidKind::Malformed)],
        false => Vec::new(),
    })
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
    fn status(id: &'a str, evidence: &'static str) -> Self {
        Self {
            id: Some(id),
            evidence: Some(evidence),
            ..Self::of(SaidKind::Status)
        }
    }

    /// The same, at a time that may be none.
    fn at(self, at: Option<i64>) -> Self {
        Self {
            at,
            has_no_time: at.is_none(),
            ..self
        }
    }
}
