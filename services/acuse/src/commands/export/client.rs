//! The export service, and who asks it.

use acuse_proto::export::{
    CancelExportRequest, CreateExportRequest, DeleteExportRequest, DownloadExportRequest,
    DownloadExportResponse, Export, ExportRequest, GetDownloadUrlRequest, GetDownloadUrlResponse,
    ListExportsRequest, ListExportsResponse, WatchExportRequest, WatchExportResponse,
    export_service_client::ExportServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use tonic::{Status, Streaming};
use uuid::Uuid;

use crate::{
    connection::{Access, Export as Place, Server},
    failure::{Failure, Result},
    grpc::refused,
};

/// Options of commands about exports that are there already.
#[derive(Debug, clap::Args)]
pub(super) struct Within {
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    export: Place,
    #[command(flatten)]
    access: Access,
}

impl Within {
    /// Connects.
    pub(super) async fn open(&self) -> Result<Exports<'_>> {
        Exports::open(self.access.to(&self.export), self.workspace.as_deref()).await
    }
}

/// A line to the service.
pub(super) struct Exports<'a> {
    server: Server<'a>,
    client: ExportServiceClient<Channel>,
}

impl<'a> Exports<'a> {
    /// Connects to a server about a workspace; `None` leaves it to the token given.
    pub(super) async fn open(server: Server<'a>, workspace: Option<&str>) -> Result<Self> {
        let channel = server.as_exporter(workspace).await?;
        Ok(Self {
            server,
            client: ExportServiceClient::new(channel),
        })
    }

    /// Asks for an export.
    pub(super) async fn create(&self, export: ExportRequest) -> Result<Export> {
        let request = CreateExportRequest {
            export: Some(export),
            request_id: Some(Uuid::now_v7().to_string()),
        };
        let call = Call::plain().idempotent().request(request);
        let created = self.client.clone().create_export(call).await;
        let created = created.map_err(|status| self.failed("ask for the export", &status))?;
        Ok(created.into_inner().export.unwrap_or_default())
    }

    /// How an export goes on, until its end.
    pub(super) async fn watch(
        &self,
        id: &str,
    ) -> std::result::Result<Streaming<WatchExportResponse>, Status> {
        let request = WatchExportRequest { id: id.to_owned() };
        let call = Call::plain().endless().idempotent().request(request);
        let answer = self.client.clone().watch_export(call).await?;
        Ok(answer.into_inner())
    }

    /// Gives an export up.
    pub(super) async fn cancel(&self, id: &str) -> Result<Export> {
        let request = CancelExportRequest { id: id.to_owned() };
        let call = Call::plain().idempotent().request(request);
        let done = self.client.clone().cancel_export(call).await;
        let done = done.map_err(|status| self.failed("cancel the export", &status))?;
        Ok(done.into_inner().export.unwrap_or_default())
    }

    /// Takes an export out of the list.
    pub(super) async fn delete(&self, id: &str) -> Result<()> {
        let request = DeleteExportRequest { id: id.to_owned() };
        let call = Call::plain().request(request);
        let done = self.client.clone().delete_export(call).await;
        done.map_err(|status| self.failed("delete the export", &status))?;
        Ok(())
    }

    /// An address that a file is downloaded from.
    pub(super) async fn url(&self, id: &str, seconds: i32) -> Result<GetDownloadUrlResponse> {
        let request = GetDownloadUrlRequest {
            id: id.to_owned(),
            valid_seconds: Some(seconds),
        };
        let call = Call::plain().idempotent().request(request);
        let given = self.client.clone().get_download_url(call).await;
        let given = given.map_err(|status| self.failed("give an address", &status))?;
        Ok(given.into_inner())
    }

    /// The exports of a page.
    pub(super) async fn list(&self, request: ListExportsRequest) -> Result<ListExportsResponse> {
        let call = Call::plain().idempotent().request(request);
        let found = self.client.clone().list_exports(call).await;
        let found = found.map_err(|status| self.failed("list the exports", &status))?;
        Ok(found.into_inner())
    }

    /// The bytes of an export's file from `offset` on.
    pub(super) async fn bytes(
        &self,
        id: &str,
        offset: u64,
    ) -> std::result::Result<Streaming<DownloadExportResponse>, Status> {
        let request = DownloadExportRequest {
            id: id.to_owned(),
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
        };
        let call = Call::plain().endless().idempotent().request(request);
        let answer = self.client.clone().download_export(call).await?;
        Ok(answer.into_inner())
    }

    /// The failure of a call.
    pub(super) fn failed(&self, what: &str, status: &Status) -> Failure {
        refused(what, &self.server, status)
    }
}
