//! `SavedReportService`.

use std::sync::Arc;

use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result as Checked};
use acuse_domain::ids::Digest;
use acuse_domain::scope::Permission;
use acuse_proto::convert::reporting as checked;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::reporting_service_server::ReportingService as _;
use acuse_proto::reporting::run_saved_report_response::Answer;
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::saved_report_service_server::SavedReportService;
use acuse_proto::reporting::{
    CreateSavedReportRequest, CreateSavedReportResponse, DeleteSavedReportRequest,
    DeleteSavedReportResponse, GetSavedReportRequest, GetSavedReportResponse,
    ListSavedReportsRequest, ListSavedReportsResponse, RunSavedReportRequest,
    RunSavedReportResponse, SavedReport as Wire, UpdateSavedReportRequest,
    UpdateSavedReportResponse, get_saved_report_request, run_saved_report_request,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::{ResultExt as _, from_error};
use acuse_store::RequestId;
use acuse_store::reporting::SavedReport;
use prost::Message as _;
use tonic::{Code, Extensions, Request, Response, Status};
use uuid::Uuid;

use super::reporting::Reporting;
use crate::parts::Parts;
use crate::saved::{
    Which, create_saved_report, delete_saved_report, find_saved_report, list_saved_reports,
    update_saved_report,
};

/// Reports of a page at most: each may hold 32 KiB of filters, and clients take 4 MiB unless they are told otherwise.
const LARGEST_PAGE: usize = 100;

/// Handlers of saved reports.
pub(super) struct Saved(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl SavedReportService for Saved {
    async fn create_saved_report(
        &self,
        request: Request<CreateSavedReportRequest>,
    ) -> Result<Response<CreateSavedReportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let digest = digest(request.saved_report.as_ref());
        let draft = checked::saved_draft(request.saved_report, self.0.clock.now());
        let request_id = request.request_id.as_deref();
        let request_id = request_id.map(|id| uuid("request_id", id)).transpose();
        let (draft, request_id) = match request_id {
            Ok(id) => (draft, id.map(|id| RequestId { id, digest })),
            // It is told together with the faults of the report.
            fault => (
                both(draft, fault).map(|(draft, _)| Ok(draft)).or_status()?,
                None,
            ),
        };
        let asking = (access.caller(), &scope);
        let saved = create_saved_report(&self.0, asking, draft, request_id)
            .await
            .or_status()?;
        let saved_report = Some(to_wire(saved));
        Ok(Response::new(CreateSavedReportResponse { saved_report }))
    }

    async fn get_saved_report(
        &self,
        request: Request<GetSavedReportRequest>,
    ) -> Result<Response<GetSavedReportResponse>, Status> {
        use get_saved_report_request::Which as Asked;

        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let which = match request.into_inner().which {
            Some(Asked::Id(id)) => by_id(&id),
            Some(Asked::Name(name)) => Ok(Which::Name(name)),
            None => Err(neither()),
        };
        let asking = (access.caller(), &scope);
        let found = find_saved_report(&self.0, asking, &which.or_status()?).await;
        let saved_report = Some(to_wire(found.or_status()?));
        Ok(Response::new(GetSavedReportResponse { saved_report }))
    }

    async fn list_saved_reports(
        &self,
        request: Request<ListSavedReportsRequest>,
    ) -> Result<Response<ListSavedReportsResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let size = size.min(LARGEST_PAGE);
        let shared: &[u8] = match request.shared {
            None => b"all",
            Some(true) => b"shared",
            Some(false) => b"own",
        };
        let (pages, asker) = (&self.0.pages, access.caller());
        let listing = Listing {
            method: "ListSavedReports",
            request: &[shared],
            caller: asker,
        };
        let before = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let asking = (asker, &scope);
        let mut found = list_saved_reports(&self.0, asking, request.shared, before, size + 1)
            .await
            .or_status()?;
        let next_page_token = paging::cut(pages, &listing, &mut found, size, |saved| {
            saved.id.as_bytes()
        });
        Ok(Response::new(ListSavedReportsResponse {
            saved_reports: found.into_iter().map(to_wire).collect(),
            next_page_token,
        }))
    }

    async fn update_saved_report(
        &self,
        request: Request<UpdateSavedReportRequest>,
    ) -> Result<Response<UpdateSavedReportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let wire = request.saved_report.unwrap_or_default();
        let id = uuid("saved_report.id", &wire.id);
        let etag = wire.etag.clone();
        let mask = request.update_mask.map(|mask| mask.paths);
        let change = checked::saved_change(wire, mask, self.0.clock.now());
        let (change, id) = both(change, id).or_status()?;
        let asking = (access.caller(), &scope);
        let saved = update_saved_report(&self.0, asking, id, etag.as_deref(), &change)
            .await
            .or_status()?;
        let saved_report = Some(to_wire(saved));
        Ok(Response::new(UpdateSavedReportResponse { saved_report }))
    }

    async fn delete_saved_report(
        &self,
        request: Request<DeleteSavedReportRequest>,
    ) -> Result<Response<DeleteSavedReportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).map_err(|fault| Error::invalid(vec![fault]));
        let (id, etag) = (id.or_status()?, request.etag.as_deref());
        let asking = (access.caller(), &scope);
        let deleted = delete_saved_report(&self.0, asking, id, etag).await;
        deleted.or_status()?;
        Ok(Response::new(DeleteSavedReportResponse {}))
    }

    async fn run_saved_report(
        &self,
        request: Request<RunSavedReportRequest>,
    ) -> Result<Response<RunSavedReportResponse>, Status> {
        use run_saved_report_request::Which as Asked;

        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let (_, as_caller, request) = request.into_parts();
        let which = match request.which {
            Some(Asked::Id(id)) => by_id(&id),
            Some(Asked::Name(name)) => Ok(Which::Name(name)),
            None => Err(neither()),
        };
        let asking = (access.caller(), &scope);
        let found = find_saved_report(&self.0, asking, &which.or_status()?).await;
        let saved = to_wire(found.or_status()?);
        let answer = self.run(saved.report.clone(), as_caller).await?;
        Ok(Response::new(RunSavedReportResponse {
            saved_report: Some(saved),
            answer: Some(answer),
        }))
    }
}

