//! `NotificationService`.

use std::collections::BTreeSet;
use std::sync::Arc;

use acuse_domain::calendar::Zone;
use acuse_domain::error::{Error, FieldViolation, Result as Checked};
use acuse_domain::scope::{Caller, Permission, Role, Scope};
use acuse_proto::convert::timestamp;
use acuse_proto::export::notification_service_server::NotificationService;
use acuse_proto::export::{
    ClearNotificationsRequest, ClearNotificationsResponse, ExportRequest, ListNotificationsRequest,
    ListNotificationsResponse, MarkNotificationsReadRequest, MarkNotificationsReadResponse,
    Notification as Wire, NotificationKind as WireKind, WatchNotificationsRequest,
    WatchNotificationsResponse,
};
use acuse_proto::reporting::period::Period;
use acuse_rpc::auth::caller;
use acuse_rpc::context::CallContext;
use acuse_rpc::paging::{self, Listing, PageTokens};
use acuse_rpc::server::Drain;
use acuse_rpc::status::{ResultExt as _, from_error};
use acuse_store::export::{Notification, NotificationKind, WhichNotifications};
use futures::stream::{self, BoxStream, StreamExt as _};
use prost::Message as _;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::details::failure;
use crate::notifications::{Watch, Watcher, clear, list_notifications, mark_read};
use crate::parts::Parts;
use crate::question;

/// Ids of one request at most.
const MOST_IDS: usize = 1_000;

/// Handlers of notifications.
pub(super) struct Notifications(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl NotificationService for Notifications {
    type WatchNotificationsStream = BoxStream<'static, Result<WatchNotificationsResponse, Status>>;

    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let pages = &self.0.pages;
        let listing = Listing {
            method: "ListNotifications",
            request: &[&[u8::from(request.unread)]],
            caller: access.caller(),
        };
        let before = pages.read(&listing, &request.page_token).or_status()?;
        let before = before.map(place).transpose().or_status()?;
        let asking = (access.caller(), &scope);
        let found = list_notifications(&self.0, asking, request.unread, before, size + 1);
        let mut page = found.await.or_status()?;
        let followed = page.notifications.len() > size;
        page.notifications.truncate(size);
        let last = page.notifications.last().filter(|_| followed);
        let next_page_token = last.map(|last| pages.issue(&listing, &last.sequence.to_le_bytes()));
        let told = Told::of(access.caller(), &scope);
        Ok(Response::new(ListNotificationsResponse {
            notifications: page.notifications.into_iter().map(to_wire).collect(),
            next_page_token: next_page_token.unwrap_or_default(),
            unread_count: i32::try_from(page.unread).unwrap_or(i32::MAX),
            resume_token: told.token(pages, page.last),
        }))
    }

    async fn watch_notifications(
        &self,
        request: Request<WatchNotificationsRequest>,
    ) -> Result<Response<Self::WatchNotificationsStream>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let drain = request.extensions().get::<Drain>().cloned();
        let drain = drain
            .ok_or_else(|| Error::internal("a call outside the server's layers"))
            .or_status()?;
        let told = Told::of(access.caller(), &scope);
        let from = told
            .place(&self.0.pages, &request.into_inner().resume_token)
            .or_status()?;
        let asking = (access.caller(), &scope);
        let mut watch = Watch::begin(&self.0, asking, from).await.or_status()?;
        let mut watcher = Watcher::new(drain, access.clone());
        // Begun here, so that what is wrong with the call is its answer.
        let first = watch.next(&mut watcher).await.or_status()?;
        let parts = Arc::clone(&self.0);
        let answer =
            move |told: &Told, found: Vec<Notification>, place| WatchNotificationsResponse {
                notifications: found.into_iter().map(to_wire).collect(),
                resume_token: told.token(&parts.pages, place),
            };
        let first = answer(&told, first, watch.place());
        let context = CallContext::current();
        let state = (watch, watcher, told, answer, context);
        let rest = stream::try_unfold(
            state,
            |(mut watch, mut watcher, told, answer, context)| async move {
                match watch.next(&mut watcher).await {
                    Ok(found) => {
                        let next = answer(&told, found, watch.place());
                        Ok(Some((next, (watch, watcher, told, answer, context))))
                    }
                    Err(error) => Err(in_call(context, error).await),
                }
            },
        );
        let answers = stream::iter([Ok(first)]).chain(rest);
        Ok(Response::new(answers.boxed()))
    }

    async fn mark_notifications_read(
        &self,
        request: Request<MarkNotificationsReadRequest>,
    ) -> Result<Response<MarkNotificationsReadResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let which = which(&request.ids, request.all).or_status()?;
        let asking = (access.caller(), &scope);
        let marked = mark_read(&self.0, asking, &which).await.or_status()?;
        Ok(Response::new(MarkNotificationsReadResponse {
            marked_count: i32::try_from(marked).unwrap_or(i32::MAX),
        }))
    }

    async fn clear_notifications(
        &self,
        request: Request<ClearNotificationsRequest>,
    ) -> Result<Response<ClearNotificationsResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let which = which(&request.ids, request.all).or_status()?;
        let asking = (access.caller(), &scope);
        let cleared = clear(&self.0, asking, &which).await.or_status()?;
        Ok(Response::new(ClearNotificationsResponse {
            cleared_count: i32::try_from(cleared).unwrap_or(i32::MAX),
        }))
    }
}

