//! A collector of traces that keeps what it is sent.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// A span, and the service that it came from.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub service: String,
    /// What it is.
    pub span: Span,
}

impl Seen {
    /// An attribute that is a whole number.
    ///
    /// # Panics
    ///
    /// Where it is something else.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        match value(&self.span.attributes, name)? {
            Value::IntValue(number) => Some(*number),
            other => panic!("{name} is {other:?}"),
        }
    }
}

fn value<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a Value> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    found.value.as_ref()?.value.as_ref()
}

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<Seen>>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for from in request.into_inner().resource_spans {
            let attributes = from.resource.unwrap().attributes;
            let Some(Value::StringValue(service)) = value(&attributes, "service.name") else {
                panic!("a service without a name: {attributes:?}");
            };
            let spans = from.scope_spans.into_iter().flat_map(|scope| scope.spans);
            let seen = spans.map(|span| Seen {
                service: service.clone(),
                span,
            });
            self.0.lock().unwrap().extend(seen);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// The collector at work.
#[derive(Debug)]
pub struct Collector {
    kept: Kept,
    /// Where it listens.
    pub endpoint: String,
}

impl Collector {
    /// Starts one, on a free port.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let server = Server::builder().add_service(TraceServiceServer::new(kept.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { kept, endpoint }
    }

    /// All spans so far.
    ///
    /// # Panics
    ///
    /// Where a thread of the collector has panicked.
    #[must_use]
    pub fn spans(&self) -> Vec<Seen> {
        self.kept.0.lock().unwrap().clone()
    }
}
