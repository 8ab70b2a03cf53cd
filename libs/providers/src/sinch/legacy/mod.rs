//! The WhatsApp API that came before the Conversation API: statuses and notifications in lists, with the contacts beside
//! them that the notifications are from.

mod inbound;
mod status;

use crate::aside::misshapen;
use crate::json::{Node, below};
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// The list of statuses; the other one is of notifications.
const STATUSES: &str = "statuses";

/// Reads a body.
pub(super) fn read(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let before = findings.len();
    for key in [STATUSES, "notifications"] {
        let mut junk = None;
        for (path, item) in body.list(path, key) {
            if findings.is_full() {
                return;
            }
            if !item.is_object() {
                junk = junk.or(Some(item));
            } else if key == STATUSES {
                status::read(item, &path, delivery, findings);
            } else {
                inbound::read(item, body, &path, delivery, findings);
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
