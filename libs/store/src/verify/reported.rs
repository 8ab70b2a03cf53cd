//! What can be reported of messages is what was said of their channel accounts, else what their channels report.

use acuse_domain::ids::{MessageId, WorkspaceId};
use diesel_async::AsyncPgConnection;

use super::derived::Faults;
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::message_state::restagings::RestagingRow;
use crate::rebuild::settings;
use crate::restage::reported_bits;

/// Notes which messages of a page are not so. Those that are still being brought to it are left out.
pub(super) async fn misreported(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    rows: &[MessageRow],
) -> Result<Faults, StoreError> {
    let (restaging, settings) = futures::try_join!(
        RestagingRow::find(connection, workspace.0),
        settings(connection, workspace),
    )?;
    let mut faults = Faults::default();
    let Some(workspace) = settings else {
        return Ok(faults);
    };
    let follows = |row: &MessageRow| {
        let restaging = restaging.as_ref();
        restaging.is_some_and(|restaging| restaging.after_id < row.message_id)
    };
    for row in rows.iter().filter(|row| !follows(row)) {
        let derived = reported_bits(&workspace, row.channel_account_id, row.channel);
        let bits = |bits: i16| Some(i64::from(bits));
        let id = MessageId(row.message_id);
        faults.note(id, "reportable", bits(row.reportable), bits(derived));
    }
    Ok(faults)
}
