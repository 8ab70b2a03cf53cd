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

    /// The first of these members that is there.
    pub(crate) fn first(self, keys: &[&str]) -> Self {
        let found = keys.iter().map(|key| self.get(key)).find(|it| it.exists());
        found.unwrap_or(Self(None))
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

    /// An id or another word of at most 256 bytes; longer is as good as absent, since a part of it would be another.
    pub(crate) fn short(self) -> Option<String> {
        self.text().filter(|text| text.len() <= limits::SHORT)
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

    /// True or false, also as text.
    pub(crate) fn flag(self) -> Option<bool> {
        match self.0? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
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
            Some(Value::Null) => "nothing",
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(_)) => "text",
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
        let value = json!([true, "FALSE", "IS_BILLABLE", 1]);
        let flags: Vec<_> = Node::of(&value).elements().map(Node::flag).collect();
        assert_eq!(flags, [Some(true), Some(false), None, None]);
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
