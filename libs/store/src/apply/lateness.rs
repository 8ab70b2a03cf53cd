//! Lateness: how late came what was not kept before.

use acuse_domain::kinds::Provider;
use acuse_domain::lag::{COUNTED, is_telling, slice_of};
use acuse_domain::time::Timestamp;
use acuse_telemetry::metrics::catalog::{PROVIDER_EVENTS, PROVIDER_LAG};
use diesel_async::AsyncPgConnection;

use crate::error::StoreError;
use crate::message_state::provider_lags::{self, Lags};
use crate::message_state::timeline::TimelineRow;
use crate::message_state::watermarks::WatermarkRow;
use crate::types::At;

/// How late came what a batch brought.
#[derive(Debug)]
pub(super) struct Lateness {
    now: Timestamp,
    lags: Lags,
}

impl Lateness {
    /// Of a batch that is applied at `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            lags: Lags::new(),
        }
    }

    /// Notes a piece of evidence that the timeline did not hold.
    pub(super) fn note_piece(&mut self, row: &TimelineRow) {
        if tells(row.provider, row.at_is_receipt) {
            self.note(row.workspace_id, row.provider, row.at, row.received_at);
        }
    }

    /// Notes a watermark that was not kept.
    pub(super) fn note_watermark(&mut self, row: &WatermarkRow) {
        // One without a time of its own has the time up to which it covers, and may have happened any time later.
        if tells(row.provider, row.at == row.up_to) {
            self.note(row.workspace_id, row.provider, row.at, row.received_at);
        }
    }

    fn note(&mut self, workspace: i32, provider: i16, At(happened): At, At(received): At) {
        // What is told anew from a file keeps its time of receipt: it would make rows for all the past.
        if received > self.now - COUNTED {
            let key = (workspace, At(slice_of(received)), provider);
            let lag = self.lags.entry(key).or_default();
            lag.note(happened, received);
        }
    }

    /// Adds it to what is kept: a row for each provider and slice of the time of receipt, and nothing where nothing was noted.
    pub(super) async fn keep(&self, connection: &AsyncPgConnection) -> Result<(), StoreError> {
        if !self.lags.is_empty() {
            provider_lags::add(&self.lags).run(connection).await?;
        }
        Ok(())
    }

    /// Counts it, once it was committed.
    pub(super) fn measure(&self) {
        for ((_, _, code), lag) in &self.lags {
            let provider = Provider::from_code(*code).unwrap_or(Provider::Other);
            PROVIDER_EVENTS.add(lag.events, [provider.as_str().into()]);
            PROVIDER_LAG.add_part(lag.total_seconds, [provider.as_str().into()]);
        }
    }
}

fn tells(provider: i16, at_stands_in: bool) -> bool {
    Provider::from_code(provider).is_some_and(|provider| is_telling(provider, at_stands_in))
}
