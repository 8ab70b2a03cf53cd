//! A server that this command starts and stops: it never outlives the command.

use std::{
    fs::File,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::failure::{Failure, Result};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);
/// How long it may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
/// Whom servers run as where this command runs as root, which Postgres refuses: the first who exists.
const SERVER_USERS: [&str; 2] = ["postgres", "nobody"];

/// A server under way.
pub(super) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `program` in `folder`, where it writes its words to the file `log`.
    pub(super) fn start(
        name: &'static str,
        account: &Account,
        folder: &Path,
        program: &Path,
        arguments: &[&str],
    ) -> Result<Self> {
        let log = folder.join("log");
        let words = File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| unusable(&log, &error))?;
        let child = account
            .command(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(words.0)
            .stderr(words.1)
            // Ctrl-C at the terminal is for this command, which stops the server when nobody needs it any more.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::new(format!("{name} cannot be started: {error}")))?;
        Ok(Self { name, child, log })
    }

    /// Returns when `ready` says that it is; fails as soon as it has ended.
    pub(super) async fn ready(&mut self, ready: impl AsyncFn() -> bool) -> Result<()> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(&format!("ended at once ({status})")));
            }
            if ready().await {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        Err(self.failed("does not become ready"))
    }

    /// Returns when it has ended, which it does by itself only where something is wrong.
    pub(super) async fn ended(&mut self) -> Failure {
        let status = self.child.wait().await;
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        self.failed(&format!("has ended ({status})"))
    }

    /// Has it end, and kills it where it does not.
    pub(super) async fn stop(mut self) {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?));
        if let Some(pid) = pid {
            // Postgres ends its sessions, Redis leaves. One that is gone already needs nothing.
            let _ = kill_process(pid, Signal::INT);
        }
        if timeout(STOP, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn failed(&self, what: &str) -> Failure {
        Failure::new(format!("{} {what}", self.name))
            .advise(format!("its own words are in {}", self.log.display()))
    }
}

/// Whom servers run as.
pub(super) enum Account {
    /// The caller.
    Own,
    /// Another user, because the caller is root.
    Other { user: u32, group: u32 },
}

impl Account {
    /// The caller's own, or that of a user who is not root.
    pub(super) async fn find() -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        for name in SERVER_USERS {
            if let (Some(user), Some(group)) =
                (number_of("-u", name).await, number_of("-g", name).await)
            {
                return Ok(Self::Other { user, group });
            }
        }
        Err(
            Failure::new("Postgres refuses to run as root, and there is no other user for it")
                .advise("run this as another user, or give a database with --database-url"),
        )
    }

    /// Gives a folder to it.
    pub(super) fn own(&self, folder: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group } => {
                chown(folder, Some(*user), Some(*group)).map_err(|error| unusable(folder, &error))
            }
        }
    }

    /// A command that runs as this account, and ends with this process even where that is killed.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Self::Other { user, group } = self {
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .arg("--clear-groups");
        }
        command.arg(program);
        command
    }
}

async fn number_of(flag: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, user]).output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().parse().ok()
}

/// A file or folder that cannot be used.
pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be used: {error}", path.display()))
}

/// A port of the loopback interface that nobody uses at the moment.
pub(super) fn free_port() -> Result<u16> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("there is no free port: {error}")))
}

/// The newest of the programs of that name on the PATH and in `elsewhere`, for which `fits` says yes.
pub(super) fn programs(name: &str, elsewhere: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(elsewhere)
        .map(|folder| folder.join(name))
        .filter(|program| program.is_file())
        .collect()
}
