//! JSON as providers write it: members missing, null or of another type than documented.

mod canonical;
mod room;
mod surrogates;
mod time;

use serde_json::Value;

pub(crate) use canonical::digest;
pub(crate) use room::is_crowded;
pub(crate) use time::{Moment, later_instant, moment};

use crate::limits;
use crate::reading::Malformed;

/// A body as JSON. Nesting is limited, so that nothing that goes through it runs out of stack.
///
/// # Errors
///
/// [`Malformed`] with where the body stops being JSON; one that [`is_crowded`] where it holds too much to be taken apart.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Malformed> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    room::check(body)?;
    let parsed = serde_json::from_slice(body);
    // A text that was cut within an emoji spoils a whole body, although all else in it is sound.
    let parsed = parsed.or_else(|error| match surrogates::mended(body) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    });
    parsed.map_err(|error| Malformed {
        expected: "JSON",
        detail: error.to_string(),
    })
}

/// What a body is none of that is JSON, but nothing that a provider sends.
pub(crate) const WEBHOOK: &str = "webhook";

/// A provider's body, which is an object, a list of some, or null, which is as good as an empty one.
///
/// # Errors
///
/// [`Malformed`] as [`parse`], and for a value that can hold nothing: a text, a number.
pub(crate) fn body(body: &[u8]) -> Result<Value, Malformed> {
    let value = parse(body)?;
    if value.is_object() || value.is_array() || value.is_null() {
        return Ok(value);
    }
    let kind = Node(Some(&value)).kind();
    Err(Malformed {
        expected: WEBHOOK,
        detail: format!("it is {kind} where an object belongs"),
    })
}

/// A value that may be absent; null is the same as absent. Every accessor gives nothing where there is nothing of its kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Node<'a>(Option<&'a Value>);

impl<'a> Node<'a> {
    /// The node of a value.
    pub(crate) fn of(value: &'a Value) -> Self {
        Self(Some(value).filter(|value| !value.is_null()))
    }

    /// The value; `None` where it is absent or null.
    pub(crate) fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// A member of an object.
    pub(crate) fn get(self, key: &str) -> Self {
        self.0
            .and_then(|value| value.get(key))
            .map_or(Self(None), Self::of)
    }

    /// The first of these members that says something: providers send an empty text for what they do not know. Where all
    /// that are there are empty, the first of those.
    pub(crate) fn first(self, keys: &[&str]) -> Self {
        let members = || {
            keys.iter()
                .map(|key| self.get(key))
                .filter(|it| it.exists())
        };
        let found = members().find(|member| !member.is_empty());
        found.or_else(|| members().next()).unwrap_or(Self(None))
    }

    /// Whether it is a text without a character in it.
    fn is_empty(self) -> bool {
        self.0.and_then(Value::as_str).is_some_and(str::is_empty)
    }

    /// Whether it is a number that is not read digit by digit: a fraction, or one of more than 20 digits. Of two such numbers
    /// that differ the text may be the same.
    pub(crate) fn is_inexact(self) -> bool {
        self.0.is_some_and(Value::is_f64)
    }

    /// Whether there is anything.
    pub(crate) fn exists(self) -> bool {
        self.0.is_some()
    }

    /// Whether it is an object.
    pub(crate) fn is_object(self) -> bool {
        self.0.is_some_and(Value::is_object)
    }

    /// The names of an object's members.
    pub(crate) fn keys(self) -> impl Iterator<Item = &'a str> {
        let object = self.0.and_then(Value::as_object);
        object
            .into_iter()
            .flat_map(|it| it.keys().map(String::as_str))
    }

    /// Text, or a number as text; `None` for an empty one. NUL, which nothing can keep, becomes U+FFFD.
    pub(crate) fn text(self) -> Option<String> {
        let text = match self.0? {
            Value::String(text) => text.replace('\0', "\u{FFFD}"),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// An id or another word of at most 256 bytes; longer is as good as absent, since a part of it would be another, and so is
    /// a number that [`is_inexact`](Self::is_inexact).
    pub(crate) fn short(self) -> Option<String> {
        let exact = self.text().filter(|_| !self.is_inexact());
        exact.filter(|text| text.len() <= limits::SHORT)
    }

    /// A word in lower case, for comparing.
    pub(crate) fn word(self) -> Option<String> {
        let word = self.text()?.trim().to_lowercase();
        Some(word).filter(|word| !word.is_empty())
    }

    /// Text for people, cut to `limit` bytes.
    pub(crate) fn cut(self, limit: usize) -> Option<String> {
        limits::cut(self.text()?, limit)
    }

    /// True or false, also as text, and as 1 or 0.
    pub(crate) fn flag(self) -> Option<bool> {
        match self.0? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_u64()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            Value::String(text) if text == "1" || text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text == "0" || text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The elements of a list; of what should be a list but is a single thing, that thing.
    pub(crate) fn elements(self) -> impl Iterator<Item = Node<'a>> {
        let elements = match self.0 {
            None => &[],
            Some(Value::Array(elements)) => elements.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        elements.iter().map(Self::of)
    }

    /// The elements of the list `key`, each with its path below `parent`.
    pub(crate) fn list(self, parent: &str, key: &str) -> impl Iterator<Item = (String, Node<'a>)> {
        let list = self.get(key);
        let is_list = list.value().is_some_and(Value::is_array);
        let path = below(parent, key);
        list.elements().enumerate().map(move |(index, element)| {
            let path = if is_list {
                format!("{path}[{index}]")
            } else {
                path.clone()
            };
            (path, element)
        })
    }

    /// The bodies in a body, which may be a list of some, each with its path.
    pub(crate) fn bodies(self) -> impl Iterator<Item = (String, Node<'a>)> {
        let is_list = self.0.is_some_and(Value::is_array);
        self.elements().enumerate().map(move |(index, body)| {
            let path = if is_list {
                format!("[{index}]")
            } else {
                String::new()
            };
            (path, body)
        })
    }

    /// What kind of thing it is, for the detail of something that should be another.
    pub(crate) fn kind(self) -> &'static str {
        match self.0 {
            None => "nothing",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(_)) => "a text",
            Some(Value::Array(_)) => "a list",
            Some(Value::Object(_)) => "an object",
        }
    }
}

