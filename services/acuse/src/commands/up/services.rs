//! The services, each as its own process would run it.

use std::{
    collections::HashMap,
    fmt::Display,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use acuse_rpc::{Secret, config::Settings};
use tokio::{sync::watch, task::JoinHandle};

use super::{child::unusable, home::Home};
use crate::failure::{Failure, Result};

/// Where the first service listens unless told otherwise.
pub(super) const FIRST_PORT: u16 = 7001;

/// Who issues the tokens here.
const ISSUER: &str = "acuse";

/// All services under way.
pub(super) struct Services {
    /// In the order in which they were started; those after call those before.
    parts: Vec<Part>,
}

/// One service under way.
struct Part {
    name: &'static str,
    /// The variable by which commands find it.
    variable: &'static str,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: JoinHandle<std::result::Result<(), String>>,
}

impl Part {
    /// Where it listens, for those that call it.
    fn address(&self) -> String {
        self.address.to_string()
    }
}

/// Starts a service, as its own `main` does.
macro_rules! part {
    ($service:ident, $name:literal, $variable:literal, $variables:expr) => {{
        let mut settings = settings($variables);
        let config = $service::Config::read(&mut settings);
        let config = settings
            .finish(|| config)
            .map_err(|faults| Failure::usage(format!("{}: {faults}", $name)))?;
        let (stop, mut stopped) = watch::channel(false);
        let shutdown = async move {
            // An error means that nobody is left who could tell.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let running = $service::start(config, $service::Clock::system(), shutdown)
            .await
            .map_err(|error| cannot_start($name, &error))?;
        Part {
            name: $name,
            variable: $variable,
            address: running.address(),
            stop,
            ended: tokio::spawn(async move {
                running.stopped().await.map_err(|error| error.to_string())
            }),
        }
    }};
}

impl Services {
    /// Starts all, those that are called first. `of_database` and `of_redis` are what services are told of these.
    pub(super) async fn start(
        home: &Home,
        of_database: [(&'static str, String); 2],
        of_redis: Vec<(&'static str, String)>,
        first_port: u16,
    ) -> Result<Self> {
        let common = Common {
            home,
            of_database,
            token_secret: home.token_secret()?,
            first_port,
        };
        let message_state = part!(
            acuse_message_state,
            "message-state",
            "ACUSE_MESSAGE_STATE",
            common.variables(1, [])
        );
        let of_ingestion = [
            ("ACUSE_MESSAGE_STATE_ADDRESSES", message_state.address()),
            ("ACUSE_SERVICE_KEY", shown(&home.key("ingestion"))),
            (
                "ACUSE_SECRETS_KEYS",
                home.secrets_key()?.expose().to_owned(),
            ),
        ];
        let ingestion = part!(
            acuse_ingestion,
            "ingestion",
            "ACUSE_INGESTION",
            common.variables(0, of_ingestion)
        );
        let reporting = part!(
            acuse_reporting,
            "reporting",
            "ACUSE_REPORTING",
            common.variables(2, [])
        );
        let of_export = [
            ("ACUSE_REPORTING_ADDRESSES", reporting.address()),
            ("ACUSE_SERVICE_KEY", shown(&home.key("export"))),
            ("ACUSE_EXPORT_FOLDER", shown(&home.path().join("exports"))),
            (
                "ACUSE_DOWNLOAD_SECRET",
                common.token_secret.expose().to_owned(),
            ),
        ];
        let export = part!(
            acuse_export,
            "export",
            "ACUSE_EXPORT",
            common.variables(3, of_export.into_iter().chain(of_redis))
        );
        Ok(Self {
            parts: vec![message_state, ingestion, reporting, export],
        })
    }

    /// Returns when one of them has ended by itself.
    pub(super) async fn failed(&self) -> Failure {
        loop {
            for part in &self.parts {
                if part.ended.is_finished() {
                    return Failure::new(format!("{} has ended", part.name))
                        .advise("its log says why");
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// Stops all, those that call others first: each finishes what it has under way.
    pub(super) async fn stop(self) {
        for part in self.parts.into_iter().rev() {
            part.stop.send_replace(true);
            match part.ended.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => crate::output::note(&format!("{}: {error}", part.name)),
                Err(error) => crate::output::note(&format!("{} broke off: {error}", part.name)),
            }
        }
    }

    /// What other commands need, as a shell reads it.
    pub(super) fn write_environment(&self, home: &Home) -> Result<()> {
        let path = home.path().join("env");
        std::fs::write(&path, self.environment(home)).map_err(|error| unusable(&path, &error))
    }

    fn environment(&self, home: &Home) -> String {
        let mut lines = vec![
            format!("export ACUSE_ISSUER={ISSUER}"),
            format!("export ACUSE_KEY='{}'", home.key("caller").display()),
        ];
        let services = self.parts.iter();
        lines.extend(services.map(|part| format!("export {}={}", part.variable, part.address)));
        lines.push(String::new());
        lines.join("\n")
    }

    /// Where everything is, for people.
    pub(super) fn describe(&self, home: &Home) -> String {
        let mut lines = vec!["Acuse is up; Ctrl-C ends it.".to_owned(), String::new()];
        lines.extend(
            self.parts
                .iter()
                .map(|part| format!("  {:<14} {}", part.name, part.address)),
        );
        lines.push(String::new());
        lines.push(format!(
            "In another terminal: . {}",
            home.path().join("env").display()
        ));
        lines.join("\n")
    }
}

/// What all services are told.
struct Common<'a> {
    home: &'a Home,
    of_database: [(&'static str, String); 2],
    token_secret: Secret,
    first_port: u16,
}

impl Common<'_> {
    /// The variables of the service with that number, from 0 on, and what it alone is told.
    fn variables(
        &self,
        number: u16,
        own: impl IntoIterator<Item = (&'static str, String)>,
    ) -> HashMap<&'static str, String> {
        let port = match self.first_port {
            0 => 0,
            first => first.saturating_add(number),
        };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut variables = HashMap::from([
            ("ACUSE_LISTEN", listen.to_string()),
            ("ACUSE_JWKS", shown(&self.home.key_set())),
            ("ACUSE_ISSUER", ISSUER.to_owned()),
            ("ACUSE_AUDIENCE", "acuse".to_owned()),
            (
                "ACUSE_PAGE_TOKEN_SECRET",
                self.token_secret.expose().to_owned(),
            ),
        ]);
        variables.extend(self.of_database.clone());
        variables.extend(own);
        variables
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Settings of a service: what it is told here, else the environment's.
fn settings(variables: HashMap<&'static str, String>) -> Settings {
    Settings::new(move |name| {
        variables
            .get(name)
            .cloned()
            .or_else(|| std::env::var(name).ok())
    })
}

fn cannot_start(name: &str, error: &dyn Display) -> Failure {
    Failure::new(format!("{name} cannot start: {error}"))
}
