//! Watermarks that no message needs any more.

use acuse_domain::calendar::{LocalDay, Zone};
use acuse_domain::facts::STATUS_WINDOW;
use acuse_domain::ids::WorkspaceId;
use futures::FutureExt;

use super::PAGE;
use crate::error::StoreError;
use crate::message_state::watermarks;
use crate::pool::{Database, Role};
use crate::rebuild::lock_head;

/// Drops a workspace's watermarks that cover nothing that is kept: its messages are those of a month and later. Gives how many.
pub(super) async fn drop_before(
    database: &Database,
    workspace: WorkspaceId,
    month: LocalDay,
) -> Result<u64, StoreError> {
    // A watermark covers what left by its time. What is kept left after the month began, or before it where it is known by a
    // later time than it left at: within the window as a rule, and never before the earliest origin.
    let month = Zone::UTC.day_start(month) - STATUS_WINDOW;
    let mut dropped = 0;
    loop {
        let page = database
            .transaction(Role::Writer, None, move |connection| {
                async move {
                    lock_head(connection, workspace).await?;
                    watermarks::drop_before(workspace, month, STATUS_WINDOW, PAGE)
                        .run(connection)
                        .await
                }
                .boxed()
            })
            .await?;
        if page == 0 {
            return Ok(dropped);
        }
        dropped += page as u64;
    }
}
