//! What decides where logs and traces go.

use std::{fmt, str::FromStr};

use tracing_subscriber::EnvFilter;

/// Where logs and traces of one process go.
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
}

impl Config {
    /// Lines of level info and above for people, and no traces.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            filter: Filter::default(),
            format: Format::default(),
            otlp_endpoint: None,
        }
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
    use super::{Filter, Format};

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
