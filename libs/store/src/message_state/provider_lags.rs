//! `provider_lags`: how late the evidence of the latest hours came, by provider and slice of the time of receipt.

use std::collections::BTreeMap;

use acuse_domain::lag::{KEPT, Lag};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Double, Integer, SmallInt, Text, Timestamptz};
use futures::FutureExt;

use crate::error::StoreError;
use crate::pool::{Database, NAMED, Role};
use crate::sql::Sql;
use crate::types::At;

/// Rows dropped in one transaction.
const PAGE: i64 = 5_000;

/// How late evidence came, by workspace, slice of the time of receipt and code of the provider.
pub(crate) type Lags = BTreeMap<(i32, At, i16), Lag>;

/// What was counted of a provider in one slice.
#[derive(QueryableByName)]
pub(crate) struct LagRow {
    #[diesel(sql_type = SmallInt)]
    pub(crate) provider: i16,
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = Double)]
    total_seconds: f64,
    #[diesel(sql_type = Double)]
    longest_seconds: f64,
    #[diesel(sql_type = Array<Integer>)]
    bins: Vec<i32>,
}

impl LagRow {
    /// What was counted.
    pub(crate) fn lag(&self) -> Lag {
        let bins = self.bins.iter();
        Lag {
            events: self.events.unsigned_abs(),
            total_seconds: self.total_seconds,
            longest_seconds: self.longest_seconds,
            bins: bins.map(|count| count.unsigned_abs().into()).collect(),
        }
    }
}

/// Adds what was counted to what is kept, in the order of the key. Whoever does so has the workspaces locked. Bins stay in the
/// order that `unnest` gives them in, where sorting them would cost most of the statement.
pub(crate) fn add(lags: &Lags) -> Sql {
    let (keys, lags) = (lags.keys(), lags.values());
    // Arrays of arrays cannot be taken apart into rows, so that each goes as text.
    let bins = lags.clone().map(|lag| {
        let bins: Vec<String> = lag.bins.iter().map(ToString::to_string).collect();
        format!("{{{}}}", bins.join(","))
    });
    Sql::new(
        "INSERT INTO message_state.provider_lags AS stored \
           (workspace_id, slice, provider, events, total_seconds, longest_seconds, bins) \
         SELECT workspace_id, slice, provider, events, total_seconds, longest_seconds, bins::int4[] \
         FROM unnest(?, ?, ?, ?, ?, ?, ?) \
           AS new(workspace_id, slice, provider, events, total_seconds, longest_seconds, bins) \
         ON CONFLICT (workspace_id, slice, provider) DO UPDATE SET \
           events = stored.events + excluded.events, \
           total_seconds = stored.total_seconds + excluded.total_seconds, \
           longest_seconds = greatest(stored.longest_seconds, excluded.longest_seconds), \
           bins = ARRAY(SELECT coalesce(kept, 0) + coalesce(more, 0) \
             FROM unnest(stored.bins, excluded.bins) AS both_of(kept, more))",
    )
    .bind_all::<Integer, _>(keys.clone().map(|(workspace, ..)| *workspace))
    .bind_all::<Timestamptz, _>(keys.clone().map(|(_, slice, _)| *slice))
    .bind_all::<SmallInt, _>(keys.map(|(.., provider)| *provider))
    .bind_all::<BigInt, _>(lags.clone().map(|lag| i64::try_from(lag.events).unwrap_or(i64::MAX)))
    .bind_all::<Double, _>(lags.clone().map(|lag| lag.total_seconds))
    .bind_all::<Double, _>(lags.map(|lag| lag.longest_seconds))
    .bind_all::<Text, _>(bins)
}

/// What was counted from a slice on in the workspace that the transaction names.
pub(crate) fn since(slice: Timestamp) -> Sql {
    Sql::new(format!(
        "SELECT provider, events, total_seconds, longest_seconds, bins FROM message_state.provider_lags \
         WHERE workspace_id = {NAMED} AND slice >= ?",
    ))
    .bind::<Timestamptz, _>(At(slice))
}

/// Drops what no report asks for any more, of all workspaces; gives how many rows. It takes no lock of theirs: what is written
/// meanwhile was received later.
pub(crate) async fn drop_old(database: &Database, now: Timestamp) -> Result<u64, StoreError> {
    let before = now - KEPT;
    let mut dropped = 0;
    loop {
        let page = database
            .transaction(Role::Writer, None, move |connection| {
                drop_before(before).run(connection).boxed()
            })
            .await?;
        if page == 0 {
            return Ok(dropped);
        }
        dropped += page as u64;
    }
}

fn drop_before(time: Timestamp) -> Sql {
    Sql::new(
        "DELETE FROM message_state.provider_lags AS stored USING ( \
           SELECT old.workspace_id, old.slice, old.provider FROM message_state.workspaces AS settings \
           CROSS JOIN LATERAL (SELECT workspace_id, slice, provider FROM message_state.provider_lags AS old \
             WHERE old.workspace_id = settings.workspace_id AND old.slice < ?) AS old LIMIT ?) AS gone \
         WHERE stored.workspace_id = gone.workspace_id AND stored.slice = gone.slice \
           AND stored.provider = gone.provider",
    )
    .bind::<Timestamptz, _>(At(time))
    .bind::<BigInt, _>(PAGE)
}
