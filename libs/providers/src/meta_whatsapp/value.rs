//! The value of a change: statuses and messages, what they have in common, and errors.

use acuse_domain::identity::ProviderMessageId;
use acuse_domain::kinds::Provider;

use super::envelope::misshapen;
use super::people::People;
use super::{errors, inbound, status};
use crate::json::{Node, below};
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// What the items of a value have in common.
pub(super) struct Context<'a> {
    /// The delivery.
    pub(super) delivery: &'a Delivery<'a>,
    /// External id of the channel account.
    pub(super) channel_account: Option<String>,
    /// Whom the value describes.
    pub(super) people: People,
}

/// Reads one item of a value.
type Reader = fn(Node<'_>, &str, &Context<'_>, &mut Findings);

/// Reads a value.
pub(super) fn read(value: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let context = Context {
        delivery,
        channel_account: channel_account(value, delivery),
        people: People::of(value),
    };
    let before = findings.len();
    let lists: [(&str, Reader); 2] = [("statuses", status::read), ("messages", inbound::read)];
    for (key, reader) in lists {
        let mut junk = None;
        for (path, item) in value.list(path, key) {
            if findings.is_full() {
                return;
            }
            if item.is_object() {
                reader(item, &path, &context, findings);
            } else {
                junk = junk.or(Some(item));
            }
        }
        // However many there are of what is nothing, it is said once.
        if let Some(item) = junk {
            findings.not_understood(&below(path, key), misshapen(item));
        }
    }
    errors::note_all(value, path, None, findings);
    if findings.len() == before && value.keys().next().is_some() {
        let detail = "no statuses, messages or errors";
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

/// The number that it is about, else the one that the delivery stands for. The entry's id is no stand-in: it is the business
/// account's, which may have many numbers.
fn channel_account(value: Node<'_>, delivery: &Delivery<'_>) -> Option<String> {
    let named = value.get("metadata").get("phone_number_id").short();
    named.or_else(|| delivery.channel_account.map(str::to_owned))
}

/// A message's id as Meta's.
pub(super) fn message_id(id: String) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id,
    }
}
