//! `DirectoryService`.

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_domain::scope::Permission;
use acuse_proto::convert::{dimension, entry, entry_to_wire};
use acuse_proto::message_state::directory_service_server::DirectoryService;
use acuse_proto::message_state::{
    ListEntriesRequest, ListEntriesResponse, UpsertEntriesRequest, UpsertEntriesResponse,
    UpsertEntryResult, UpsertOutcome,
};
use acuse_proto::types::ItemError;
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use acuse_store::directory::Upserted;
use tonic::{Request, Response, Status};

use super::items;
use crate::list_entries::list_entries;
use crate::parts::Parts;
use crate::upsert_entries::upsert_entries;

/// Entries of one call at most.
const MAX_ENTRIES: usize = 1_000;

/// Handlers of names.
pub(super) struct Directory(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn upsert_entries(
        &self,
        request: Request<UpsertEntriesRequest>,
    ) -> Result<Response<UpsertEntriesResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Admin)?;
        let entries = request.into_inner().entries;
        paging::check_count("entries", entries.len(), MAX_ENTRIES).or_status()?;
        let now = self.0.clock.now();
        let (good, errors) = items::sift(entries.into_iter().map(|wire| entry(wire, now)));
        let stored = upsert_entries(&self.0, &scope.workspace, good)
            .await
            .or_status()?;
        let results = results(errors, stored);
        Ok(Response::new(UpsertEntriesResponse { results }))
    }

    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let dimension = dimension(request.kind)
            .map_err(Error::invalid)
            .or_status()?;
        let size = paging::size("page_size", request.page_size).or_status()?;
        let listing = Listing {
            method: "ListEntries",
            request: &[dimension.as_str().as_bytes()],
            caller: access.caller(),
        };
        let pages = &self.0.pages;
        let after = paging::after(pages, &listing, &request.page_token).or_status()?;
        let mut found = list_entries(&self.0, &scope, dimension, &after, size + 1)
            .await
            .or_status()?;
        let next_page_token = paging::cut(pages, &listing, &mut found, size, |entry| {
            entry.external_id.as_bytes()
        });
        let entries = found
            .into_iter()
            .filter_map(|entry| entry_to_wire(entry.dimension, entry.external_id, entry.label))
            .collect();
        Ok(Response::new(ListEntriesResponse {
            entries,
            next_page_token,
        }))
    }
}

/// One result for each entry: its error, or the next of what became of those that went on.
fn results(errors: Vec<Option<ItemError>>, stored: Vec<Upserted>) -> Vec<UpsertEntryResult> {
    let mut stored = stored.into_iter();
    errors
        .into_iter()
        .map(|error| {
            let outcome = match (&error, &error.is_none().then(|| stored.next()).flatten()) {
                (None, Some(Upserted::Created)) => UpsertOutcome::Created,
                (None, Some(Upserted::Updated)) => UpsertOutcome::Updated,
                (None, Some(Upserted::Unchanged)) => UpsertOutcome::Unchanged,
                (Some(_), _) | (None, None) => UpsertOutcome::Rejected,
            };
            UpsertEntryResult {
                outcome: outcome.into(),
                error,
            }
        })
        .collect()
}
