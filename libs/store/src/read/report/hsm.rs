//! Rows of the export of template messages.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::evidence::Failure;
use acuse_domain::facts::{Facts, Times};
use acuse_domain::ids::{MessageId, NameId};
use acuse_domain::kinds::{
    Channel, MessageState, MessageType, Provider, Stage, StageStatus, StatusKind,
};
use acuse_domain::names::Dimension as NameKind;
use acuse_domain::report::{Condition, Dimension, Group};
use acuse_domain::standing::Standing;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::row::NamedRow;
use diesel::sql_types::{Bytea, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::Question;
use super::pages::{Order, Paged, Pages, Place};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::directory::Entry;
use crate::message_state::{stated, times};
use crate::read::Scoped;
use crate::sql::{Rows, Sql, column, rows};
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
        let page: Vec<(TemplateRow, Wide)> = self
            .pages
            .next(limit, |connection, rows| {
                with_contents(connection, rows).boxed()
            })
            .await?;
        self.look_up(&page).await?;
        page.into_iter()
            .map(|(row, wide)| self.row(row, wide))
            .collect()
    }

    /// Looks up the names that the rows need and that are not known yet.
    async fn look_up(&mut self, page: &[(TemplateRow, Wide)]) -> Result<(), StoreError> {
        let wanted = || page.iter().flat_map(|(row, _)| row.names());
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

    fn row(&self, row: TemplateRow, wide: Wide) -> Result<HsmRow, StoreError> {
        let [agent, campaign, template] = row
            .numbers()
            .map(|(kind, number)| self.names.get(&(kind, number?)).cloned());
        let (times, standing) = row.standing()?;
        let succeeded = |stage| standing.stage(stage) == StageStatus::Succeeded;
        let reached = |stage, kind| times.get(kind).filter(|_| succeeded(stage));
        let id = MessageId(row.message_id);
        Ok(HsmRow {
            id,
            origin: row.origin.0,
            agent,
            campaign,
            template,
            message_id: wide
                .sender_message_id
                .or(wide.provider_message_id)
                .unwrap_or_else(|| id.to_string()),
            body: wide.body,
            destination: wide.destination,
            channel: row.channel.and_then(Channel::from_code),
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
            replied_at: row.replied_at.map(|At(at)| at),
        })
    }
}

rows! {
    /// What is shown of a template message, and what that follows from.
    TemplateRow in "message_state.messages" {
        workspace_id: i32 => Integer,
        message_id: Uuid => SqlUuid,
        origin: At => Timestamptz,
        queued_at: Option<At> => Nullable<Timestamptz>,
        dispatched_at: Option<At> => Nullable<Timestamptz>,
        dispatch_failed_at: Option<At> => Nullable<Timestamptz>,
        sent_at: Option<At> => Nullable<Timestamptz>,
        delivered_at: Option<At> => Nullable<Timestamptz>,
        read_at: Option<At> => Nullable<Timestamptz>,
        played_at: Option<At> => Nullable<Timestamptz>,
        failed_at: Option<At> => Nullable<Timestamptz>,
        deleted_at: Option<At> => Nullable<Timestamptz>,
        delivery_mark_at: Option<At> => Nullable<Timestamptz>,
        read_mark_at: Option<At> => Nullable<Timestamptz>,
        replied_at: Option<At> => Nullable<Timestamptz>,
        template_id: Option<i32> => Nullable<Integer>,
        campaign_id: Option<i32> => Nullable<Integer>,
        agent_id: Option<i32> => Nullable<Integer>,
        channel: Option<i16> => Nullable<SmallInt>,
        reportable: i16 => SmallInt,
        stated: Option<Vec<u8>> => Nullable<Bytea>,
    }
}

impl TemplateRow {
    /// Numbers of the agent, the campaign and the template.
    fn numbers(&self) -> [(NameKind, Option<NameId>); 3] {
        [
            (NameKind::Agent, self.agent_id),
            (NameKind::Campaign, self.campaign_id),
            (NameKind::Template, self.template_id),
        ]
        .map(|(kind, number)| (kind, number.map(NameId)))
    }

