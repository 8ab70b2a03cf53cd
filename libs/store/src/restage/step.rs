//! Bringing the messages of a workspace to what its channel accounts report, page by page.

use std::collections::BTreeMap;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::contribution::Contribution;
use acuse_domain::ids::{MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::Channel;
use acuse_domain::ledger::Settings;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use crate::apply::{month_of, partition};
use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::heads::HeadRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::restagings::RestagingRow;
use crate::message_state::workspaces::Workspace;
use crate::pool::{Database, Role};
use crate::read::by_ids;
use crate::rebuild::{lock_head, settings};
use crate::sql::{Rows, Sql};
use crate::types::At;

/// How many messages to look at in one transaction: that many changed take as long as a batch does.
pub const PAGE: u32 = 2_000;

/// The workspaces whose messages are not all as their channel accounts report.
///
/// # Errors
/// Fails with the database.
pub async fn due(database: &Database) -> Result<Vec<WorkspaceId>, StoreError> {
    let due: Vec<RestagingRow> = database
        .transaction(Role::Snapshot, None, |connection| {
            Sql::new(RestagingRow::select() + " ORDER BY stored.workspace_id")
                .fetch(connection)
                .boxed()
        })
        .await?;
    let due = due.into_iter().map(|row| WorkspaceId(row.workspace_id));
    Ok(due.collect())
}

/// Brings the next `page` messages of a workspace to what their channel accounts can report; gives how many of them changed, or
/// `None` where all are as they should be. Any number may be at it.
///
/// # Errors
/// Fails with the database; pages before stay done.
pub async fn step(
    database: &Database,
    workspace: WorkspaceId,
    page: u32,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    database
        .transaction(Role::Writer, None, move |connection| {
            next(connection, workspace, page, now).boxed()
        })
        .await
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = Nullable<Integer>)]
    channel_account_id: Option<i32>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    channel: Option<i16>,
    #[diesel(sql_type = SmallInt)]
    reportable: i16,
}

async fn next(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    page: u32,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Some(head) = lock_head(connection, workspace).await? else {
        return Ok(None);
    };
    let (row, settings) = futures::try_join!(
        RestagingRow::find(connection, workspace.0),
        settings(connection, workspace),
    )?;
    let (Some(mut row), Some(workspace)) = (row, settings) else {
        return Ok(None);
    };
    // Of each message no more than it takes to see whether it is as it should be: most are.
    let seen: Vec<Seen> = Sql::new(
        "SELECT message_id, channel_account_id, channel, reportable FROM message_state.messages \
         WHERE workspace_id = ? AND message_id > ? ORDER BY message_id LIMIT ?",
    )
    .bind::<Integer, _>(workspace.id.0)
    .bind::<SqlUuid, _>(row.after_id)
    .bind::<BigInt, _>(i64::from(page))
    .fetch(connection)
    .await?;
    let stale: Vec<Uuid> = seen
        .iter()
        .filter(|seen| {
            let said = reported_bits(&workspace, seen.channel_account_id, seen.channel);
            said != seen.reportable
        })
        .map(|seen| seen.message_id)
        .collect();
    let changed = stale.len();
    restage(connection, head, &workspace, stale, now).await?;
    let is_full = u32::try_from(seen.len()).is_ok_and(|seen| seen >= page);
    let Some(last) = seen.last().filter(|_| is_full) else {
        // Nothing can have come in since under the lock. Whatever does is right from the beginning.
        row.end(connection).await?;
        return Ok(Some(changed as u64));
    };
    row.after_id = last.message_id;
    row.messages_seen += i64::try_from(seen.len()).unwrap_or(i64::MAX);
    row.messages_changed += i64::try_from(changed).unwrap_or(i64::MAX);
    row.updated_at = At(now);
    RestagingRow::update([row], &["workspace_id"])
        .run(connection)
        .await?;
    Ok(Some(changed as u64))
}

/// What the column `reportable` of a message on an account and a channel should hold.
pub(crate) fn reported_bits(
    workspace: &Workspace,
    channel_account: Option<i32>,
    channel: Option<i16>,
) -> i16 {
    let account = channel_account.map(NameId);
    let said = account.and_then(|account| workspace.reported_stages.get(&account));
    let usual = || Capabilities::usual(channel.and_then(Channel::from_code));
    said.copied().unwrap_or_else(usual).bits()
}

/// Gives messages what can be reported of them, and notes what each adds to reports now.
async fn restage(
    connection: &AsyncPgConnection,
    mut head: HeadRow,
    workspace: &Workspace,
    stale: Vec<Uuid>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if stale.is_empty() {
        return Ok(());
    }
    let mut settings = Settings::default();
    settings.set_reported(workspace.id, workspace.reported_stages.clone());
    let rows: Vec<MessageRow> = by_ids::<MessageRow>(workspace.id.0, stale)
        .fetch(connection)
        .await?;
    let mut noted: Vec<ChangeRow> = Vec::with_capacity(rows.len());
    let mut months: BTreeMap<_, Vec<MessageRow>> = BTreeMap::new();
    for row in rows {
        let before = row.contribution();
        let mut sequence = row.changed_sequence;
        let mut message = row.into_outbound()?;
        settings.report(&mut message);
        let after = Contribution::of_outbound(&message);
        // Of what is unattached nothing is counted by stages.
        if before != after {
            head.last_sequence += 1;
            sequence = head.last_sequence;
            noted.push(ChangeRow {
                workspace_id: workspace.id.0,
                sequence,
                message_id: message.id.0,
                committed_at: At(now),
                before: changes::encode(Some(&before))?,
                after: changes::encode(Some(&after))?,
            });
        }
        let month = month_of(MessageId(message.id.0).time());
        let row = MessageRow::new(&message, &after, sequence)?;
        months.entry(month).or_default().push(row);
    }
    for (month, rows) in months {
        let table = partition(MessageRow::TABLE, month);
        MessageRow::update_in(&table, rows, KEYS, &unstaged())
            .run(connection)
            .await?;
    }
    if !noted.is_empty() {
        ChangeRow::insert(noted, "").run(connection).await?;
        HeadRow::update([head], &["workspace_id"])
            .run(connection)
            .await?;
    }
    Ok(())
}

const KEYS: &[&str] = &["workspace_id", "message_id"];

/// Columns that hold what a message adds to reports and derive from what the others hold. All of them are written: what
/// changes is noted by what this build derives, which need not be what another one stored.
const DERIVED: &[&str] = &[
    "changed_sequence",
    "origin",
    "error_code_id",
    "pricing_category_id",
    "pricing_type_id",
    "conversation_type",
    "failure_category",
    "failed_stage",
    "state",
    "reached",
    "reportable",
    "attached",
    "pending",
    "conflict",
    "billable",
];

/// Columns that stay as they are.
fn unstaged() -> Vec<&'static str> {
    let columns = MessageRow::COLUMNS.iter().copied();
    let stays = |column: &&str| !KEYS.contains(column) && !DERIVED.contains(column);
    columns.filter(stays).collect()
}
