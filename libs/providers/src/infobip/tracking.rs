//! What recipients do with emails and links.

use acuse_domain::event::StatusItem;
use acuse_domain::kinds::{Channel, StatusKind};

use super::{IDS, report};
use crate::aside::aside;
use crate::item::sender;
use crate::json::Node;
use crate::limits::shown;
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Findings, Meaning, Reason};

/// Reads a notification. An email that was opened was read; of nothing else does evidence follow.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let word = item.get("notificationType").word().unwrap_or_default();
    if word != "opened" {
        let detail = format!("notification {}", shown(&word));
        let what = aside(
            Reason::NotSupportedYet,
            detail,
            item.first(&IDS),
            Some(&word),
        );
        return findings.not_understood(path, what);
    }
    let at = item.first(&["eventTime", "sendDateTime"]);
    match report::told(item, at, StatusKind::Read, Some(&word), delivery) {
        Ok(told) => {
            let told = addressed(told, item, delivery);
            findings.add_between(path, Meaning::Status(Box::new(told)), report::ends(item));
        }
        Err(what) => findings.not_understood(path, what),
    }
}

/// The same with its ends, which can only be those of an email.
fn addressed(mut told: StatusItem, item: Node<'_>, delivery: &Delivery<'_>) -> StatusItem {
    let ends = report::ends(item);
    let account = ends.from;
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    if let Some(account) = account {
        let recipient = party::contact(Channel::Email, &ends.to.unwrap_or_default());
        told.recipient = Some(recipient).filter(is_somebody);
        told.evidence.sender = Some(sender(Channel::Email, account));
    }
    told
}
