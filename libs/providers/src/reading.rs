//! What arrives, and what is read in it.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;

use crate::json::Node;

/// What a provider sent to a webhook.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The body, byte for byte: signatures are over these bytes.
    pub body: &'a [u8],
    /// The HTTP headers, in the order in which they came; names in lower case.
    pub headers: &'a [(String, String)],
    /// When it arrived. It stands in for times that the provider leaves out, and times are held against it.
    pub received_at: Timestamp,
    /// External id of the channel account that a payload means which names none; absent where there are several.
    pub channel_account: Option<&'a str>,
    /// The URL that the provider called, as it knows it: with scheme, host, and query. Some providers sign it. Absent where
    /// that is not known.
    pub url: Option<&'a str>,
    /// The decoded query of that URL, in its order. Providers that sign nothing show their secret there.
    pub query: &'a [(String, String)],
}

impl<'a> Delivery<'a> {
    /// A body by itself, which arrived at `received_at`.
    pub fn of(body: &'a [u8], received_at: Timestamp) -> Self {
        Self {
            body,
            headers: &[],
            received_at,
            channel_account: None,
            url: None,
            query: &[],
        }
    }

    /// The values of a header, whose `name` is in lower case.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a body says, in its own order. Empty: there is nothing in it to take in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// At most 5,000; for a body that says more, one more tells so.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// Of a body, or of each body where it is a list of some: what `one` reads in it, with its path.
    pub(crate) fn of_each(
        body: &serde_json::Value,
        mut one: impl FnMut(Node<'_>, &str, &mut Findings),
    ) -> Self {
        let mut findings = Findings::default();
        for (path, body) in Node::of(body).bodies() {
            if findings.is_full() {
                break;
            }
            one(body, &path, &mut findings);
        }
        findings.finish()
    }

    /// Of a body that is not understood as a whole.
    pub(crate) fn of_nothing_but(what: NotUnderstood) -> Self {
        let mut findings = Findings::default();
        findings.not_understood("", what);
        findings.finish()
    }
}

/// One thing that a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where in the body, e.g. `entry[0].changes[0].value.statuses[1]`; empty for the whole of it. One item may have
    /// several findings: what it says, and what about it was not understood.
    pub path: String,
    /// What it means.
    pub meaning: Meaning,
    /// In a group: who of it wrote, whose contact is the group. For people; no evidence says it.
    pub participant: Option<String>,
    /// Who sent an outbound message and to whom, where the evidence cannot say it: without a channel, or without the other of
    /// the two, an address is nobody's. Of an inbound message to which of the channel account's numbers it came, where the
    /// account has another name. For people.
    pub ends: Ends,
}

/// The two ends of a message, as its provider writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ends {
    /// Who sent it.
    pub from: Option<String>,
    /// To whom.
    pub to: Option<String>,
}

/// What a part of a body means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Something that happened to an outbound message; of one that another platform sent also what it holds.
    Status(Box<StatusItem>),
    /// Something that happened to all that was sent to a contact up to a time.
    Watermark(Box<WatermarkEvidence>),
    /// A message from a contact, or the news that they deleted it.
    Inbound(Box<InboundEvidence>),
    /// Something to keep and count, because nothing follows from it here.
    NotUnderstood(NotUnderstood),
}

/// Something in a body from which no evidence follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Why.
    pub reason: Reason,
    /// What it is about, for a person. Holds neither text of messages nor phone numbers.
    pub detail: String,
    /// The provider's id of the message that it is about, where there is one.
    pub id: Option<String>,
    /// The provider's own word for its kind: a status, a type of message, a field.
    pub kind: Option<String>,
}

impl NotUnderstood {
    /// Something not understood of which no more is known; `detail` is shown to people and logged.
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            id: None,
            kind: None,
        }
    }
}

/// Declares [`Reason`] with the names of its values.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// Why no evidence follows from something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stable name, in snake_case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

