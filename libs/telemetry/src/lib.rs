//! Logs, traces and metrics of a process, and what carries a trace from one process to the next.
//!
//! [`init`] is called once, in `main`, inside the tokio runtime; the [`Telemetry`] it returns lives until the process
//! ends. Everything else uses `tracing` and the instruments of [`metrics::catalog`], and never asks where its lines and
//! figures go.

mod config;
mod lines;
pub mod metrics;
pub mod origin;
mod panic;
pub mod propagation;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

pub use config::{Config, Filter, Format, Share};

use lines::Traced;
use metrics::Metrics;

/// How long the last spans may take to leave when the process ends: a collector that is away must not hold it back.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Why logs, traces or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// An exporter does not accept the endpoint.
    #[error("the OTLP exporter cannot be built: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The process has a subscriber already.
    #[error("logging was set up already")]
    AlreadySet(#[from] tracing_subscriber::util::TryInitError),
    /// The address at which metrics are to be scraped cannot be listened on.
    #[error("metrics cannot be served at {0}: {1}")]
    Metrics(SocketAddr, #[source] io::Error),
}

/// Keeps the exporters alive. End it with [`Telemetry::shutdown`], which sends what is still queued.
#[derive(Debug)]
#[must_use = "dropping it ends the export of traces and metrics"]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
    metrics: Option<Metrics>,
}

/// Sets up logs on standard error and, where that is configured, the export of traces and metrics, and where metrics are
/// scraped.
///
/// Needs a tokio runtime when any of these is configured: connections live in it. Panics are logged from here on by place
/// alone, since a panic's text can hold what a message said.
///
/// # Errors
///
/// [`InitError`] when the process has a subscriber already, an exporter cannot be built, or the address of metrics cannot be
/// listened on.
pub fn init(config: &Config) -> Result<Telemetry, InitError> {
    let (dispatch, mut telemetry) = dispatch(config)?;
    dispatch.try_init()?;
    panic::log_place_only();
    telemetry.metrics = Metrics::install(config, resource(&config.service))?;
    Ok(telemetry)
}

/// The logs and traces that [`init`] gives to the whole process, for threads of the caller's choice: services that share a
/// process keep their names in traces by it. Needs a tokio runtime as [`init`] does, and leaves panics and metrics as they are.
///
/// # Errors
///
/// [`InitError::Exporter`] when the exporter cannot be built.
pub fn dispatch(config: &Config) -> Result<(Dispatch, Telemetry), InitError> {
    let provider = config
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| exporting(config, endpoint))
        .transpose()?;
    let tracer = provider
        .as_ref()
        .map(|provider| provider.tracer("acuse-telemetry"));

    let traced = Traced::default();
    let human = (config.format == Format::Human).then(|| lines::human(&traced));
    let json = (config.format == Format::Json).then(|| lines::json(&traced));
    // Only our own spans are exported: the exporter's HTTP/2 spans would otherwise be exported in turn, without end.
    let traces = tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_filter(filter_fn(|metadata| metadata.target().starts_with("acuse")))
    });

    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::new(config.filter.as_str()))
        .with(filter_fn(holds_nothing_private))
        .with(human)
        .with(json)
        .with(traces);
    let dispatch = Dispatch::new(subscriber);
    if provider.is_some() {
        traced.by(&dispatch);
    }
    let telemetry = Telemetry {
        provider,
        metrics: None,
    };
    Ok((dispatch, telemetry))
}

/// Whether something may be logged at whatever level is asked for. The client of the database shows every statement with its
/// parameters, and these are what messages say and who they are for.
fn holds_nothing_private(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !metadata.target().starts_with("tokio_postgres")
}

fn resource(service: &str) -> Resource {
    Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}

fn exporting(config: &Config, endpoint: &str) -> Result<SdkTracerProvider, InitError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        // Whoever calls decides for the whole of a trace; of those that begin here a share is taken.
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            config.sampled.as_ratio(),
        ))))
        .with_resource(resource(&config.service))
        .build())
}

impl Telemetry {
    /// Where metrics are scraped, with the port that the system chose where 0 was configured; `None` where they are not.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(Metrics::listens)
    }

    /// Sends the spans and figures that are still queued, for at most three seconds each. The last thing a process does.
    pub async fn shutdown(mut self) {
        let (provider, metrics) = (self.provider.take(), self.metrics.take());
        if provider.is_none() && metrics.is_none() {
            return;
        }
        // Flushing blocks its thread while the runtime's workers carry all of it away.
        let flushing = tokio::task::spawn_blocking(move || flush(provider, metrics));
        if flushing.await.is_err() {
            tracing::warn!("the last spans were not flushed");
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        flush(self.provider.take(), self.metrics.take());
    }
}

fn flush(provider: Option<SdkTracerProvider>, metrics: Option<Metrics>) {
    if let Some(provider) = provider
        && let Err(error) = provider.shutdown_with_timeout(FLUSH_TIMEOUT)
    {
        tracing::warn!(%error, "the last spans were not exported");
    }
    if let Some(metrics) = metrics {
        metrics.flush(FLUSH_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_the_database_are_not_logged_at_any_level() {
        let filter = "trace,tokio_postgres=trace,tokio_postgres::query=trace";
        let config = Config {
            filter: filter.parse().unwrap(),
            ..Config::new("test")
        };
        let (dispatch, _telemetry) = dispatch(&config).unwrap();
        tracing::dispatcher::with_default(&dispatch, || {
            assert!(!tracing::enabled!(target: "tokio_postgres::query", Level::DEBUG));
            assert!(!tracing::enabled!(target: "tokio_postgres::connection", Level::TRACE));
            assert!(tracing::enabled!(target: "tokio_postgres::connection", Level::INFO));
            assert!(tracing::enabled!(target: "acuse_store::pool", Level::TRACE));
        });
    }
}
