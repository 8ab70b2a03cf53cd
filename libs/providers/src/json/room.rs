//! How much memory a body would take. A few bytes of JSON can become hundreds of an object, so that a body is looked over
//! before anything is made of it.

use serde::de::IgnoredAny;

use crate::reading::Malformed;

/// A body of at most so many bytes is never crowded: whatever is in it takes some megabytes.
const SMALL: usize = 64 << 10;

/// The room of an object, even of one without members, where that of another value is one.
const OBJECT: usize = 16;

/// The room there is: in 3 MiB, for a status in each 60 bytes, or a number in each three.
const MOST: usize = 1 << 20;

/// What is told of a body that is JSON, but holds too much.
const CROWDED: &str = "it holds more values than are taken apart at once";

/// Looks a body over.
///
/// # Errors
///
/// [`Malformed`] where it is no JSON, and where it [`is_crowded`].
pub(super) fn check(body: &[u8]) -> Result<(), Malformed> {
    if body.len() <= SMALL {
        return Ok(());
    }
    let malformed = |detail: String| Malformed {
        expected: "JSON",
        detail,
    };
    serde_json::from_slice::<IgnoredAny>(body).map_err(|error| malformed(error.to_string()))?;
    if taken(body) > MOST {
        return Err(malformed(CROWDED.to_owned()));
    }
    Ok(())
}

/// Whether a body was refused although it is JSON, because it would take too much memory.
pub(crate) fn is_crowded(why: &Malformed) -> bool {
    why.detail == CROWDED
}

/// The room that JSON would take.
fn taken(json: &[u8]) -> usize {
    let mut taken = 0;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' => taken += OBJECT,
            b'[' | b',' => taken += 1,
            b'"' => pass_text(&mut bytes),
            _ => {}
        }
    }
    taken
}

/// Goes on behind the end of a text.
fn pass_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_texts_takes_no_room() {
        for (json, room) in [
            ("0", 0),
            ("[0,0]", 2),
            (r#"{"a":[{},{}]}"#, 3 * OBJECT + 2),
            (r#"["{[,\"{,",{}]"#, OBJECT + 2),
            (r#"["\\",{}]"#, OBJECT + 2),
        ] {
            assert_eq!(taken(json.as_bytes()), room, "{json}");
        }
    }

    #[test]
    fn only_what_is_large_is_looked_over() {
        let list = |element: &str, count: usize| format!("[{}]", vec![element; count].join(","));
        assert_eq!(check(list("{}", 20_000).as_bytes()), Ok(()));
        let crowded = check(list("{}", 70_000).as_bytes()).unwrap_err();
        assert!(is_crowded(&crowded));
        let malformed = check(list("{}", 70_000).trim_end_matches(']').as_bytes()).unwrap_err();
        assert!(!is_crowded(&malformed));
        assert_eq!(check(b"no JSON, but short"), Ok(()));
        assert_eq!(check(list("\"\\ud83d\"", 20_000).as_bytes()), Ok(()));
    }
}
