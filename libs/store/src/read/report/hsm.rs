//! Rows of the export of template messages.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::capabilities::Capabilities;
use acuse_domain::evidence::Failure;
use acuse_domain::facts::{Facts, Times};
use acuse_domain::ids::{MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{
    Channel, MessageState, MessageType, Provider, Stage, StageStatus, StatusKind,
};
use acuse_domain::names::Dimension as NameKind;
use acuse_domain::report::{Condition, Dimension, Group};
use acuse_domain::standing::Standing;
use acuse_domain::time::Timestamp;
use diesel::sql_types::{Bytea, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::Question;
use super::pages::{Order, Paged, Pages, Place};
use super::said::{All, Said};
use crate::error::StoreError;
use crate::message_state::directory::Entry;
use crate::message_state::{stated, times};
use crate::read::Scoped;
use crate::sql::{Rows, rows};
use crate::types::At;

/// Names held at most; beyond, they are looked up anew.
const NAMES: usize = 50_000;

/// A template message, as a list of them shows it, with names as `N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsmRow<N> {
    /// Acuse's id.
    pub id: MessageId,
    /// The time that it belongs to.
    pub origin: Timestamp,
    /// Who sent it.
    pub agent: Option<N>,
    /// The campaign that it was part of.
    pub campaign: Option<N>,
    /// The template.
    pub template: Option<N>,
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
pub struct HsmRows<N> {
    scoped: Scoped,
    pages: Pages,
    tell: fn(Entry) -> N,
    names: HashMap<(NameKind, NameId), N>,
    /// Whether to look as one stretch for what rows say.
    lie_together: bool,
}

impl Scoped {
    /// The template messages that count for a question (whose group plays no part), beginning after a place; from
    /// the first where there is none. Each name is made with `tell` once, and cloned for the rows that have it.
    pub fn hsm_rows<N>(
        &self,
        question: &Question,
        after: Option<Place>,
        tell: fn(Entry) -> N,
    ) -> HsmRows<N> {
        HsmRows {
            scoped: self.clone(),
            pages: self.pages(&of_templates(question), Order::OldestFirst, after),
            tell,
            names: HashMap::new(),
            lie_together: true,
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

impl<N: Clone> HsmRows<N> {
    /// The next rows, `limit` of them at most; none only after the last.
    ///
    /// # Errors
    /// Fails with the database; asking again goes on where the last page ended.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<HsmRow<N>>, StoreError> {
        let workspace = self.scoped.workspace.id;
        let together = self.lie_together;
        let page: Page = self
            .pages
            .next(limit, move |connection, rows| {
                Page::of(connection, workspace, rows, together).boxed()
            })
            .await?;
        // The few that are left, or that moved, say nothing of those that follow.
        if page.rows.len() == limit {
            self.lie_together = page.lay_together;
        }
        self.look_up(&page.rows).await?;
        let rows = page.rows.into_iter();
        rows.map(|(row, said)| self.row(row, said)).collect()
    }

    /// Looks up the names that the rows need and that are not known yet.
    async fn look_up(&mut self, page: &[(TemplateRow, Said)]) -> Result<(), StoreError> {
        let wanted = || page.iter().flat_map(|(row, _)| row.names());
        if self.names.len() > NAMES {
            self.names.clear();
        }
        let missing: BTreeSet<_> = wanted()
            .filter(|name| !self.names.contains_key(name))
            .collect();
        let found = self.scoped.named(missing).await?;
        let tell = self.tell;
        let found = found.into_iter();
        self.names
            .extend(found.map(|(name, entry)| (name, tell(entry))));
        Ok(())
    }

    fn row(&self, row: TemplateRow, said: Said) -> Result<HsmRow<N>, StoreError> {
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
            message_id: said
                .sender_message_id
                .or(said.provider_message_id)
                .unwrap_or_else(|| id.to_string()),
            body: said.body,
            destination: said.destination,
            channel: row.channel.and_then(Channel::from_code),
            provider: said.provider.and_then(Provider::from_code),
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

/// A page of rows with what they say.
#[derive(Debug, Default)]
struct Page {
    rows: Vec<(TemplateRow, Said)>,
    lay_together: bool,
}

impl Page {
    async fn of(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        rows: Vec<TemplateRow>,
        together: bool,
    ) -> Result<Self, StoreError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(Self::default());
        };
        let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
        let between = (first.origin.0, last.origin.0);
        let mut all = All::of(connection, workspace, &ids, between, together).await?;
        let lay_together = all.lay_together;
        let rows = rows.into_iter();
        let with_said = |row: TemplateRow| {
            let said = all.take(row.message_id);
            (row, said)
        };
        Ok(Self {
            rows: rows.map(with_said).collect(),
            lay_together,
        })
    }
}
