//! The operators' manual.

use std::fs;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");

pub(crate) fn text() -> String {
    fs::read_to_string(PATH).unwrap()
}

/// That a block of the manual is as it should be; with `ACUSE_REGENERATE=1` it is written so.
pub(crate) fn assert_block(name: &str, expected: &str) {
    let text = text();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (block, after) = rest.split_once(&end).unwrap();
    if block == expected {
        return;
    }
    assert!(
        std::env::var_os("ACUSE_REGENERATE").is_some(),
        "docs/operations.md is not what the code says; run this test with ACUSE_REGENERATE=1"
    );
    fs::write(PATH, format!("{before}{begin}{expected}{end}{after}")).unwrap();
}
