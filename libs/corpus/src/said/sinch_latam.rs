//! What the index says of the payloads of Sinch Latam: records of messages, each with what happened to it so far.

use super::{Said, SaidKind};
use crate::text::{after, quoted, word};

/// What the index says of a payload.
pub(crate) fn said(meaning: &str) -> Vec<Said<'_>> {
    meaning.split(" | ").flat_map(of_record).collect()
}

fn of_record(words: &str) -> Vec<Said<'_>> {
    if let Some(rest) = words.strip_prefix("MT ") {
        let id = rest.split(' ').next();
        let steps = [
            (" sent ", "sent"),
            (" delivered ", "delivered"),
            (" read ", "read"),
        ];
        let steps = steps
            .into_iter()
            .filter_map(|(marker, evidence)| step(id, after(rest, marker)?, evidence));
        return steps.collect();
    }
    let inbound = words.strip_prefix("MO ").and_then(|rest| {
        let at = word(rest, " at ms ").and_then(|at| at.parse().ok());
        Some(Said {
            id: Some(rest.split(' ').next()?),
            from: word(rest, " from "),
            at,
            has_no_time: at.is_none(),
            text: quoted(rest, "\"messageText\": "),
            ..Said::of(SaidKind::Inbound)
        })
    });
    vec![inbound.unwrap_or(Said::of(SaidKind::Aside))]
}

/// A step with its code and its word, as `2/SENT_SUCCESS at 1710759087089`.
fn step<'a>(id: Option<&'a str>, rest: &'a str, evidence: &'static str) -> Option<Said<'a>> {
    let (code, rest) = rest.split_once('/')?;
    let at = word(rest, " at ")?.trim_end_matches(';').parse().ok();
    let number: u32 = code.parse().ok()?;
    let (kind, evidence, code) = match number {
        2 | 4 => (SaidKind::Status, Some(evidence), None),
        // What is read is told as a delivery with this code.
        5 => (SaidKind::Status, Some("read"), None),
        100..=399 => (SaidKind::Status, Some("failed"), Some(code)),
        _ => {
            return Some(Said {
                id,
                ..Said::of(SaidKind::Aside)
            });
        }
    };
    Some(Said {
        id,
        evidence,
        at,
        has_no_time: at.is_none(),
        code,
        ..Said::of(kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_several_things() {
        let got = said(
            "MT a corr 1 sent 2/SENT_SUCCESS at 1710759087089; delivered 777/What at - | MT b corr None sent 202/INVALID at -",
        );
        let all: Vec<_> = got
            .iter()
            .map(|said| (said.kind, said.id, said.evidence, said.at, said.code))
            .collect();
        assert_eq!(
            all,
            [
                (
                    SaidKind::Status,
                    Some("a"),
                    Some("sent"),
                    Some(1_710_759_087_089),
                    None
                ),
                (SaidKind::Aside, Some("a"), None, None, None),
                (
                    SaidKind::Status,
                    Some("b"),
                    Some("failed"),
                    None,
                    Some("202")
                ),
            ]
        );
        assert!(got[2].has_no_time);
    }

    #[test]
    fn messages() {
        let got = said(
            "MO c from 55199 at ms 1513616971473 {\"type\": \"TEXT\", \"messageText\": \"Hi\"}",
        );
        assert_eq!((got[0].id, got[0].from), (Some("c"), Some("55199")));
        assert_eq!(got[0].at, Some(1_513_616_971_473));
        assert_eq!(got[0].text.as_deref(), Some("Hi"));
    }
}
