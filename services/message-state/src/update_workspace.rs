//! Changes settings of a workspace.

use acuse_domain::attribution::MAX_WINDOWS;
use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_store::workspaces::{self, Settings, UpdateRefusal, Workspace};

use crate::get_workspace::not_found;
use crate::parts::Parts;

/// Changes the settings of a workspace by `change`.
///
/// # Errors
///
/// NOT_FOUND where there is none of that slug, FAILED_PRECONDITION where the attribution window was changed too
/// often.
pub(crate) async fn update_workspace(
    parts: &Parts,
    slug: &str,
    change: impl FnOnce(&mut Settings) + Send + 'static,
) -> Result<Workspace> {
    let clock = parts.clock.clone();
    let changed = workspaces::update(&parts.database, slug, move || clock.now(), change).await?;
    changed.map_err(|refusal| match refusal {
        UpdateRefusal::NotFound => not_found(),
        UpdateRefusal::TooManyWindows => Error::new(
            ErrorKind::FailedPrecondition,
            "TOO_MANY_WINDOW_CHANGES",
            format!(
                "the attribution window was changed {MAX_WINDOWS} times within the time that messages are kept; \
                 it can change again once the oldest change lies further back"
            ),
        ),
    })
}
