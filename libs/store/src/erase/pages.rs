//! Going through what is to be erased, page by page.

use std::ops::ControlFlow;

use acuse_domain::ids::WorkspaceId;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Integer, Nullable};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::Sql;

/// The erasures that are noted in a table, of one workspace or of all, each by its workspace and the column that names it.
///
/// # Errors
/// Fails with the database.
pub(super) async fn pending<T: QueryableByName<Pg> + Send + 'static>(
    database: &Database,
    (table, named_by): (&'static str, &'static str),
    only: Option<WorkspaceId>,
) -> Result<Vec<T>, StoreError> {
    let only = only.map(|workspace| workspace.0);
    database
        .transaction(Role::Snapshot, None, move |connection| {
            Sql::new(format!(
                "SELECT workspace_id, {named_by} FROM message_state.{table} \
                 WHERE ? IS NULL OR workspace_id = ? ORDER BY workspace_id, begun_at, {named_by}"
            ))
            .bind::<Nullable<Integer>, _>(only)
            .bind::<Nullable<Integer>, _>(only)
            .fetch(connection)
            .boxed()
        })
        .await
}

/// What a page erased, and whether there may be more.
pub(super) type Page = ControlFlow<u64, u64>;

/// Runs page after page, each in a transaction of its own, up to the last; gives how much they erased.
///
/// # Errors
/// Fails with the database; pages before stay erased.
pub(super) async fn pages<P>(database: &Database, page: P) -> Result<u64, StoreError>
where
    P: for<'c> Fn(&'c AsyncPgConnection) -> BoxFuture<'c, Result<Page, StoreError>> + Copy + Send,
{
    let mut erased = 0;
    loop {
        match database.transaction(Role::Writer, None, page).await? {
            Page::Continue(some) => erased += some,
            Page::Break(last) => return Ok(erased + last),
        }
    }
}