    /// The names that are shown.
    fn names(&self) -> impl Iterator<Item = (NameKind, NameId)> + use<> {
        let numbers = self.numbers().into_iter();
        numbers.filter_map(|(kind, number)| Some((kind, number?)))
    }

    /// What counts of it, and where it stands by that.
    fn standing(&self) -> Result<(Times, Standing), StoreError> {
        let facts = Facts {
            times: times::times([
                self.queued_at,
                self.dispatched_at,
                self.dispatch_failed_at,
                self.sent_at,
                self.delivered_at,
                self.read_at,
                self.played_at,
                self.failed_at,
                self.deleted_at,
            ]),
            stated: stated::decode(self.stated.as_deref())?,
        };
        let marks = times::marks(self.delivery_mark_at, self.read_mark_at);
        let counted = marks.with(&facts);
        let standing = Standing::of(&counted, Capabilities::from_bits(self.reportable));
        Ok((counted.times, standing))
    }
}

impl Paged for TemplateRow {
    fn place(&self) -> Place {
        Place {
            at: self.origin.0,
            id: MessageId(self.message_id),
        }
    }

    /// Of what statuses stated, failures alone are shown.
    fn select() -> String {
        let stated = "CASE WHEN stored.failed_at IS NOT NULL OR stored.dispatch_failed_at IS NOT NULL \
                      THEN stored.stated END AS stated";
        <Self as Rows>::select().replace("stored.stated", stated)
    }
}

/// The part of a message's content that is shown.
#[derive(Debug, Default)]
struct Wide {
    sender_message_id: Option<String>,
    provider: Option<i16>,
    provider_message_id: Option<String>,
    destination: Option<String>,
    body: Option<String>,
}

/// A message's id with that part.
struct Said(Uuid, Wide);

impl QueryableByName<Pg> for Said {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let mut places = 0..;
        let id = column::<SqlUuid, _>(row, &mut places, "message_id")?;
        let provider = column::<Nullable<SmallInt>, _>(row, &mut places, "provider")?;
        let mut text = |name| column::<Nullable<Text>, _>(row, &mut places, name);
        let wide = Wide {
            provider,
            sender_message_id: text("sender_message_id")?,
            provider_message_id: text("provider_message_id")?,
            destination: text("destination")?,
            body: text("body")?,
        };
        Ok(Self(id, wide))
    }
}

/// The rows with what they say. Joined in one statement, each message's content costs several times as much to find; the ids'
/// bounds keep months out of it that have none of them.
async fn with_contents(
    connection: &AsyncPgConnection,
    rows: Vec<TemplateRow>,
) -> Result<Vec<(TemplateRow, Wide)>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
    let (Some(first), Some(lowest), Some(highest)) =
        (rows.first(), ids.iter().min(), ids.iter().max())
    else {
        return Ok(Vec::new());
    };
    let said = Sql::new(format!(
        "SELECT message_id, provider, sender_message_id, provider_message_id, destination, content ->> 'body' AS body \
         FROM {} WHERE workspace_id = ? AND message_id BETWEEN ? AND ? AND message_id = ANY(?)",
        ContentRow::TABLE,
    ))
    .once()
    .bind::<Integer, _>(first.workspace_id)
    .bind::<SqlUuid, _>(*lowest)
    .bind::<SqlUuid, _>(*highest)
    .bind_all::<SqlUuid, _>(ids)
    .fetch::<Said>(connection)
    .await?;
    let mut said: HashMap<Uuid, Wide> = said.into_iter().map(|Said(id, wide)| (id, wide)).collect();
    let rows = rows.into_iter();
    let with_said = |row: TemplateRow| {
        let wide = said.remove(&row.message_id).unwrap_or_default();
        (row, wide)
    };
    Ok(rows.map(with_said).collect())
}
