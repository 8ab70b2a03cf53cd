//! Counts messages again and compares.

use std::collections::VecDeque;
use std::sync::Arc;

use acuse_domain::error::Result;
use acuse_store::verify::{Verification, verify};
use acuse_store::workspaces::{self, Workspace};
use futures::{Stream, stream};

use crate::get_workspace::get_workspace;
use crate::parts::Parts;

/// Workspaces asked for at once.
const PAGE: usize = 100;

/// What is still to be verified.
struct Rest {
    parts: Arc<Parts>,
    next: VecDeque<Workspace>,
    /// After which slug more may come; `None` where there is no more.
    after: Option<String>,
    max_differences: usize,
}

/// Verifies one workspace, or all in the order of slugs: each when it is asked for, so that a caller who reads slowly
/// or leaves stops the work.
///
/// # Errors
///
/// NOT_FOUND where the one workspace does not exist. The stream ends with its first error.
pub(crate) async fn verify_rollups(
    parts: Arc<Parts>,
    only: Option<&str>,
    max_differences: usize,
) -> Result<impl Stream<Item = Result<(Workspace, Verification)>> + Send + use<>> {
    let (next, after) = match only {
        Some(slug) => (VecDeque::from([get_workspace(&parts, slug).await?]), None),
        None => (VecDeque::new(), Some(String::new())),
    };
    let rest = Rest {
        parts,
        next,
        after,
        max_differences,
    };
    Ok(stream::try_unfold(rest, |mut rest| async move {
        let Some(workspace) = rest.next().await? else {
            return Ok(None);
        };
        let found = verify(&rest.parts.database, &workspace, rest.max_differences).await?;
        Ok(Some(((workspace, found), rest)))
    }))
}

impl Rest {
    async fn next(&mut self) -> Result<Option<Workspace>> {
        if self.next.is_empty()
            && let Some(after) = self.after.take()
        {
            let page = workspaces::list(&self.parts.database, &after, PAGE).await?;
            self.after = page.last().map(|last| last.slug.clone());
            self.next = page.into();
        }
        Ok(self.next.pop_front())
    }
}
