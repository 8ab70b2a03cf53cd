//! What these tests share.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// A folder of this test's own.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("acuse-command-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs the command in an environment that says nothing.
pub(crate) fn acuse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acuse"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap()
}

pub(crate) fn answer(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What a command that fails says, and how it ends.
pub(crate) fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let output = acuse(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

pub(crate) fn keys(folder: &Folder) -> String {
    let made = folder.join("keys");
    let output = acuse(&[
        "keys",
        made.to_str().unwrap(),
        "--service",
        "ingestion",
        "--secrets",
    ]);
    assert!(output.status.success(), "{output:?}");
    made.join("caller.pem").to_str().unwrap().to_owned()
}
