//! A bucket that speaks S3.

use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};

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
    builder = match &config.keys {
        Some(keys) => builder
            .with_access_key_id(&keys.id)
            .with_secret_access_key(keys.secret.expose()),
        None => with_identity(builder, |name| std::env::var(name).ok()),
    };
    builder.build()
}

/// What a cluster puts into the environment of a pod that has an identity of its own, in the names that AWS gives it: a web token
/// and its role, or where to ask for keys. Nothing else is taken from there.
const IDENTITY: [AmazonS3ConfigKey; 7] = [
    AmazonS3ConfigKey::WebIdentityTokenFile,
    AmazonS3ConfigKey::RoleArn,
    AmazonS3ConfigKey::RoleSessionName,
    AmazonS3ConfigKey::StsEndpoint,
    AmazonS3ConfigKey::ContainerCredentialsRelativeUri,
    AmazonS3ConfigKey::ContainerCredentialsFullUri,
    AmazonS3ConfigKey::ContainerAuthorizationTokenFile,
];

fn with_identity(
    builder: AmazonS3Builder,
    variable: impl Fn(&str) -> Option<String>,
) -> AmazonS3Builder {
    let told = IDENTITY.into_iter().filter_map(|key| {
        let value = variable(&key.as_ref().to_ascii_uppercase())?;
        Some((key, value))
    });
    told.fold(builder, |builder, (key, value)| {
        builder.with_config(key, value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_identity_is_taken_and_nothing_else() {
        let given = |key: AmazonS3ConfigKey| format!("of {}", key.as_ref());
        let everything = |name: &str| Some(format!("of {}", name.to_ascii_lowercase()));
        let builder = with_identity(AmazonS3Builder::new(), everything);
        let told = |key| builder.get_config_value(&key);
        for key in IDENTITY {
            assert_eq!(told(key), Some(given(key)), "{key:?}");
        }
        for key in [AmazonS3ConfigKey::AccessKeyId, AmazonS3ConfigKey::Endpoint] {
            assert_eq!(told(key), None, "{key:?}");
        }
    }
}
