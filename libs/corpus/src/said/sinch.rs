//! What the index says of Sinch's payloads: the Conversation API, SMS (XMS), and the older WhatsApp API.

use super::{Said, SaidKind};
use crate::text::{after, epoch_millis, quoted, word};

/// What the index says of a payload.
pub(crate) fn said(meaning: &str) -> Vec<Said<'_>> {
    let said = delivery(meaning)
        .or_else(|| conversation_inbound(meaning))
        .or_else(|| sms_report(meaning))
        .or_else(|| sms_inbound(meaning))
        .or_else(|| legacy_status(meaning))
        .or_else(|| legacy_inbound(meaning))
        .or_else(|| batch(meaning));
    vec![said.unwrap_or_else(|| Said {
        id: event(meaning),
        ..Said::of(SaidKind::Aside)
    })]
}

/// A value that the index gives, where it does not say that there is none.
fn given(value: &str) -> Option<&str> {
    Some(value).filter(|value| !matches!(*value, "(absent)" | "None"))
}

/// The first of these times that is one.
fn timed<'a>(meaning: &str, markers: [&str; 2], said: Said<'a>) -> Said<'a> {
    let times = markers.into_iter().filter_map(|it| word(meaning, it));
    let at = times.filter_map(epoch_millis).next();
    Said {
        at,
        has_no_time: at.is_none(),
        ..said
    }
}

fn delivery(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("Conversation API delivery: message ")?;
    let (id, rest) = rest.split_once(' ')?;
    let status = rest.split(' ').next()?;
    let said = Said {
        id: given(id),
        to: word(rest, " → ").and_then(given),
        evidence: match status {
            "QUEUED_ON_CHANNEL" => Some("sent"),
            "DELIVERED" => Some("delivered"),
            "READ" => Some("read"),
            "FAILED" => Some("failed"),
            _ => None,
        },
        // The index quotes the reason as JSON.
        code: after(rest, "\"code\": \"").and_then(|rest| rest.split('"').next()),
        ..Said::of(SaidKind::Status)
    };
    let said = timed(rest, [" event_time ", " accepted_time "], said);
    let is_known = said.id.is_some() && said.evidence.is_some();
    Some(if is_known { said } else { aside(said) })
}

/// What says nothing about a message that anybody could name.
fn aside(said: Said<'_>) -> Said<'_> {
    Said {
        id: said.id,
        ..Said::of(SaidKind::Aside)
    }
}

/// The id of an event that is no message; it may have spaces.
fn event(meaning: &str) -> Option<&str> {
    let rest = meaning.strip_prefix("Conversation API event delivery: event ")?;
    rest.rsplit_once(' ').map(|(id, _)| id)
}

fn conversation_inbound(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("Conversation API inbound ")?;
    let (id, rest) = rest.split_once(" [")?;
    let (_, rest) = rest.split_once("] from ")?;
    let (from, _) = rest.split_once(" on ")?;
    let said = Said {
        id: given(id),
        from: given(from),
        ..Said::of(SaidKind::Inbound)
    };
    Some(timed(rest, [" event_time ", " accept_time "], said))
}

fn sms_report(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("XMS recipient report: batch ")?;
    let (id, rest) = rest.split_once(" recipient ")?;
    let mut words = rest.split(' ');
    let to = words.next().and_then(given);
    let evidence = evidence(words.next()?);
    let said = Said {
        id: given(id),
        to,
        evidence,
        code: word(rest, " code ")
            .and_then(given)
            .filter(|_| evidence == Some("failed")),
        ..Said::of(SaidKind::Status)
    };
    let said = timed(rest, [" at ", " operator_status_at "], said);
    let is_known = to.is_some() && evidence.is_some();
    Some(if is_known { said } else { aside(said) })
}

/// What a status of the SMS API means.
fn evidence(status: &str) -> Option<&'static str> {
    match status.to_lowercase().as_str() {
        "queued" => Some("queued"),
        "dispatched" | "unknown" => Some("sent"),
        "delivered" => Some("delivered"),
        "aborted" | "rejected" | "expired" | "cancelled" | "failed" | "deleted" => Some("failed"),
        _ => None,
    }
}

/// A report on a batch. The index does not tell whether it names its recipients; those that it counts one of do.
fn batch(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("XMS batch report: batch ")?;
    let (id, rest) = rest.split_once(' ')?;
    let (status, _) = rest.split_once('×')?;
    Some(Said {
        id: given(id),
        evidence: evidence(status),
        has_no_time: true,
        ..Said::of(SaidKind::Status)
    })
}

