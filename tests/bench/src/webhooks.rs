//! What arrives one by one: a webhook for each status, signed, over connections that stay open.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use acuse_simulator::{
    Business,
    cloud_api::{SIGNATURE, Signer, Update, body},
};
use anyhow::{Result, ensure};
use bytes::Bytes;
use futures::future::try_join_all;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::{tenants::Tenants, world::Told};

/// Webhooks under way at once, each over a connection of its own.
const CONNECTIONS: usize = 64;

/// A webhook as it goes over the wire: written and signed beforehand, since that is the provider's work.
pub(crate) struct Webhook {
    address: String,
    signature: String,
    body: Bytes,
}

/// One webhook for each update, to ingestion at `url`.
pub(crate) fn write(
    url: &str,
    tenants: &Tenants,
    businesses: &[Business],
    told: Told<Update>,
) -> Vec<Webhook> {
    let signer = Signer::new(&tenants.app_secret);
    told.into_iter()
        .map(|(workspace, _, update)| {
            let body = Bytes::from(body(&businesses[workspace].line(), &[update]));
            Webhook {
                address: format!("{url}{}", tenants.webhook_paths[workspace]),
                signature: signer.sign(&body),
                body,
            }
        })
        .collect()
}

/// Sends all; gives after how many seconds the last was answered.
///
/// # Errors
///
/// Where one is answered otherwise than with 200.
pub(crate) async fn send(webhooks: &[Webhook]) -> Result<f64> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(CONNECTIONS)
        .build(connector);
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| async {
        while let Some(webhook) = webhooks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let request = Request::post(&webhook.address)
                .header(header::CONTENT_TYPE, "application/json")
                .header(SIGNATURE, &webhook.signature)
                .body(Full::new(webhook.body.clone()))?;
            let answer = client.request(request).await?;
            let status = answer.status();
            ensure!(
                status == StatusCode::OK,
                "a webhook was answered with {status}"
            );
            // Read to its end, so that the connection can be used again.
            answer.into_body().collect().await?;
        }
        Ok(())
    });
    try_join_all(connections).await?;
    Ok(begun.elapsed().as_secs_f64())
}
