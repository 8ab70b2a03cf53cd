//! Lists messages that changed after a place in the log of changes.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::report::Condition;
use acuse_domain::scope::Scope;
use acuse_proto::convert::ChangeFilter;
use acuse_store::read::{Changed, Changes, Scoped};
use acuse_store::workspaces::Workspace;

use crate::get_message::open;
use crate::parts::Parts;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// After the change of this sequence.
    Place(i64),
    /// With the oldest change that is kept.
    Oldest,
    /// At the present.
    Now,
}

/// Messages that changed.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) changed: Vec<Changed>,
    pub(crate) workspace: Workspace,
    /// After which change to go on.
    pub(crate) place: i64,
    /// Whether changes follow that are committed already.
    pub(crate) has_more: bool,
}

/// Up to `size` messages that changed, as far as `scope` and `filter` show them.
///
/// # Errors
///
/// FAILED_PRECONDITION where changes after that place are not kept any more, NOT_FOUND for an unknown workspace, UNAVAILABLE
/// while the database is away.
pub(crate) async fn list_changes(
    parts: &Parts,
    scope: &Scope,
    filter: &ChangeFilter,
    from: From,
    size: usize,
) -> Result<Page> {
    let scoped = open(parts, scope).await?;
    let place = match from {
        From::Place(place) => place,
        From::Oldest => scoped.reach_of_changes().await?.before_oldest,
        From::Now => {
            let place = scoped.reach_of_changes().await?.newest;
            return Ok(Page {
                changed: Vec::new(),
                workspace: scoped.workspace().clone(),
                place,
                has_more: false,
            });
        }
    };
    // Asked for anew each time: a name that the directory has learned meanwhile counts from then on.
    let conditions = conditions(&scoped, filter).await?;
    let changes = scoped.changes_after(place, conditions, size).await?;
    let Changes {
        changed,
        position,
        newest,
    } = changes.map_err(|_| expired())?;
    Ok(Page {
        changed,
        workspace: scoped.workspace().clone(),
        place: position,
        has_more: position < newest,
    })
}

async fn conditions(scoped: &Scoped, filter: &ChangeFilter) -> Result<Vec<Condition>> {
    let mut conditions = filter.conditions.clone();
    for (dimension, ids) in &filter.names {
        let known = scoped.values_of(*dimension, ids.iter().cloned()).await?;
        conditions.push(Condition::any_of(*dimension, known.into_values()));
    }
    Ok(conditions)
}

fn expired() -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "TOKEN_EXPIRED",
        "changes since this token are not kept any more; ask without a token for a new one, copy what there is, and go on from it",
    )
}
