//! `NotUnderstoodService`.

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_proto::ingestion::not_understood_service_server::NotUnderstoodService;
use acuse_proto::ingestion::replay_not_understood_request::Which;
use acuse_proto::ingestion::{
    CountNotUnderstoodRequest, CountNotUnderstoodResponse, DeleteNotUnderstoodRequest,
    DeleteNotUnderstoodResponse, GetNotUnderstoodRequest, GetNotUnderstoodResponse,
    ListNotUnderstoodRequest, ListNotUnderstoodResponse, ReplayNotUnderstoodRequest,
    ReplayNotUnderstoodResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use acuse_store::ingestion::{Filter, NotUnderstood, Place, Wanted};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{kept, workspace_of};
use crate::count_not_understood::count_not_understood;
use crate::delete_not_understood::delete_not_understood;
use crate::get_not_understood::get_not_understood;
use crate::list_not_understood::list_not_understood;
use crate::parts::Parts;
use crate::replay_not_understood::replay_not_understood;

/// Handlers of what was not understood.
pub(super) struct KeptPayloads(pub(super) Arc<Parts>);

impl KeptPayloads {
    /// Where a listing goes on.
    fn after(&self, listing: &Listing<'_>, token: &str) -> Result<Option<Place>, Error> {
        let place = self.0.pages.read(listing, token)?;
        place.as_deref().map(kept::place).transpose()
    }

    /// The token to go on with; empty without a place.
    fn token(&self, listing: &Listing<'_>, next: Option<Place>) -> String {
        next.map(|place| self.0.pages.issue(listing, &kept::place_bytes(place)))
            .unwrap_or_default()
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[tonic::async_trait]
impl NotUnderstoodService for KeptPayloads {
    async fn list_not_understood(
        &self,
        request: Request<ListNotUnderstoodRequest>,
    ) -> Result<Response<ListNotUnderstoodResponse>, Status> {
        let access = caller(&request)?;
        let slug = workspace_of(&access)?;
        let request = request.into_inner();
        let limit = paging::size("page_size", request.page_size).or_status()?;
        let asked = request.filter.clone().unwrap_or_default().encode_to_vec();
        let with_bodies = request.with_payload;
        let listing = Listing {
            method: "ListNotUnderstood",
            request: &[&asked, &[u8::from(with_bodies)]],
            caller: access.caller(),
        };
        let wanted = Wanted {
            filter: kept::filter(request.filter).or_status()?,
            after: self.after(&listing, &request.page_token).or_status()?,
            limit,
            with_bodies,
        };
        let page = list_not_understood(&self.0, &slug, wanted)
            .await
            .or_status()?;
        let last = page.found.last().map(NotUnderstood::place);
        let payloads = page.found.into_iter();
        Ok(Response::new(ListNotUnderstoodResponse {
            payloads: payloads
                .map(|one| kept::payload(one, with_bodies))
                .collect(),
            next_page_token: self.token(&listing, last.filter(|_| page.more)),
        }))
    }

    async fn count_not_understood(
        &self,
        request: Request<CountNotUnderstoodRequest>,
    ) -> Result<Response<CountNotUnderstoodResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let filter = kept::filter(request.into_inner().filter).or_status()?;
        let counts = count_not_understood(&self.0, &slug, filter)
            .await
            .or_status()?;
        Ok(Response::new(CountNotUnderstoodResponse {
            counts: counts.counted.into_iter().map(kept::count).collect(),
            payloads: counts.payloads,
        }))
    }

    async fn get_not_understood(
        &self,
        request: Request<GetNotUnderstoodRequest>,
    ) -> Result<Response<GetNotUnderstoodResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let digest = kept::digest("id", &request.into_inner().id).or_status()?;
        let found = get_not_understood(&self.0, &slug, digest)
            .await
            .or_status()?;
        let payload = Some(kept::payload(found, true));
        Ok(Response::new(GetNotUnderstoodResponse { payload }))
    }

    async fn replay_not_understood(
        &self,
        request: Request<ReplayNotUnderstoodRequest>,
    ) -> Result<Response<ReplayNotUnderstoodResponse>, Status> {
        let access = caller(&request)?;
        let slug = workspace_of(&access)?;
        let request = request.into_inner();
        let most = paging::size("page_size", request.page_size).or_status()?;
        let asked = ReplayNotUnderstoodRequest {
            which: request.which.clone(),
            ..ReplayNotUnderstoodRequest::default()
        };
        let asked = asked.encode_to_vec();
        let listing = Listing {
            method: "ReplayNotUnderstood",
            request: &[&asked],
            caller: access.caller(),
        };
        let after = self.after(&listing, &request.page_token).or_status()?;
        let filter = match request.which {
            Some(Which::Id(id)) => {
                let digest = kept::digest("id", &id).or_status()?;
                // One that is not there is no success.
                get_not_understood(&self.0, &slug, digest)
                    .await
                    .or_status()?;
                Filter {
                    digest: Some(digest),
                    ..Filter::default()
                }
            }
            Some(Which::Filter(filter)) => kept::filter(Some(filter)).or_status()?,
            None => {
                let fault = "must be given: id, or filter, which without a condition means all";
                return Err(Error::invalid_field("which", fault)).or_status();
            }
        };
        let replayed = replay_not_understood(&self.0, &slug, filter, after, most)
            .await
            .or_status()?;
        Ok(Response::new(ReplayNotUnderstoodResponse {
            read: count(replayed.read),
            understood: count(replayed.understood),
            kept: count(replayed.read - replayed.understood),
            items_applied: count(replayed.items_applied),
            next_page_token: self.token(&listing, replayed.next),
            failed: count(replayed.failed.len()),
            failures: replayed.failed.into_iter().map(kept::failure).collect(),
        }))
    }

    async fn delete_not_understood(
        &self,
        request: Request<DeleteNotUnderstoodRequest>,
    ) -> Result<Response<DeleteNotUnderstoodResponse>, Status> {
        let slug = workspace_of(&caller(&request)?)?;
        let digest = kept::digest("id", &request.into_inner().id).or_status()?;
        delete_not_understood(&self.0, &slug, digest)
            .await
            .or_status()?;
        Ok(Response::new(DeleteNotUnderstoodResponse {}))
    }
}
