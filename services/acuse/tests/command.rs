//! The command as people run it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use acuse_domain::scope::{Limit, Permission, Role};
use acuse_rpc::auth::{Identity, KeySource, KeyStore, Refusal, Verifier, system_clock};

/// A folder of this test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("acuse-command-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs the command in an environment that says nothing.
fn acuse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acuse"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap()
}

fn answer(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What a command that fails says, and how it ends.
fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let output = acuse(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn keys(folder: &Folder) -> String {
    let made = folder.join("keys");
    let output = acuse(&["keys", made.to_str().unwrap(), "--service", "ingestion"]);
    assert!(output.status.success(), "{output:?}");
    made.join("caller.pem").to_str().unwrap().to_owned()
}

async fn verify(jwks: &Path, token: &str) -> Result<Identity, Refusal> {
    let source = KeySource::File(jwks.to_owned());
    let store = KeyStore::open(source, false).await.unwrap();
    let verifier = Verifier::new(
        store,
        "acuse".to_owned(),
        "acuse".to_owned(),
        system_clock(),
    );
    verifier.verify(token.trim())
}

#[test]
fn help_shows_what_there_is() {
    let output = acuse(&["--help"]);
    assert!(output.status.success());
    let help = answer(&output);
    for command in [
        "migrate",
        "keys",
        "token",
        "workspace",
        "simulate",
        "message",
        "report",
        "verify",
        "Exit codes",
    ] {
        assert!(help.contains(command), "{command}");
    }
    for later in ["serve", "export", "doctor"] {
        assert!(!help.contains(later), "{later}");
    }
    assert!(answer(&acuse(&["simulate", "--help"])).contains("Examples:"));
}

#[test]
fn bad_arguments_are_named() {
    for (arguments, fault) in [
        (&["nothing"][..], "nothing"),
        (&["migrate"], "--database-url"),
        (&["simulate", "--messages", "0"], "--messages"),
        (&["simulate", "--duplicates", "2"], "--duplicates"),
        (&["simulate", "--until", "tomorrow"], "--until"),
        (&["simulate", "--batch", "5001"], "--batch"),
        (&["verify", "--wait", "soon"], "--wait"),
        (&["verify"], "--token"),
        (
            &["verify", "--server", "no address", "--token", "x"],
            "--server",
        ),
        (&["message", "x", "--provider", "nobody"], "--provider"),
        (
            &["message", "x", "--time-zone", "Mars/Olympus"],
            "--time-zone",
        ),
        (&["message", "x", "--key", "k"], "--workspace"),
        (&["token", "--role", "king"], "--role"),
        (&["token", "--role", "analyst"], "--workspace"),
        (
            &["token", "--role", "operator", "--workspace", "acme"],
            "--workspace",
        ),
        (
            &["token", "--role", "supervisor", "--workspace", "acme"],
            "--departments",
        ),
        (
            &["token", "--role", "analyst", "--workspace", "acme"],
            "--key",
        ),
        (
            &[
                "token",
                "--role",
                "service",
                "--workspace",
                "acme",
                "--scopes",
                "all",
            ],
            "--scopes",
        ),
        (&["keys", "k", "--service", "../x"], "--service"),
    ] {
        let (code, text) = fails(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(fault), "{arguments:?}: {text}");
    }
}

#[test]
fn what_cannot_be_done_says_what_helps() {
    let folder = Folder::new();
    let key = keys(&folder);
    // A port that nothing listens on: it was free a moment ago, and nobody else knows it.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = format!("127.0.0.1:{port}");
    let (code, text) = fails(&["verify", "--server", &server, "--key", &key]);
    assert_eq!(code, Some(3));
    assert!(
        text.contains(&server) && text.contains("ACUSE_SERVER"),
        "{text}"
    );
    let (code, text) = fails(&["verify", "--server", &server, "--key", &key, "--wait", "1s"]);
    assert!(
        code == Some(3) && text.contains("does not answer"),
        "{text}"
    );
    let url = format!("postgres://nobody:hunter2@{server}/nothing");
    let (code, text) = fails(&["migrate", "--database-url", &url]);
    assert!(code == Some(3) && text.contains("--database-url"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let (code, text) = fails(&["verify", "--server", &server, "--key", "/no/such/key"]);
    assert!(code == Some(3) && text.contains("acuse keys"), "{text}");
}

#[test]
fn keys_are_for_their_owner_and_never_overwritten() {
    let folder = Folder::new();
    let key = keys(&folder);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(Path::new(&key)), 0o600);
    assert_eq!(mode(&folder.join("keys/ingestion.pem")), 0o600);
    assert_eq!(mode(&folder.join("keys")), 0o700);
    let before = fs::read(&key).unwrap();
    let (code, text) = fails(&["keys", folder.join("keys").to_str().unwrap()]);
    assert!(code == Some(3) && text.contains("another folder"), "{text}");
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[tokio::test]
async fn a_token_says_who_its_bearer_is() {
    let folder = Folder::new();
    let key = keys(&folder);
    let jwks = folder.join("keys/jwks.json");
    let output = acuse(&[
        "token",
        "--key",
        &key,
        "--workspace",
        "acme",
        "--role",
        "supervisor",
        "--subject",
        "ana",
        "--departments",
        "dep-1,dep-2",
        "--accounts",
        "acc-1",
        "--scopes",
        "report",
    ]);
    assert!(output.status.success(), "{output:?}");
    let caller = verify(&jwks, answer(&output)).await.unwrap().caller;
    assert_eq!(
        (caller.subject.as_str(), caller.role),
        ("ana", Role::Supervisor)
    );
    assert_eq!(Vec::from_iter(caller.permissions), [Permission::Report]);
    let scope = caller.scope.unwrap();
    assert_eq!(scope.workspace, "acme");
    let only = |ids: &[&str]| Limit::Only(ids.iter().map(|&id| id.to_owned()).collect());
    assert_eq!(scope.departments, only(&["dep-1", "dep-2"]));
    assert_eq!(scope.accounts, only(&["acc-1"]));
}

#[tokio::test]
async fn a_token_is_one_of_the_keys_own() {
    let folder = Folder::new();
    let other = Folder::new();
    let jwks = folder.join("keys/jwks.json");
    keys(&folder);
    let output = acuse(&["token", "--key", &keys(&other), "--role", "operator"]);
    assert_eq!(verify(&jwks, answer(&output)).await, Err(Refusal::Invalid));
    let key = folder.join("keys/caller.pem");
    let output = acuse(&[
        "token",
        "--key",
        key.to_str().unwrap(),
        "--role",
        "operator",
    ]);
    let caller = verify(&jwks, answer(&output)).await.unwrap().caller;
    assert!(caller.role == Role::Operator && caller.scope.is_none());
}
