//! Logs and traces of a process, and what carries a trace from one process to the next.
//!
//! [`init`] is called once, in `main`, inside the tokio runtime; the [`Telemetry`] it returns lives until the process
//! ends. Everything else uses `tracing` and never asks where its lines go.

mod config;
pub mod origin;
mod panic;
pub mod propagation;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Dispatch;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

pub use config::{Config, Filter, Format};

/// How long the last spans may take to leave when the process ends: a collector that is away must not hold it back.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Why logs or traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The trace exporter does not accept the endpoint.
    #[error("the OTLP exporter cannot be built: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The process has a subscriber already.
    #[error("logging was set up already")]
    AlreadySet(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps the trace exporter alive. End it with [`Telemetry::shutdown`], which sends what is still queued.
#[derive(Debug)]
#[must_use = "dropping it ends the export of traces"]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Sets up logs on standard error and, where an endpoint is configured, the export of traces.
///
/// Needs a tokio runtime when an endpoint is configured: the exporter's connection lives in it. Panics are logged from
/// here on by place alone, since a panic's text can hold what a message said.
///
/// # Errors
///
/// [`InitError`] when the process has a subscriber already or the exporter cannot be built.
pub fn init(config: &Config) -> Result<Telemetry, InitError> {
    let (dispatch, telemetry) = dispatch(config)?;
    dispatch.try_init()?;
    panic::log_place_only();
    Ok(telemetry)
}

/// What [`init`] gives to the whole process, for threads of the caller's choice: services that share a process keep their
/// names in traces by it. Needs a tokio runtime as [`init`] does, and leaves panics as they are.
///
/// # Errors
///
/// [`InitError::Exporter`] when the exporter cannot be built.
pub fn dispatch(config: &Config) -> Result<(Dispatch, Telemetry), InitError> {
    let provider = config
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| exporting(&config.service, endpoint))
        .transpose()?;
    let tracer = provider
        .as_ref()
        .map(|provider| provider.tracer("acuse-telemetry"));

    let human = (config.format == Format::Human)
        .then(|| fmt::layer().with_writer(std::io::stderr).with_target(true));
    let json = (config.format == Format::Json).then(|| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(std::io::stderr)
    });
    // Only our own spans are exported: the exporter's HTTP/2 spans would otherwise be exported in turn, without end.
    let traces = tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_filter(filter_fn(|metadata| metadata.target().starts_with("acuse")))
    });

    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::new(config.filter.as_str()))
        .with(human)
        .with(json)
        .with(traces);
    Ok((Dispatch::new(subscriber), Telemetry { provider }))
}

fn exporting(service: &str, endpoint: &str) -> Result<SdkTracerProvider, InitError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(
            Resource::builder()
                .with_service_name(service.to_owned())
                .build(),
        )
        .build())
}

impl Telemetry {
    /// Sends the spans that are still queued, for at most three seconds. The last thing a process does.
    pub async fn shutdown(mut self) {
        if let Some(provider) = self.provider.take() {
            // Flushing blocks its thread while the runtime's workers carry the spans away.
            let flushed = tokio::task::spawn_blocking(move || flush(&provider)).await;
            if flushed.is_err() {
                tracing::warn!("the last spans were not flushed");
            }
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take() {
            flush(&provider);
        }
    }
}

fn flush(provider: &SdkTracerProvider) {
    if let Err(error) = provider.shutdown_with_timeout(FLUSH_TIMEOUT) {
        tracing::warn!(%error, "the last spans were not exported");
    }
}
