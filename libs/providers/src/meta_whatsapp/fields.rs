//! What is told of by other fields than `messages`.

use super::errors;
use crate::json::Node;
use crate::limits::shown;
use crate::reading::{Findings, NotUnderstood, Reason};

/// What a change is about, by its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Statuses and messages.
    Messages,
    /// Messages that were sent from elsewhere.
    Echoes,
    /// What goes on in conversations that another app answers.
    Standby,
    /// Calls.
    Calls,
    /// Messages, in a way that is not taken in so far.
    Later,
    /// Something else than messages.
    Other,
    /// Nobody has described it.
    Unknown,
}

/// Fields about messages that are not taken in so far: what was said before the business joined, what was charged, and changed
/// ids.
const LATER: [&str; 3] = ["billing-event", "history", "user_id_update"];

/// Fields that are about no message.
const OTHER: [&str; 33] = [
    "account_offboarded",
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "business_username_updates",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "phone_number_settings_update",
    "phone_number_username_update",
    "security",
    "smb_app_state_sync",
    "template_category_update",
    "template_correct_category_detection",
    "template_performance_metrics",
    "tracking_events",
    "user_marketing_preferences",
    "user_preferences",
];

impl Field {
    /// What a field of that name is about. Where there is none, messages are looked for.
    pub(super) fn of(name: Option<&str>) -> Self {
        match name {
            None | Some("messages") => Self::Messages,
            Some("message_echoes" | "smb_message_echoes") => Self::Echoes,
            Some("standby") => Self::Standby,
            Some("calls") => Self::Calls,
            Some(name) if LATER.contains(&name) => Self::Later,
            Some(name) if OTHER.contains(&name) => Self::Other,
            Some(_) => Self::Unknown,
        }
    }
}

/// Notes what is not taken in: message by message where there are some, else as a whole.
pub(super) fn read(
    field: Field,
    name: Option<&str>,
    value: Node<'_>,
    path: &str,
    findings: &mut Findings,
) {
    let name = shown(name.unwrap_or_default());
    let reason = match field {
        Field::Later => Reason::NotSupportedYet,
        Field::Other => Reason::NotAMessage,
        _ => Reason::UnknownField,
    };
    let before = findings.len();
    if field == Field::Later {
        each(value, path, &name, findings);
        for (path, chunk) in value.list(path, "history") {
            errors::note_all(chunk, &path, None, findings);
        }
    }
    if findings.len() == before {
        let event = value.get("event").text();
        let event = event.map_or_else(String::new, |event| format!(", event {}", shown(&event)));
        let what = NotUnderstood {
            id: billed(value),
            kind: Some(name.clone()),
            ..NotUnderstood::new(reason, format!("field {name}{event}"))
        };
        findings.not_understood(path, what);
    }
    errors::note_all(value, path, None, findings);
}

/// Notes messages one by one.
fn each(value: Node<'_>, path: &str, field: &str, findings: &mut Findings) {
    for (path, message) in value.list(path, "messages") {
        if findings.is_full() {
            return;
        }
        let kind = message.get("type").text();
        let detail = format!("field {field} is not taken in so far");
        let what = NotUnderstood {
            id: message.get("id").short(),
            kind: kind.map(|kind| shown(&kind)),
            ..NotUnderstood::new(Reason::NotSupportedYet, detail)
        };
        findings.not_understood(&path, what);
    }
}

/// The message for which Gupshup tells what it cost.
fn billed(value: Node<'_>) -> Option<String> {
    let references = value.get("billing").get("references");
    references.first(&["gs_id", "gsId", "id"]).short()
}