/// The path of a member.
pub(crate) fn below(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_numbers_are_text() {
        let value = json!({"a": "x", "b": 131026, "c": "", "d": null, "e": [1], "f": "a\u{0}b"});
        let node = Node::of(&value);
        let text = |key| node.get(key).text();
        assert_eq!(text("a").as_deref(), Some("x"));
        assert_eq!(text("b").as_deref(), Some("131026"));
        assert_eq!(text("f").as_deref(), Some("a\u{FFFD}b"));
        for absent in ["c", "d", "e", "missing"] {
            assert_eq!(text(absent), None, "{absent}");
        }
        assert!(!node.get("d").exists() && !node.get("a").get("below text").exists());
    }

    #[test]
    fn a_single_thing_is_a_list_of_one() {
        let value = json!({"many": [{"x": 1}, {"x": 2}], "one": {"x": 3}, "none": null});
        let node = Node::of(&value);
        let paths =
            |key| -> Vec<String> { node.list("entry[0]", key).map(|(path, _)| path).collect() };
        assert_eq!(paths("many"), ["entry[0].many[0]", "entry[0].many[1]"]);
        assert_eq!(paths("one"), ["entry[0].one"]);
        assert!(paths("none").is_empty());
        assert_eq!(below("", "entry"), "entry");
    }

    #[test]
    fn flags_may_be_text() {
        let of = |value: Value| -> Vec<_> { Node::of(&value).elements().map(Node::flag).collect() };
        assert_eq!(of(json!([true, "True", 1, "1"])), [Some(true); 4]);
        assert_eq!(of(json!([false, "FALSE", 0, "0"])), [Some(false); 4]);
        assert_eq!(of(json!(["IS_BILLABLE", 2, "2", -1, 1.0, ""])), [None; 6]);
    }

    #[test]
    fn the_first_member_counts_that_says_something() {
        let value =
            json!({"empty": "", "null": null, "none": "", "zero": 0, "list": [], "text": "x"});
        let node = Node::of(&value);
        assert_eq!(
            node.first(&["null", "empty", "text"]).text().as_deref(),
            Some("x")
        );
        assert_eq!(
            node.first(&["empty", "zero", "text"]).text().as_deref(),
            Some("0")
        );
        assert!(node.first(&["empty", "list"]).value().unwrap().is_array());
        // That a member is there tells something, even where it is empty.
        assert!(node.first(&["missing", "null", "empty"]).exists());
        assert!(!node.first(&["missing", "null"]).exists());
    }

    #[test]
    fn a_number_that_is_not_exact_is_no_id() {
        let value: Value = serde_json::from_str(
            r#"[18446744073709551615, -9223372036854775808, 12345678901234567890123, 1.5, 1e3]"#,
        )
        .unwrap();
        let ids: Vec<_> = Node::of(&value).elements().map(Node::short).collect();
        let exact = |digits: &str| Some(digits.to_owned());
        assert_eq!(
            ids,
            [
                exact("18446744073709551615"),
                exact("-9223372036854775808"),
                None,
                None,
                None
            ]
        );
        assert_eq!(Node::of(&json!(1.5)).text().as_deref(), Some("1.5"));
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        assert!(parse(b"\xef\xbb\xbf{}").is_ok());
        let deep = vec![b'['; 100_000];
        for body in [&b""[..], b"{", b"{'a':1}", b"\xff", &deep] {
            assert!(parse(body).is_err());
        }
    }
}
