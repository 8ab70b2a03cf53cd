//! Webhooks: any body, read as each format.

use acuse_providers::{Delivery, Format, explain, read};

use crate::NOW;

/// What the tests of the readers assert of a body.
#[allow(dead_code, reason = "what makes bodies up is for those tests")]
#[path = "../../libs/providers/tests/any/mod.rs"]
mod any;

/// The format of that name.
///
/// # Panics
///
/// Where there is none.
pub fn format(name: &str) -> Format {
    Format::parse(name).unwrap_or_else(|| panic!("{name} is no format of webhooks"))
}

/// The sources of a format's reader; those of all where several formats share them.
pub fn folder(name: &str) -> String {
    let own = format!("libs/providers/src/{}", name.replace('-', "_"));
    let path = format!("{}/../{own}", env!("CARGO_MANIFEST_DIR"));
    if std::path::Path::new(&path).is_dir() {
        own
    } else {
        "libs/providers/src".to_owned()
    }
}

/// Whatever the body, it is read the same each time, and what it says can be explained, written down and taken in.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(name: &str, body: &[u8]) {
    check_as(format(name), body);
}

pub(crate) fn check_as(format: Format, body: &[u8]) {
    if let Err(why) = any::check(format, body) {
        panic!("{why}");
    }
    for explanation in explain(&read(format, &Delivery::of(body, NOW))) {
        serde_json::to_string(&explanation).expect("an explanation is JSON");
    }
}
