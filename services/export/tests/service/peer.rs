//! A server that speaks reporting's contract, over a real socket, and does as the test says.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use acuse_domain::scope::{Caller, Permission};
use acuse_proto::EncodedRows;
use acuse_proto::reporting::reporting_service_server::{ReportingService, ReportingServiceServer};
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    GetBreakdownRequest, GetBreakdownResponse, GetConsolidatedRequest, GetConsolidatedResponse,
    GetFunnelRequest, GetFunnelResponse, GetMessagesOverviewRequest, GetMessagesOverviewResponse,
    GetRankingRequest, GetRankingResponse, GetReplyActivityRequest, GetReplyActivityResponse,
    HsmManagementRow, ListDimensionValuesRequest, ListDimensionValuesResponse,
    ListFailedMessagesRequest, ListFailedMessagesResponse, ListInboundMessagesRequest,
    ListInboundMessagesResponse, ListOutboundMessagesRequest, ListOutboundMessagesResponse,
    Question, RowPreset, RowsHeader, StreamRowsRequest, StreamRowsResponse,
};
use acuse_proto::types::{MessageState, TemplateRef};
use acuse_rpc::auth::caller;
use acuse_rpc::config::Limits;
use acuse_rpc::server::{Readiness, Server};
use acuse_rpc::tuned;
use acuse_testkit::service::Keys;
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tonic::{Request, Response, Status};

/// How one call is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Rows in all.
    pub(crate) rows: usize,
    /// Rows of a batch; as many as are asked for if absent.
    pub(crate) batch: Option<usize>,
    /// Breaks off after so many rows.
    pub(crate) breaks_after: Option<usize>,
    /// Every batch waits for a permit of it.
    pub(crate) gate: Option<Arc<Semaphore>>,
}

impl Answer {
    /// So many rows, without further ado.
    pub(crate) fn of(rows: usize) -> Self {
        Self {
            rows,
            batch: None,
            breaks_after: None,
            gate: None,
        }
    }
}

/// A call as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) service: Option<String>,
    pub(crate) question: Question,
}

type Script = dyn FnMut(usize) -> Result<Answer, Status> + Send;

struct Peer {
    script: Mutex<Box<Script>>,
    calls: Arc<Mutex<Vec<Call>>>,
    left: Arc<Mutex<BTreeSet<usize>>>,
}

/// The reader of one call's answer.
struct Reader {
    number: usize,
    left: Arc<Mutex<BTreeSet<usize>>>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.left.lock().unwrap().insert(self.number);
    }
}

