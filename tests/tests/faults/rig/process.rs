//! A service as a process, which may be killed and comes back where it was.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use acuse_rpc::client::{Credentials, is_serving};
use acuse_testkit::own_address;
use acuse_testkit::service::{channel, eventually};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Longer than a service takes to start on a busy machine.
const START: Duration = Duration::from_secs(30);

/// Longer than a service takes to end: it finishes what is under way.
const STOP: Duration = Duration::from_secs(30);

/// How long an outage, and its end, may go unnoticed.
const NOTICE: Duration = Duration::from_secs(5);

/// Of its log, what is shown where a test fails.
const SHOWN: usize = 25;

/// A process, which ends with this value, and with the test even where that is killed.
pub(crate) struct Process {
    service: &'static str,
    pub(crate) address: SocketAddr,
    variables: Vec<(&'static str, String)>,
    /// What its clock shows at its start, in microseconds; the time if absent.
    now: Option<i64>,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A service that is told these variables and where to listen; it does not run yet.
    pub(crate) fn new(
        service: &'static str,
        variables: Vec<(&'static str, String)>,
        now: Option<i64>,
        folder: &std::path::Path,
    ) -> Self {
        let address = own_address();
        Self {
            service,
            address,
            variables,
            now,
            log: folder.join(format!("{service}-{}.log", address.port())),
            child: None,
        }
    }

    /// Starts it, for the first time or again, and returns when it serves.
    pub(crate) async fn start(&mut self) {
        self.launch();
        let channel = channel(self.address, Credentials::None);
        let began = Instant::now();
        while is_serving(&channel, "").await.is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "{} has ended: {ended:?}", self.service);
            assert!(began.elapsed() < START, "{} does not serve", self.service);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts it without waiting for anything.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.service);
        let mut log = OpenOptions::new();
        let log: File = log.create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(env!("CARGO_BIN_EXE_acuse-tests-serve"))
            .arg(self.service)
            .args(self.now.map(|now| now.to_string()));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ACUSE_")) {
            command.env_remove(name);
        }
        command
            .env("ACUSE_LISTEN", self.address.to_string())
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Its id in the system. It must be running.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// How many calls of a method it has answered well, by its own words.
    pub(crate) fn served(&self, method: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let well = |line: &&str| line.contains(method) && line.contains("call served");
        log.lines().filter(well).count()
    }

    /// Its name, and all that it has logged.
    pub(crate) fn logged(&self) -> (&'static str, String) {
        (self.service, std::fs::read_to_string(&self.log).unwrap())
    }

    /// Whether it has ended by itself. It must have been started.
    pub(crate) fn has_ended(&mut self) -> bool {
        let ended = self.child.as_mut().unwrap().try_wait().unwrap();
        ended.is_some()
    }

    /// Kills it with SIGKILL. It must be running.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "{} has ended: {ended:?}", self.service);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end, with SIGTERM, and returns when it has, in order.
    pub(crate) async fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let mut kill = Command::new("kill");
        kill.args(["-TERM", &child.id().to_string()]);
        assert!(kill.status().unwrap().success());
        let began = Instant::now();
        let status: ExitStatus = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > STOP {
                child.kill().unwrap();
                panic!("{} does not end", self.service);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(status.success(), "{} ended with {status}", self.service);
    }

    /// Returns when an ingestion says that it takes evidence by calls, or that it does not, because message-state is away.
    pub(crate) async fn takes_evidence(&self, expected: bool) {
        let channel = channel(self.address, Credentials::None);
        eventually(NOTICE * 2, || async {
            let service = "acuse.ingestion.v1.IngestionService";
            (is_serving(&channel, service).await.is_ok() == expected).then_some(())
        })
        .await;
    }

    /// Returns when its health says this of the whole; gives how long that took. It is said soon, by a process that was
    /// never started again.
    pub(crate) async fn says(&mut self, expected: ServingStatus) -> Duration {
        let client = HealthClient::new(channel(self.address, Credentials::None));
        let began = Instant::now();
        eventually(NOTICE, || async {
            let asked = client.clone().check(HealthCheckRequest::default()).await;
            let said = asked.ok()?.into_inner().status();
            (said == expected).then_some(())
        })
        .await;
        let ended = self.child.as_mut().unwrap().try_wait().unwrap();
        assert!(ended.is_none(), "{} has ended: {ended:?}", self.service);
        began.elapsed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            // Calls that went well say nothing of what did not.
            let lines: Vec<&str> = log
                .lines()
                .filter(|line| !line.contains(" DEBUG "))
                .collect();
            let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            eprintln!("--- the last of {}:\n{last}", self.log.display());
        }
    }
}
