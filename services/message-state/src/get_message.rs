//! Finds one message with everything shown of it.

use acuse_domain::calendar::Zone;
use acuse_domain::error::{Error, Result};
use acuse_domain::scope::Scope;
use acuse_domain::standing::unconfirmed_before;
use acuse_domain::time::Timestamp;
use acuse_store::read::{Lookup, MessageView, Scoped};
use acuse_store::workspaces::Workspace;

use crate::known_workspaces::unknown;
use crate::parts::Parts;

/// A message as it is now.
pub(crate) struct Found {
    pub(crate) view: MessageView,
    pub(crate) workspace: Workspace,
    /// Whether it has waited for so long that no more word is expected, if it waits at all.
    pub(crate) is_unconfirmed: bool,
}

/// The message, as far as `scope` shows it.
///
/// # Errors
///
/// NOT_FOUND, the same for a message that does not exist and for one that the scope does not show.
pub(crate) async fn get_message(parts: &Parts, scope: &Scope, lookup: Lookup) -> Result<Found> {
    let scoped = open(parts, scope).await?;
    let view = scoped.message(lookup).await?.ok_or_else(not_found)?;
    Ok(found(view, scoped.workspace(), parts.clock.now()))
}

/// A message of a workspace as it is at `now`.
pub(crate) fn found(view: MessageView, workspace: &Workspace, now: Timestamp) -> Found {
    let origin = view.message.origin();
    Found {
        is_unconfirmed: is_unconfirmed(&workspace.zone(), origin, now),
        workspace: workspace.clone(),
        view,
    }
}

/// The workspace of a token, opened to its scope.
///
/// # Errors
///
/// NOT_FOUND where it does not exist.
pub(crate) async fn open(parts: &Parts, scope: &Scope) -> Result<Scoped> {
    let scoped = Scoped::open(&parts.database, scope).await?;
    scoped.ok_or_else(unknown)
}

/// What is answered for a message that there is not, for whatever reason.
pub(crate) fn not_found() -> Error {
    Error::not_found("message")
}

fn is_unconfirmed(zone: &Zone, origin: Timestamp, now: Timestamp) -> bool {
    origin < unconfirmed_before(zone, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_local_days_decide() {
        let at = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
        let santiago: Zone = "America/Santiago".parse().unwrap();
        // 23:30 of June 1 in Santiago, which is June 2 in UTC.
        let origin = at("2026-06-02T03:30:00Z");
        let last_of_july_1 = at("2026-07-02T03:59:59Z");
        let first_of_july_2 = at("2026-07-02T04:00:00Z");
        assert!(!is_unconfirmed(&santiago, origin, last_of_july_1));
        assert!(is_unconfirmed(&santiago, origin, first_of_july_2));
        assert!(!is_unconfirmed(&Zone::UTC, origin, first_of_july_2));
    }
}
