//! Rows of the export of template messages.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::evidence::Failure;
use acuse_domain::ids::{MessageId, NameId};
use acuse_domain::kinds::{
    Channel, MessageState, MessageType, Provider, Stage, StageStatus, StatusKind,
};
use acuse_domain::names::Dimension as NameKind;
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::Content;
use acuse_domain::report::{Condition, Dimension, Group};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::ids::{self, Resolved};
use super::rows::Sent;
use super::table::Table;
use super::{Asked, Path, Question, answer};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::directory::Entry;
use crate::message_state::messages::MessageRow;
use crate::read::Scoped;
use crate::sql::{Rows, Sql};
use crate::types::At;

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
    /// Why it did not leave the platform, where it did not and the reason is a known one.
    pub dispatch_reason: Option<DispatchFailureReason>,
    /// When it was first replied to.
    pub replied_at: Option<Timestamp>,
}

/// Reads template messages page by page, in the order of their origins and ids. Every page is a transaction of its own;
/// a message that comes in, or changes, behind the last page is not seen.
#[derive(Debug)]
pub struct HsmRows {
    scoped: Scoped,
    question: Question,
    after: Option<(Timestamp, Uuid)>,
    is_over: bool,
    names: HashMap<(NameKind, NameId), Arc<Entry>>,
}

impl Scoped {
    /// The template messages that count for a question (whose group plays no part), beginning after a row's origin and
    /// id; from the first where there is none.
    pub fn hsm_rows(&self, question: &Question, after: Option<(Timestamp, MessageId)>) -> HsmRows {
        HsmRows {
            scoped: self.clone(),
            question: of_templates(question),
            after: after.map(|(origin, id)| (origin, id.0)),
            is_over: false,
            names: HashMap::new(),
        }
    }

    /// How many rows [`Self::hsm_rows`] gives.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn hsm_count(&self, question: &Question) -> Result<u64, StoreError> {
        let asked = Asked {
            question: of_templates(question),
            path: Path::Rows,
            durations: false,
            departments: false,
        };
        let answer = self.answer(vec![asked]).await?;
        let cells = answer.answered.iter().flat_map(|one| one.cells.values());
        let messages: i64 = cells.map(|cell| cell.counts.messages).sum();
        Ok(u64::try_from(messages).unwrap_or(0))
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
        if self.is_over {
            return Ok(Vec::new());
        }
        let (question, after) = (self.question.clone(), self.after);
        let page = self
            .scoped
            .read(move |connection| page(connection, question, after, limit).boxed())
            .await?;
        self.look_up(&page.messages).await?;
        self.is_over = page.last.is_none();
        self.after = page.last.or(self.after);
        let messages = page.messages.into_iter();
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
            dispatch_reason: standing
                .failure
                .as_ref()
                .filter(|_| standing.state == MessageState::DispatchFailed)
                .and_then(|failure| DispatchFailureReason::parse(&failure.report.code)),
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

/// Rows as they were read.
struct Page {
    messages: Vec<(Outbound, ContentRow)>,
    /// The position of the last one; `None` where nothing comes after it.
    last: Option<(Timestamp, Uuid)>,
}

async fn page(
    connection: &AsyncPgConnection,
    question: Question,
    after: Option<(Timestamp, Uuid)>,
    limit: usize,
) -> Result<Page, StoreError> {
    answer::plan_for_values(connection).await?;
    let workspace = question.workspace;
    let ids = Resolved::look_up(connection, workspace, question.ids()).await?;
    let sql = Sent.conditions(
        Sql::new(MessageRow::select()).once(),
        workspace,
        question.query(),
    )?;
    let sql = ids.push(sql.push(" AND stored.attached"), workspace);
    let rows: Vec<MessageRow> = after_position(sql, after)
        .push(" ORDER BY stored.origin, stored.message_id LIMIT ?")
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch(connection)
        .await?;
    let last = rows.last().map(|row| (row.origin.0, row.message_id));
    let last = last.filter(|_| rows.len() >= limit);
    let of_page = rows.iter().map(|row| row.message_id).collect();
    let mut contents = ids::contents(connection, workspace, of_page).await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let wide = contents.remove(&row.message_id);
        messages.push((row.into_outbound()?, wide.unwrap_or_default()));
    }
    Ok(Page { messages, last })
}

/// Adds that outbound messages come after a position in the order of origins and ids, if there is one.
fn after_position(sql: Sql, after: Option<(Timestamp, Uuid)>) -> Sql {
    let Some((origin, id)) = after else {
        return sql;
    };
    sql.push(" AND stored.origin >= ? AND (stored.origin, stored.message_id) > (?, ?)")
        .bind::<Timestamptz, _>(At(origin))
        .bind::<Timestamptz, _>(At(origin))
        .bind::<SqlUuid, _>(id)
}
