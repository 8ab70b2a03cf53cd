//! The WhatsApp API that came before the Conversation API: statuses and notifications in lists, with the contacts beside
//! them that the notifications are from.

mod inbound;
mod status;

use super::misshapen;
use crate::json::{Node, below};
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// Reads one item of a list; `body` has what the items have in common.
type Reader = fn(Node<'_>, Node<'_>, &str, &Delivery<'_>, &mut Findings);

/// Reads a body.
pub(super) fn read(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let lists: [(&str, Reader); 2] = [("statuses", status::read), ("notifications", inbound::read)];
    let before = findings.len();
    for (key, reader) in lists {
        let mut junk = None;
        for (path, item) in body.list(path, key) {
            if findings.is_full() {
                return;
            }
            if item.is_object() {
                reader(item, body, &path, delivery, findings);
            } else {
                junk = junk.or(Some(item));
            }
        }
        // However many there are of what is nothing, it is said once.
        if let Some(item) = junk {
            findings.not_understood(&below(path, key), misshapen(item));
        }
    }
    if findings.len() == before {
        let detail = "no statuses or notifications";
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}
