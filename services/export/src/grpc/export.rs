//! `ExportService`.

use std::sync::Arc;

use acuse_domain::error::{Error, Result as Checked};
use acuse_domain::scope::Permission;
use acuse_proto::convert::timestamp;
use acuse_proto::export::export_service_server::ExportService;
use acuse_proto::export::{
    CancelExportRequest, CancelExportResponse, CreateExportRequest, CreateExportResponse,
    DeleteExportRequest, DeleteExportResponse, DownloadExportRequest, DownloadExportResponse,
    GetDownloadUrlRequest, GetDownloadUrlResponse, GetExportRequest, GetExportResponse,
    ListExportsRequest, ListExportsResponse, WatchExportRequest, WatchExportResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::context::CallContext;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::server::Drain;
use acuse_rpc::status::{ResultExt as _, from_error};
use acuse_store::export::Job;
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::details::{self, to_wire};
use super::{in_call, wanted};
use crate::cancel_export::cancel_export;
use crate::create_export::create_export;
use crate::delete_export::delete_export;
use crate::download_export::download_export;
use crate::get_download_url::get_download_url;
use crate::get_export::get_export;
use crate::list_exports::list_exports;
use crate::parts::Parts;
use crate::watch_export::Watch;

/// Exports of a page at most: each may hold 32 KiB of filters, and the accounts among them once more, and clients take 4 MiB
/// unless they are told otherwise.
const LARGEST_PAGE: usize = 50;

/// Handlers of exports.
pub(super) struct Exports(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl ExportService for Exports {
    type WatchExportStream = BoxStream<'static, Result<WatchExportResponse, Status>>;
    type DownloadExportStream = BoxStream<'static, Result<DownloadExportResponse, Status>>;

    async fn create_export(
        &self,
        request: Request<CreateExportRequest>,
    ) -> Result<Response<CreateExportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let request_id = request.request_id.as_deref();
        let request_id = request_id
            .map(|id| uuid("request_id", id))
            .transpose()
            .or_status()?;
        let asking = (access.caller(), scope);
        let job = create_export(&self.0, asking, request.export, request_id)
            .await
            .or_status()?;
        let export = Some(to_wire(job, self.0.clock.now()).or_status()?);
        Ok(Response::new(CreateExportResponse { export }))
    }

    async fn get_export(
        &self,
        request: Request<GetExportRequest>,
    ) -> Result<Response<GetExportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let id = uuid("id", &request.into_inner().id).or_status()?;
        let job = get_export(&self.0, (access.caller(), &scope), id)
            .await
            .or_status()?;
        let export = Some(to_wire(job, self.0.clock.now()).or_status()?);
        Ok(Response::new(GetExportResponse { export }))
    }

    async fn list_exports(
        &self,
        request: Request<ListExportsRequest>,
    ) -> Result<Response<ListExportsResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let size = size.min(LARGEST_PAGE);
        let wanted = wanted::wanted(&request).or_status()?;
        let (pages, asker) = (&self.0.pages, access.caller());
        let [states, subject, reports] = &wanted::signed(&request);
        let listing = Listing {
            method: "ListExports",
            request: &[states, subject, reports],
            caller: asker,
        };
        let before = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let mut found = list_exports(&self.0, (asker, &scope), &wanted, (before, size + 1))
            .await
            .or_status()?;
        let next_page_token =
            paging::cut(pages, &listing, &mut found, size, |job| job.id.as_bytes());
        let now = self.0.clock.now();
        let exports = found.into_iter().map(|job| to_wire(job, now));
        Ok(Response::new(ListExportsResponse {
            exports: exports.collect::<Checked<_>>().or_status()?,
            next_page_token,
        }))
    }

    async fn cancel_export(
        &self,
        request: Request<CancelExportRequest>,
    ) -> Result<Response<CancelExportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let id = uuid("id", &request.into_inner().id).or_status()?;
        let job = cancel_export(&self.0, (access.caller(), &scope), id)
            .await
            .or_status()?;
        let export = Some(to_wire(job, self.0.clock.now()).or_status()?);
        Ok(Response::new(CancelExportResponse { export }))
    }

    async fn delete_export(
        &self,
        request: Request<DeleteExportRequest>,
    ) -> Result<Response<DeleteExportResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let id = uuid("id", &request.into_inner().id).or_status()?;
        delete_export(&self.0, (access.caller(), &scope), id)
            .await
            .or_status()?;
        Ok(Response::new(DeleteExportResponse {}))
    }

    async fn watch_export(
        &self,
        request: Request<WatchExportRequest>,
    ) -> Result<Response<Self::WatchExportStream>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let drain = request.extensions().get::<Drain>().cloned();
        let drain = drain
            .ok_or_else(|| Error::internal("a call outside the server's layers"))
            .or_status()?;
        let id = uuid("id", &request.into_inner().id).or_status()?;
        let mut watch = Watch::new(&self.0, (access, scope), drain, id);
        // Begun here, so that what is wrong with the call is its answer.
        let first = self.shown(watch.next().await).or_status()?;
        let (handler, context) = (Self(Arc::clone(&self.0)), CallContext::current());
        let state = (handler, watch, context);
        let rest = stream::try_unfold(state, |(handler, mut watch, context)| async move {
            match handler.shown(watch.next().await) {
                Ok(None) => Ok(None),
                Ok(Some(answer)) => Ok(Some((answer, (handler, watch, context)))),
                Err(error) => Err(in_call(context, error).await),
            }
        });
        let answers = stream::iter(first.map(Ok)).chain(rest);
        Ok(Response::new(answers.boxed()))
    }

    async fn get_download_url(
        &self,
        request: Request<GetDownloadUrlRequest>,
    ) -> Result<Response<GetDownloadUrlResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let asking = (access.caller(), &scope);
        let link = get_download_url(&self.0, asking, id, request.valid_seconds)
            .await
            .or_status()?;
        Ok(Response::new(GetDownloadUrlResponse {
            url: link.url,
            expire_time: Some(timestamp(link.expires_at)),
            file: Some(details::file(link.file)),
        }))
    }

    async fn download_export(
        &self,
        request: Request<DownloadExportRequest>,
    ) -> Result<Response<Self::DownloadExportStream>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let offset = u64::try_from(request.offset)
            .map_err(|_| Error::invalid_field("offset", "must not be negative"))
            .or_status()?;
        let bytes = download_export(&self.0, (access.caller(), &scope), id, offset)
            .await
            .or_status()?;
        let pieces = bytes.map(|piece| match piece {
            Ok(chunk) => Ok(DownloadExportResponse {
                chunk: chunk.into(),
            }),
            Err(error) => Err(from_error(error)),
        });
        Ok(Response::new(pieces.boxed()))
    }
}

impl Exports {
    /// What a watch gives, as its answer.
    fn shown(&self, next: Checked<Option<Job>>) -> Checked<Option<WatchExportResponse>> {
        next?
            .map(|job| {
                let export = Some(to_wire(job, self.0.clock.now())?);
                Ok(WatchExportResponse { export })
            })
            .transpose()
    }
}

pub(super) fn uuid(field: &str, text: &str) -> Checked<Uuid> {
    Uuid::try_parse(text).map_err(|_| {
        let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
        Error::invalid_field(field, right)
    })
}
