//! Names of members, without what is around them.

use serde_json::{Map, Value};

/// The same value with no spaces around the names of its members, where some callbacks have them. Of two members that then
/// have one name the one that had no spaces stays.
pub(super) fn keys(value: Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.into_iter().map(keys).collect()),
        Value::Object(members) => {
            let mut tidy = Map::new();
            let (sound, spaced): (Vec<_>, Vec<_>) = members
                .into_iter()
                .partition(|(name, _)| name.trim() == name);
            for (name, member) in sound.into_iter().chain(spaced) {
                tidy.entry(name.trim()).or_insert_with(|| keys(member));
            }
            Value::Object(tidy)
        }
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_lose_their_spaces() {
        let got = keys(json!([{"a ": {" b": 1}, "c": "d "}, {"e": 1, " e": 2}]));
        assert_eq!(got, json!([{"a": {"b": 1}, "c": "d "}, {"e": 1}]));
    }
}
