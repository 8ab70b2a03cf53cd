//! How far behind the providers are, for whoever reads a report.

use std::collections::BTreeMap;

use acuse_domain::kinds::Provider;
use acuse_domain::lag::{Lag, first_slice};
use acuse_domain::time::Timestamp;
use diesel_async::AsyncPgConnection;

use crate::error::StoreError;
use crate::ingestion::{WaitingRow, waiting_by_provider};
use crate::message_state::provider_lags::{self, LagRow};

/// How far behind a provider is, in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderLag {
    /// The provider, or the gateway that passes on what one tells.
    pub provider: Provider,
    /// How late came what was received within the hour, in the slices that it touches.
    pub lag: Lag,
    /// Webhooks that wait to be applied, counted up to 10,000.
    pub waiting: u64,
    /// When the oldest of them was received; `None` where there are none.
    pub oldest_waiting: Option<Timestamp>,
}

/// How far behind the providers are within the hour before `now` of the workspace that the transaction names, in their order.
/// Those of which nothing came and nothing waits are left out.
pub(super) async fn read(
    connection: &AsyncPgConnection,
    now: Timestamp,
) -> Result<Vec<ProviderLag>, StoreError> {
    let (counted, waiting) = futures::try_join!(
        provider_lags::since(first_slice(now)).fetch::<LagRow>(connection),
        waiting_by_provider().fetch::<WaitingRow>(connection),
    )?;
    let mut providers: BTreeMap<Provider, ProviderLag> = BTreeMap::new();
    for row in counted {
        of(&mut providers, row.provider).lag.add(&row.lag());
    }
    for row in waiting {
        let known = of(&mut providers, row.provider);
        known.waiting += row.entries.unsigned_abs();
        let oldest = known.oldest_waiting.into_iter().chain([row.oldest.0]).min();
        known.oldest_waiting = oldest;
    }
    Ok(providers.into_values().collect())
}

/// What is known of the provider of that code. A report does not fail for one that only a newer version knows.
fn of(providers: &mut BTreeMap<Provider, ProviderLag>, code: i16) -> &mut ProviderLag {
    let provider = Provider::from_code(code).unwrap_or(Provider::Other);
    providers.entry(provider).or_insert_with(|| ProviderLag {
        provider,
        lag: Lag::default(),
        waiting: 0,
        oldest_waiting: None,
    })
}
