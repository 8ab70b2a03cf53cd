//! The configuration file: flat TOML.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Fault;

/// The file's values by the names of the variables that they stand for.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, Vec<Fault>> {
    // The parser's own message quotes the line, which may hold a secret; its place is enough.
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        vec![fault(
            "ACUSE_CONFIG",
            format!("line {line} is no TOML: {}", error.message()),
        )]
    })?;
    let mut values = BTreeMap::new();
    let mut faults = Vec::new();
    for (key, value) in table {
        let name = format!("ACUSE_{}", key.to_uppercase());
        match flat(value) {
            Some(text) => {
                values.insert(name, text);
            }
            None => faults.push(fault(
                &name,
                "is neither text, number, boolean nor a list of them".to_owned(),
            )),
        }
    }
    if faults.is_empty() {
        Ok(values)
    } else {
        Err(faults)
    }
}

fn flat(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::Array(_) => None,
                item => flat(item),
            })
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(",")),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn fault(name: &str, problem: String) -> Fault {
    Fault {
        name: name.to_owned(),
        problem,
    }
}
