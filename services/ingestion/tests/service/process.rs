//! The program itself: what it says when it cannot start, and how it ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use acuse_rpc::auth::{KeyPair, KeyUse, jwks};
use acuse_testkit::Database;

use crate::rig::KEY_A;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acuse-ingestion"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ACUSE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let output = program()
        .env("ACUSE_LISTEN", "nowhere")
        .env("ACUSE_SECRETS_KEYS", "hunter2")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for name in [
        "ACUSE_DATABASE_URL",
        "ACUSE_JWKS",
        "ACUSE_ISSUER",
        "ACUSE_LISTEN",
        "ACUSE_MESSAGE_STATE_ADDRESSES",
        "ACUSE_SERVICE_KEY",
        "ACUSE_SECRETS_KEYS",
    ] {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_without_its_peer_and_ends_in_order() {
    let database = Database::new().await;
    let folder = std::env::temp_dir().join(format!("acuse-test-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).unwrap();
    let (key, pem) = KeyPair::generate().unwrap();
    let (keys, own) = (folder.join("keys.json"), folder.join("own.pem"));
    std::fs::write(&keys, jwks([(&key, KeyUse::Caller)])).unwrap();
    std::fs::write(&own, pem.expose()).unwrap();
    let mut running = program()
        .env("ACUSE_DATABASE_URL", database.url())
        .env("ACUSE_JWKS", &keys)
        .env("ACUSE_ISSUER", "https://id.example")
        .env("ACUSE_LISTEN", "127.0.0.1:0")
        .env("ACUSE_MESSAGE_STATE_ADDRESSES", "127.0.0.1:1")
        .env("ACUSE_SERVICE_KEY", &own)
        .env("ACUSE_SECRETS_KEYS", KEY_A)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(running.stderr.take().unwrap()).lines();
    let mut seen = |text: &str| {
        let mut lines = log.by_ref().map_while(Result::ok);
        assert!(
            lines.any(|line| line.contains(text)),
            "{text:?} was never logged"
        );
    };
    seen("serving");
    seen("ready");
    let told = Command::new("kill")
        .args(["-TERM", &running.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    seen("stopped");
    let status = running.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    assert!(status.success(), "{status}");
}
