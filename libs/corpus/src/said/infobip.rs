//! What the index says of Infobip's reports and messages.

use super::iso::millis;
use super::{Said, SaidKind};
use crate::text::word;

/// What stands for a member that is not there.
const ABSENT: &str = "(absent)";

/// What a body says.
pub(crate) fn said(meaning: &str) -> Vec<Said<'_>> {
    meaning.split(" | ").map(one).collect()
}

fn one(words: &str) -> Said<'_> {
    if let Some(rest) = words.strip_prefix("outbound ") {
        let mut rest = rest.split(' ');
        let id = rest.next();
        let status = rest.next().unwrap_or_default();
        let evidence = evidence(status);
        let at = word(words, " doneAt ").or_else(|| word(words, " at "));
        let error = word(words, " error ");
        return Said {
            id,
            evidence,
            at: at.and_then(millis),
            has_no_time: at.is_none_or(|at| at.starts_with("(absent")),
            code: error.filter(|it| {
                evidence == Some("failed") && !matches!(*it, "NO_ERROR" | ABSENT | "-")
            }),
            ..Said::of(match evidence {
                Some(_) => SaidKind::Status,
                None => SaidKind::Aside,
            })
        };
    }
    // Every message has an id; that somebody types is told without one.
    if let Some(rest) = words
        .strip_prefix("inbound ")
        .filter(|it| !it.starts_with("None "))
    {
        return Said {
            id: rest.split(' ').next(),
            at: word(words, " at ").and_then(millis),
            from: word(words, " from "),
            ..Said::of(SaidKind::Inbound)
        };
    }
    Said::of(match words.starts_with("malformed") {
        true => SaidKind::Malformed,
        false => SaidKind::Aside,
    })
}

/// What Acuse calls a status of Infobip's, which the index gives as its group and its name.
fn evidence(status: &str) -> Option<&'static str> {
    let (group, name) = status.split_once('/').unwrap_or((status, "-"));
    Some(match (group, name) {
        ("ACCEPTED", _) | ("PENDING", "PENDING_ACCEPTED") => "queued",
        ("PENDING", _) => "sent",
        ("DELIVERED", _) => "delivered",
        ("SEEN", _) => "read",
        ("UNDELIVERABLE" | "EXPIRED" | "REJECTED", _) => "failed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_one_body() {
        let words = "outbound m1 DELIVERED/DELIVERED_TO_HANDSET doneAt 1970-01-01T01:00:01.000+0100 error NO_ERROR \
             | outbound m2 EXPIRED/- doneAt (absent) error EC_TIME_OUT";
        let delivered = Said {
            id: Some("m1"),
            evidence: Some("delivered"),
            at: Some(1_000),
            ..Said::of(SaidKind::Status)
        };
        let expired = Said {
            id: Some("m2"),
            evidence: Some("failed"),
            has_no_time: true,
            code: Some("EC_TIME_OUT"),
            ..Said::of(SaidKind::Status)
        };
        let said = said(words);
        assert_eq!(said.len(), 2);
        assert_eq!(said[0], delivered);
        assert_eq!(said[1], expired);
    }

    #[test]
    fn what_has_no_id_is_no_message() {
        let kinds = |words| said(words)[0].kind;
        assert_eq!(
            kinds("inbound m1 from 44 at 1970-01-01T00:00:01Z"),
            SaidKind::Inbound
        );
        assert_eq!(
            kinds("inbound None from 44 at 1970-01-01T00:00:01Z"),
            SaidKind::Aside
        );
        assert_eq!(kinds("no results[]"), SaidKind::Aside);
    }
}
