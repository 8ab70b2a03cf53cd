//! `ExportService`.

use std::sync::Arc;

use acuse_domain::error::{Error, Result as Checked};
use acuse_domain::scope::Permission;
use acuse_proto::export::export_service_server::ExportService;
use acuse_proto::export::{
    CreateExportRequest, CreateExportResponse, DownloadExportRequest, DownloadExportResponse,
    GetExportRequest, GetExportResponse, ListExportsRequest, ListExportsResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::{ResultExt as _, from_error};
use futures::stream::{BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::details::to_wire;
use crate::create_export::create_export;
use crate::download_export::download_export;
use crate::get_export::get_export;
use crate::list_exports::list_exports;
use crate::parts::Parts;

/// Handlers of exports.
pub(super) struct Exports(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl ExportService for Exports {
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
        let (pages, asker) = (&self.0.pages, access.caller());
        let listing = Listing {
            method: "ListExports",
            request: &[],
            caller: asker,
        };
        let before = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let mut found = list_exports(&self.0, (asker, &scope), before, size + 1)
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

pub(super) fn uuid(field: &str, text: &str) -> Checked<Uuid> {
    Uuid::try_parse(text).map_err(|_| {
        let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
        Error::invalid_field(field, right)
    })
}
