//! Whatever arrives, every format's reader takes it apart, the same each time, into what the rest of Acuse accepts.

mod bodies;

use acuse_providers::{Delivery, Format, Meaning, read};
use proptest::prelude::*;
use serde_json::Value;

use self::bodies::{KEYS, WORDS, sound};
use crate::any;
use crate::found::RECEIVED_AT;

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL)
}

/// A format with one of its sound bodies, of which one value, anywhere, is another.
fn damaged() -> impl Strategy<Value = (Format, Value)> {
    let format = prop::sample::select(sound()).prop_map(|(format, _)| format);
    format.prop_flat_map(|format| {
        let bodies = sound().into_iter().filter(move |(its, _)| *its == format);
        let bodies = bodies.map(|(_, body)| body).collect();
        (Just(format), any::damaged(bodies, any::json(KEYS, WORDS)))
    })
}

proptest! {
    #[test]
    fn any_json_can_be_read(format in any_format(), body in any::json(KEYS, WORDS)) {
        any::check(format, body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_can_be_read((format, body) in damaged()) {
        any::check(format, body.to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_can_be_read(format in any_format(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        any::check(format, &bytes)?;
    }

    #[test]
    fn any_form_can_be_read(format in any_format(), members in prop::collection::vec((".{0,8}", ".{0,20}"), 0..8)) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(members);
        any::check(format, form.finish().as_bytes())?;
    }
}

#[test]
fn sound_bodies_say_something() {
    for (format, body) in sound() {
        let text = body.to_string();
        let findings = read(format, &Delivery::of(text.as_bytes(), RECEIVED_AT))
            .unwrap()
            .findings;
        let is_evidence = |meaning: &Meaning| !matches!(meaning, Meaning::NotUnderstood(_));
        let evidence = findings.iter().filter(|it| is_evidence(&it.meaning));
        assert!(evidence.count() > 0, "{format:?} {text}: {findings:?}");
    }
}

#[test]
fn a_body_that_can_hold_nothing_is_refused() {
    for format in Format::ALL {
        for (body, kind) in [
            ("\"x\"", "a text"),
            (" 1 ", "a number"),
            ("true", "true or false"),
        ] {
            let why = read(*format, &Delivery::of(body.as_bytes(), RECEIVED_AT)).unwrap_err();
            let expected = format!("the body is no webhook: it is {kind} where an object belongs");
            assert_eq!(why.to_string(), expected, "{format:?}");
        }
        let why = read(*format, &Delivery::of(b"hello", RECEIVED_AT)).unwrap_err();
        assert!(
            ["form", "JSON"].contains(&why.expected),
            "{format:?}: {why}"
        );
    }
}
