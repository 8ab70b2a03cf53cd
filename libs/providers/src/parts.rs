//! Members that providers write in several places, or under several names: the first that says something counts.

use acuse_domain::time::Timestamp;

use crate::item;
use crate::json::{Moment, Node, moment};
use crate::limits::SHORT;
use crate::reading::{Findings, NotUnderstood, Reason};

/// The first of these members that holds a text: providers send empty ones for what they do not know.
pub(crate) fn filled<'a>(node: Node<'a>, keys: &[&str]) -> Node<'a> {
    let mut members = keys.iter().map(|key| node.get(key));
    members
        .find(|member| member.text().is_some())
        .unwrap_or_default()
}

/// When something happened, by the first of these that gives a time.
///
/// # Errors
///
/// What to note where that time is implausible.
pub(crate) fn when(
    nodes: &[Node<'_>],
    received_at: Timestamp,
) -> Result<(Timestamp, bool), NotUnderstood> {
    let telling = nodes
        .iter()
        .find(|node| moment(**node, received_at) != Moment::Receipt);
    item::when(telling.copied().unwrap_or_default(), received_at)
}

/// The sender's own text, by the first of these that holds one. What was handed over as JSON may come back as such. One
/// that is too long to be kept is noted: a part of it would be another.
pub(crate) fn own_text(
    nodes: &[Node<'_>],
    id: &str,
    path: &str,
    findings: &mut Findings,
) -> Option<String> {
    let text = nodes.iter().find_map(|node| match node.value()? {
        structured @ (serde_json::Value::Object(_) | serde_json::Value::Array(_)) => {
            Some(structured.to_string())
        }
        _ => node.text().filter(|_| !node.is_inexact()),
    })?;
    if text.len() <= SHORT {
        return Some(text);
    }
    let detail = format!("a text of the sender's own of {} bytes", text.len());
    let what = NotUnderstood {
        id: Some(id.to_owned()),
        ..NotUnderstood::new(Reason::TooLong, detail)
    };
    findings.not_understood(path, what);
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_time_that_is_one_counts() {
        let now = Timestamp::from_seconds(1_750_000_000);
        let value = json!([
            "<now>",
            null,
            "2025-06-08T20:59:43Z",
            "2025-06-08T21:00:00Z",
            "1"
        ]);
        let nodes: Vec<Node<'_>> = Node::of(&value).elements().collect();
        let at = Timestamp::from_seconds(1_749_416_383);
        assert_eq!(when(&nodes, now), Ok((at, false)));
        assert_eq!(when(&nodes[..2], now), Ok((now, true)));
        assert_eq!(when(&[], now), Ok((now, true)));
        let what = when(&nodes[4..], now).unwrap_err();
        assert_eq!(what.reason, Reason::ImplausibleTime);
    }
}