/// The server, until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
    left: Arc<Mutex<BTreeSet<usize>>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts one that answers its first call with `script(1)`, and so on.
    pub(crate) async fn start(
        keys: &Keys,
        script: impl FnMut(usize) -> Result<Answer, Status> + Send + 'static,
    ) -> Self {
        let (calls, left) = (Arc::default(), Arc::default());
        let peer = Peer {
            script: Mutex::new(Box::new(script)),
            calls: Arc::clone(&calls),
            left: Arc::clone(&left),
        };
        let server = Server::builder(keys.server_config(), Readiness::always())
            .service(tuned!(Limits::default(), ReportingServiceServer::new(peer)))
            .bind()
            .await
            .unwrap();
        let address = server.address();
        let task = tokio::spawn(async move {
            server.run(std::future::pending()).await.unwrap();
        });
        Self {
            address,
            calls,
            left,
            task,
        }
    }

    /// The calls that came in so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Whether whoever made the call of that number, from 1 on, reads no more of the answer: it has ended, or they are gone.
    pub(crate) fn left(&self, number: usize) -> bool {
        self.left.lock().unwrap().contains(&number)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The row of that number, whose sender calls it by it.
pub(crate) fn row(number: usize) -> HsmManagementRow {
    HsmManagementRow {
        message_id: format!("m{number}"),
        shown_id: number.to_string(),
        template: Some(TemplateRef {
            id: Some("1795801177".to_owned()),
            ..TemplateRef::default()
        }),
        body: Some(format!("Hola {}", "ñandú ".repeat(60))),
        state: MessageState::Delivered.into(),
        ..HsmManagementRow::default()
    }
}

/// The numbers of a batch, and whether the stream breaks off instead.
fn batches(answer: &Answer, size: usize) -> Vec<Result<(usize, usize), Status>> {
    let end = answer.breaks_after.unwrap_or(answer.rows);
    let starts = (0..end).step_by(size);
    let mut batches: Vec<_> = starts
        .map(|from| Ok((from, end.min(from + size))))
        .collect();
    if answer.breaks_after.is_some() {
        batches.push(Err(Status::unavailable("broken off")));
    }
    batches
}

fn part(part: Part) -> StreamRowsResponse {
    StreamRowsResponse { part: Some(part) }
}

#[tonic::async_trait]
impl ReportingService for Peer {
    type StreamRowsStream = BoxStream<'static, Result<StreamRowsResponse, Status>>;

    async fn stream_rows(
        &self,
        request: Request<StreamRowsRequest>,
    ) -> Result<Response<Self::StreamRowsStream>, Status> {
        let access = caller(&request)?;
        access.require_peer(Permission::Report)?;
        let message = request.into_inner();
        assert_eq!(message.preset(), RowPreset::HsmManagement);
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Call {
                caller: access.caller().clone(),
                service: access.peer().map(ToOwned::to_owned),
                question: message.question.unwrap_or_default(),
            });
            calls.len()
        };
        let answer = (self.script.lock().unwrap())(number)?;
        let header = RowsHeader {
            basis: None,
            expected_rows: i64::try_from(answer.rows).unwrap(),
        };
        let asked = usize::try_from(message.batch_size.unwrap_or(1_000))
            .unwrap()
            .min(1_000);
        let size = answer.batch.unwrap_or(asked);
        let left = Arc::clone(&self.left);
        let reader = Reader { number, left };
        let rows = stream::iter(batches(&answer, size)).then(move |batch| {
            let _read = &reader;
            let gate = answer.gate.clone();
            async move {
                if let Some(gate) = gate {
                    gate.acquire().await.unwrap().forget();
                }
                let (from, to) = batch?;
                let rows: Vec<_> = (from..to).map(row).collect();
                Ok(part(Part::HsmManagement(EncodedRows::of(&rows))))
            }
        });
        let header = stream::once(async move { Ok(part(Part::Header(header))) });
        Ok(Response::new(header.chain(rows).boxed()))
    }

    async fn get_consolidated(
        &self,
        _: Request<GetConsolidatedRequest>,
    ) -> Result<Response<GetConsolidatedResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn get_messages_overview(
        &self,
        _: Request<GetMessagesOverviewRequest>,
    ) -> Result<Response<GetMessagesOverviewResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn get_reply_activity(
        &self,
        _: Request<GetReplyActivityRequest>,
    ) -> Result<Response<GetReplyActivityResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn get_funnel(
        &self,
        _: Request<GetFunnelRequest>,
    ) -> Result<Response<GetFunnelResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn list_outbound_messages(
        &self,
        _: Request<ListOutboundMessagesRequest>,
    ) -> Result<Response<ListOutboundMessagesResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn list_inbound_messages(
        &self,
        _: Request<ListInboundMessagesRequest>,
    ) -> Result<Response<ListInboundMessagesResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn list_failed_messages(
        &self,
        _: Request<ListFailedMessagesRequest>,
    ) -> Result<Response<ListFailedMessagesResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn get_breakdown(
        &self,
        _: Request<GetBreakdownRequest>,
    ) -> Result<Response<GetBreakdownResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn get_ranking(
        &self,
        _: Request<GetRankingRequest>,
    ) -> Result<Response<GetRankingResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }

    async fn list_dimension_values(
        &self,
        _: Request<ListDimensionValuesRequest>,
    ) -> Result<Response<ListDimensionValuesResponse>, Status> {
        Err(Status::unimplemented("nobody asks for this"))
    }
}
