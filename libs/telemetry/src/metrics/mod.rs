//! Metrics: what a process counts and measures, for who scrapes it and for who is sent it.
//!
//! All of them are declared in [`catalog`], each once: name, unit, labels and meaning. Code that measures names one of them
//! and gives a value for each of its labels. In a process that tells nobody of its metrics nothing is counted at all: an
//! instrument costs one load of a flag there.
//!
//! A value of a label is one of a set that is known beforehand, such as methods, providers and codes: no ids of workspaces,
//! messages or people, which would make a series each.

pub mod catalog;
mod instrument;
mod process;
mod serve;
mod text;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Instrument, InstrumentKind, ManualReader, PeriodicReader, Pipeline, SdkMeterProvider, Stream,
    Temporality,
};

pub use instrument::{
    Counter, Gauge, Histogram, Kind, Label, Level, Measured, Metric, Present, Sum, Watched,
};

use crate::{Config, InitError};

/// Whether anybody is told of this process's metrics.
static ENABLED: AtomicBool = AtomicBool::new(false);

/// Whether anybody is told of this process's metrics: who would have to ask a database for one need not otherwise.
pub fn enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// The metrics of a process at work.
#[derive(Debug)]
pub(crate) struct Metrics {
    provider: SdkMeterProvider,
    listens: Option<SocketAddr>,
}

/// A reader that is asked when somebody scrapes.
#[derive(Debug, Clone)]
struct Scraped(Arc<ManualReader>);

impl MetricReader for Scraped {
    fn register_pipeline(&self, pipeline: std::sync::Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, into: &mut ResourceMetrics) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.collect(into)
    }

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(
        &self,
        timeout: std::time::Duration,
    ) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

impl Scraped {
    /// All metrics as they are now, as Prometheus reads them.
    fn text(&self) -> String {
        let mut metrics = ResourceMetrics::default();
        // Fails where the process is ending; then there is nothing to tell.
        let _ = self.collect(&mut metrics);
        text::encode(&metrics)
    }
}

impl Metrics {
    /// Sets them up for the whole process, as configured; `None` where nobody is told of them.
    ///
    /// Needs a tokio runtime where somebody is.
    ///
    /// # Errors
    ///
    /// [`InitError`] where the address cannot be listened on, or the exporter cannot be built.
    pub(crate) fn install(config: &Config, resource: Resource) -> Result<Option<Self>, InitError> {
        if config.metrics_listen.is_none() && config.otlp_metrics.is_none() {
            return Ok(None);
        }
        let mut builder = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_view(bounded);
        if let (Some(interval), Some(endpoint)) = (config.otlp_metrics, &config.otlp_endpoint) {
            let exporter = MetricExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?;
            let reader = PeriodicReader::builder(exporter).with_interval(interval);
            builder = builder.with_reader(reader.build());
        }
        let listener = config.metrics_listen.map(listen).transpose()?;
        let scraped = listener
            .is_some()
            .then(|| Scraped(Arc::new(ManualReader::builder().build())));
        if let Some(scraped) = &scraped {
            builder = builder.with_reader(scraped.clone());
        }
        let provider = builder.build();
        opentelemetry::global::set_meter_provider(provider.clone());
        ENABLED.store(true, Ordering::Relaxed);
        process::watch(&config.service);
        let listens = match listener.zip(scraped) {
            Some((listener, scraped)) => Some(serve::start(listener, scraped)?),
            None => None,
        };
        Ok(Some(Self { provider, listens }))
    }

    /// Where they can be scraped.
    pub(crate) fn listens(&self) -> Option<SocketAddr> {
        self.listens
    }

    /// Sends what was not sent yet.
    pub(crate) fn flush(&self, within: std::time::Duration) {
        ENABLED.store(false, Ordering::Relaxed);
        if let Err(error) = self.provider.shutdown_with_timeout(within) {
            tracing::warn!(%error, "the last metrics were not exported");
        }
    }
}

/// How many series an instrument may have. The SDK sets aside room for all of them: for its usual 2,000, of instruments most
/// of which have a handful, some megabytes. What comes beyond becomes one series without labels.
fn bounded(instrument: &Instrument) -> Option<Stream> {
    let metric = catalog::all().find(|metric| metric.name == instrument.name())?;
    let most = match metric.labels.len() {
        0 => 1,
        1 => 128,
        _ => 1_024,
    };
    Stream::builder().with_cardinality_limit(most).build().ok()
}

fn listen(address: SocketAddr) -> Result<TcpListener, InitError> {
    TcpListener::bind(address).map_err(|error| InitError::Metrics(address, error))
}
