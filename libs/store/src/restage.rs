//! Restage: what channel accounts can report, and bringing messages to it.
//!
//! What can be reported of a message stands in its row, and in what it adds to reports: rollups, the log of changes and copies
//! of either hold it, so that no reader has to ask for anything beside them. Saying it anew of an account changes the
//! workspace's row under the workspace's lock: every batch after that goes by it. Messages that are there follow page by page,
//! each with a change like any other, in transactions that hold the same lock: at every moment a message counts as one thing,
//! in all reports alike. How far that is stands in `restagings`, so that whoever comes next goes on with it.

mod step;

use std::collections::BTreeMap;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::Channel;
use acuse_domain::names::{self, Dimension};
use acuse_domain::time::Timestamp;
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::directory;
use crate::message_state::restagings::RestagingRow;
use crate::message_state::workspaces::{self, Workspace};
use crate::pool::{Database, Role};
use crate::types::At;

pub(crate) use step::reported_bits;
pub use step::{PAGE, due, step};

/// Channel accounts of one workspace of which can be said what they report: every batch reads them.
pub const MAX_ACCOUNTS: usize = 1_000;

/// What a channel account can report, as was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStages {
    /// Its channel.
    pub channel: Channel,
    /// What it is called there.
    pub account: String,
    /// What it can report.
    pub stages: Capabilities,
}

/// How far messages are that are being brought to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restaging {
    /// Messages that are as they should be.
    pub messages_seen: i64,
    /// Those of them that were not, and were changed.
    pub messages_changed: i64,
    /// When it was last said anew what an account reports.
    pub begun_at: Timestamp,
    /// When it went on last.
    pub updated_at: Timestamp,
}

/// What was said of a workspace's channel accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The accounts, in the order of channels and of their ids.
    pub accounts: Vec<AccountStages>,
    /// How far their messages are; `None` where all are as it says.
    pub restaging: Option<Restaging>,
}

/// Why it was not kept what an account reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such workspace.
    NotFound,
    /// It was said of too many accounts.
    TooManyAccounts,
}

/// Says what a channel account can report; `None` for what its channel does. Applies to all that it ever sent: to what comes in
/// from now on at once, and to what is there as [`step()`] is called. Said again, nothing changes.
///
/// # Errors
/// Fails with the database; the inner result is the refusal of what cannot be kept.
pub async fn say(
    database: &Database,
    slug: &str,
    channel: Channel,
    account: &str,
    stages: Option<Capabilities>,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(workspace) = crate::workspaces::find(database, slug).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    let name = number(database, &workspace, channel, account, stages, now).await?;
    let Some(name) = name else {
        return Ok(Ok(()));
    };
    let slug = slug.to_owned();
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                let Some((mut workspace, has_messages)) =
                    workspaces::lock(connection, &slug).await?
                else {
                    return Ok(Err(Refusal::NotFound));
                };
                let said = &mut workspace.reported_stages;
                let before = match stages {
                    Some(stages) => said.insert(name, stages),
                    None => said.remove(&name),
                };
                if before == stages {
                    return Ok(Ok(()));
                }
                if said.len() > MAX_ACCOUNTS {
                    return Ok(Err(Refusal::TooManyAccounts));
                }
                workspace.updated_at = now;
                workspaces::update(connection, &workspace).await?;
                if has_messages {
                    RestagingRow::begin(connection, workspace.id.0, At(now)).await?;
                }
                Ok(Ok(()))
            }
            .boxed()
        })
        .await
}

/// The number of a channel account; one that is not known is given its number where there is something to be kept of it.
async fn number(
    database: &Database,
    workspace: &Workspace,
    channel: Channel,
    account: &str,
    stages: Option<Capabilities>,
    now: Timestamp,
) -> Result<Option<NameId>, StoreError> {
    let mention = names::channel_account(channel, account, None, now);
    if stages.is_none() && !directory::is_known(database, workspace.id, &mention).await? {
        return Ok(None);
    }
    let key = (
        workspace.id,
        Dimension::ChannelAccount,
        mention.external_id.clone(),
    );
    let mentions = vec![(workspace.id, mention)];
    let stored = database
        .transaction(Role::Writer, None, move |connection| {
            directory::state(connection, mentions).boxed()
        })
        .await?;
    Ok(stored.get(&key).map(|(number, _)| *number))
}

/// What was said of a workspace's channel accounts, and how far their messages are; `None` where there is no such workspace.
///
/// # Errors
/// Fails with the database.
pub async fn reported(database: &Database, slug: &str) -> Result<Option<Reported>, StoreError> {
    let slug = slug.to_owned();
    database
        .transaction(Role::Snapshot, None, move |connection| {
            async move {
                let Some(workspace) = workspaces::find(connection, &slug).await? else {
                    return Ok(None);
                };
                let said = &workspace.reported_stages;
                let numbers = said.keys();
                let numbers = numbers.map(|account| (Dimension::ChannelAccount, *account));
                let numbers = numbers.collect();
                let (names, restaging) = futures::try_join!(
                    directory::names(connection, workspace.id, &numbers),
                    RestagingRow::find(connection, workspace.id.0),
                )?;
                let accounts: BTreeMap<(Channel, &str), Capabilities> = said
                    .iter()
                    .filter_map(|(account, stages)| {
                        let entry = names.get(&(Dimension::ChannelAccount, *account))?;
                        Some((names::on_channel(&entry.external_id)?, *stages))
                    })
                    .collect();
                let accounts = accounts.into_iter();
                let accounts = accounts.map(|((channel, account), stages)| AccountStages {
                    channel,
                    account: account.to_owned(),
                    stages,
                });
                Ok(Some(Reported {
                    accounts: accounts.collect(),
                    restaging: restaging.map(Restaging::from),
                }))
            }
            .boxed()
        })
        .await
}

impl From<RestagingRow> for Restaging {
    fn from(row: RestagingRow) -> Self {
        Self {
            messages_seen: row.messages_seen,
            messages_changed: row.messages_changed,
            begun_at: row.begun_at.0,
            updated_at: row.updated_at.0,
        }
    }
}
