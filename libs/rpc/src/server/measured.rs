//! How many calls there are, how long they take and how they end, for metrics.

use std::collections::HashMap;
use std::sync::Arc;

use acuse_telemetry::metrics::catalog::{HTTP, SERVER_ACTIVE, SERVER_CALLS};
use acuse_telemetry::metrics::{Label, Present, enabled};
use axum::extract::{MatchedPath, Request};
use http::Method;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::time::Instant;

use super::infrastructure;
use super::reply::Protocol;

/// What stands for a name that is none of those that are known: what callers make up must not become series.
const OTHER: &str = "_OTHER";

/// The system that calls belong to, as OpenTelemetry names it.
pub(crate) const GRPC: &str = "grpc";

/// The methods that there are, as metrics name them, by their paths.
#[derive(Debug, Default)]
pub(super) struct Methods(HashMap<String, Arc<str>>);

impl Methods {
    /// Those that `descriptors` (encoded `FileDescriptorSet`s) describe.
    ///
    /// # Errors
    ///
    /// [`prost::DecodeError`] where they cannot be read.
    pub(super) fn of(descriptors: &[&[u8]]) -> Result<Self, prost::DecodeError> {
        let mut methods = HashMap::new();
        for encoded in descriptors {
            for file in FileDescriptorSet::decode(*encoded)?.file {
                for service in &file.service {
                    methods.extend(service.method.iter().map(|method| {
                        let package = file.package();
                        let name = format!("{package}.{}/{}", service.name(), method.name());
                        (format!("/{name}"), Arc::from(name))
                    }));
                }
            }
        }
        Ok(Self(methods))
    }

    fn label(&self, path: &str) -> Label {
        match self.0.get(path) {
            Some(name) => Arc::clone(name).into(),
            None => OTHER.into(),
        }
    }
}

/// One call or request under way.
pub(super) struct Measured {
    began: Instant,
    what: What,
}

enum What {
    /// Nobody is told, or it is a probe.
    Nothing,
    Call(Label, Present<1>),
    Request(&'static str, Label),
}

impl Measured {
    pub(super) fn begin(methods: &Methods, protocol: Protocol, request: &Request) -> Self {
        let path = request.uri().path();
        let what = if !enabled() || infrastructure(path) {
            What::Nothing
        } else if protocol == Protocol::Grpc {
            let method = methods.label(path);
            let active = SERVER_ACTIVE.enter([method.clone()]);
            What::Call(method, active)
        } else {
            let matched = request.extensions().get::<MatchedPath>();
            // The route, and not what came: that holds secrets.
            let route = matched.map_or(OTHER.into(), |path| path.as_str().to_owned().into());
            What::Request(verb(request.method()), route)
        };
        Self {
            began: Instant::now(),
            what,
        }
    }

    pub(super) fn end(&mut self, status: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let status = || Label::from(status.to_owned());
        match std::mem::replace(&mut self.what, What::Nothing) {
            What::Nothing => {}
            What::Call(method, active) => {
                drop(active);
                SERVER_CALLS.record(seconds, [GRPC.into(), method, status()]);
            }
            What::Request(verb, route) => HTTP.record(seconds, [verb.into(), route, status()]),
        }
    }
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => OTHER,
    }
}
