//! The envelope: entries, changes and their fields.

use super::fields::{self, Field};
use super::{Source, value};
use crate::aside::misshapen;
use crate::json::{Node, below};
use crate::limits::shown;
use crate::reading::{Findings, NotUnderstood, Reason};

/// Members of a change's value that tell of messages, by which a value is known that lost its envelope.
const TELLING: [&str; 4] = ["statuses", "messages", "errors", "contacts"];

/// Members of an entry by which other products of Meta's are known.
const FOREIGN: [&str; 2] = ["messaging", "standby"];

/// Reads a body, which may be a value without its envelope: gateways pass those on.
pub(super) fn read(body: Node<'_>, path: &str, source: Source<'_>, findings: &mut Findings) {
    if body.exists() && !body.is_object() {
        findings.not_understood(path, misshapen(body));
    } else if body.get("entry").exists() {
        for (path, entry) in body.list(path, "entry") {
            self::entry(body, entry, &path, source, findings);
        }
    } else if body.get("changes").exists() {
        entry(body, body, path, source, findings);
    } else if body.get("value").exists() {
        change(body, body, path, source, findings);
    } else if TELLING.iter().any(|key| body.get(key).exists()) {
        value::read(body, path, source, findings);
    } else if let Some(key) = body.keys().next() {
        let detail = format!("no entry, but {}", shown(key));
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

fn entry(body: Node<'_>, entry: Node<'_>, path: &str, source: Source<'_>, findings: &mut Findings) {
    if !entry.is_object() {
        findings.not_understood(path, misshapen(entry));
        return;
    }
    for (path, change) in entry.list(path, "changes") {
        if findings.is_full() {
            return;
        }
        self::change(body, change, &path, source, findings);
    }
    for key in FOREIGN {
        if entry.get(key).exists() {
            let detail = format!("{key}, which is of another product");
            let what = NotUnderstood {
                kind: Some(key.to_owned()),
                ..NotUnderstood::new(Reason::UnknownField, detail)
            };
            findings.not_understood(&below(path, key), what);
        }
    }
}

fn change(
    body: Node<'_>,
    change: Node<'_>,
    path: &str,
    source: Source<'_>,
    findings: &mut Findings,
) {
    if !change.is_object() {
        findings.not_understood(path, misshapen(change));
        return;
    }
    let value = change.get("value");
    let value_path = below(path, "value");
    // Some of Meta's own examples have the field beside the entries.
    let field = change
        .get("field")
        .text()
        .or_else(|| body.get("field").text());
    self::field(field.as_deref(), value, &value_path, source, findings);
}

/// Reads the value of a change, by its field.
pub(super) fn field(
    name: Option<&str>,
    value: Node<'_>,
    path: &str,
    source: Source<'_>,
    findings: &mut Findings,
) {
    let field = Field::of(name);
    let reader = match field {
        Field::Messages => value::read,
        Field::Echoes => value::read_echoes,
        Field::Standby => value::read_standby,
        Field::Calls => value::read_calls,
        other => return fields::read(other, name, value, path, findings),
    };
    if value.is_object() {
        reader(value, path, source, findings);
    } else {
        findings.not_understood(path, misshapen(value));
    }
}
