//! Makes rollups anew, and tells how far that is.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_rpc::server::Drain;
use acuse_store::rebuild::{self, Rebuild, Step};
use acuse_store::workspaces::Workspace;
use futures::{FutureExt as _, Stream, stream};
use tokio::time::{Instant, sleep};

use crate::get_workspace::get_workspace;
use crate::parts::Parts;

/// How often it is told how far the rebuild is.
const TELLING: Duration = Duration::from_secs(1);

/// How long it waits for who else is at it.
const PATIENCE: Duration = Duration::from_millis(100);

/// Begins to rebuild, unless that is under way, and takes part in it: gives the workspace, and how far it is until it is done;
/// the last is `None`.
///
/// # Errors
///
/// NOT_FOUND where the workspace does not exist. The stream ends with its first error: UNAVAILABLE while the database is
/// away, or when the service stops.
pub(crate) async fn rebuild_rollups(
    parts: Arc<Parts>,
    slug: &str,
    drain: Drain,
) -> Result<(
    Workspace,
    impl Stream<Item = Result<Option<Rebuild>>> + Send + use<>,
)> {
    let workspace = get_workspace(&parts, slug).await?;
    let now = parts.clock.now();
    rebuild::begin(&parts.database, workspace.id, "asked for", now).await?;
    let id = workspace.id;
    let state = (parts, drain, false);
    let told = stream::try_unfold(state, move |(parts, drain, is_done)| async move {
        if is_done {
            return Ok(None);
        }
        let began = Instant::now();
        while began.elapsed() < TELLING {
            if drain.started().now_or_never().is_some() {
                return Err(stopping());
            }
            match rebuild::step(&parts.database, id, parts.clock.now()).await? {
                Step::More => {}
                Step::Busy => sleep(PATIENCE).await,
                Step::Done => break,
            }
        }
        let found = rebuild::find(&parts.database, id).await?;
        let is_done = found.is_none();
        Ok(Some((found, (parts, drain, is_done))))
    });
    Ok((workspace, told))
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: Duration::from_secs(1),
        },
        "STOPPING",
        "the service is stopping; the rebuild goes on where it is running",
    )
}
