//! Rows of the export of template messages.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use acuse_domain::evidence::Failure;
use acuse_domain::ids::{MessageId, NameId};
use acuse_domain::kinds::{
    Channel, MessageState, MessageType, Provider, Stage, StageStatus, StatusKind,
};
use acuse_domain::names::Dimension as NameKind;
use acuse_domain::outbound::Outbound;
use acuse_domain::report::{Condition, Dimension, Group};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::row::NamedRow;
use diesel::sql_types::{Nullable, SmallInt, Text};
use futures::FutureExt;

use super::Question;
use super::pages::{Order, Paged, Pages, Place};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::directory::Entry;
use crate::message_state::messages::MessageRow;
use crate::read::Scoped;
use crate::sql::{Rows as _, column};

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
        let page: Vec<TemplateRow> = self
            .pages
            .next(limit, |_, rows| async { Ok(rows) }.boxed())
            .await?;
        let page = page.into_iter();
        let page = page.map(|row| Ok((row.message.into_outbound()?, row.wide)));
        let page: Vec<(Outbound, Wide)> = page.collect::<Result<_, StoreError>>()?;
        self.look_up(&page).await?;
        let messages = page.into_iter();
        Ok(messages.map(|(it, wide)| self.row(it, wide)).collect())
    }

    /// Looks up the names that the rows need and that are not known yet.
    async fn look_up(&mut self, page: &[(Outbound, Wide)]) -> Result<(), StoreError> {
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

    fn row(&self, message: Outbound, wide: Wide) -> HsmRow {
        let named = |kind, number: Option<NameId>| self.names.get(&(kind, number?)).cloned();
        let from = message.attribution();
        let counted = message.counted();
        let standing = message.standing_by(&counted);
        let times = counted.times;
        let succeeded = |stage| standing.stage(stage) == StageStatus::Succeeded;
        let reached = |stage, kind| times.get(kind).filter(|_| succeeded(stage));
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
            body: wide.body,
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

/// Columns of a message that its row in the table does not show, nor what it shows follow from.
const LEFT_OUT: &[&str] = &[
    "channel_account_id",
    "account_id",
    "subtype_id",
    "broadcast_id",
    "team_id",
    "department_id",
    "error_code_id",
    "pricing_category_id",
    "pricing_type_id",
    "template_category",
    "content_type",
    "conversation_type",
    "failure_category",
    "session_stated",
    "session_derived",
];

/// A template message with what it says, read in one go, and no more of it than is shown.
#[derive(Debug)]
struct TemplateRow {
    message: MessageRow,
    wide: Wide,
}

/// The part of its content that is shown.
#[derive(Debug)]
struct Wide {
    sender_message_id: Option<String>,
    provider: Option<i16>,
    provider_message_id: Option<String>,
    destination: Option<String>,
    body: Option<String>,
}

impl QueryableByName<Pg> for TemplateRow {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let mut places = MessageRow::COLUMNS.len()..;
        let mut text = |name| column::<Nullable<Text>, _>(row, &mut places, name);
        let sender_message_id = text("said_sender")?;
        let provider_message_id = text("said_provider_id")?;
        let destination = text("said_destination")?;
        let body = text("said_body")?;
        Ok(Self {
            message: MessageRow::build(row)?,
            wide: Wide {
                sender_message_id,
                provider: column::<Nullable<SmallInt>, _>(row, &mut places, "said_provider")?,
                provider_message_id,
                destination,
                body,
            },
        })
    }
}

impl Paged for TemplateRow {
    fn place(&self) -> Place {
        self.message.place()
    }

    /// Each message's content is looked up by its key in its month, whatever the planner believes.
    fn select() -> String {
        let columns = MessageRow::COLUMNS.iter().map(|column| {
            if LEFT_OUT.contains(column) {
                format!("NULL AS {column}")
            } else {
                format!("stored.{column}")
            }
        });
        let columns: Vec<String> = columns.collect();
        format!(
            "SELECT {}, said.* FROM {} AS stored LEFT JOIN LATERAL (\
               SELECT sender_message_id AS said_sender, provider_message_id AS said_provider_id, \
                 destination AS said_destination, content ->> 'body' AS said_body, provider AS said_provider \
               FROM {} AS content \
               WHERE content.workspace_id = stored.workspace_id AND content.message_id = stored.message_id \
               OFFSET 0) AS said ON true",
            columns.join(", "),
            MessageRow::TABLE,
            ContentRow::TABLE,
        )
    }
}
