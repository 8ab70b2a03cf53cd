//! Whether the service can do its work, asked every second and told over gRPC health.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use acuse_telemetry::metrics::catalog::READY;
use futures::future::{BoxFuture, FutureExt as _};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::status::chain;

/// How often the check runs. With [`TIMEOUT`], an outage is told within four seconds of its beginning.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a check may take before it counts as failed.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The name under which health always says that it serves: whoever gets an answer knows that the process is alive, whatever it
/// waits for.
const LIVE: &str = "live";

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Check = dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync;

/// Whether a service can do its work.
#[derive(Clone)]
pub struct Readiness(Arc<Check>);

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readiness(..)")
    }
}

impl Readiness {
    /// For a service that needs nobody.
    pub fn always() -> Self {
        Self::when(|| async { Ok::<_, BoxError>(()) })
    }

    /// Ready while `check` succeeds: that the database answers, and the peers without which nothing can be done. It
    /// runs every second, and has two before it counts as failed.
    pub fn when<F, E>(check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self(Arc::new(move || {
            let checked = check();
            async move { checked.await.map_err(Into::into) }.boxed()
        }))
    }

    /// Ready while both are; `other` is not asked while the first is not.
    fn and(self, other: Self) -> Self {
        Self::when(move || {
            let (first, other) = (self.0(), Arc::clone(&other.0));
            async move {
                first.await?;
                other().await
            }
        })
    }

    async fn check(&self) -> Result<(), BoxError> {
        timeout(TIMEOUT, (self.0)())
            .await
            .unwrap_or_else(|_| Err("the check took too long".into()))
    }
}

/// What decides whether the whole is ready, each service that needs more than the whole does, and each part that is told of
/// without regard to the whole.
pub(super) struct Wellness {
    pub(super) whole: Readiness,
    pub(super) services: Vec<(&'static str, Readiness)>,
    pub(super) parts: Vec<(&'static str, Readiness)>,
}

/// What is told of each service by name, and of the whole under the empty name.
#[derive(Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    names: Arc<[&'static str]>,
}

impl Health {
    /// Not serving until the first check went well.
    pub(super) async fn new(reporter: HealthReporter, services: &[&'static str]) -> Self {
        let names = std::iter::once("")
            .chain(services.iter().copied())
            .collect();
        reporter
            .set_service_status(LIVE, ServingStatus::Serving)
            .await;
        let health = Self { reporter, names };
        health.tell(ServingStatus::NotServing).await;
        health
    }

    pub(super) async fn not_serving(&self) {
        READY.set(0.0, ["".into()]);
        self.tell(ServingStatus::NotServing).await;
    }

    /// Checks until the handle is dropped.
    pub(super) fn watch(&self, wellness: Wellness) -> JoinSet<()> {
        let Wellness {
            whole,
            services,
            parts,
        } = wellness;
        let told_alone = services.iter().chain(&parts);
        let own: Vec<&'static str> = told_alone.map(|(name, _)| *name).collect();
        let all = self.names.iter().copied();
        let names = all.filter(|name| !own.contains(name)).collect();
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().follow(None, names, whole.clone()));
        for (name, readiness) in services {
            let both = whole.clone().and(readiness);
            tasks.spawn(self.clone().follow(Some(name), vec![name], both));
        }
        for (name, readiness) in parts {
            tasks.spawn(self.clone().follow(Some(name), vec![name], readiness));
        }
        tasks
    }

    /// Tells of `names` what the check says, for ever; `service` names the check in the log, where it is of one alone.
    async fn follow(
        self,
        service: Option<&'static str>,
        names: Vec<&'static str>,
        readiness: Readiness,
    ) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            ticks.tick().await;
            let checked = readiness.check().await;
            let ready = checked.is_ok();
            if told == Some(ready) {
                continue;
            }
            READY.set(
                f64::from(u8::from(ready)),
                [service.unwrap_or_default().into()],
            );
            let status = match checked {
                Ok(()) => {
                    tracing::info!(service, "ready");
                    ServingStatus::Serving
                }
                Err(error) => {
                    tracing::warn!(service, cause = %chain(&*error), "not ready");
                    ServingStatus::NotServing
                }
            };
            self.tell_of(&names, status).await;
            told = Some(ready);
        }
    }

    async fn tell(&self, status: ServingStatus) {
        self.tell_of(&self.names, status).await;
    }

    async fn tell_of(&self, names: &[&'static str], status: ServingStatus) {
        for name in names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