reasons! {
    /// It does not have the shape that the provider documents: a text where an object belongs, say.
    Malformed = "malformed";
    /// A kind of notification that is not known.
    UnknownField = "unknown_field";
    /// A known notification that is about no message: accounts, templates, prices.
    NotAMessage = "not_a_message";
    /// A known notification about messages that is not taken in so far.
    NotSupportedYet = "not_supported_yet";
    /// A status with a word that is not known.
    UnknownStatus = "unknown_status";
    /// A message of a type that is not known. The message itself is taken in.
    UnknownMessageType = "unknown_message_type";
    /// A status that does not say of which message.
    MissingId = "missing_id";
    /// An inbound message that does not say from whom.
    MissingContact = "missing_contact";
    /// An inbound message that does not say to which channel account, where that does not follow otherwise.
    MissingChannelAccount = "missing_channel_account";
    /// A time before 2009, or more than 5 minutes after receipt.
    ImplausibleTime = "implausible_time";
    /// An id that is too long to be kept. Where it is not the message's own, the rest of the item is taken in.
    TooLong = "too_long";
    /// An error or a warning of the provider's that is not the failure of a message, or is a second one of it.
    ProviderError = "provider_error";
    /// It holds nothing that is looked for.
    NothingKnown = "nothing_known";
    /// The body says more than is taken in at once: from here on, nothing of it was.
    TooMany = "too_many";
}

/// The body is nothing of the provider's format at all, and will not be when it is sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is no {expected}: {detail}")]
pub struct Malformed {
    /// What it should be, e.g. `JSON`.
    pub expected: &'static str,
    /// What is wrong, by its place in the body; holds nothing of the body.
    pub detail: String,
}

/// The most findings in one body. Meta sends up to 1,000 at once.
const MAX_FINDINGS: usize = 5_000;

/// Collects what a body says.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    is_full: bool,
}

impl Findings {
    /// Whether nothing more is taken: what is left of the body need not be looked at.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many there are so far.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Adds what `path` says; of what goes beyond the limit only that it is there.
    pub(crate) fn add(&mut self, path: &str, meaning: Meaning) {
        self.add_all(path, meaning, None, Ends::default());
    }

    /// The same of what a member of a group wrote.
    pub(crate) fn add_of(&mut self, path: &str, meaning: Meaning, participant: Option<String>) {
        self.add_all(path, meaning, participant, Ends::default());
    }

    /// The same of a message whose ends are shown to people.
    pub(crate) fn add_between(&mut self, path: &str, meaning: Meaning, ends: Ends) {
        self.add_all(path, meaning, None, ends);
    }

    fn add_all(&mut self, path: &str, meaning: Meaning, participant: Option<String>, ends: Ends) {
        if self.is_full {
            return;
        }
        self.is_full = self.found.len() >= MAX_FINDINGS;
        let meaning = if self.is_full {
            let detail = format!("more than {MAX_FINDINGS} findings in one body");
            Meaning::NotUnderstood(NotUnderstood::new(Reason::TooMany, detail))
        } else {
            meaning
        };
        self.found.push(Finding {
            path: path.to_owned(),
            meaning,
            participant,
            ends,
        });
    }

    /// Adds that something at `path` is not understood.
    pub(crate) fn not_understood(&mut self, path: &str, what: NotUnderstood) {
        self.add(path, Meaning::NotUnderstood(what));
    }

    /// Everything found.
    pub(crate) fn finish(self) -> Reading {
        Reading {
            findings: self.found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_with_too_much_in_it_says_so_once() {
        let mut findings = Findings::default();
        for index in 0..MAX_FINDINGS + 3 {
            let what = NotUnderstood::new(Reason::MissingId, "no id");
            findings.not_understood(&format!("statuses[{index}]"), what);
        }
        let reading = findings.finish();
        assert_eq!(reading.findings.len(), MAX_FINDINGS + 1);
        let reason = |finding: &Finding| match &finding.meaning {
            Meaning::NotUnderstood(what) => what.reason,
            _ => panic!("nothing else was added"),
        };
        let (last, before) = reading.findings.split_last().unwrap();
        assert_eq!(reason(last), Reason::TooMany);
        assert_eq!(last.path, format!("statuses[{MAX_FINDINGS}]"));
        assert!(
            before
                .iter()
                .all(|finding| reason(finding) == Reason::MissingId)
        );
    }

    #[test]
    fn names_of_reasons_differ() {
        let names: std::collections::BTreeSet<_> =
            Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
    }
}
