//! Acuse as it is deployed: four processes, and keys to call them with.

use std::{
    collections::BTreeSet,
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{
    auth::{Claims, KeyPair, KeyUse, jwks, system_clock},
    client::{Call, Channel, Credentials},
    config::PeerConfig,
};
use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::process::{self, Cpu};

const ISSUER: &str = "bench";
/// Longer than any run takes.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long one call may take, a batch's time in the queue included.
const CALL_PATIENCE: Duration = Duration::from_secs(120);
const STARTS_WITHIN: Duration = Duration::from_secs(30);
const STOPS_WITHIN: Duration = Duration::from_secs(30);
/// Base64 of 32 bytes: what integrations' secrets are sealed under, in a database that is dropped at the end.
const SECRETS_KEY: &str = "bench:YWN1c2UgYmVuY2g6IGRyb3BwZWQgYXQgdGhlIGVuZCE=";

/// Where the programs and the run's own files are.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The folder of the programs that are measured.
    pub(crate) programs: PathBuf,
    /// The run's folder, which is gone when it ends.
    pub(crate) folder: PathBuf,
    /// Where export keeps what may be lost.
    pub(crate) redis_url: String,
}

/// The services under way on one database.
pub(crate) struct Suite {
    services: Vec<Service>,
    caller: KeyPair,
}

struct Service {
    name: &'static str,
    address: SocketAddr,
    child: Child,
    log: PathBuf,
}

/// How what comes in is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing {
    /// Replicas of message-state.
    pub(crate) replicas: usize,
    /// Lanes of each.
    pub(crate) lanes: usize,
}

impl Default for Writing {
    /// As it is where nothing is configured.
    fn default() -> Self {
        Self {
            replicas: 1,
            lanes: 2,
        }
    }
}

/// Who calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who<'a> {
    /// The workspace's slug; an operator has none.
    pub(crate) workspace: Option<&'a str>,
    /// A supervisor's departments; a caller without sees everything.
    pub(crate) departments: Option<&'a [String]>,
}

