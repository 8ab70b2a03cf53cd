//! `WorkspaceService`.

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_domain::scope::{Permission, Role};
use acuse_proto::convert::{reported_stages, reported_stages_to_wire, timestamp};
use acuse_proto::message_state::workspace_service_server::WorkspaceService;
use acuse_proto::message_state::{
    CreateWorkspaceRequest, CreateWorkspaceResponse, GetReportedStagesRequest,
    GetReportedStagesResponse, GetWorkspaceRequest, GetWorkspaceResponse, ListWorkspacesRequest,
    ListWorkspacesResponse, Restaging as WireRestaging, SetReportedStagesRequest,
    SetReportedStagesResponse, UpdateWorkspaceRequest, UpdateWorkspaceResponse,
};
use acuse_rpc::auth::{Access, caller};
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::{ResultExt as _, from_error};
use acuse_store::restage::Restaging;
use tonic::{Request, Response, Status};

use super::settings;
use crate::create_workspace::create_workspace;
use crate::get_reported_stages::get_reported_stages;
use crate::get_workspace::{get_workspace, not_found};
use crate::list_workspaces::list_workspaces;
use crate::parts::Parts;
use crate::set_reported_stages::set_reported_stages;
use crate::update_workspace::update_workspace;

/// Handlers of workspaces.
pub(super) struct Workspaces(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl WorkspaceService for Workspaces {
    async fn create_workspace(
        &self,
        request: Request<CreateWorkspaceRequest>,
    ) -> Result<Response<CreateWorkspaceResponse>, Status> {
        caller(&request)?.require_operator()?;
        let new = settings::new_workspace(request.into_inner().workspace).or_status()?;
        let created = create_workspace(&self.0, new).await.or_status()?;
        let workspace = Some(settings::to_wire(created));
        Ok(Response::new(CreateWorkspaceResponse { workspace }))
    }

    async fn get_workspace(
        &self,
        request: Request<GetWorkspaceRequest>,
    ) -> Result<Response<GetWorkspaceResponse>, Status> {
        let reach = Reach::of(&caller(&request)?)?;
        let slug = settings::named_slug("slug", request.into_inner().slug).or_status()?;
        reach.check(&slug)?;
        let found = get_workspace(&self.0, &slug).await.or_status()?;
        let workspace = Some(settings::to_wire(found));
        Ok(Response::new(GetWorkspaceResponse { workspace }))
    }

    async fn list_workspaces(
        &self,
        request: Request<ListWorkspacesRequest>,
    ) -> Result<Response<ListWorkspacesResponse>, Status> {
        let access = caller(&request)?;
        access.require_operator()?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let listing = Listing {
            method: "ListWorkspaces",
            request: &[],
            caller: access.caller(),
        };
        let pages = &self.0.pages;
        let after = paging::after(pages, &listing, &request.page_token).or_status()?;
        let mut found = list_workspaces(&self.0, &after, size + 1)
            .await
            .or_status()?;
        let next_page_token = paging::cut(pages, &listing, &mut found, size, |workspace| {
            workspace.slug.as_bytes()
        });
        let workspaces = found.into_iter().map(settings::to_wire).collect();
        Ok(Response::new(ListWorkspacesResponse {
            workspaces,
            next_page_token,
        }))
    }

    async fn update_workspace(
        &self,
        request: Request<UpdateWorkspaceRequest>,
    ) -> Result<Response<UpdateWorkspaceResponse>, Status> {
        let reach = Reach::of(&caller(&request)?)?;
        let request = request.into_inner();
        let wire = request.workspace.unwrap_or_default();
        let slug = settings::named_slug("workspace.slug", wire.slug.clone()).or_status()?;
        reach.check(&slug)?;
        let change = settings::change(wire, request.update_mask).or_status()?;
        let changed = update_workspace(&self.0, &slug, change).await.or_status()?;
        let workspace = Some(settings::to_wire(changed));
        Ok(Response::new(UpdateWorkspaceResponse { workspace }))
    }

    async fn set_reported_stages(
        &self,
        request: Request<SetReportedStagesRequest>,
    ) -> Result<Response<SetReportedStagesResponse>, Status> {
        let reach = Reach::of(&caller(&request)?)?;
        let mut request = request.into_inner();
        let slug = std::mem::take(&mut request.workspace);
        let slug = settings::named_slug("workspace", slug).or_status()?;
        reach.check(&slug)?;
        let (channel, account, stages) = reported_stages(request)
            .map_err(Error::invalid)
            .or_status()?;
        let left = set_reported_stages(&self.0, &slug, channel, &account, stages)
            .await
            .or_status()?;
        Ok(Response::new(SetReportedStagesResponse {
            restaging: left.map(restaging),
        }))
    }

    async fn get_reported_stages(
        &self,
        request: Request<GetReportedStagesRequest>,
    ) -> Result<Response<GetReportedStagesResponse>, Status> {
        let reach = Reach::of(&caller(&request)?)?;
        let slug = request.into_inner().workspace;
        let slug = settings::named_slug("workspace", slug).or_status()?;
        reach.check(&slug)?;
        let found = get_reported_stages(&self.0, &slug).await.or_status()?;
        let accounts = found.accounts.into_iter();
        let accounts =
            accounts.map(|said| reported_stages_to_wire(said.channel, said.account, said.stages));
        Ok(Response::new(GetReportedStagesResponse {
            accounts: accounts.collect(),
            restaging: found.restaging.map(restaging),
        }))
    }
}

fn restaging(found: Restaging) -> WireRestaging {
    WireRestaging {
        messages_seen: found.messages_seen,
        messages_changed: found.messages_changed,
        begun_at: Some(timestamp(found.begun_at)),
        updated_at: Some(timestamp(found.updated_at)),
    }
}

/// Which workspaces a caller may look after.
enum Reach {
    /// Every one: an operator's.
    Every,
    /// Their own.
    Own(String),
}

impl Reach {
    fn of(access: &Access) -> Result<Self, Status> {
        if access.caller().role == Role::Operator {
            access.require_operator()?;
            return Ok(Self::Every);
        }
        let scope = access.require(Permission::Admin)?;
        Ok(Self::Own(scope.workspace))
    }

    /// Lets pass what is within reach; anything else does not exist.
    fn check(&self, slug: &str) -> Result<(), Status> {
        match self {
            Self::Own(own) if own != slug => Err(from_error(not_found())),
            Self::Own(_) | Self::Every => Ok(()),
        }
    }
}
