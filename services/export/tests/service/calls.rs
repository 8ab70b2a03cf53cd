//! What callers ask of a rig's service.

use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{
    CancelExportRequest, CreateExportRequest, DeleteExportRequest, DownloadExportRequest, Export,
    ExportRequest, ExportState, GetDownloadUrlRequest, GetDownloadUrlResponse, GetExportRequest,
    ListExportsRequest, ListExportsResponse, WatchExportRequest,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_testkit::service::eventually;
use tonic::Status;

use crate::rig::{PATIENCE, Rig};
use crate::watching::Watched;

impl Rig {
    pub(crate) async fn create(
        &self,
        token: &Secret,
        export: ExportRequest,
    ) -> Result<Export, Status> {
        self.ask(token, export, None).await
    }

    pub(crate) async fn ask(
        &self,
        token: &Secret,
        export: ExportRequest,
        request_id: Option<String>,
    ) -> Result<Export, Status> {
        let request = CreateExportRequest {
            export: Some(export),
            request_id,
        };
        let answer = self.client(token).create_export(request).await?;
        Ok(answer.into_inner().export.unwrap())
    }

    pub(crate) async fn get(&self, token: &Secret, id: &str) -> Result<Export, Status> {
        let request = GetExportRequest { id: id.to_owned() };
        let answer = self.client(token).get_export(request).await?;
        Ok(answer.into_inner().export.unwrap())
    }

    pub(crate) async fn cancel(&self, token: &Secret, id: &str) -> Result<Export, Status> {
        let request = CancelExportRequest { id: id.to_owned() };
        let answer = self.client(token).cancel_export(request).await?;
        Ok(answer.into_inner().export.unwrap())
    }

    pub(crate) async fn delete(&self, token: &Secret, id: &str) -> Result<(), Status> {
        let request = DeleteExportRequest { id: id.to_owned() };
        self.client(token).delete_export(request).await.map(drop)
    }

    pub(crate) async fn watch(&self, token: &Secret, id: &str) -> Result<Watched, Status> {
        let request = WatchExportRequest { id: id.to_owned() };
        let call = Call::plain().endless().request(request);
        let answer = self.client(token).watch_export(call).await?;
        Ok(Watched::of(answer.into_inner()))
    }

    pub(crate) async fn url(
        &self,
        token: &Secret,
        id: &str,
        valid_seconds: Option<i32>,
    ) -> Result<GetDownloadUrlResponse, Status> {
        let request = GetDownloadUrlRequest {
            id: id.to_owned(),
            valid_seconds,
        };
        let answer = self.client(token).get_download_url(request).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn list(
        &self,
        token: &Secret,
        page_size: i32,
        page_token: String,
    ) -> Result<ListExportsResponse, Status> {
        let request = ListExportsRequest {
            page_size,
            page_token,
            ..ListExportsRequest::default()
        };
        self.list_of(token, request).await
    }

    pub(crate) async fn list_of(
        &self,
        token: &Secret,
        request: ListExportsRequest,
    ) -> Result<ListExportsResponse, Status> {
        let answer = self.client(token).list_exports(request).await?;
        Ok(answer.into_inner())
    }

    /// The pieces of a file.
    pub(crate) async fn download(
        &self,
        token: &Secret,
        id: &str,
        offset: i64,
    ) -> Result<Vec<Vec<u8>>, Status> {
        let channel = self.channel(Credentials::Bearer(token.clone()));
        self.download_from(channel, id, offset).await
    }

    /// The same from another replica.
    pub(crate) async fn download_from(
        &self,
        channel: Channel,
        id: &str,
        offset: i64,
    ) -> Result<Vec<Vec<u8>>, Status> {
        let request = DownloadExportRequest {
            id: id.to_owned(),
            offset,
        };
        let mut client = ExportServiceClient::new(channel);
        let answer = client.download_export(request).await?;
        let mut stream = answer.into_inner();
        let mut pieces = Vec::new();
        while let Some(piece) = stream.message().await? {
            pieces.push(piece.chunk);
        }
        Ok(pieces)
    }

    /// An export once it stands there.
    pub(crate) async fn until(&self, token: &Secret, id: &str, state: ExportState) -> Export {
        eventually(PATIENCE, || async {
            let found = self.get(token, id).await.unwrap();
            (found.state() == state).then_some(found)
        })
        .await
    }
}
