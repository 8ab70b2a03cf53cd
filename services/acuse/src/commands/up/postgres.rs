//! A private Postgres, whose data stays in the home folder.

use std::path::{Path, PathBuf};

use acuse_rpc::Secret;
use tokio::process::Command;

use super::{
    child::{Account, Server, free_port, programs, unusable},
    home,
};
use crate::failure::{Failure, Result};

/// The oldest version that does.
const AT_LEAST: u32 = 15;
const USER: &str = "acuse";
/// Where Debian keeps its versions.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Starts it, making its data first where there is none. Gives it with its URL.
pub(super) async fn start(account: &Account, home: &Path) -> Result<(Server, Secret)> {
    let binaries = find().await?;
    let folder = home.join("postgres");
    home::folder(&folder, 0o700)?;
    account.own(&folder)?;
    let password = home::secret(&home.join("postgres-password"), home::hexadecimal)?;
    let data = folder.join("data");
    if !data.join("PG_VERSION").is_file() {
        make(account, &binaries, &folder, &password).await?;
    }
    let port = free_port()?;
    let mut server = Server::start(
        "Postgres",
        account,
        &folder,
        &binaries.join("postgres"),
        &[
            "-D",
            "data",
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            // No socket: its path may be too long for one, and nobody looks for it.
            "-k",
            "",
            "-c",
            "max_locks_per_transaction=256",
            "-c",
            "timezone=UTC",
        ],
    )?;
    let word = data.join("postmaster.pid");
    server
        .ready(async || {
            // The last line is Postgres's own word on whether it takes connections.
            std::fs::read_to_string(&word)
                .is_ok_and(|text| text.lines().any(|line| line.starts_with("ready")))
        })
        .await?;
    let url = format!(
        "postgres://{USER}:{}@127.0.0.1:{port}/postgres",
        password.expose()
    );
    Ok((server, Secret::new(url)))
}

async fn make(account: &Account, binaries: &Path, folder: &Path, password: &Secret) -> Result<()> {
    let file = folder.join("password");
    std::fs::write(&file, password.expose()).map_err(|error| unusable(&file, &error))?;
    account.own(&file)?;
    let made = account
        .command(&binaries.join("initdb"))
        .args(["-D", "data", "--encoding=UTF8", "--locale=C.UTF-8"])
        .arg(format!("--username={USER}"))
        .args(["--auth=scram-sha-256", "--pwfile=password"])
        .current_dir(folder)
        .output()
        .await;
    let _ = std::fs::remove_file(&file);
    let made = made.map_err(|error| Failure::new(format!("initdb cannot be started: {error}")))?;
    if made.status.success() {
        return Ok(());
    }
    // Half a folder would be taken for a whole one the next time.
    let _ = std::fs::remove_dir_all(folder.join("data"));
    let words = String::from_utf8_lossy(&made.stderr);
    let last = words
        .lines()
        .rfind(|line| !line.is_empty())
        .unwrap_or("it says nothing");
    Err(Failure::new(format!(
        "a database could not be made: {last}"
    )))
}

/// The folder with the newest version's programs.
async fn find() -> Result<PathBuf> {
    let debian = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    let mut newest = None;
    for program in programs("postgres", debian) {
        // A link on the PATH leads to where initdb is too.
        let Ok(program) = program.canonicalize() else {
            continue;
        };
        let Some(binaries) = program.parent() else {
            continue;
        };
        if !binaries.join("initdb").is_file() {
            continue;
        }
        let version = version(&program).await.unwrap_or(0);
        if version >= AT_LEAST && newest.as_ref().is_none_or(|(most, _)| version > *most) {
            newest = Some((version, binaries.to_owned()));
        }
    }
    newest.map(|(_, binaries)| binaries).ok_or_else(|| {
        Failure::new(format!("there is no Postgres {AT_LEAST} or newer on this machine"))
            .advise("install it (on Debian: apt install postgresql), or give a database with --database-url")
    })
}

/// The major version that a program says it is: "postgres (PostgreSQL) 15.18 …".
async fn version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_whitespace().nth(2)?;
    number
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}
