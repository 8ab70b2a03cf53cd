//! Partitions: the months that messages of a batch belong to exist before the batch is written.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use acuse_domain::time::Timestamp;
use diesel::sql_types::Date;
use futures::FutureExt;

use super::resolve::Prepared;
use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::Sql;
use crate::types::Day;
use acuse_domain::calendar::{LocalDay, Zone};

/// The months known to have partitions.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    known: Mutex<BTreeSet<LocalDay>>,
}

/// The first day of the month (UTC) that an instant belongs to.
pub(crate) fn month_of(at: Timestamp) -> LocalDay {
    Zone::UTC.day_of(at).month_start()
}

/// The partition of a table that holds a month.
pub(crate) fn partition(table: &str, month: LocalDay) -> String {
    let (year, month, _) = month.ymd();
    format!("{table}_{year:04}_{month:02}")
}

impl Partitions {
    /// Makes the partitions that new messages of these items may need.
    pub(crate) async fn ensure(
        &self,
        database: &Database,
        items: &[Prepared],
    ) -> Result<(), StoreError> {
        let wanted: BTreeSet<LocalDay> = items
            .iter()
            .flat_map(Prepared::origins)
            .map(month_of)
            .collect();
        let missing: BTreeSet<LocalDay> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.difference(&known).copied().collect()
        };
        for month in missing {
            // Each in a transaction of its own: the lock that it takes is held for one month only.
            database
                .transaction(Role::Writer, None, move |connection| {
                    async move {
                        Sql::new("SELECT message_state.ensure_partitions(?)")
                            .bind::<Date, _>(Day(month))
                            .run(connection)
                            .await?;
                        Ok(())
                    }
                    .boxed()
                })
                .await?;
            self.known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(month);
        }
        Ok(())
    }

    /// Forgets what is known.
    pub(crate) fn clear(&self) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
