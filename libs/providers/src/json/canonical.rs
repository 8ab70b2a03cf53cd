//! What two JSON values are compared by, whatever the order of their members.

use acuse_domain::ids::Digest;
use serde_json::Value;

/// The digest of a value, which the order of members does not change. `parts` go in before it.
pub(crate) fn digest(parts: &[&str], value: &Value) -> Digest {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    let mut all: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    all.push(&bytes);
    Digest::of(&all)
}

/// Writes a value as JSON with its members in the order of their names. Members are sorted here, because the map's own
/// order depends on features that another crate may switch on.
fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Array(elements) => {
            bytes.push(b'[');
            for element in elements {
                write(element, bytes);
                bytes.push(b',');
            }
            bytes.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| name.as_str());
            bytes.push(b'{');
            for (name, member) in sorted {
                write(&Value::from(name.as_str()), bytes);
                bytes.push(b':');
                write(member, bytes);
                bytes.push(b',');
            }
            bytes.push(b'}');
        }
        plain => bytes.extend_from_slice(plain.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        let parse = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let one = parse(r#"{"a":1,"b":{"c":[1,2],"d":"x"}}"#);
        let other = parse(r#"{"b":{"d":"x","c":[1,2]},"a":1}"#);
        assert_eq!(digest(&["m"], &one), digest(&["m"], &other));
        assert_ne!(digest(&["m"], &one), digest(&["n"], &one));
    }

    #[test]
    fn values_that_differ_have_their_own() {
        let values = [
            json!(null),
            json!("1"),
            json!(1),
            json!([1]),
            json!([[1]]),
            json!({"a": 1}),
            json!({"a": "1"}),
            json!(["a", 1]),
        ];
        let digests: std::collections::BTreeSet<_> =
            values.iter().map(|value| digest(&[], value)).collect();
        assert_eq!(digests.len(), values.len());
    }
}