/// Asks a report's own call, as the caller of these extensions.
macro_rules! ask {
    ($saved:ident, $call:ident, $request:expr, $as_caller:ident, $answer:ident) => {{
        let mut request = Request::new($request);
        *request.extensions_mut() = $as_caller;
        let reporting = Reporting(Arc::clone(&$saved.0));
        let answer = reporting.$call(request).await.map_err(outdated)?;
        Ok(Answer::$answer(answer.into_inner()))
    }};
}

impl Saved {
    async fn run(&self, report: Option<Report>, as_caller: Extensions) -> Result<Answer, Status> {
        let refused = |reason, message: &str| {
            let kind = ErrorKind::FailedPrecondition;
            Err(from_error(Error::new(kind, reason, message)))
        };
        match report {
            Some(Report::Consolidated(it)) => {
                ask!(self, get_consolidated, it, as_caller, Consolidated)
            }
            Some(Report::MessagesOverview(it)) => {
                ask!(self, get_messages_overview, it, as_caller, MessagesOverview)
            }
            Some(Report::Breakdown(it)) => ask!(self, get_breakdown, it, as_caller, Breakdown),
            Some(Report::Ranking(it)) => ask!(self, get_ranking, it, as_caller, Ranking),
            Some(Report::ReplyActivity(it)) => {
                ask!(self, get_reply_activity, it, as_caller, ReplyActivity)
            }
            Some(Report::Funnel(it)) => ask!(self, get_funnel, it, as_caller, Funnel),
            Some(Report::OutboundMessages(it)) => {
                ask!(
                    self,
                    list_outbound_messages,
                    it,
                    as_caller,
                    OutboundMessages
                )
            }
            Some(Report::InboundMessages(it)) => {
                ask!(self, list_inbound_messages, it, as_caller, InboundMessages)
            }
            Some(Report::FailedMessages(it)) => {
                ask!(self, list_failed_messages, it, as_caller, FailedMessages)
            }
            Some(Report::Rows(_)) => refused(
                "SAVED_REPORT_IS_STREAMED",
                "a table of rows has no answer of one piece: give what it asks to StreamRows, or export it",
            ),
            None => refused(
                "SAVED_REPORT_NOT_UNDERSTOOD",
                "another version saved this report, and this one does not know what it asks",
            ),
        }
    }
}

/// What was taken when it was saved is no fault of the request to run it.
fn outdated(status: Status) -> Status {
    if status.code() != Code::InvalidArgument {
        return status;
    }
    let message = format!(
        "the report asks what is not taken any more: {}",
        status.message()
    );
    let kind = ErrorKind::FailedPrecondition;
    from_error(Error::new(kind, "SAVED_REPORT_OUTDATED", message))
}

fn to_wire(saved: SavedReport) -> Wire {
    Wire {
        id: saved.id.to_string(),
        name: saved.name,
        owner: saved.owner,
        shared: saved.is_shared,
        create_time: Some(timestamp(saved.created_at)),
        update_time: Some(timestamp(saved.updated_at)),
        etag: Some(saved.revision.to_string()),
        report: checked::decoded(&saved.kind, &saved.request),
        columns: saved.columns,
    }
}

/// Digest of what was sent: it is that which tells requests apart, not what is made of it.
fn digest(asked: Option<&Wire>) -> Digest {
    Digest::of(&[&asked.map(Wire::encode_to_vec).unwrap_or_default()])
}

/// What is right on both sides, else the faults of both.
fn both<A, B>(
    checked: Result<A, Vec<FieldViolation>>,
    other: Result<B, FieldViolation>,
) -> Checked<(A, B)> {
    match (checked, other) {
        (Ok(checked), Ok(other)) => Ok((checked, other)),
        (checked, other) => {
            let mut faults = checked.err().unwrap_or_default();
            faults.extend(other.err());
            Err(Error::invalid(faults))
        }
    }
}

fn by_id(id: &str) -> Checked<Which> {
    let id = uuid("id", id).map_err(|fault| Error::invalid(vec![fault]));
    id.map(Which::Id)
}

fn neither() -> Error {
    Error::invalid_field("which", "must be given: the report's id or its name")
}

fn uuid(field: &str, text: &str) -> Result<Uuid, FieldViolation> {
    Uuid::try_parse(text).map_err(|_| {
        let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
        FieldViolation::new(field, right)
    })
}
