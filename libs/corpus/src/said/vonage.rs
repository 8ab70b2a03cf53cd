//! What the index says of Vonage's webhooks.

use super::iso::millis;
use super::{Said, SaidKind};
use crate::text::{after, quoted, word};

/// What a webhook says.
pub(crate) fn said(meaning: &str) -> Vec<Said<'_>> {
    meaning.split(" | ").map(one).collect()
}

fn one(words: &str) -> Said<'_> {
    if let Some(rest) = words.strip_prefix("outbound ") {
        let mut rest = rest.split(' ');
        let id = rest.next();
        let evidence = rest.next().and_then(evidence);
        return Said {
            id,
            evidence,
            at: word(words, " at ").and_then(millis),
            to: word(words, " to "),
            code: after(words, "\"title\": ")
                .and_then(|rest| rest.split([',', '}']).next())
                .map(|code| code.trim_matches('"'))
                .filter(|_| evidence == Some("failed")),
            ..Said::of(kind(evidence))
        };
    }
    if let Some(rest) = words.strip_prefix("inbound ") {
        return Said {
            id: rest.split(' ').next(),
            at: word(words, " at ").and_then(millis),
            from: word(words, " from "),
            ..Said::of(SaidKind::Inbound)
        };
    }
    // The arrow leads from the member `msisdn` to the member `to`, whichever of them sent the message.
    let ends = words.rsplit(' ').next().and_then(|it| it.split_once('→'));
    let (msisdn, to) = ends.unwrap_or_default();
    if let Some(rest) = words.strip_prefix("Nexmo SMS DLR ") {
        let evidence = rest.split(' ').next().and_then(evidence);
        return Said {
            id: word(words, " messageId "),
            evidence,
            from: given(to),
            to: given(msisdn),
            code: word(words, " err-code ")
                .filter(|code| evidence == Some("failed") && !matches!(*code, "-" | "0")),
            ..Said::of(kind(evidence))
        };
    }
    if words.starts_with("Nexmo SMS inbound ") {
        return Said {
            id: word(words, " messageId "),
            from: given(msisdn),
            to: given(to),
            text: quoted(words, " text "),
            ..Said::of(SaidKind::Inbound)
        };
    }
    Said::of(match words.starts_with("malformed") {
        true => SaidKind::Malformed,
        false => SaidKind::Aside,
    })
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn kind(evidence: Option<&str>) -> SaidKind {
    match evidence {
        Some(_) => SaidKind::Status,
        None => SaidKind::Aside,
    }
}

/// What Acuse calls a status of Vonage's.
fn evidence(status: &str) -> Option<&'static str> {
    Some(match status {
        "submitted" | "accepted" | "buffered" => "sent",
        "delivered" => "delivered",
        "read" => "read",
        "rejected" | "undeliverable" | "failed" | "expired" => "failed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_messages_api() {
        let words = "outbound u1 rejected whatsapp to 44 at 1970-01-01T00:00:01Z error {\"type\": \"x\", \"title\": 1000, \"detail…";
        let expected = Said {
            id: Some("u1"),
            evidence: Some("failed"),
            at: Some(1_000),
            to: Some("44"),
            code: Some("1000"),
            ..Said::of(SaidKind::Status)
        };
        assert_eq!(said(words), [expected]);
        let written = said("inbound u2 sms  from 44 at 1970-01-01T00:00:01Z");
        assert_eq!((written[0].id, written[0].from), (Some("u2"), Some("44")));
        assert_eq!(
            said("outbound u3 orbiting sms to 44")[0].kind,
            SaidKind::Aside
        );
    }

    #[test]
    fn of_the_sms_api() {
        let receipt = &said("Nexmo SMS DLR failed messageId m1 err-code 6 →2020")[0];
        assert_eq!((receipt.from, receipt.to), (Some("2020"), None));
        assert_eq!((receipt.id, receipt.code), (Some("m1"), Some("6")));
        let written = &said("Nexmo SMS inbound text 'Hi' messageId m2 err-code - 44→2020")[0];
        assert_eq!((written.from, written.to), (Some("44"), Some("2020")));
        assert_eq!(written.text.as_deref(), Some("Hi"));
    }
}
