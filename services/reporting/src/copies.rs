//! Keeps the copies of messages in memory up to date.

use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::read::Copies;
use tokio::time::sleep;

/// Refreshes them as often as is due, until it is time to end.
pub(crate) async fn keep(copies: Copies, mut stop: Stop) {
    let mut outage = Outage::new("refreshing copies in memory");
    loop {
        let refreshing = async {
            match guarded(copies.refresh()).await {
                Ok(more) => {
                    outage.over();
                    if !more {
                        copies.due().await;
                    }
                }
                Err(problem) => sleep(outage.goes_on(&problem)).await,
            }
        };
        if stop.wait(refreshing).await {
            return;
        }
    }
}