/// Places in what somebody is told. They are that person's, whatever they see at the moment.
struct Told(Caller);

impl Told {
    fn of(caller: &Caller, scope: &Scope) -> Self {
        Self(Caller {
            subject: caller.subject.clone(),
            role: Role::Service,
            permissions: BTreeSet::new(),
            scope: Some(Scope::whole(scope.workspace.clone())),
        })
    }

    fn listing(&self) -> Listing<'_> {
        Listing {
            method: "WatchNotifications",
            request: &[],
            caller: &self.0,
        }
    }

    fn token(&self, pages: &PageTokens, place: i64) -> String {
        pages.issue(&self.listing(), &place.to_le_bytes())
    }

    fn place(&self, pages: &PageTokens, token: &str) -> Checked<Option<i64>> {
        let found = pages.read(&self.listing(), token).map_err(|_| {
            let wrong = "is no token of this caller's notifications; give it as it came, or leave it out to begin at the present";
            Error::invalid_field("resume_token", wrong)
        })?;
        found.map(place).transpose()
    }
}

/// The number that a token holds.
fn place(bytes: Vec<u8>) -> Checked<i64> {
    // Only numbers are ever put into these tokens.
    let bytes = bytes.try_into();
    bytes
        .map(i64::from_le_bytes)
        .map_err(|_| Error::internal("a token of notifications without a number"))
}

fn which(ids: &[String], all: bool) -> Checked<WhichNotifications> {
    match (ids.len(), all) {
        (0, true) => return Ok(WhichNotifications::All),
        (0, false) => {
            let right = "must name 1 to 1,000 notifications, unless all of them are meant";
            return Err(Error::invalid_field("ids", right));
        }
        (_, true) => {
            return Err(Error::invalid_field(
                "all",
                "is not allowed together with ids",
            ));
        }
        (_, false) => paging::check_count("ids", ids.len(), MOST_IDS)?,
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (index, id) in ids.iter().enumerate() {
        match Uuid::try_parse(id) {
            Ok(id) => found.push(id),
            Err(_) => {
                let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
                faults.push(FieldViolation::new(format!("ids[{index}]"), right));
            }
        }
    }
    match faults.is_empty() {
        true => Ok(WhichNotifications::Ids(found)),
        false => Err(Error::invalid(faults)),
    }
}

fn to_wire(told: Notification) -> Wire {
    // What was stored was checked when it was; what this build cannot read of it is left out.
    let request = ExportRequest::decode(told.request.as_slice()).unwrap_or_default();
    let question = request.question.unwrap_or_default();
    let time_zone = question.time_zone.clone().unwrap_or_default();
    let zone: Zone = time_zone.parse().unwrap_or(Zone::UTC);
    let period = question::settled(question, told.asked_at, &zone).period;
    Wire {
        id: told.id.to_string(),
        kind: match told.kind {
            NotificationKind::ExportSucceeded => WireKind::ExportSucceeded,
            NotificationKind::ExportFailed => WireKind::ExportFailed,
            NotificationKind::RunFailed => WireKind::ScheduleRunFailed,
        }
        .into(),
        name: request.name.unwrap_or_default(),
        period: match period.and_then(|period| period.period) {
            Some(Period::Custom(interval)) => Some(interval),
            _ => None,
        },
        time_zone,
        export_id: told.export.map(|id| id.to_string()),
        schedule_id: told.schedule.map(|id| id.to_string()),
        failure: told.failure.map(failure),
        create_time: Some(timestamp(told.created_at)),
        read_time: told.read_at.map(timestamp),
        expire_time: Some(timestamp(told.expires_at)),
    }
}

/// The status for an error that comes after the handler has returned, under the id of its call.
async fn in_call(context: Option<CallContext>, error: Error) -> Status {
    match context {
        Some(context) => context.scope(async { from_error(error) }).await,
        None => from_error(error),
    }
}
