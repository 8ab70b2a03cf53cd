//! What the index says of a WhatsApp payload, item by item.

use crate::text::{after, quoted, word};

/// The index separates what it says of several items of one file by bars.
const BETWEEN: &str = " | ";

/// How the index names a message that was sent from elsewhere.
const ECHO: &str = "echo ";

/// 2009-01-01T00:00:00Z: what is said to have happened before is not taken in.
const EARLIEST: i64 = 1_230_768_000;

/// Seconds that a time may lie ahead of its receipt.
const AHEAD: i64 = 300;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// Nothing, in the provider's format or, where it is `malformed`, in none.
    Nothing {
        /// Whether its sender should be told that it is no payload at all.
        malformed: bool,
    },
    /// These things.
    Items(Vec<Item<'a>>),
}

/// One thing that a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// What happened to an outbound message.
    Status(Status<'a>),
    /// A message from a contact.
    Inbound(Inbound<'a>),
    /// A message that was sent from elsewhere.
    Echo(Status<'a>),
    /// The news that an earlier message, which the index does not name, was taken back elsewhere.
    Revoked {
        /// The id of the news.
        id: Option<&'a str>,
    },
    /// An error of the provider's that is no failure of a message.
    Error {
        /// Its code.
        code: &'a str,
    },
    /// Something from which no evidence follows here.
    Aside {
        /// The field that it came under, where it is another than the one for messages.
        field: Option<&'a str>,
        /// The id of the message that it is about, if it is about one.
        id: Option<&'a str>,
    },
}

/// What happened to an outbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status<'a> {
    /// The message.
    pub id: &'a str,
    /// The provider's word for it.
    pub kind: &'a str,
    /// When.
    pub time: Option<Time>,
    /// To whom the message went.
    pub to: Option<&'a str>,
    /// In a group: which member it is about.
    pub participant: Option<&'a str>,
    /// The conversation's id.
    pub conversation: Option<&'a str>,
    /// What began the conversation.
    pub origin: Option<&'a str>,
    /// Whether the conversation is said to expire at a time that is one.
    pub expires: bool,
    /// The sender's own text.
    pub opaque: Option<String>,
    /// What it costs.
    pub price: Price<'a>,
    /// Why it failed.
    pub failure: Option<Failure<'a>>,
}

/// A time as the index gives it; it gives none where the provider's is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(
    /// Seconds since 1970.
    pub i64,
);

impl Time {
    /// Whether what happened then is taken in where it is received at `received`, in seconds since 1970.
    pub fn is_plausible(self, received: i64) -> bool {
        (EARLIEST..=received + AHEAD).contains(&self.0)
    }
}

/// What a message costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    /// How it is charged.
    pub model: Option<&'a str>,
    /// Which price applies.
    pub category: Option<&'a str>,
    /// Kind of the charge.
    pub kind: Option<&'a str>,
    /// Whether it is charged.
    pub billable: Option<bool>,
}

/// Why a message failed. Long texts are cut: compare them by [`crate::matches`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The provider's code.
    pub code: Option<&'a str>,
    /// Its title.
    pub title: Option<String>,
    /// Its long text, where the index gives it.
    pub details: Option<String>,
}

/// A message from a contact. Long texts are cut: compare them by [`crate::matches`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound<'a> {
    /// Its id, where it has one.
    pub id: Option<&'a str>,
    /// The provider's word for what it is.
    pub kind: &'a str,
    /// When.
    pub time: Option<Time>,
    /// The number or id of whoever wrote it.
    pub from: Option<&'a str>,
    /// Their business-scoped id.
    pub user: Option<&'a str>,
    /// The group that it was written in.
    pub group: Option<&'a str>,
    /// Its text.
    pub body: Option<String>,
    /// Its medium.
    pub media: Option<Media<'a>>,
    /// Where it points to: latitude and longitude, separated by a comma.
    pub point: Option<String>,
    /// The reaction that it is.
    pub reaction: Option<Reaction<'a>>,
    /// The button or list row that was chosen.
    pub button: Option<Button>,
    /// Whether something is said of its context, which may be a message that it quotes.
    pub has_context: bool,
    /// The message that it quotes.
    pub quoted: Option<String>,
    /// The advertisement that it came by.
    pub referral: Option<&'a str>,
    /// What the provider says in the contact's place.
    pub notice: Option<&'a str>,
    /// The code of an error beside it.
    pub error: Option<&'a str>,
}

/// A medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media<'a> {
    /// The provider's id of it.
    pub id: Option<&'a str>,
    /// Its MIME type.
    pub kind: Option<&'a str>,
}

/// A reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction<'a> {
    /// What it is.
    pub emoji: String,
    /// The message that it is to.
    pub target: Option<&'a str>,
}

/// What a contact chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// The id or payload that the business gave it.
    pub id: Option<String>,
    /// What it said.
    pub title: String,
}

impl<'a> Meaning<'a> {
    pub(crate) fn of(words: &'a str) -> Self {
        if words.contains("nothing to ingest") {
            return Self::Nothing {
                malformed: words.starts_with("malformed"),
            };
        }
        let (field, items) = field(words);
        let items = items.split(BETWEEN).map(|words| Item::of(field, words));
        Self::Items(items.collect())
    }
}

/// The field that a description begins with, where it is another than the one for messages, and the rest.
fn field(words: &str) -> (Option<&str>, &str) {
    let Some((field, rest)) = after(words, "field ").and_then(|it| it.split_once(": ")) else {
        return (None, words);
    };
    (Some(field).filter(|field| *field != "(absent)"), rest)
}

