//! Rows of the export of template messages.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use acuse_domain::evidence::Failure;
use acuse_domain::ids::{MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{
    Channel, MessageState, MessageType, Provider, Stage, StageStatus, StatusKind,
};
use acuse_domain::names::Dimension as NameKind;
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::Content;
use acuse_domain::report::{Condition, Dimension, Group};
use acuse_domain::time::Timestamp;
use diesel_async::AsyncPgConnection;
use futures::FutureExt;

use super::pages::{Order, Pages, Place};
use super::{Question, ids};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::directory::Entry;
use crate::message_state::messages::MessageRow;
use crate::read::Scoped;

/// Names held at most; beyond, they are looked up anew.
const NAMES: usize = 50_000;

/// A template message, as a list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsmRow {
    /// Acuse's id.
    pub id: MessageId,
    /// The time that it belongs to.
    pub origin: Timestamp,
    /// Who sent it.
    pub agent: Option<Arc<Entry>>,
    /// The campaign that it was part of.
    pub campaign: Option<Arc<Entry>>,
    /// The template.
    pub template: Option<Arc<Entry>>,
    /// Its id for people: the sender's own, else the provider's, else Acuse's.
    pub message_id: String,
    /// The text of the body.
    pub body: Option<String>,
    /// The phone number or id that it was sent to, as given.
    pub destination: Option<String>,
    /// The channel.
    pub channel: Option<Channel>,
    /// Whose id it has; `None` while no provider gave it one.
    pub provider: Option<Provider>,
    /// Its state.
    pub state: MessageState,
    /// Dispatch, send, delivery and read, in this order.
    pub stages: [StageStatus; 4],
    /// When those stages succeeded, as far as their own evidence tells.
    pub reached_at: [Option<Timestamp>; 4],
    /// The failure that counts, or that stays on a message that arrived all the same.
    pub failure: Option<Failure>,
    /// When it was first replied to.
    pub replied_at: Option<Timestamp>,
}

/// Reads template messages page by page as [`Pages`] does, the oldest first.
#[derive(Debug)]
pub struct HsmRows {
    scoped: Scoped,
    pages: Pages,
    names: HashMap<(NameKind, NameId), Arc<Entry>>,
}

impl Scoped {
    /// The template messages that count for a question (whose group plays no part), beginning after a place; from
    /// the first where there is none.
    pub fn hsm_rows(&self, question: &Question, after: Option<Place>) -> HsmRows {
        HsmRows {
            scoped: self.clone(),
            pages: self.pages(&of_templates(question), Order::OldestFirst, after),
            names: HashMap::new(),
        }
    }
}

/// The question, of templates alone and all together.
fn of_templates(question: &Question) -> Question {
    let mut question = question.clone();
    let template = i32::from(MessageType::Template.code());
    let condition = Condition::any_of(Dimension::Type, [template]);
    question.query.conditions.push(condition);
    question.query.group = Group::All;
    question
}

impl HsmRows {
    /// The next rows, `limit` of them at most; none only after the last.
    ///
    /// # Errors
    /// Fails with the database; asking again goes on where the last page ended.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<HsmRow>, StoreError> {
        let page = self
            .pages
            .next(limit, |connection, rows| {
                with_contents(connection, rows).boxed()
            })
            .await?;
        self.look_up(&page).await?;
        let messages = page.into_iter();
        Ok(messages.map(|(it, wide)| self.row(it, wide)).collect())
    }

    /// Looks up the names that the rows need and that are not known yet.
    async fn look_up(&mut self, page: &[(Outbound, ContentRow)]) -> Result<(), StoreError> {
        let wanted = || page.iter().flat_map(|(message, _)| names_of(message));
        if self.names.len() > NAMES {
            self.names.clear();
        }
        let missing: BTreeSet<_> = wanted()
            .filter(|name| !self.names.contains_key(name))
            .collect();
        let found = self.scoped.named(missing).await?;
        let found = found
            .into_iter()
            .map(|(name, entry)| (name, Arc::new(entry)));
        self.names.extend(found);
        Ok(())
    }

    fn row(&self, message: Outbound, wide: ContentRow) -> HsmRow {
        let named = |kind, number: Option<NameId>| self.names.get(&(kind, number?)).cloned();
        let from = message.attribution();
        let times = message.counted().times;
        let standing = message.standing();
        let succeeded = |stage| standing.stage(stage) == StageStatus::Succeeded;
        let reached = |stage, kind| times.get(kind).filter(|_| succeeded(stage));
        let content: Option<Content> = wide
            .content
            .and_then(|content| serde_json::from_value(content).ok());
        HsmRow {
            id: message.id,
            origin: message.origin(),
            agent: named(NameKind::Agent, from.agent),
            campaign: named(NameKind::Campaign, from.campaign),
            template: named(NameKind::Template, from.template),
            message_id: wide
                .sender_message_id
                .or(wide.provider_message_id)
                .unwrap_or_else(|| message.id.to_string()),
            body: content.and_then(|content| content.body),
            destination: wide.destination,
            channel: from.channel,
            provider: wide.provider.and_then(Provider::from_code),
            state: standing.state,
            stages: standing.stages,
            reached_at: [
                reached(Stage::Dispatch, StatusKind::Dispatched),
                reached(Stage::Send, StatusKind::Sent),
                reached(Stage::Delivery, StatusKind::Delivered),
                reached(Stage::Read, StatusKind::Read),
            ],
            failure: standing.failure,
            replied_at: message.first_reply.map(|reply| reply.at),
        }
    }
}

/// The names that a row shows.
fn names_of(message: &Outbound) -> impl Iterator<Item = (NameKind, NameId)> + use<> {
    let from = message.attribution();
    [
        (NameKind::Agent, from.agent),
        (NameKind::Campaign, from.campaign),
        (NameKind::Template, from.template),
    ]
    .into_iter()
    .filter_map(|(kind, number)| Some((kind, number?)))
}

/// The messages of rows with what they say.
async fn with_contents(
    connection: &AsyncPgConnection,
    rows: Vec<MessageRow>,
) -> Result<Vec<(Outbound, ContentRow)>, StoreError> {
    let Some(workspace) = rows.first().map(|row| WorkspaceId(row.workspace_id)) else {
        return Ok(Vec::new());
    };
    let of_page = rows.iter().map(|row| row.message_id).collect();
    let mut contents = ids::contents(connection, workspace, of_page).await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let wide = contents.remove(&row.message_id);
        messages.push((row.into_outbound()?, wide.unwrap_or_default()));
    }
    Ok(messages)
}
