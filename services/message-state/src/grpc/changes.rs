//! Changes for the wire: which messages changed, in pages and as a stream.

use std::sync::Arc;

use acuse_domain::contribution::{Contribution, Dimensions, Measures, SentMeasures, stage_bit};
use acuse_domain::error::{Error, Result};
use acuse_domain::kinds::{MessageState, Stage};
use acuse_domain::scope::{Caller, Scope};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{ChangeFilter, timestamp};
use acuse_proto::message_state::{
    ChangeKind, ListChangesResponse, MessageChange, WatchMessagesResponse,
};
use acuse_proto::types;
use acuse_rpc::paging::Listing;
use acuse_store::read::Changed;
use acuse_store::workspaces::Workspace;
use prost::Message as _;

use super::details;
use crate::get_message::found;
use crate::list_changes::{From, Page, list_changes};
use crate::parts::Parts;
use crate::watch_messages::Watcher;

/// The messages of one answer take at most so many bytes, but for one that takes more by itself: clients take 4 MiB unless
/// told otherwise.
const MOST_BYTES: usize = 3 << 20;

/// Messages of one answer of a watch.
const WATCH_SIZE: usize = 500;

/// Which changes a caller asks for, and what signs the places in them.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) parts: Arc<Parts>,
    pub(super) caller: Caller,
    pub(super) scope: Scope,
    pub(super) filter: ChangeFilter,
}

/// A page for the wire.
struct WirePage {
    changes: Vec<MessageChange>,
    place: i64,
    has_more: bool,
}

impl Question {
    /// Where to begin, by the token in `field`.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for a token that is of anything else.
    pub(super) fn from(&self, field: &str, token: &str, from_oldest: bool) -> Result<From> {
        let bytes = self.filter.bytes();
        let place = self.parts.pages.read(&self.listing(&[&bytes]), token);
        let place = place.map_err(|_| {
            let wrong = "is no token of changes of this filter and caller; give it as it came, or leave it out to begin at the present";
            Error::invalid_field(field, wrong)
        })?;
        match place {
            None if from_oldest => Ok(From::Oldest),
            None => Ok(From::Now),
            // Only sequences are ever put into these tokens.
            Some(place) => {
                let place = place.try_into().map(i64::from_le_bytes);
                place
                    .map(From::Place)
                    .map_err(|_| Error::internal("a token of changes without a sequence"))
            }
        }
    }

    fn token(&self, place: i64) -> String {
        let bytes = self.filter.bytes();
        let pages = &self.parts.pages;
        pages.issue(&self.listing(&[&bytes]), &place.to_le_bytes())
    }

    /// Tokens of pages and of watches are the same.
    fn listing<'a>(&'a self, request: &'a [&'a [u8]]) -> Listing<'a> {
        Listing {
            method: "Changes",
            request,
            caller: &self.caller,
        }
    }

    /// A page of up to `size` messages.
    ///
    /// # Errors
    ///
    /// As [`list_changes`] fails.
    pub(super) async fn page(&self, from: From, size: usize) -> Result<ListChangesResponse> {
        let page = self.fitting(from, size).await?;
        Ok(ListChangesResponse {
            next_page_token: self.token(page.place),
            changes: page.changes,
            has_more: page.has_more,
        })
    }

    /// The next answer of a watch, and where to go on after it.
    ///
    /// # Errors
    ///
    /// As [`list_changes`] fails, and UNAVAILABLE when the service stops.
    pub(super) async fn next(
        &self,
        watcher: &mut Watcher,
        mut from: From,
    ) -> Result<(WatchMessagesResponse, From)> {
        loop {
            if let From::Place(place) = from {
                watcher.wait(place).await?;
            }
            let page = self.fitting(from, WATCH_SIZE).await?;
            from = From::Place(page.place);
            if !page.changes.is_empty() || watcher.is_due() {
                watcher.told();
                let answer = WatchMessagesResponse {
                    resume_token: self.token(page.place),
                    changes: page.changes,
                };
                return Ok((answer, from));
            }
        }
    }

    /// A page that is not too large for an answer.
    async fn fitting(&self, from: From, mut size: usize) -> Result<WirePage> {
        loop {
            let page = list_changes(&self.parts, &self.scope, &self.filter, from, size).await?;
            let Page {
                changed,
                workspace,
                place,
                has_more,
            } = page;
            let now = self.parts.clock.now();
            let changed = changed.into_iter();
            let changes: Vec<MessageChange> =
                changed.map(|one| change(one, &workspace, now)).collect();
            let bytes = changes.iter().map(|one| one.encoded_len()).sum::<usize>();
            if bytes <= MOST_BYTES || changes.len() <= 1 {
                return Ok(WirePage {
                    changes,
                    place,
                    has_more,
                });
            }
            // Half of what fits on average, so that it seldom has to be tried again.
            size = (changes.len() * MOST_BYTES / bytes / 2).max(1);
        }
    }
}

