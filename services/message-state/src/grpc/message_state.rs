//! `MessageStateService`.

use std::sync::Arc;

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::ids::Digest;
use acuse_domain::scope::{Permission, Scope};
use acuse_proto::convert::{
    Heard, Key, change_filter, in_order, message_key, message_keys, timeline,
};
use acuse_proto::message_state::message_state_service_server::MessageStateService;
use acuse_proto::message_state::{
    ApplyEventsRequest, ApplyEventsResponse, BatchApplyEventsRequest, BatchApplyEventsResponse,
    BatchGetMessagesRequest, BatchGetMessagesResponse, BatchGetMessagesResult, ChangeFilter,
    GetConversationRequest, GetConversationResponse, GetMessageRequest, GetMessageResponse,
    GetTimelineRequest, GetTimelineResponse, ListChangesRequest, ListChangesResponse,
    TimelineEntry, WatchMessagesRequest, WatchMessagesResponse,
};
use acuse_rpc::auth::{Access, caller};
use acuse_rpc::context::CallContext;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::server::Drain;
use acuse_rpc::status::ResultExt as _;
use acuse_store::read::{Lookup, Piece};
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::batch::{self, Batch};
use super::changes::Question;
use super::{details, in_call};
use crate::batch_get_messages::batch_get_messages;
use crate::config::MAX_EVENTS;
use crate::get_conversation::get_conversation;
use crate::get_message::get_message;
use crate::get_timeline::get_timeline;
use crate::parts::Parts;
use crate::watch_messages::Watcher;

/// Messages that may be asked for at once: so many of usual length are an answer that every client takes.
const MAX_KEYS: usize = 200;

/// Messages on one side of another, of a conversation: as many as there may be, and as many as there are unless asked.
const BESIDE: (i32, i32) = (100, 20);

