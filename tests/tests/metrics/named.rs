//! What the dashboard and the alerts name.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../k8s/telemetry");

/// What metrics of Acuse begin with.
const FAMILIES: [&str; 5] = ["acuse_", "rpc_", "http_", "db_", "process_"];

/// A metric in an expression, and what its labels are held against.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) metric: String,
    pub(crate) matched: BTreeMap<String, Vec<String>>,
}

/// An alert.
pub(crate) struct Alert {
    pub(crate) name: String,
    pub(crate) expression: String,
    pub(crate) runbook: String,
}

/// Every expression of the dashboard.
pub(crate) fn dashboard() -> Vec<String> {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                into.extend(
                    fields
                        .get("expr")
                        .map(|expr| expr.as_str().unwrap().to_owned()),
                );
                fields.values().for_each(|field| collect(field, into));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            _ => {}
        }
    }
    let text = fs::read_to_string(format!("{FOLDER}/dashboard.json")).unwrap();
    let mut expressions = Vec::new();
    collect(&serde_json::from_str(&text).unwrap(), &mut expressions);
    assert!(!expressions.is_empty());
    expressions
}

/// Every alert. The file says that an expression is on one line.
pub(crate) fn alerts() -> Vec<Alert> {
    let text = fs::read_to_string(format!("{FOLDER}/alerts.yaml")).unwrap();
    let mut alerts: Vec<Alert> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("- alert: ") {
            alerts.push(Alert {
                name: name.to_owned(),
                expression: String::new(),
                runbook: String::new(),
            });
        } else if let Some(expression) = line.strip_prefix("expr: ") {
            expression.clone_into(&mut alerts.last_mut().unwrap().expression);
        } else if let Some(runbook) = line.strip_prefix("runbook_url: ") {
            runbook.clone_into(&mut alerts.last_mut().unwrap().runbook);
        }
    }
    assert!(alerts.iter().all(|alert| !alert.expression.is_empty()));
    alerts
}

/// The metrics that an expression of PromQL names.
pub(crate) fn metrics(expression: &str) -> Vec<Named> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(is_letter) {
        rest = &rest[start..];
        let end = rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        // Names of labels that results are grouped by are in parentheses of their own.
        if let "by" | "on" | "group_left" | "without" = word {
            rest = rest.split_once(')').unwrap().1;
            continue;
        }
        let mut matched = BTreeMap::new();
        if let Some(inside) = rest.strip_prefix('{') {
            let (matchers, after) = inside.split_once('}').unwrap();
            matched = self::matched(matchers);
            rest = after;
        }
        if FAMILIES.iter().any(|family| word.starts_with(family)) {
            found.push(Named {
                metric: word.to_owned(),
                matched,
            });
        } else {
            assert!(
                matched.is_empty(),
                "{word} is no metric of Acuse: {expression}"
            );
        }
    }
    assert!(!found.is_empty(), "{expression} names nothing");
    found
}

fn matched(matchers: &str) -> BTreeMap<String, Vec<String>> {
    let mut labels = BTreeMap::new();
    let mut rest = matchers;
    while let Some((label, after)) = rest.split_once(['=', '!']) {
        let (operator, quoted) = after.split_once('"').unwrap();
        let (value, after) = quoted.split_once('"').unwrap();
        let values: Vec<String> = match operator {
            "~" if value.contains('.') => Vec::new(),
            "~" => value.split('|').map(str::to_owned).collect(),
            _ => vec![value.to_owned()],
        };
        labels.insert(label.trim_matches([',', ' ']).to_owned(), values);
        rest = after;
    }
    labels
}

#[test]
fn metrics_are_found_in_expressions() {
    let found = metrics(
        r#"sum by (acuse_not) (rate(acuse_a_total{x=~"a|b",y!="c"}[5m])) / on (z) max(acuse_b) > 2"#,
    );
    let names: Vec<&str> = found.iter().map(|named| named.metric.as_str()).collect();
    assert_eq!(names, ["acuse_a_total", "acuse_b"]);
    assert_eq!(found[0].matched["x"], ["a", "b"]);
    assert_eq!(found[0].matched["y"], ["c"]);
}
