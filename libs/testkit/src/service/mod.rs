//! What tests of services share: keys and tokens, ways to call, over gRPC and over HTTP.

#![allow(clippy::unwrap_used, reason = "for tests")]

pub mod http;
pub mod signatures;
pub mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use acuse_domain::scope::{Permission, Role};
use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_rpc::Secret;
use acuse_rpc::auth::{
    Claims, Clock, KeyPair, KeySource, KeyUse, ServiceIdentity, jwks, system_clock,
};
use acuse_rpc::client::{Channel, Credentials};
use acuse_rpc::config::{AuthConfig, Limits, PeerConfig, ServerConfig};
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// Who issues the tokens of tests.
pub const ISSUER: &str = "https://id.example";

/// For whom they are.
pub const AUDIENCE: &str = "acuse";

const HOUR: Duration = Duration::from_secs(3_600);

/// The keys of one installation.
#[derive(Debug)]
pub struct Keys {
    callers: KeyPair,
    services: KeyPair,
    service_key: Secret,
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys {
    /// New keys.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no randomness.
    pub fn new() -> Self {
        let (services, service_key) = KeyPair::generate().unwrap();
        Self {
            callers: KeyPair::generate().unwrap().0,
            services,
            service_key,
        }
    }

    /// The private half of what services sign their calls with, as the file behind `ACUSE_SERVICE_KEY` holds it.
    pub fn service_key(&self) -> &Secret {
        &self.service_key
    }

    /// The public halves, as a key set.
    pub fn set(&self) -> String {
        jwks([
            (&self.callers, KeyUse::Caller),
            (&self.services, KeyUse::Service),
        ])
    }

    /// How a service serves that takes tokens of these keys, on a free port.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn server_config(&self) -> ServerConfig {
        ServerConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            allow_plaintext: false,
            tls: None,
            auth: AuthConfig {
                keys: KeySource::Fixed(self.set().into_bytes()),
                refresh: Duration::from_secs(60),
                issuer: ISSUER.to_owned(),
                audience: AUDIENCE.to_owned(),
                allow_development_hs256: false,
            },
            limits: Limits::default(),
            connection_age: Duration::from_secs(900),
            drain: Duration::from_secs(5),
        }
    }

    /// As whom `service` calls its peers.
    pub fn identity(&self, service: &str) -> Arc<ServiceIdentity> {
        Arc::new(ServiceIdentity::new(
            service,
            ISSUER,
            AUDIENCE,
            self.services.clone(),
            system_clock(),
        ))
    }

    /// A token for `claims`, good for an hour.
    pub fn mint(&self, claims: Claims) -> Secret {
        mint(&self.callers, claims, AUDIENCE, &system_clock())
    }

    /// A token of an operator.
    pub fn operator(&self) -> Secret {
        self.mint(Claims::of("op", Role::Operator, None))
    }

    /// A token of somebody in a workspace who may do this.
    pub fn allowed(&self, role: Role, workspace: &str, to: &[Permission]) -> Secret {
        self.mint(Claims::of("someone", role, Some(workspace)).allowing(to.iter().copied()))
    }

    /// A token of an administrator who may do everything in a workspace.
    pub fn anything(&self, workspace: &str) -> Secret {
        let all = [Permission::Ingest, Permission::Report, Permission::Admin];
        self.allowed(Role::Administrator, workspace, &all)
    }

    /// A token of an administrator who may do everything in a workspace, made at a time and good for so long.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn lasting(&self, workspace: &str, made: SystemTime, length: Duration) -> Secret {
        let all = [Permission::Ingest, Permission::Report, Permission::Admin];
        self.briefly(workspace, &all, made, length)
    }

    /// A token of an administrator who may do this in a workspace, made at a time and good for so long.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn briefly(
        &self,
        workspace: &str,
        to: &[Permission],
        made: SystemTime,
        length: Duration,
    ) -> Secret {
        let claims = Claims::of("someone", Role::Administrator, Some(workspace))
            .allowing(to.iter().copied());
        let clock: Clock = Arc::new(move || made);
        let minted = self.callers.mint(claims, ISSUER, AUDIENCE, length, &clock);
        minted.unwrap()
    }

    /// What gets nobody in, with what is wrong with it, though it names an administrator of `workspace` or an operator.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no randomness.
    pub fn worthless(&self, workspace: &str) -> Vec<(&'static str, Credentials)> {
        let claims = || {
            let all = [Permission::Ingest, Permission::Report, Permission::Admin];
            Claims::of("mallory", Role::Administrator, Some(workspace)).allowing(all)
        };
        let operator = || Claims::of("mallory", Role::Operator, None);
        let stranger = KeyPair::generate().unwrap().0;
        let now = system_clock();
        let long_ago: Clock = Arc::new(|| SystemTime::now() - 2 * HOUR);
        let bearer =
            |key, claims, audience, clock| Credentials::Bearer(mint(key, claims, audience, clock));
        let ours = &self.callers;
        vec![
            ("none", Credentials::None),
            ("nonsense", Credentials::Bearer(Secret::new("nonsense"))),
            ("wrong key", bearer(&stranger, claims(), AUDIENCE, &now)),
            (
                "wrong key, operator",
                bearer(&stranger, operator(), AUDIENCE, &now),
            ),
            ("expired", bearer(ours, claims(), AUDIENCE, &long_ago)),
            (
                "expired, operator",
                bearer(ours, operator(), AUDIENCE, &long_ago),
            ),
            ("for another", bearer(ours, claims(), "billing", &now)),
        ]
    }
}

fn mint(key: &KeyPair, claims: Claims, audience: &str, clock: &Clock) -> Secret {
    key.mint(claims, ISSUER, audience, HOUR, clock).unwrap()
}

/// A way to the service at an address.
///
/// # Panics
///
/// Never.
pub fn channel(address: SocketAddr, credentials: Credentials) -> Channel {
    Channel::new(&peer(address), credentials).unwrap()
}

/// Where a peer is that listens on an address.
///
/// # Panics
///
/// Never.
pub fn peer(address: SocketAddr) -> PeerConfig {
    PeerConfig::at([format!("http://{address}").parse().unwrap()])
}

/// The paths of all methods of a package, from the descriptors, in order.
///
/// # Panics
///
/// Where the descriptors are none.
pub fn methods(package: &str) -> Vec<String> {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let own = set
        .file
        .into_iter()
        .filter(|file| file.package() == package);
    let mut paths: Vec<String> = own
        .flat_map(|file| file.service)
        .flat_map(|service| {
            let name = service.name().to_owned();
            let methods = service.method.into_iter();
            methods.map(move |method| format!("/{package}.{name}/{}", method.name()))
        })
        .collect();
    paths.sort();
    paths
}

/// A session of the superuser at `url`.
///
/// # Panics
///
/// Where the database does not take it.
pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    // Ends with its client.
    tokio::spawn(async { connection.await.ok() });
    client
}

/// A digest of each of these tables, named with their schema.
///
/// # Panics
///
/// Where one of them is not there.
pub async fn digests(session: &tokio_postgres::Client, tables: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for table in tables {
        let rows = format!(
            "SELECT coalesce(md5(string_agg(stored::text, ',' ORDER BY stored::text)), '') FROM {table} AS stored"
        );
        let row = session.query_one(&rows, &[]).await.unwrap();
        found.push(((*table).to_owned(), row.get(0)));
    }
    found
}

/// Asks until `check` gives something, for so long at most.
///
/// # Panics
///
/// Where that passes.
pub async fn eventually<T, F>(patience: Duration, mut check: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(began.elapsed() < patience, "waited in vain");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
