//! Says what a channel account can report.

use std::time::Duration;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::kinds::Channel;
use acuse_store::restage::{self, MAX_ACCOUNTS, PAGE, Refusal, Restaging};
use tokio::time::Instant;

use crate::get_reported_stages::get_reported_stages;
use crate::get_workspace::{get_workspace, not_found};
use crate::parts::Parts;

/// How long messages are gone through before the call is answered: those of most workspaces are done by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps what a channel account can report, `None` for what its channel does, and begins to bring its messages to it. What is
/// left goes on in the background; gives how far it is, `None` where it is done.
///
/// # Errors
///
/// NOT_FOUND where the workspace does not exist, FAILED_PRECONDITION where it was said of too many accounts, UNAVAILABLE while
/// the database is away.
pub(crate) async fn set_reported_stages(
    parts: &Parts,
    workspace: &str,
    channel: Channel,
    account: &str,
    stages: Option<Capabilities>,
) -> Result<Option<Restaging>> {
    let database = &parts.database;
    let now = parts.clock.now();
    let said = restage::say(database, workspace, channel, account, stages, now).await?;
    said.map_err(refused)?;
    let id = get_workspace(parts, workspace).await?.id;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match restage::step(database, id, PAGE, parts.clock.now()).await {
            Ok(Some(_)) => {}
            Ok(None) => break,
            // It is kept, and goes on in the background.
            Err(error) => {
                tracing::warn!(workspace = id.0, %error, "messages are brought to it later");
                break;
            }
        }
    }
    Ok(get_reported_stages(parts, workspace).await?.restaging)
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotFound => not_found(),
        Refusal::TooManyAccounts => Error::new(
            ErrorKind::FailedPrecondition,
            "TOO_MANY_REPORTED_STAGES",
            format!(
                "it was said of {MAX_ACCOUNTS} channel accounts what they report; leave reported out for one that reports \
                 what its channel does, and there is room"
            ),
        ),
    }
}
