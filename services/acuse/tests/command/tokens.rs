//! Keys, and the tokens that they sign.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use acuse_domain::scope::{Limit, Permission, Role};
use acuse_rpc::auth::{Identity, KeySource, KeyStore, Refusal, Verifier, system_clock};

use crate::rig::{Folder, acuse, answer, fails, keys};

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
fn keys_are_for_their_owner_and_never_overwritten() {
    let folder = Folder::new();
    let key = keys(&folder);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(Path::new(&key)), 0o600);
    assert_eq!(mode(&folder.join("keys/ingestion.pem")), 0o600);
    assert_eq!(mode(&folder.join("keys/secrets.key")), 0o600);
    let secrets = fs::read_to_string(folder.join("keys/secrets.key")).unwrap();
    assert!(secrets.starts_with("k1:") && secrets.trim().len() == 47);
    // Each by itself: who is told one is not told the others.
    for (name, variable) in [
        ("secrets", "ACUSE_SECRETS_KEYS"),
        ("pages", "ACUSE_PAGE_TOKEN_SECRET"),
        ("files", "ACUSE_DOWNLOAD_SECRET"),
    ] {
        let [text, told] = ["key", "env"].map(|kind| {
            let path = folder.join(&format!("keys/{name}.{kind}"));
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            fs::read_to_string(path).unwrap()
        });
        assert_eq!(told, format!("{variable}={text}"));
    }
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
