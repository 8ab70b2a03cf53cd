//! Forms: bodies as HTML forms send them.

use serde_json::{Map, Value};

use crate::json;
use crate::reading::Malformed;

/// The most parameters of one body that are looked at.
const MOST: usize = 1_000;

/// A form as an object whose members are text. Of several parameters of one name the first is taken.
///
/// # Errors
///
/// [`Malformed`] for what is no form: no text, or without a single `name=value`.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Malformed> {
    let malformed = |detail: &str| Malformed {
        expected: "form",
        detail: detail.to_owned(),
    };
    let text = std::str::from_utf8(body).map_err(|_| malformed("it is no text"))?;
    let text = text.trim();
    let is_form = text
        .split('&')
        .any(|pair| matches!(pair.split_once('='), Some((name, _)) if is_name(name)));
    if !is_form {
        return Err(malformed("there is no name=value in it"));
    }
    let mut form = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).take(MOST) {
        let value = || Value::String(value.into_owned());
        form.entry(name.into_owned()).or_insert_with(value);
    }
    Ok(Value::Object(form))
}

/// A body that is a form or JSON.
///
/// # Errors
///
/// [`Malformed`] for what is neither, and for JSON that holds nothing.
pub(crate) fn or_json(body: &[u8]) -> Result<Value, Malformed> {
    if is_json(body) {
        return json::body(body);
    }
    parse(body).map_err(|why| match json::body(body) {
        Err(other) if other.expected == json::WEBHOOK => other,
        _ => why,
    })
}

/// Whether it is JSON that holds something, sound or not.
pub(crate) fn is_json(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Whether it can be the name of a parameter: JSON and markup cannot.
fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|first| !matches!(first, '{' | '[' | '"' | '<') && !first.is_whitespace())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_an_object_of_texts() {
        let form = parse(b"From=%2B51977&Body=a+b%20c%C3%B1&ErrorCode=&From=other\n").unwrap();
        let expected = json!({"From": "+51977", "Body": "a b cñ", "ErrorCode": ""});
        assert_eq!(form, expected);
    }

    #[test]
    fn what_is_no_form_is_malformed() {
        for body in [
            &b""[..],
            b"   ",
            b"hello",
            b"=value",
            b"\xff=1",
            br#"{"a": "b=c"}"#,
            b"[\"a=b\"]",
            b"<a href=\"b\">",
        ] {
            assert!(parse(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn no_more_is_looked_at_than_there_is_room_for() {
        let body: Vec<String> = (0..2 * MOST).map(|index| format!("p{index}=1")).collect();
        let form = parse(body.join("&").as_bytes()).unwrap();
        assert_eq!(form.as_object().unwrap().len(), MOST);
    }
}
