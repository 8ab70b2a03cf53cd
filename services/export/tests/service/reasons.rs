//! The reasons that the code answers with are in the contracts' comments.

use std::collections::BTreeSet;
use std::path::Path;

/// The text of all files below a folder that end so.
fn texts(folder: &Path, ending: &str) -> String {
    let mut all = String::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&texts(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    all
}

/// Whether a text in the code is a reason: words in capitals, and no variable of the environment.
fn is_reason(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    text.contains('_')
        && text.bytes().all(plain)
        && !text.ends_with('_')
        && !text.starts_with("ACUSE_")
        && !text.starts_with("CARGO_")
}

#[test]
fn every_reason_is_told_by_the_contracts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = texts(&root.join("src"), "rs");
    // Those of every call are the shared ones.
    let folders = ["export", "type"].map(|package| root.join("../../proto/acuse").join(package));
    let contracts = folders.map(|folder| texts(&folder, "proto")).concat();
    let texts = code.split('"').filter(|text| is_reason(text));
    // A part of a word, and what the callers of other services are told.
    let others = ["PACK_FOLDER", "NOT_FOUND"];
    let reasons: BTreeSet<&str> = texts.filter(|text| !others.contains(text)).collect();
    assert!(reasons.len() > 15, "{reasons:?}");
    let silent: Vec<_> = reasons
        .into_iter()
        .filter(|reason| !contracts.contains(reason))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}