fn sms_inbound(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("XMS inbound ")?;
    let mut words = rest.split(' ');
    let id = words.nth(1).and_then(given);
    let said = Said {
        id,
        from: word(rest, " from ").and_then(given),
        to: word(rest, " to ").and_then(given),
        ..Said::of(SaidKind::Inbound)
    };
    let said = timed(rest, [" received_at ", " sent_at "], said);
    Some(if said.from.is_some() {
        said
    } else {
        aside(said)
    })
}

fn legacy_status(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("Sinch WhatsApp outbound ")?;
    let (id, rest) = rest.split_once(" state ")?;
    let state = rest.split(' ').next()?;
    let evidence = match state {
        "queued" => "queued",
        "dispatched" => "dispatched",
        "sent" => "sent",
        "delivered" => "delivered",
        "read" => "read",
        "deleted" => "deleted",
        "failed" | "no_opt_in" | "no_capability" => "failed",
        _ => return None,
    };
    let said = Said {
        id: given(id),
        evidence: Some(evidence),
        to: word(rest, " to ").and_then(given),
        ..Said::of(SaidKind::Status)
    };
    Some(timed(rest, [" at ", " at "], said))
}

fn legacy_inbound(meaning: &str) -> Option<Said<'_>> {
    let rest = meaning.strip_prefix("Sinch WhatsApp inbound ")?;
    let (id, rest) = rest.split_once(" {")?;
    let (content, from) = rest.rsplit_once(" from ")?;
    let body = ["\"body\": ", "\"text\": "];
    let text = body.into_iter().find_map(|marker| quoted(content, marker));
    let said = Said {
        id: given(id),
        from: from.split(' ').next().and_then(given),
        text,
        ..Said::of(SaidKind::Inbound)
    };
    Some(timed(from, [" at ", " at "], said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(meaning: &str) -> Said<'_> {
        let [only] = <[Said<'_>; 1]>::try_from(said(meaning)).unwrap();
        only
    }

    #[test]
    fn deliveries() {
        let got = only(
            "Conversation API delivery: message 01A FAILED on SMS → +519 event_time <now> accepted_time 2026-05-04T11:59:00.25Z reason {\"code\": \"UNKNOWN\", \"description\": \"…",
        );
        let expected = Said {
            id: Some("01A"),
            evidence: Some("failed"),
            at: Some(1_777_895_940_250),
            to: Some("+519"),
            code: Some("UNKNOWN"),
            ..Said::of(SaidKind::Status)
        };
        assert_eq!(got, expected);
        let none = only(
            "Conversation API delivery: message (absent) DELIVERED on SMS → +519 event_time <now> accepted_time (absent)",
        );
        assert_eq!(none, Said::of(SaidKind::Aside));
        let event = only("Conversation API event delivery: event event id DELIVERED");
        assert_eq!((event.kind, event.id), (SaidKind::Aside, Some("event id")));
    }

    #[test]
    fn messages() {
        let got = only(
            "Conversation API inbound event id ['text_message'] from an identity on MESSENGER accept_time 2026-05-04T11:59:05Z event_time (absent)",
        );
        assert_eq!((got.id, got.from), (Some("event id"), Some("an identity")));
        assert_eq!(got.at, Some(1_777_895_945_000));
        let got = only(
            "Sinch WhatsApp inbound 01B {\"type\": \"text\", \"body\": \"from me\"} from 519 at 2026-05-04T11:59:05Z",
        );
        assert_eq!((got.id, got.from), (Some("01B"), Some("519")));
        assert_eq!(got.text.as_deref(), Some("from me"));
        let got = only("XMS inbound mo_text Oz from (absent) to 184 received_at (absent)");
        assert_eq!((got.kind, got.id), (SaidKind::Aside, Some("Oz")));
    }

    #[test]
    fn reports() {
        let got = only(
            "XMS recipient report: batch 3-m recipient 123 Failed code 11 at 2026-05-04T11:59:05Z operator_status_at 2026-05-04T11:59:00Z",
        );
        assert_eq!(
            (got.id, got.to, got.evidence, got.code),
            (Some("3-m"), Some("123"), Some("failed"), Some("11"))
        );
        let got = only("XMS batch report: batch 01F Delivered×1 code 0");
        assert_eq!((got.evidence, got.has_no_time), (Some("delivered"), true));
        let got = only(
            "XMS recipient report: batch 1 recipient (absent) INVALID code (absent) at (absent) operator_status_at (absent)",
        );
        assert_eq!((got.kind, got.id), (SaidKind::Aside, Some("1")));
    }
}
