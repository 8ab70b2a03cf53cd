//! Removes files that have expired, and what attempts wrote that were never published.

use std::sync::Arc;

use acuse_domain::time::days;
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::export;
use tokio::time::sleep;

use crate::parts::Parts;

/// Files that expire at once.
const BATCH: usize = 100;

/// How long runs of schedules are listed, in days.
const RUNS_KEPT: u64 = 400;

/// Claims that are looked up at once.
const PAGE: usize = 1_000;

/// Cleans up at once, and then as often as is configured.
pub(super) async fn clean(parts: Arc<Parts>, mut stop: Stop) {
    let mut outage = Outage::new("removing old exports");
    loop {
        let rest = match guarded(run(&parts)).await {
            Ok(()) => {
                outage.over();
                parts.work.clean
            }
            Err(problem) => outage.goes_on(&problem),
        };
        if stop.wait(sleep(rest)).await {
            return;
        }
    }
}

async fn run(parts: &Parts) -> Result<(), String> {
    loop {
        let now = parts.clock.now();
        let expired = export::expire(&parts.database, now, BATCH).await;
        let expired = expired.map_err(|error| error.to_string())?;
        for file in &expired {
            let removed = parts.objects.remove(&file.file_key).await;
            // One that stays is found with the leftovers.
            removed.map_err(|error| error.to_string())?;
        }
        if !expired.is_empty() {
            tracing::info!(files = expired.len(), "expired");
        }
        if expired.len() < BATCH {
            break;
        }
    }
    forgotten(parts).await?;
    leftovers(parts).await
}

/// Removes what nobody is told of any more: notifications that have had their time, and runs of long ago.
async fn forgotten(parts: &Parts) -> Result<(), String> {
    let now = parts.clock.now();
    loop {
        let told = export::expire_notifications(&parts.database, now, PAGE).await;
        let told = told.map_err(|error| error.to_string())?;
        let before = now - days(RUNS_KEPT);
        let runs = export::forget_runs(&parts.database, before, PAGE).await;
        let runs = runs.map_err(|error| error.to_string())?;
        if told < PAGE && runs < PAGE {
            return Ok(());
        }
    }
}

async fn leftovers(parts: &Parts) -> Result<(), String> {
    let claims = parts.objects.claims().await;
    for page in claims.map_err(|error| error.to_string())?.chunks(PAGE) {
        let asked = export::in_use(&parts.database, page).await;
        let asked = asked.map_err(|error| error.to_string())?;
        for (lease, _) in asked.into_iter().filter(|(_, used)| !used) {
            let removed = parts.objects.remove_claim(lease).await;
            removed.map_err(|error| error.to_string())?;
            tracing::info!(export = %lease.job, "removed what was never published");
        }
    }
    Ok(())
}
