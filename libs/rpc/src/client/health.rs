//! Whether a peer says that it can do its work.

use acuse_domain::error::{Error, Result};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{Call, Channel};
use crate::status::to_error;

/// Asks the peer's health for `service`, by its full name.
///
/// # Errors
///
/// UNAVAILABLE where it says that it does not serve; else why there was no answer.
pub async fn is_serving(channel: &Channel, service: &str) -> Result<()> {
    let request = Call::plain().request(HealthCheckRequest {
        service: service.to_owned(),
    });
    let mut client = HealthClient::new(channel.clone());
    let answer = client.check(request).await.map_err(to_error)?.into_inner();
    match answer.status() {
        ServingStatus::Serving => Ok(()),
        _ => Err(Error::unavailable(
            "a part of the system is not ready",
            format!("{service} says that it does not serve"),
        )),
    }
}
