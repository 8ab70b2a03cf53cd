//! What stays between runs: the database, keys and secrets.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use acuse_rpc::{
    Secret,
    auth::{KeyPair, KeyUse, jwks},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{TryRngCore as _, rngs::OsRng};
use rustix::process::geteuid;

use super::child::unusable;
use crate::failure::{Failure, Result};

/// Services that call others, and so have a key of their own.
pub(super) const CALLING_SERVICES: [&str; 2] = ["ingestion", "export"];

/// The folder, held by this process alone until it is dropped.
pub(super) struct Home {
    path: PathBuf,
    _lock: File,
}

impl Home {
    /// Opens the folder given, or the usual one, and makes in it what is missing.
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self> {
        let path = path.map_or_else(usual, Ok)?;
        // Servers of another user pass through it, and see nothing else in it.
        folder(&path, 0o711)?;
        let path = path
            .canonicalize()
            .map_err(|error| unusable(&path, &error))?;
        let name = path.join("lock");
        let lock = File::create(&name).map_err(|error| unusable(&name, &error))?;
        lock.try_lock().map_err(|_| {
            Failure::new(format!("another acuse uses {} already", path.display()))
                .advise("stop it first, or name another folder with --home")
        })?;
        let home = Self { path, _lock: lock };
        home.make_keys()?;
        Ok(home)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The private key of callers or of a service.
    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.path.join("keys").join(format!("{name}.pem"))
    }

    /// The public halves of all keys.
    pub(super) fn key_set(&self) -> PathBuf {
        self.path.join("keys").join("jwks.json")
    }

    /// What signs page tokens and download addresses.
    pub(super) fn token_secret(&self) -> Result<Secret> {
        secret(&self.path.join("token-secret"), hexadecimal)
    }

    /// What the secrets of integrations are stored under, as `ACUSE_SECRETS_KEYS` wants it.
    pub(super) fn secrets_key(&self) -> Result<Secret> {
        let key = secret(&self.path.join("secrets-key"), |bytes| {
            STANDARD.encode(bytes)
        })?;
        Ok(Secret::new(format!("home:{}", key.expose())))
    }

    /// Makes the keys that are missing, and the set of all.
    fn make_keys(&self) -> Result<()> {
        let keys = self.path.join("keys");
        folder(&keys, 0o700)?;
        let services = CALLING_SERVICES.map(|name| (name, KeyUse::Service));
        let mut all = Vec::new();
        for (name, purpose) in [("caller", KeyUse::Caller)].into_iter().chain(services) {
            all.push((self.key_pair(name)?, purpose));
        }
        let path = self.key_set();
        let set = jwks(all.iter().map(|(key, purpose)| (key, *purpose)));
        std::fs::write(&path, set).map_err(|error| unusable(&path, &error))
    }

    fn key_pair(&self, name: &str) -> Result<KeyPair> {
        let path = self.key(name);
        let pem = match std::fs::read(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let (_, pem) =
                    KeyPair::generate().map_err(|error| Failure::new(error.to_string()))?;
                write_new(&path, pem.expose())?;
                pem.expose().as_bytes().to_vec()
            }
            Err(error) => return Err(unusable(&path, &error)),
        };
        KeyPair::from_pem(&pem)
            .map_err(|error| Failure::new(format!("{} cannot be used: {error}", path.display())))
    }
}

/// Where root's servers, which are another user's, can get to; else where a user's own things are.
fn usual() -> Result<PathBuf> {
    if geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/acuse"));
    }
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("XDG_DATA_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .map(|folder| folder.join("acuse"))
        .ok_or_else(|| {
            Failure::usage("nothing says where to keep data").advise("name a folder with --home")
        })
}

/// Makes a folder where it is missing.
pub(super) fn folder(path: &Path, mode: u32) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|error| unusable(path, &error))
}

/// The secret in a file, made up where there is no such file yet: 32 random bytes, written as `encode` does.
pub(super) fn secret(path: &Path, encode: fn(&[u8; 32]) -> String) -> Result<Secret> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(Secret::new(text)),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(path, &error)),
        Err(_) => {}
    }
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| {
        Failure::new(format!("the operating system gave no randomness: {error}"))
    })?;
    let text = encode(&bytes);
    write_new(path, &text)?;
    Ok(Secret::new(text))
}

/// As 64 hexadecimal digits, which stand in a URL as they are.
pub(super) fn hexadecimal(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| unusable(path, &error))
}
