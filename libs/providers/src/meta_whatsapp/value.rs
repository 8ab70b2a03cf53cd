//! The value of a change: statuses and messages, what they have in common, and errors.

use acuse_domain::evidence::SenderIdentity;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::time::Timestamp;

use super::people::People;
use super::{Source, calls, echoes, errors, inbound, status};
use crate::aside::misshapen;
use crate::item;
use crate::json::{Node, below};
use crate::reading::{Findings, NotUnderstood, Reason};

/// What the items of a value have in common.
pub(super) struct Context<'a> {
    /// Where it comes from.
    source: Source<'a>,
    /// External id of the channel account.
    pub(super) channel_account: Option<String>,
    /// The number that it is about, as it is shown.
    pub(super) number: Option<String>,
    /// Whom the value describes.
    pub(super) people: People,
}

/// Reads one item of a value.
type Reader = fn(Node<'_>, &str, &Context<'_>, &mut Findings);

/// What is read in a value, or below it, by the names of its lists.
type Lists = [(&'static str, Reader)];

/// Reads the value of the field for messages.
pub(super) fn read(value: Node<'_>, path: &str, source: Source<'_>, findings: &mut Findings) {
    let lists: [(&str, Reader); 2] = [("statuses", status::read), ("messages", inbound::read)];
    let context = Context::of(value, value, source);
    read_with(&[(value, path)], &context, &lists, findings);
}

/// Reads what was sent in the business's name from elsewhere. One name or the other holds it.
pub(super) fn read_echoes(
    value: Node<'_>,
    path: &str,
    source: Source<'_>,
    findings: &mut Findings,
) {
    let lists: [(&str, Reader); 2] = [("message_echoes", echoes::read), ("messages", echoes::read)];
    let context = Context::of(value, value, source);
    read_with(&[(value, path)], &context, &lists, findings);
}

/// Reads what goes on in conversations that another app answers: as real as all else that happens to the number.
pub(super) fn read_standby(
    value: Node<'_>,
    path: &str,
    source: Source<'_>,
    findings: &mut Findings,
) {
    let lists: [(&str, Reader); 3] = [
        ("statuses", status::read),
        ("messages", inbound::read),
        ("message_echoes", echoes::read),
    ];
    let standby = value.get("standby");
    let described = if standby.get("contacts").exists() {
        standby
    } else {
        value
    };
    let context = Context::of(value, described, source);
    let inner = below(path, "standby");
    read_with(
        &[(value, path), (standby, &inner)],
        &context,
        &lists,
        findings,
    );
}

/// Reads calls, and what became of them.
pub(super) fn read_calls(value: Node<'_>, path: &str, source: Source<'_>, findings: &mut Findings) {
    let lists: [(&str, Reader); 2] = [("calls", calls::read), ("statuses", status::read)];
    let context = Context::of(value, value, source);
    read_with(&[(value, path)], &context, &lists, findings);
}

/// Reads the lists of these values, whose outermost comes first.
fn read_with(
    values: &[(Node<'_>, &str)],
    context: &Context<'_>,
    lists: &Lists,
    findings: &mut Findings,
) {
    let before = findings.len();
    for (value, path) in values {
        for (key, reader) in lists {
            each(*value, path, key, *reader, context, findings);
        }
        errors::note_all(*value, path, None, findings);
    }
    let Some((value, path)) = values.first() else {
        return;
    };
    if findings.len() == before && value.keys().next().is_some() {
        let names: Vec<&str> = lists.iter().map(|(key, _)| *key).collect();
        let detail = format!("no {} or errors", names.join(", "));
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

fn each(
    value: Node<'_>,
    path: &str,
    key: &str,
    reader: Reader,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    let mut junk = None;
    for (path, item) in value.list(path, key) {
        if findings.is_full() {
            return;
        }
        if item.is_object() {
            reader(item, &path, context, findings);
        } else {
            junk = junk.or(Some(item));
        }
    }
    // However many there are of what is nothing, it is said once.
    if let Some(item) = junk {
        findings.not_understood(&below(path, key), misshapen(item));
    }
}

impl<'a> Context<'a> {
    /// What the items of `value` have in common, whose people `described` describes.
    fn of(value: Node<'_>, described: Node<'_>, source: Source<'a>) -> Self {
        let metadata = value.get("metadata");
        // The number, else the one that the delivery stands for. The entry's id is no stand-in: it is the business
        // account's, which may have many numbers.
        let named = metadata.get("phone_number_id").short();
        let stands_for = source.delivery.channel_account;
        Self {
            source,
            channel_account: named.or_else(|| stands_for.map(str::to_owned)),
            number: metadata.get("display_phone_number").short(),
            people: People::of(described),
        }
    }

    /// Who passed it on.
    pub(super) fn provider(&self) -> Provider {
        self.source.provider
    }

    /// When it arrived.
    pub(super) fn received_at(&self) -> Timestamp {
        self.source.delivery.received_at
    }

    /// A message's id.
    pub(super) fn message_id(&self, id: String) -> ProviderMessageId {
        item::message_id(self.provider(), id)
    }

    /// By what an outbound message is known to whoever sent it, in an item that tells of it. Gupshup's send call answers with
    /// an id of its own, and passes it on beside WhatsApp's.
    pub(super) fn outbound_id<'n>(&self, item: Node<'n>) -> Node<'n> {
        match self.provider() {
            Provider::Gupshup => item.first(&["gs_id", "gsId", "id", "message_id"]),
            _ => item.first(&["id", "message_id"]),
        }
    }

    /// The sending identity.
    pub(super) fn sender(&self) -> Option<SenderIdentity> {
        let account = self.channel_account.clone()?;
        Some(item::sender(Channel::WhatsApp, account))
    }

    /// Its number, which is nobody's where the identity is not known.
    pub(super) fn sender_phone(&self) -> Option<String> {
        let account = self.channel_account.as_ref();
        account.and(self.number.as_ref()).cloned()
    }
}
