//! A bucket that speaks S3.

use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder};

use super::http::Connector;
use crate::storage::S3Config;

/// How often a request is sent again that failed for now, and until when: longer outages are for the next attempt at the job.
const RETRIES: (usize, Duration) = (4, Duration::from_secs(60));

/// Opens a bucket. Nothing is asked of it yet.
pub(super) fn open(config: &S3Config) -> object_store::Result<AmazonS3> {
    let (max_retries, retry_timeout) = RETRIES;
    let retry = RetryConfig {
        max_retries,
        retry_timeout,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&config.bucket)
        .with_region(&config.region)
        .with_virtual_hosted_style_request(config.virtual_hosted)
        .with_allow_http(config.allow_plaintext)
        .with_retry(retry)
        .with_http_connector(Connector::new(config.authorities.as_deref())?);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(keys) = &config.keys {
        builder = builder
            .with_access_key_id(&keys.id)
            .with_secret_access_key(keys.secret.expose());
    }
    builder.build()
}
