//! Events of the Conversation API from which no evidence follows.

use crate::json::Node;
use crate::limits::shown;
use crate::reading::{Findings, NotUnderstood, Reason};

/// Events that are about no message, with the member in which each tells how it went.
const NO_MESSAGES: [(&str, &str); 16] = [
    ("event_delivery_report", "status"),
    ("conversation_start_notification", ""),
    ("conversation_stop_notification", ""),
    ("conversation_delete_notification", ""),
    ("contact_create_notification", ""),
    ("contact_update_notification", ""),
    ("contact_delete_notification", ""),
    ("contact_merge_notification", ""),
    ("duplicated_contact_identities_notification", ""),
    ("capability_notification", "capability_status"),
    ("opt_in_notification", "status"),
    ("opt_out_notification", "status"),
    ("channel_event_notification", ""),
    ("channel_event", "event_type"),
    ("smart_conversation_notification", ""),
    ("record_notification", ""),
];

/// What a channel said, as it said it, because Sinch has no event for it.
const PASSED_ON: &str = "unsupported_callback";

/// Whether the event under `key` is one of these.
pub(super) fn knows(key: &str) -> bool {
    key == PASSED_ON || NO_MESSAGES.iter().any(|(name, _)| *name == key)
}

/// Keeps the event under `key` aside.
pub(super) fn read(key: &str, event: Node<'_>, path: &str, findings: &mut Findings) {
    let known = NO_MESSAGES.iter().find(|(name, _)| *name == key);
    let (reason, detail) = match known {
        Some((_, telling)) => {
            let channel_event = event.get("channel_event").get("event_type").text();
            let told = event.get(telling).text().or(channel_event);
            let told = told.map(|told| format!(": {}", shown(&told)));
            let what = key.replace('_', " ");
            (
                Reason::NotAMessage,
                format!("{what}{}", told.unwrap_or_default()),
            )
        }
        None if key == PASSED_ON => {
            let channel = event.get("channel").text();
            let channel = channel.map_or_else(|| "a channel".to_owned(), |word| shown(&word));
            (
                Reason::NotSupportedYet,
                format!("a callback of {channel}, passed on as it came"),
            )
        }
        None => (Reason::UnknownField, format!("event {}", shown(key))),
    };
    let what = NotUnderstood {
        id: event.first(&["message_id", "event_id", "id"]).short(),
        kind: Some(shown(key)),
        ..NotUnderstood::new(reason, detail)
    };
    findings.not_understood(path, what);
}