/// Handlers of messages.
pub(super) struct Messages(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl MessageStateService for Messages {
    type WatchMessagesStream =
        BoxStream<'static, std::result::Result<WatchMessagesResponse, Status>>;

    async fn apply_events(
        &self,
        request: Request<ApplyEventsRequest>,
    ) -> std::result::Result<Response<ApplyEventsResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Ingest)?;
        let request = request.into_inner();
        paging::check_count("events", request.events.len(), MAX_EVENTS).or_status()?;
        let taken = Batch::read(scope.workspace, request.events, self.0.clock.now());
        let results = taken.apply(&self.0).await.or_status()?;
        Ok(Response::new(ApplyEventsResponse { results }))
    }

    async fn batch_apply_events(
        &self,
        request: Request<BatchApplyEventsRequest>,
    ) -> std::result::Result<Response<BatchApplyEventsResponse>, Status> {
        caller(&request)?.require_peer_operator(Permission::Ingest)?;
        let parts = request.into_inner().parts;
        batch::check(&parts).or_status()?;
        let now = self.0.clock.now();
        // All are read before the first is handed on, so that one transaction takes them.
        let parts: Vec<Batch> = parts
            .into_iter()
            .map(|part| Batch::read(part.workspace, part.events, now))
            .collect();
        let parts = batch::apply_all(&self.0, parts).await.or_status()?;
        Ok(Response::new(BatchApplyEventsResponse { parts }))
    }

    async fn get_message(
        &self,
        request: Request<GetMessageRequest>,
    ) -> std::result::Result<Response<GetMessageResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let key = message_key(request.into_inner().key).map_err(Error::invalid);
        let (lookup, _) = key.and_then(lookup).or_status()?;
        let found = get_message(&self.0, &scope, lookup).await.or_status()?;
        let message = Some(details::to_wire(found));
        Ok(Response::new(GetMessageResponse { message }))
    }

    async fn get_conversation(
        &self,
        request: Request<GetConversationRequest>,
    ) -> std::result::Result<Response<GetConversationResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let (lookup, sides) = around(request.into_inner()).or_status()?;
        let found = get_conversation(&self.0, &scope, lookup, sides).await;
        Ok(Response::new(details::around(found.or_status()?)))
    }

    async fn batch_get_messages(
        &self,
        request: Request<BatchGetMessagesRequest>,
    ) -> std::result::Result<Response<BatchGetMessagesResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let wire = request.into_inner().keys;
        paging::check_count("keys", wire.len(), MAX_KEYS).or_status()?;
        let keys = message_keys(wire.clone()).map_err(Error::invalid);
        let lookups = keys
            .and_then(|keys| keys.into_iter().map(|key| Ok(lookup(key)?.0)).collect())
            .or_status()?;
        let found = batch_get_messages(&self.0, &scope, lookups)
            .await
            .or_status()?;
        let results = wire.into_iter().zip(found);
        Ok(Response::new(BatchGetMessagesResponse {
            results: results
                .map(|(key, found)| BatchGetMessagesResult {
                    key: Some(key),
                    message: found.map(details::to_wire),
                })
                .collect(),
        }))
    }

    async fn get_timeline(
        &self,
        request: Request<GetTimelineRequest>,
    ) -> std::result::Result<Response<GetTimelineResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let key = message_key(request.key).map_err(Error::invalid);
        let (lookup, key) = key.and_then(lookup).or_status()?;
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

    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> std::result::Result<Response<ListChangesResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let question = self.question(&access, scope, request.filter).or_status()?;
        let from = question.from("page_token", &request.page_token, request.from_oldest);
        let page = question.page(from.or_status()?, size).await.or_status()?;
        Ok(Response::new(page))
    }

    async fn watch_messages(
        &self,
        request: Request<WatchMessagesRequest>,
    ) -> std::result::Result<Response<Self::WatchMessagesStream>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let drain = request.extensions().get::<Drain>().cloned();
        let request = request.into_inner();
        let question = self.question(&access, scope, request.filter).or_status()?;
        let from = question
            .from("resume_token", &request.resume_token, request.from_oldest)
            .or_status()?;
        let workspace = self
            .0
            .workspaces
            .number(&self.0.database, &question.scope.workspace);
        let newest = self.0.heads.follow(workspace.await.or_status()?);
        let drain = drain
            .ok_or_else(|| Error::internal("a call outside the server's layers"))
            .or_status()?;
        // Begun here, so that what is wrong with the call is its answer.
        let mut watcher = Watcher::new(newest, drain, access);
        let first = question.next(&mut watcher, from).await.or_status()?;
        let (answer, from) = first;
        let context = CallContext::current();
        let state = (question, watcher, from, context);
        let rest = stream::try_unfold(state, |(question, mut watcher, from, context)| async move {
            match question.next(&mut watcher, from).await {
                Ok((answer, from)) => Ok(Some((answer, (question, watcher, from, context)))),
                Err(error) => Err(in_call(context, error).await),
            }
        });
        let answers = stream::iter([Ok(answer)]).chain(rest);
        Ok(Response::new(answers.boxed()))
    }
}

impl Messages {
    fn question(
        &self,
        access: &Access,
        scope: Scope,
        filter: Option<ChangeFilter>,
    ) -> Result<Question> {
        Ok(Question {
            parts: Arc::clone(&self.0),
            caller: access.caller().clone(),
            scope,
            filter: change_filter(filter).map_err(Error::invalid)?,
        })
    }
}

/// By what a message is looked up, with bytes that are the same for the same key.
fn lookup(key: Key) -> Result<(Lookup, Vec<u8>)> {
    match key {
        Key::Id(id) => Ok((Lookup::Id(id), id.0.as_bytes().to_vec())),
        Key::Names(names) => {
            let key = names.keys().next();
            let key =
                key.ok_or_else(|| Error::internal("a key without a name passed the check"))?;
            Ok((Lookup::Key(key), key.0.to_vec()))
        }
    }
}

/// Around which message a conversation is asked for, and how much of it on either side.
fn around(request: GetConversationRequest) -> Result<(Lookup, (usize, usize))> {
    let (most, usual) = BESIDE;
    let mut violations = Vec::new();
    let mut side = |field: &str, asked: Option<i32>| {
        let count = asked.unwrap_or(usual);
        if !(0..=most).contains(&count) {
            let text = format!("must be from 0 to {most}, or be left out");
            violations.push(FieldViolation::new(field, text));
        }
        usize::try_from(count).unwrap_or_default()
    };
    let sides = (side("before", request.before), side("after", request.after));
    let key = message_key(request.key).map_err(|of_key| violations.extend(of_key));
    match key {
        Ok(key) if violations.is_empty() => Ok((lookup(key)?.0, sides)),
        _ => Err(Error::invalid(violations)),
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
