//! How long peers are waited for, and how calls to them end, for metrics.

use acuse_telemetry::metrics::catalog::{CLIENT_CALLS, CLIENT_RETRIES};
use acuse_telemetry::metrics::{Label, enabled};
use http::{Request, Response, Uri};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};

use crate::{server::measured::GRPC, status::name};

/// One call to a peer. A caller that goes away meanwhile leaves it out.
pub(super) struct Measured(Option<(Label, Instant)>);

/// The method that is called. Clients are generated, and call no others than there are.
pub(super) fn method(uri: &Uri) -> Label {
    uri.path().trim_start_matches('/').to_owned().into()
}

impl Measured {
    pub(super) fn begin(request: &Request<Body>) -> Self {
        // Health is asked for all the time.
        let asks_for_health = request.uri().path().starts_with("/grpc.health.");
        let measured = enabled() && !asks_for_health;
        Self(measured.then(|| (method(request.uri()), Instant::now())))
    }

    /// Notes how the call went.
    pub(super) fn of(
        self,
        answer: Result<Response<Body>, Status>,
    ) -> Result<Response<Body>, Status> {
        if let Some((method, began)) = self.0 {
            let code = match &answer {
                // An error that comes at once is in the headers; an answer that begins well may break off still.
                Ok(response) => Status::from_header_map(response.headers())
                    .map_or(Code::Ok, |status| status.code()),
                Err(status) => status.code(),
            };
            CLIENT_RETRIES.exists([method.clone()]);
            let labels = [GRPC.into(), method, name(code).into()];
            CLIENT_CALLS.record(began.elapsed().as_secs_f64(), labels);
        }
        answer
    }
}
