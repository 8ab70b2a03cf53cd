//! The program itself: what it says when it cannot start, and how it ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use acuse_rpc::auth::{KeyPair, KeyUse, jwks};
use acuse_testkit::Database;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acuse-message-state"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ACUSE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn errors(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let output = program()
        .env("ACUSE_LISTEN", "nowhere")
        .env("ACUSE_COMMIT_LANES", "0")
        .output()
        .unwrap();
    let said = errors(&output);
    for name in [
        "ACUSE_DATABASE_URL",
        "ACUSE_JWKS",
        "ACUSE_ISSUER",
        "ACUSE_LISTEN",
        "ACUSE_COMMIT_LANES",
    ] {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_and_ends_in_order() {
    let database = Database::new().await;
    let name = format!("acuse-test-{}.json", uuid::Uuid::now_v7().simple());
    let keys = std::env::temp_dir().join(name);
    let key = KeyPair::generate().unwrap().0;
    fs::write(&keys, jwks([(&key, KeyUse::Caller)])).unwrap();
    let mut running = program()
        .env("ACUSE_DATABASE_URL", database.url())
        .env("ACUSE_JWKS", &keys)
        .env("ACUSE_ISSUER", "https://id.example")
        .env("ACUSE_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(running.stderr.take().unwrap()).lines();
    let mut seen = |text: &str| {
        let line = log
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(text));
        assert!(line.is_some(), "{text:?} was never logged");
    };
    seen("ACUSE_PAGE_TOKEN_SECRET");
    seen("serving");
    seen("ready");
    let pid = running.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(told.success());
    seen("stopping");
    seen("stopped");
    let status = running.wait().unwrap();
    fs::remove_file(keys).unwrap();
    assert!(status.success(), "{status}");
}

#[test]
fn a_database_that_is_not_there_is_told() {
    let output = program()
        .env(
            "ACUSE_DATABASE_URL",
            "postgres://acuse:hunter2@127.0.0.1:1/acuse",
        )
        .env("ACUSE_JWKS", "/nowhere")
        .env("ACUSE_ISSUER", "https://id.example")
        .output()
        .unwrap();
    let said = errors(&output);
    assert!(
        said.contains("database") && !said.contains("hunter2"),
        "{said}"
    );
}
