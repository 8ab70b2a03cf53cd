//! What decides where logs, traces and metrics go.

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

use tracing_subscriber::EnvFilter;

/// Where logs, traces and metrics of one process go.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of the service in traces.
    pub service: String,
    /// Which lines and spans are kept.
    pub filter: Filter,
    /// How a line is written.
    pub format: Format,
    /// Where traces are sent with OTLP over gRPC, e.g. `http://collector:4317`; none are sent without it.
    pub otlp_endpoint: Option<String>,
    /// How many of the traces that begin here are sent. Those that begin elsewhere are sent as who began them says.
    pub sampled: Share,
    /// Where metrics are scraped, over HTTP and without TLS; nowhere without it.
    pub metrics_listen: Option<SocketAddr>,
    /// How often metrics are sent to the endpoint; never without it.
    pub otlp_metrics: Option<Duration>,
}

impl Config {
    /// Lines of level info and above for people, no traces and no metrics.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            filter: Filter::default(),
            format: Format::default(),
            otlp_endpoint: None,
            sampled: Share::default(),
            metrics_listen: None,
            otlp_metrics: None,
        }
    }
}

/// A share of a whole, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// As a number from 0 to 1.
    pub fn as_ratio(self) -> f64 {
        self.0
    }
}

impl Default for Share {
    /// All of it.
    fn default() -> Self {
        Self(1.0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = text
            .parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share));
        share
            .map(Self)
            .ok_or("not a share from 0 to 1, such as 0.05")
    }
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err("neither human nor json"),
        }
    }
}

/// A level, or levels by target as `tracing_subscriber` reads them: `info`, `warn,acuse_rpc=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// The filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        EnvFilter::try_new(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|error| format!("not a level or a list of target=level: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Format, Share};

    #[test]
    fn a_share_is_no_more_than_the_whole() {
        assert_eq!("0.05".parse(), Ok(Share(0.05)));
        for wrong in ["1.01", "-0.1", "NaN", "5%", ""] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn formats_have_two_names() {
        assert_eq!("human".parse(), Ok(Format::Human));
        assert_eq!("json".parse(), Ok(Format::Json));
        assert!("yaml".parse::<Format>().is_err());
    }

    #[test]
    fn filters_are_checked_when_read() {
        assert!("warn,acuse_rpc=debug".parse::<Filter>().is_ok());
        assert!("acuse_rpc=chatty".parse::<Filter>().is_err());
    }
}