impl Suite {
    /// Starts all four and waits until they serve.
    pub(crate) async fn start(
        places: &Places,
        database_url: &str,
        writing: Writing,
    ) -> Result<Self> {
        let keys = Keys::make(&places.folder)?;
        let addresses = free_addresses(3 + writing.replicas)?;
        let (own, message_states) = addresses.split_at(3);
        let (ingestion, reporting, export) = (own[0], own[1], own[2]);
        let start = |name: &'static str, address: SocketAddr, own: &[(&str, String)]| {
            let log = places.folder.join(format!("{name}-{}.log", address.port()));
            // Ends with this process, even where that is killed.
            let mut command = Command::new("setpriv");
            command
                .args(["--pdeathsig", "TERM"])
                .arg(places.programs.join(format!("acuse-{name}")))
                .env("ACUSE_LISTEN", SocketAddr::to_string(&address))
                .env("ACUSE_JWKS", &keys.set)
                .env("ACUSE_ISSUER", ISSUER)
                .env("ACUSE_DATABASE_URL", database_url)
                .envs(own.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::null())
                .stdout(File::create(&log)?)
                .stderr(File::options().append(true).open(&log)?)
                .kill_on_drop(true);
            let child = command
                .spawn()
                .with_context(|| format!("{name} cannot be started"))?;
            anyhow::Ok(Service {
                name,
                address,
                child,
                log,
            })
        };
        let shown = |path: &Path| path.display().to_string();
        let lanes = [("ACUSE_COMMIT_LANES", writing.lanes.to_string())];
        let mut services = Vec::new();
        for address in message_states {
            services.push(start("message-state", *address, &lanes)?);
        }
        let message_states: Vec<_> = message_states.iter().map(SocketAddr::to_string).collect();
        services.extend([
            start(
                "ingestion",
                ingestion,
                &[
                    ("ACUSE_MESSAGE_STATE_ADDRESSES", message_states.join(",")),
                    ("ACUSE_SERVICE_KEY", shown(&keys.ingestion)),
                    ("ACUSE_SECRETS_KEYS", SECRETS_KEY.to_owned()),
                ],
            )?,
            start("reporting", reporting, &[])?,
            start(
                "export",
                export,
                &[
                    ("ACUSE_REDIS_URL", places.redis_url.clone()),
                    ("ACUSE_REPORTING_ADDRESSES", reporting.to_string()),
                    ("ACUSE_SERVICE_KEY", shown(&keys.export)),
                    ("ACUSE_EXPORT_FOLDER", shown(&places.folder.join("exports"))),
                ],
            )?,
        ]);
        let mut suite = Self {
            services,
            caller: keys.caller,
        };
        for index in 0..suite.services.len() {
            suite.wait(index).await?;
        }
        Ok(suite)
    }

    /// Waits until one of them serves.
    async fn wait(&mut self, index: usize) -> Result<()> {
        let address = self.services[index].address;
        let mut health = HealthClient::new(channel(address, Credentials::None)?);
        let until = Instant::now() + STARTS_WITHIN;
        loop {
            let call = Call::plain().within(STARTS_WITHIN);
            let answer = health
                .check(call.request(HealthCheckRequest::default()))
                .await;
            if answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving) {
                return Ok(());
            }
            let Service {
                name, child, log, ..
            } = &mut self.services[index];
            if child.try_wait()?.is_some() || Instant::now() > until {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{name} does not serve; its log says:\n{said}");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn address(&self, name: &str) -> Result<SocketAddr> {
        let found = self.services.iter().find(|service| service.name == name);
        Ok(found.context("no such service")?.address)
    }

    /// Where ingestion takes webhooks: `http://` and its address.
    pub(crate) fn webhooks_url(&self) -> Result<String> {
        Ok(format!("http://{}", self.address("ingestion")?))
    }

    /// A connection of its own to a service.
    pub(crate) fn channel(&self, service: &str, who: &Who<'_>) -> Result<Channel> {
        let role = match who {
            Who {
                workspace: None, ..
            } => Role::Operator,
            Who {
                departments: Some(_),
                ..
            } => Role::Supervisor,
            _ => Role::Service,
        };
        let may = [
            Permission::Ingest,
            Permission::Report,
            Permission::Export,
            Permission::Admin,
        ];
        let mut claims = Claims::of("bench", role, who.workspace).allowing(may);
        claims.departments = who
            .departments
            .map(|departments| departments.iter().cloned().collect::<BTreeSet<_>>());
        let token = self
            .caller
            .mint(claims, ISSUER, "acuse", TOKEN_LIFETIME, &system_clock())?;
        channel(self.address(service)?, Credentials::Bearer(token))
    }

    /// What each computed so far.
    pub(crate) fn cpu(&self) -> Cpu {
        let all = self.services.iter();
        Cpu(all
            .filter_map(|one| Some((one.name, process::seconds(one.child.id()?))))
            .collect())
    }

    /// MiB that each holds.
    pub(crate) fn memory(&self) -> Result<Vec<(&'static str, f64)>> {
        let all = self.services.iter();
        all.map(|one| {
            let memory = one.child.id().and_then(process::memory);
            let memory = memory.with_context(|| format!("the memory of {} is not told", one.name));
            Ok((one.name, memory?))
        })
        .collect()
    }

    /// MiB that a service held at most so far.
    pub(crate) fn peak(&self, name: &str) -> Result<f64> {
        let service = self.services.iter().find(|service| service.name == name);
        let pid = service.and_then(|service| service.child.id());
        let peak = pid.and_then(process::peak);
        peak.with_context(|| format!("the memory of {name} is not told"))
    }

    /// Ends them, those that call others first.
    pub(crate) async fn stop(mut self) -> Result<()> {
        for service in self.services.iter_mut().rev() {
            let pid = service.child.id().and_then(|id| i32::try_from(id).ok());
            let pid = pid
                .and_then(Pid::from_raw)
                .with_context(|| format!("{} has ended by itself", service.name))?;
            kill_process(pid, Signal::TERM)?;
            let ended = timeout(STOPS_WITHIN, service.child.wait()).await;
            let ended = ended.with_context(|| format!("{} does not stop", service.name))??;
            ensure!(ended.success(), "{} ended with {ended}", service.name);
        }
        Ok(())
    }
}

fn channel(address: SocketAddr, credentials: Credentials) -> Result<Channel> {
    let uri = format!("http://{address}").parse()?;
    let config = PeerConfig {
        deadline: CALL_PATIENCE,
        ..PeerConfig::at([uri])
    };
    Ok(Channel::new(&config, credentials)?)
}

/// Addresses that nobody listens on. All are taken at once, so that no two are the same.
fn free_addresses(count: usize) -> Result<Vec<SocketAddr>> {
    let mut listeners = Vec::new();
    for _ in 0..count {
        listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    }
    let addresses: Result<Vec<_>, _> = listeners.iter().map(TcpListener::local_addr).collect();
    Ok(addresses?)
}

/// Keys of everybody who signs tokens.
struct Keys {
    caller: KeyPair,
    ingestion: PathBuf,
    export: PathBuf,
    set: PathBuf,
}

impl Keys {
    fn make(folder: &Path) -> Result<Self> {
        let (caller, _) = KeyPair::generate()?;
        let service = |name: &str| {
            let (key, pem) = KeyPair::generate()?;
            let path = folder.join(format!("{name}.pem"));
            std::fs::write(&path, pem.expose())?;
            anyhow::Ok((key, path))
        };
        let (ingestion_key, ingestion) = service("ingestion")?;
        let (export_key, export) = service("export")?;
        let set = folder.join("jwks.json");
        let keys = [
            (&caller, KeyUse::Caller),
            (&ingestion_key, KeyUse::Service),
            (&export_key, KeyUse::Service),
        ];
        std::fs::write(&set, jwks(keys))?;
        Ok(Self {
            caller,
            ingestion,
            export,
            set,
        })
    }
}
