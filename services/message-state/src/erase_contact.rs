//! Erases a contact.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_store::erase::{self, Ambiguous, Erased};

use crate::get_workspace::get_workspace;
use crate::parts::Parts;

/// Erases the contact that is known by `address`, or all that are where `all` says so, and whoever is known by it as a member
/// of groups. What is held up goes on in the background.
///
/// # Errors
///
/// NOT_FOUND where the workspace does not exist, FAILED_PRECONDITION where there are several contacts, UNAVAILABLE while the
/// database is away.
pub(crate) async fn erase_contact(
    parts: &Parts,
    workspace: &str,
    address: String,
    all: bool,
) -> Result<Erased> {
    let workspace = get_workspace(parts, workspace).await?.id;
    let now = parts.clock.now();
    let begun = erase::begin(&parts.database, workspace, address, all, now).await?;
    let contacts = begun.map_err(ambiguous)?;
    let only = Some(workspace);
    // Trouble with one is none with the other.
    let messages = erase::go_on(&parts.database, only, now).await;
    let group_statuses = erase::go_on_with_members(&parts.database, only, now).await;
    Ok(Erased {
        contacts,
        messages: messages?,
        group_statuses: group_statuses?,
    })
}

fn ambiguous(Ambiguous(contacts): Ambiguous) -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "AMBIGUOUS_CONTACT",
        format!(
            "{contacts} contacts are known by this; give an address that is of one alone, or set all_matching"
        ),
    )
}
