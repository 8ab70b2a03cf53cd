//! Configuration: variables over a file, read by pure functions, with every fault told at once.

mod file;
mod peer;
mod public_url;
mod server;
mod settings;

pub use peer::{PeerConfig, PeerTls, service_identity};
pub use public_url::PublicUrl;
pub use server::{AuthConfig, Limits, ServerConfig, TlsConfig};
pub use settings::{Asked, Fault, Faults, Kind, Settings};

use acuse_telemetry::{Config as TelemetryConfig, Filter, Format, Share};

/// For whom tokens are, where nothing is configured.
const DEFAULT_AUDIENCE: &str = "acuse";

/// Reads `ACUSE_LOG`, `ACUSE_LOG_FORMAT`, `ACUSE_OTLP_ENDPOINT`, `ACUSE_OTLP_METRICS_SECONDS`, `ACUSE_TRACE_SHARE` and
/// `ACUSE_METRICS_LISTEN` for the process that calls itself `service`.
pub fn telemetry(settings: &mut Settings, service: &str) -> TelemetryConfig {
    let otlp_endpoint = settings.optional::<http::Uri>("ACUSE_OTLP_ENDPOINT");
    if otlp_endpoint
        .as_ref()
        .is_some_and(|endpoint| endpoint.scheme_str() != Some("http"))
    {
        settings.fault(
            "ACUSE_OTLP_ENDPOINT",
            "not an address that begins with http://",
        );
    }
    // Zero is as good as nothing said: a file may so take back what another says.
    let seconds = settings.number("ACUSE_OTLP_METRICS_SECONDS", 0, 0..=3_600);
    if seconds > 0 && otlp_endpoint.is_none() {
        settings.fault(
            "ACUSE_OTLP_METRICS_SECONDS",
            "metrics cannot be sent anywhere without ACUSE_OTLP_ENDPOINT",
        );
    }
    TelemetryConfig {
        sampled: settings.usual("ACUSE_TRACE_SHARE", Share::default()),
        metrics_listen: settings
            .optional::<server::Listen>("ACUSE_METRICS_LISTEN")
            .map(|listen| listen.0),
        otlp_metrics: (seconds > 0).then(|| std::time::Duration::from_secs(seconds)),
        service: service.to_owned(),
        filter: settings.usual("ACUSE_LOG", Filter::default()),
        format: settings.usual("ACUSE_LOG_FORMAT", Format::default()),
        otlp_endpoint: otlp_endpoint.map(|endpoint| endpoint.to_string()),
    }
}

#[cfg(test)]
mod tests;
