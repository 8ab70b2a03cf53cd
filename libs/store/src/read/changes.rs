//! Changes: which messages changed after a sequence, as far as a scope and a filter show them.
//!
//! The log of changes holds what each message added to reports before and after, and so tells by itself whether the change
//! is to be shown: only messages that are shown are read.

use std::collections::{BTreeMap, HashMap};

use acuse_domain::contribution::Contribution;
use acuse_domain::kinds::Direction;
use acuse_domain::report::Condition;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::Scoped;
use super::view::MessageView;
use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::sql::{Rows, Sql};

/// Changes read at once at most, whatever becomes of them.
const SCAN: i64 = 5_000;

/// What changed after a sequence.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The messages that changed, in the order of their last changes.
    pub changed: Vec<Changed>,
    /// Up to which change this tells.
    pub position: i64,
    /// The newest change at that moment.
    pub newest: i64,
}

/// A message that changed, between what it added to reports before and what it adds after.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The message.
    pub id: Uuid,
    /// What it added, where it was shown.
    pub before: Option<Contribution>,
    /// What it adds, where it is shown.
    pub after: Option<Contribution>,
    /// The message as it is now, where it is still shown.
    pub now: Option<MessageView>,
    /// The sequence of its last change.
    pub sequence: i64,
    /// When that was taken in.
    pub committed_at: Timestamp,
}

/// The changes after a sequence are not kept any more, or never were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired;

/// How far the changes of a workspace reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Reach {
    /// The sequence before the oldest change that is kept; that of the newest, where none is.
    #[diesel(sql_type = BigInt)]
    pub before_oldest: i64,
    /// The sequence of the newest change.
    #[diesel(sql_type = BigInt)]
    pub newest: i64,
}

impl Scoped {
    /// How far the changes reach that are kept.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn reach_of_changes(&self) -> Result<Reach, StoreError> {
        let workspace = self.workspace.id.0;
        self.read(move |connection| reach(connection, workspace).boxed())
            .await
    }

    /// Up to `limit` messages that changed after `position` and meet all conditions, or met them before, each once. They may
    /// be fewer, or none, although more follow.
    ///
    /// # Errors
    /// Fails with the database; the inner result says that the changes are not there to tell.
    pub async fn changes_after(
        &self,
        position: i64,
        conditions: Vec<Condition>,
        limit: usize,
    ) -> Result<Result<Changes, Expired>, StoreError> {
        let this = self.clone();
        self.read(move |connection| {
            async move {
                let workspace = this.workspace.id.0;
                let reach = reach(connection, workspace).await?;
                if !(reach.before_oldest..=reach.newest).contains(&position) {
                    return Ok(Err(Expired));
                }
                let run = run(connection, workspace, position).await?;
                let is_shown = this.shows(conditions);
                let gathered = gather(run, position, limit, is_shown)?;
                let Some((changed, position)) = gathered else {
                    return Ok(Err(Expired));
                };
                let changed = this.as_now(connection, changed).await?;
                Ok(Ok(Changes {
                    changed,
                    position,
                    newest: reach.newest,
                }))
            }
            .boxed()
        })
        .await
    }

    /// Whether a message that adds this is shown.
    fn shows(&self, mut conditions: Vec<Condition>) -> impl Fn(&Contribution) -> bool + use<> {
        conditions.extend(self.limits.conditions());
        move |contribution| {
            contribution.direction == Direction::Outbound
                && conditions
                    .iter()
                    .all(|condition| condition.met_by(contribution))
        }
    }

    async fn as_now(
        &self,
        connection: &AsyncPgConnection,
        mut changed: Vec<Changed>,
    ) -> Result<Vec<Changed>, StoreError> {
        let shown = changed.iter().filter(|one| one.after.is_some());
        let ids: Vec<Uuid> = shown.map(|one| one.id).collect();
        let mut views = self.views_of(connection, ids).await?;
        for one in &mut changed {
            if one.after.is_some() {
                one.now = views.remove(&one.id);
            }
        }
        Ok(changed)
    }
}

async fn reach(connection: &AsyncPgConnection, workspace: i32) -> Result<Reach, StoreError> {
    let reach: Option<Reach> = Sql::new(
        "SELECT coalesce((SELECT changes.sequence - 1 FROM message_state.changes \
           WHERE changes.workspace_id = ? ORDER BY changes.workspace_id, changes.sequence LIMIT 1), \
           heads.last_sequence) AS before_oldest, heads.last_sequence AS newest \
         FROM message_state.workspace_heads AS heads WHERE heads.workspace_id = ?",
    )
    .bind::<Integer, _>(workspace)
    .bind::<Integer, _>(workspace)
    .fetch_optional(connection)
    .await?;
    reach.ok_or_else(|| StoreError::Corrupt(format!("workspace {workspace} has no head")))
}

async fn run(
    connection: &AsyncPgConnection,
    workspace: i32,
    position: i64,
) -> Result<Vec<ChangeRow>, StoreError> {
    let text = ChangeRow::select()
        + " WHERE stored.workspace_id = ? AND stored.sequence > ? \
           ORDER BY stored.workspace_id, stored.sequence LIMIT ?";
    Sql::new(text)
        .bind::<Integer, _>(workspace)
        .bind::<BigInt, _>(position)
        .bind::<BigInt, _>(SCAN)
        .fetch(connection)
        .await
}

/// What a run of changes after `position` comes to for up to `limit` messages, and up to which change; `None` where some of
/// the run are missing.
fn gather(
    run: Vec<ChangeRow>,
    mut position: i64,
    limit: usize,
    is_shown: impl Fn(&Contribution) -> bool,
) -> Result<Option<(Vec<Changed>, i64)>, StoreError> {
    let mut by_message: HashMap<Uuid, Changed> = HashMap::new();
    for change in run {
        // Sequences have no gaps.
        if change.sequence != position + 1 {
            return Ok(None);
        }
        let before = changes::decode(change.before.as_deref())?.filter(&is_shown);
        let after = changes::decode(change.after.as_deref())?.filter(&is_shown);
        if let Some(known) = by_message.get_mut(&change.message_id) {
            known.after = after;
            known.sequence = change.sequence;
            known.committed_at = change.committed_at.0;
        } else if before.is_some() || after.is_some() {
            if by_message.len() == limit {
                break;
            }
            let changed = Changed {
                id: change.message_id,
                before,
                after,
                now: None,
                sequence: change.sequence,
                committed_at: change.committed_at.0,
            };
            by_message.insert(change.message_id, changed);
        }
        position = change.sequence;
    }
    let ordered: BTreeMap<i64, Changed> = by_message
        .into_values()
        // What came and left again was never there.
        .filter(|changed| changed.before.is_some() || changed.after.is_some())
        .map(|changed| (changed.sequence, changed))
        .collect();
    Ok(Some((ordered.into_values().collect(), position)))
}
