//! What the index says of Twilio's callbacks.

use super::{Said, SaidKind};
use crate::text::{after, quoted, word};

/// What a callback says.
pub(crate) fn said(meaning: &str) -> Vec<Said<'_>> {
    meaning.split(" | ").map(one).collect()
}

fn one(words: &str) -> Said<'_> {
    let has_no_time = words.contains("(no event time");
    if let Some(rest) = words.strip_prefix("outbound ") {
        let mut rest = rest.split(' ');
        let id = rest.next();
        let status = rest.next().unwrap_or_default();
        return Said {
            id,
            evidence: evidence(status),
            has_no_time,
            to: address(words, " to "),
            code: word(words, "ErrorCode=").filter(|_| evidence(status) == Some("failed")),
            ..Said::of(match evidence(status) {
                Some(_) => SaidKind::Status,
                None => SaidKind::Aside,
            })
        };
    }
    if let Some(rest) = words.strip_prefix("inbound ") {
        return Said {
            id: rest.split(' ').next(),
            has_no_time,
            from: address(words, " from "),
            to: after(words, " from ").and_then(|rest| address(rest, " to ")),
            text: quoted(words, " body ").filter(|text| !text.is_empty()),
            ..Said::of(SaidKind::Inbound)
        };
    }
    Said::of(match words.starts_with("malformed") {
        true => SaidKind::Malformed,
        false => SaidKind::Aside,
    })
}

/// What Acuse calls a status of Twilio's.
fn evidence(status: &str) -> Option<&'static str> {
    Some(match status {
        "accepted" | "queued" | "scheduled" => "queued",
        "sending" => "dispatched",
        "sent" => "sent",
        "delivered" => "delivered",
        "read" => "read",
        "undelivered" | "failed" | "canceled" => "failed",
        _ => return None,
    })
}

/// The address that follows a word, without the channel before it.
fn address<'a>(words: &'a str, marker: &str) -> Option<&'a str> {
    let address = word(words, marker).filter(|it| *it != "(absent)")?;
    Some(address.split_once(':').map_or(address, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_and_a_message() {
        let failed =
            said("outbound SM1 undelivered to whatsapp:+51 ErrorCode=63016 (no event time at all)");
        let expected = Said {
            id: Some("SM1"),
            evidence: Some("failed"),
            has_no_time: true,
            to: Some("+51"),
            code: Some("63016"),
            ..Said::of(SaidKind::Status)
        };
        assert_eq!(failed, [expected]);
        let written = said("inbound SM2 from +51 to 2020 body 'from me to you' media 0");
        let expected = Said {
            id: Some("SM2"),
            from: Some("+51"),
            to: Some("2020"),
            text: Some("from me to you".to_owned()),
            ..Said::of(SaidKind::Inbound)
        };
        assert_eq!(written, [expected]);
        assert_eq!(said("outbound SM3 sent to (absent)")[0].to, None);
    }
}
