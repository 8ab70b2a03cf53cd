//! Hands a call's evidence to message-state.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::scope::Caller;
use acuse_proto::message_state::{Event, event};
use acuse_proto::types::{ItemError, ItemFieldViolation, ItemResult};
use tokio::time::Instant;

use crate::parts::Parts;

/// Applies evidence for `caller`, by `until` where that is given; the results are in its order, and speak of each item as its
/// sender gave it.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, RESOURCE_EXHAUSTED and UNAVAILABLE while message-state is busy or away.
pub(crate) async fn forward_events(
    parts: &Parts,
    caller: &Caller,
    evidence: Vec<event::Event>,
    until: Option<Instant>,
) -> Result<Vec<ItemResult>> {
    let prefix = evidence.first().map_or("", prefix);
    let events = evidence.into_iter().map(|event| Event {
        event: Some(event),
        ..Event::default()
    });
    let mut results = parts
        .message_state
        .apply(caller, events.collect(), until)
        .await?;
    for error in results
        .iter_mut()
        .filter_map(|result| result.error.as_mut())
    {
        without_prefix(error, prefix);
    }
    Ok(results)
}

/// What the fields of an item begin with where it is part of an event.
fn prefix(event: &event::Event) -> &'static str {
    match event {
        event::Event::Registration(_) => "registration.",
        event::Event::Status(_) => "status.",
        event::Event::Inbound(_) => "inbound.",
        event::Event::Watermark(_) => "watermark.",
    }
}

fn without_prefix(error: &mut ItemError, prefix: &str) {
    if error.field_violations.is_empty() {
        return;
    }
    for ItemFieldViolation { field, .. } in &mut error.field_violations {
        if let Some(own) = field.strip_prefix(prefix) {
            *field = own.to_owned();
        }
    }
    // The sentence names the field as well.
    let violations = error.field_violations.iter();
    let violations = violations.map(|one| FieldViolation::new(&one.field, &one.description));
    error.message = Error::invalid(violations.collect()).message;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_the_sender_knows_them() {
        let violation = |field: &str| ItemFieldViolation {
            field: field.to_owned(),
            description: "must be given".to_owned(),
        };
        let mut error = ItemError {
            reason: "INVALID_ARGUMENT".to_owned(),
            message: "registration.contact.phone: must be given".to_owned(),
            field_violations: vec![violation("registration.contact.phone")],
        };
        without_prefix(&mut error, "registration.");
        assert_eq!(error.field_violations[0].field, "contact.phone");
        assert_eq!(error.message, "contact.phone: must be given");

        let conflict = ItemError {
            reason: "REGISTRATION_CONFLICT".to_owned(),
            message: "registration.x stays".to_owned(),
            field_violations: Vec::new(),
        };
        let mut told = conflict.clone();
        without_prefix(&mut told, "registration.");
        assert_eq!(told, conflict);
    }
}
