//! `acuse keys`: the keys that sign tokens.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use acuse_rpc::auth::{KeyPair, KeyUse, jwks};
use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::{
    failure::{Failure, Result},
    output::say,
};

const EXAMPLES: &str = "\
Examples:
  acuse keys ./keys
  acuse keys ./keys --service ingestion --secrets

What it makes:
  caller.pem   private key for callers' tokens; `acuse token --key` signs with it
  NAME.pem     private key of each service named, with which it calls other services (ACUSE_SERVICE_KEY)
  jwks.json    the public halves; services read it (ACUSE_JWKS)
With --secrets also:
  secrets.key  what ingestion seals integrations' secrets under (the text of ACUSE_SECRETS_KEYS)
  pages.key    what signs page tokens, the same for all services (the text of ACUSE_PAGE_TOKEN_SECRET)
  files.key    what signs addresses of exported files (the text of ACUSE_DOWNLOAD_SECRET)
  NAME.env     each of these three as a variable, for env_file and EnvironmentFile
All but jwks.json can be read by their owner alone.";

/// Makes an Ed25519 key for callers' tokens, one for each service named, and the set of their public halves. Existing files
/// are never overwritten: a key that is gone cannot be had back.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folder to put them in; made if it is missing
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also make a key for calls by this service; may be repeated
    #[arg(long = "service", value_name = "NAME", value_parser = service_name)]
    services: Vec<String>,
    /// Also make what ingestion seals secrets under, and what signs page tokens and addresses of files
    #[arg(long)]
    secrets: bool,
}

/// Makes the files, and says which.
pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = &args.folder;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| failed(folder, &error))?;
    let wanted = [("caller", KeyUse::Caller)].into_iter().chain(
        args.services
            .iter()
            .map(|name| (name.as_str(), KeyUse::Service)),
    );
    let mut keys = Vec::new();
    for (name, purpose) in wanted {
        let (key, pem) = KeyPair::generate().map_err(|error| Failure::new(error.to_string()))?;
        let path = folder.join(format!("{name}.pem"));
        write(&path, pem.expose(), 0o600)?;
        say(&format!("{}  private key {}", path.display(), key.id()))?;
        keys.push((key, purpose));
    }
    let path = folder.join("jwks.json");
    // Public, and read by services that may run as other users.
    write(
        &path,
        &jwks(keys.iter().map(|(key, purpose)| (key, *purpose))),
        0o644,
    )?;
    say(&format!("{}  key set for ACUSE_JWKS", path.display()))?;
    if args.secrets {
        make_secrets(folder)?;
    }
    Ok(())
}

/// Makes what is secret and no key pair: each in files of its own, as not every service may know all, once as a text and once as a
/// variable.
fn make_secrets(folder: &Path) -> Result<()> {
    for (name, id, variable) in [
        // The id says which key a secret is sealed under when there are several.
        ("secrets", "k1:", "ACUSE_SECRETS_KEYS"),
        ("pages", "", "ACUSE_PAGE_TOKEN_SECRET"),
        ("files", "", "ACUSE_DOWNLOAD_SECRET"),
    ] {
        let path = folder.join(format!("{name}.key"));
        let text = format!(
            "{id}{}\n",
            BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
        );
        write(&path, &text, 0o600)?;
        say(&format!("{}  text of {variable}", path.display()))?;
        let path = folder.join(format!("{name}.env"));
        write(&path, &format!("{variable}={text}"), 0o600)?;
        say(&format!("{}  the same as a variable", path.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("{} cannot be made: {error}", path.display()));
    match error.kind() {
        ErrorKind::AlreadyExists => {
            failure.advise("choose another folder, or move that file away first")
        }
        _ => failure,
    }
}

/// A service's name, which becomes a file's.
fn service_name(text: &str) -> std::result::Result<String, &'static str> {
    let fit = !text.is_empty()
        && text != "caller"
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    fit.then(|| text.to_owned())
        .ok_or("not a service's name: a-z, 0-9 and hyphens, and not caller")
}