fn change(changed: Changed, workspace: &Workspace, now: Timestamp) -> MessageChange {
    let Changed {
        id,
        before,
        after,
        now: view,
        sequence,
        committed_at,
    } = changed;
    // Where it is gone by now, the change that took it away is still to come; to say so twice does no harm.
    let after = after.filter(|_| view.is_some());
    let kind = match &after {
        Some(_) => ChangeKind::Changed,
        None => ChangeKind::Left,
    };
    let message = view.map(|view| details::to_wire(found(view, workspace, now)));
    MessageChange {
        message_id: id.to_string(),
        kind: kind.into(),
        message,
        state_before: state(before.as_ref()),
        state_after: state(after.as_ref()),
        changed_fields: match (&before, &after) {
            (Some(before), Some(after)) => differences(before, after),
            _ => Vec::new(),
        },
        sequence,
        committed_at: Some(timestamp(committed_at)),
    }
}

fn sent(contribution: &Contribution) -> Option<&SentMeasures> {
    match &contribution.measures {
        Measures::Sent(sent) => Some(sent),
        Measures::Unattached | Measures::Received => None,
    }
}

fn state(contribution: Option<&Contribution>) -> Option<i32> {
    let state: MessageState = sent(contribution?)?.state;
    Some(types::MessageState::from(state).into())
}

/// What differs, by the paths of the message that shows it.
fn differences(before: &Contribution, after: &Contribution) -> Vec<String> {
    let mut paths = Vec::new();
    let mut note = |path: &str, differs: bool| {
        if differs {
            paths.push(path.to_owned());
        }
    };
    note("origin_at", before.at != after.at);
    dimensions(&before.dimensions, &after.dimensions, &mut note);
    let (old, new) = (sent(before), sent(after));
    note("unattached", old.is_none() != new.is_none());
    let mut of = |path: &str, differs: &dyn Fn(&SentMeasures, &SentMeasures) -> bool| {
        let differs = match (old, new) {
            (Some(old), Some(new)) => differs(old, new),
            (None, None) => false,
            _ => true,
        };
        note(path, differs);
    };
    of("state", &|old, new| old.state != new.state);
    for (stage, path) in [
        (Stage::Dispatch, "dispatch.status"),
        (Stage::Send, "send.status"),
        (Stage::Delivery, "delivery.status"),
        (Stage::Read, "read.status"),
    ] {
        of(path, &|old, new| shown(old, stage) != shown(new, stage));
    }
    of("delivery.at", &|old, new| {
        old.delivered_at != new.delivered_at
    });
    of("read.at", &|old, new| old.read_at != new.read_at);
    of("reply", &|old, new| old.replied_at != new.replied_at);
    of("pending", &|old, new| old.pending != new.pending);
    of("opened_ticket", &|old, new| {
        old.opened_ticket != new.opened_ticket
    });
    of("session_open", &|old, new| {
        old.session_open != new.session_open
    });
    of("conflict", &|old, new| old.conflict != new.conflict);
    of("pricing.billable", &|old, new| old.billable != new.billable);
    paths.sort();
    paths.dedup();
    paths
}

/// What decides the column of a stage.
fn shown(sent: &SentMeasures, stage: Stage) -> (bool, bool, bool) {
    let is_failed = sent.failed_stage == Some(stage);
    let reached = sent.reached & stage_bit(stage) != 0;
    (reached, is_failed, sent.reportable.reports(stage))
}

fn dimensions(before: &Dimensions, after: &Dimensions, note: &mut impl FnMut(&str, bool)) {
    note("channel", before.channel != after.channel);
    note(
        "channel_account",
        before.channel_account != after.channel_account,
    );
    note("account", before.account != after.account);
    note("source", before.source != after.source);
    note("type", before.kind != after.kind);
    let subtype = |of: &Dimensions| (of.template, of.subtype, of.template_category);
    let is_tag = |of: &Dimensions| of.template.is_none() && of.subtype.is_some();
    if subtype(before) != subtype(after) {
        note("message_tag", is_tag(before) || is_tag(after));
        note("template", !is_tag(before) || !is_tag(after));
    }
    note("campaign", before.campaign != after.campaign);
    note("broadcast", before.broadcast != after.broadcast);
    note("agent", before.agent != after.agent);
    note("team", before.team != after.team);
    note("department", before.department != after.department);
    note("content_type", before.content_type != after.content_type);
    note(
        "conversation_type",
        before.conversation_type != after.conversation_type,
    );
    note(
        "pricing.category",
        before.pricing_category != after.pricing_category,
    );
    note("pricing.type", before.pricing_type != after.pricing_type);
    let failure = |of: &Dimensions| (of.failure_category, of.error_code);
    note("failure", failure(before) != failure(after));
}