impl<'a> Item<'a> {
    fn of(field: Option<&'a str>, words: &'a str) -> Self {
        if words.starts_with("value-level errors") {
            let code = word(words, "code ").unwrap_or_default();
            return Self::Error { code };
        }
        if field.is_some() {
            let echo = word(words, ECHO);
            match (echo, word(words, " type ")) {
                (Some(id), Some("revoke")) => return Self::Revoked { id: Some(id) },
                // To change an earlier message is no message.
                (None, _) | (_, Some("edit")) => {}
                (Some(id), _) => return Self::Echo(Status::echo(id, words)),
            }
            let id = echo.or_else(|| word(words, "inbound "));
            return Self::Aside { field, id };
        }
        let item = Status::of(words).map(Self::Status);
        item.or_else(|| Inbound::of(words).map(Self::Inbound))
            .unwrap_or(Self::Aside { field, id: None })
    }
}

impl<'a> Status<'a> {
    fn of(words: &'a str) -> Option<Self> {
        let (id, rest) = words.strip_prefix("outbound ")?.split_once(' ')?;
        let conversation = word(words, "conversation=");
        // A placeholder in place of a time is none.
        let is_placeholder = conversation.is_some_and(|id| id.starts_with("CONVERSATION"));
        let failure = after(words, "errors: ").map(|error| Failure {
            code: word(error, "code "),
            title: quoted(error, "title "),
            details: quoted(error, "details "),
        });
        Some(Self {
            id,
            kind: rest.split(' ').next()?,
            time: time(words),
            to: word(words, " to ").filter(|_| !words.contains("(no recipient_id)")),
            participant: word(words, "participant_recipient_id="),
            conversation,
            origin: word(words, "origin="),
            expires: words.contains("(expires)") && !is_placeholder,
            opaque: quoted(words, "opaque="),
            price: Price::of(words),
            failure,
        })
    }

    /// A message that was sent from elsewhere. Whom it is from is not to be asked: it says so itself, and the
    /// number that its value is about is shown.
    fn echo(id: &'a str, words: &'a str) -> Self {
        Self {
            id,
            kind: "sent",
            time: time(words),
            to: after(words, " from ").and_then(|rest| word(rest, " to ")),
            participant: None,
            conversation: None,
            origin: None,
            expires: false,
            opaque: None,
            price: Price::of(""),
            failure: None,
        }
    }

    /// Whether its word is one that is known.
    pub fn is_known(&self) -> bool {
        let known = ["sent", "delivered", "read", "played", "failed", "deleted"];
        known.contains(&self.kind)
    }
}

impl<'a> Price<'a> {
    fn of(words: &'a str) -> Self {
        let mut parts = word(words, "pricing=").unwrap_or("-/-/-").split('/');
        let mut part = || parts.next().filter(|part| *part != "-");
        Self {
            model: part(),
            category: part(),
            kind: part(),
            billable: word(words, "billable=").map(|flag| flag == "True"),
        }
    }
}

impl<'a> Inbound<'a> {
    fn of(words: &'a str) -> Option<Self> {
        let (id, rest) = words.strip_prefix("inbound ")?.split_once(" type ")?;
        let from = after(words, " from ")?;
        let context = after(words, " with context ");
        Some(Self {
            id: Some(id).filter(|id| *id != "(no id)"),
            kind: rest.split(' ').next()?,
            time: time(words),
            from: from
                .split(' ')
                .next()
                .filter(|_| !from.starts_with("(no from)")),
            user: word(words, " user "),
            group: word(words, "' group "),
            body: quoted(words, " body "),
            media: media(words),
            point: word(words, " lat ")
                .zip(word(words, " lon "))
                .map(|(latitude, longitude)| format!("{latitude},{longitude}")),
            reaction: quoted(words, " emoji ").map(|emoji| Reaction {
                emoji,
                target: word(words, "' on ").filter(|target| *target != "(no"),
            }),
            button: button(words),
            has_context: context.is_some(),
            quoted: context.and_then(|context| quoted(context, "\"id\": ")),
            referral: word(words, " with ad referral "),
            notice: after(words, " system ").and_then(|it| after(it, ": ")),
            error: after(words, "errors: ").and_then(|error| word(error, "code ")),
        })
    }

    /// What should be stored as its content type; none where that hangs on more than the index says: an edit holds what the
    /// message holds now, a notice its text.
    pub fn content_type(&self) -> Option<&'a str> {
        match self.kind {
            "voice" => Some("audio"),
            "ad" | "unknown" | "revoke" => Some("unsupported"),
            "edit" | "system" => None,
            plain => Some(plain),
        }
    }

    /// Whether it counts as received; none where the index does not tell: of what Meta does not pass on it tells no edit from
    /// a message.
    pub fn counts(&self) -> Option<bool> {
        match self.kind {
            "unsupported" => None,
            kind => Some(!matches!(kind, "edit" | "revoke" | "system" | "reaction")),
        }
    }

    /// Whether anything says who wrote it.
    pub fn is_somebodys(&self) -> bool {
        self.from.is_some() || self.user.is_some()
    }
}

fn media(words: &str) -> Option<Media<'_>> {
    let (id, kind) = after(words, " media ")?.split_once(' ')?;
    let known = |value| Some(value).filter(|value| *value != "None");
    let kind = kind.split(" with ").next()?.split(" errors: ").next()?;
    Some(Media {
        id: known(id),
        kind: known(kind),
    })
}

fn button(words: &str) -> Option<Button> {
    [("_reply id=", " title="), (" payload ", " button text ")]
        .into_iter()
        .filter(|(id, _)| words.contains(id))
        .find_map(|(id, title)| {
            Some(Button {
                id: quoted(words, id),
                title: quoted(words, title)?,
            })
        })
}

fn time(words: &str) -> Option<Time> {
    let epoch = quoted(words, "at epoch ")?;
    epoch.parse().ok().map(Time)
}

#[cfg(test)]
mod tests;
