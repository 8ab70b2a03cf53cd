//! `MessageStateService`.

use std::sync::Arc;

use acuse_domain::error::{Error, Result};
use acuse_domain::ids::Digest;
use acuse_domain::scope::Permission;
use acuse_proto::convert::{Heard, Key, event, in_order, message_key, timeline};
use acuse_proto::message_state::message_state_service_server::MessageStateService;
use acuse_proto::message_state::{
    ApplyEventsRequest, ApplyEventsResponse, GetMessageRequest, GetMessageResponse,
    GetTimelineRequest, GetTimelineResponse, MessageKey, TimelineEntry,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use acuse_store::read::{Lookup, Piece};
use tonic::{Request, Response, Status};

use super::{details, items};
use crate::apply_events::apply_events;
use crate::config::MAX_EVENTS;
use crate::get_message::get_message;
use crate::get_timeline::get_timeline;
use crate::parts::Parts;

/// Handlers of messages.
pub(super) struct Messages(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl MessageStateService for Messages {
    async fn apply_events(
        &self,
        request: Request<ApplyEventsRequest>,
    ) -> std::result::Result<Response<ApplyEventsResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Ingest)?;
        let events = request.into_inner().events;
        paging::check_count("events", events.len(), MAX_EVENTS).or_status()?;
        let now = self.0.clock.now();
        let checked = events.into_iter().map(|wire| event(wire, now));
        let (good, errors) = items::sift(checked);
        let fates = apply_events(&self.0, &scope.workspace, good)
            .await
            .or_status()?;
        let results = items::results(errors, fates);
        Ok(Response::new(ApplyEventsResponse { results }))
    }

    async fn get_message(
        &self,
        request: Request<GetMessageRequest>,
    ) -> std::result::Result<Response<GetMessageResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let (lookup, _) = lookup(request.into_inner().key).or_status()?;
        let found = get_message(&self.0, &scope, lookup).await.or_status()?;
        let message = Some(details::to_wire(found));
        Ok(Response::new(GetMessageResponse { message }))
    }

    async fn get_timeline(
        &self,
        request: Request<GetTimelineRequest>,
    ) -> std::result::Result<Response<GetTimelineResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let (lookup, key) = lookup(request.key).or_status()?;
        let listing = Listing {
            method: "GetTimeline",
            request: &[&key],
            caller: access.caller(),
        };
        let pages = &self.0.pages;
        let place = pages.read(&listing, &request.page_token).or_status()?;
        let (outbound, pieces) = get_timeline(&self.0, &scope, lookup).await.or_status()?;

        let mut heard: Vec<Heard> = pieces.into_iter().map(heard).collect();
        in_order(&mut heard);
        let digests: Vec<Digest> = heard.iter().map(Heard::digest).collect();
        let entries = timeline(&outbound, heard);
        let mut entries: Vec<(Digest, TimelineEntry)> = digests.into_iter().zip(entries).collect();
        if let Some(place) = place {
            // Evidence is never taken away, but for a watermark that covers the message no longer: then from the beginning again.
            let read = entries.iter().position(|(digest, _)| digest.0[..] == place);
            entries.drain(..read.map_or(0, |index| index + 1));
        }
        let next_page_token =
            paging::cut(pages, &listing, &mut entries, size, |(digest, _)| &digest.0);
        Ok(Response::new(GetTimelineResponse {
            message_id: outbound.id.to_string(),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            next_page_token,
        }))
    }
}

/// By what a message is looked up, with bytes that are the same for the same key.
fn lookup(wire: Option<MessageKey>) -> Result<(Lookup, Vec<u8>)> {
    match message_key(wire).map_err(Error::invalid)? {
        Key::Id(id) => Ok((Lookup::Id(id), id.0.as_bytes().to_vec())),
        Key::Names(names) => {
            let key = names.keys().next();
            let key =
                key.ok_or_else(|| Error::internal("a key without a name passed the check"))?;
            Ok((Lookup::Key(key), key.0.to_vec()))
        }
    }
}

fn heard(piece: Piece) -> Heard {
    Heard {
        evidence: piece.evidence,
        watermark: piece.watermark,
        // Who it was is kept with the message alone.
        recipient: None,
        received_at: piece.received_at,
    }
}
