//! `IntegrationService`.

use std::sync::Arc;

use acuse_proto::ingestion::integration_service_server::IntegrationService;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, CreateIntegrationResponse, DeleteIntegrationRequest,
    DeleteIntegrationResponse, GetIntegrationRequest, GetIntegrationResponse,
    ListIntegrationsRequest, ListIntegrationsResponse, TestIntegrationRequest,
    TestIntegrationResponse, UpdateIntegrationRequest, UpdateIntegrationResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use tonic::{Request, Response, Status};

use super::{draft, integration, tested, workspace_of};
use crate::create_integration::create_integration;
use crate::delete_integration::delete_integration;
use crate::get_integration::get_integration;
use crate::list_integrations::list_integrations;
use crate::parts::Parts;
use crate::test_integration::test_integration;
use crate::update_integration::update_integration;

/// Integrations of a page at most: each may hold 77 KiB of channel accounts, and clients take 4 MiB unless they are told
/// otherwise.
const LARGEST_PAGE: usize = 50;

/// Handlers of integrations.
pub(super) struct Integrations(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl IntegrationService for Integrations {
    async fn create_integration(
        &self,
        request: Request<CreateIntegrationRequest>,
    ) -> Result<Response<CreateIntegrationResponse>, Status> {
        let access = caller(&request)?;
        let slug = workspace_of(&access)?;
        let draft = draft::draft(request.into_inner(), self.0.clock.now()).or_status()?;
        let created = create_integration(&self.0, access.caller(), &slug, draft)
            .await
            .or_status()?;
        let integration = Some(integration::to_wire(created));
        Ok(Response::new(CreateIntegrationResponse { integration }))
    }

    async fn get_integration(
        &self,
        request: Request<GetIntegrationRequest>,
    ) -> Result<Response<GetIntegrationResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let id = integration::id("id", &request.into_inner().id).or_status()?;
        let found = get_integration(&self.0, &slug, id).await.or_status()?;
        let integration = Some(integration::to_wire(found));
        Ok(Response::new(GetIntegrationResponse { integration }))
    }

    async fn list_integrations(
        &self,
        request: Request<ListIntegrationsRequest>,
    ) -> Result<Response<ListIntegrationsResponse>, Status> {
        let access = caller(&request)?;
        let slug = workspace_of(&access)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let size = size.min(LARGEST_PAGE);
        let listing = Listing {
            method: "ListIntegrations",
            request: &[],
            caller: access.caller(),
        };
        let pages = &self.0.pages;
        let after = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let mut found = list_integrations(&self.0, &slug, after, size + 1)
            .await
            .or_status()?;
        let next_page_token = paging::cut(pages, &listing, &mut found, size, |integration| {
            integration.id.as_bytes()
        });
        Ok(Response::new(ListIntegrationsResponse {
            integrations: found.into_iter().map(integration::to_wire).collect(),
            next_page_token,
        }))
    }

    async fn update_integration(
        &self,
        request: Request<UpdateIntegrationRequest>,
    ) -> Result<Response<UpdateIntegrationResponse>, Status> {
        let access = caller(&request)?;
        let slug = workspace_of(&access)?;
        let request = request.into_inner();
        let text = request.integration.as_ref().map_or("", |wire| &wire.id);
        let id = integration::id("integration.id", text).or_status()?;
        let present = get_integration(&self.0, &slug, id).await.or_status()?;
        let revision = draft::revision(request, &present, self.0.clock.now()).or_status()?;
        let changed = update_integration(&self.0, access.caller(), &present, revision)
            .await
            .or_status()?;
        let integration = Some(integration::to_wire(changed));
        Ok(Response::new(UpdateIntegrationResponse { integration }))
    }

    async fn delete_integration(
        &self,
        request: Request<DeleteIntegrationRequest>,
    ) -> Result<Response<DeleteIntegrationResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let id = integration::id("id", &request.into_inner().id).or_status()?;
        delete_integration(&self.0, &slug, id).await.or_status()?;
        Ok(Response::new(DeleteIntegrationResponse {}))
    }

    async fn test_integration(
        &self,
        request: Request<TestIntegrationRequest>,
    ) -> Result<Response<TestIntegrationResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let request = request.into_inner();
        let id = integration::id("id", &request.id).or_status()?;
        let handed = tested::checked(request.payload, request.headers, request.url).or_status()?;
        let tested = test_integration(&self.0, &slug, id, handed)
            .await
            .or_status()?;
        Ok(Response::new(tested::to_wire(tested)))
    }
}
