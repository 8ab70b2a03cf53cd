//! What the index says of payloads of any provider, in one form.

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

impl Said<'_> {
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
}
