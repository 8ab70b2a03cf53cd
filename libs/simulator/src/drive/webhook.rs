//! Webhooks over HTTP, sent as a provider sends them.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use acuse_rpc::Secret;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::timeout;

use super::backoff::Backoff;
use crate::cloud_api::{Line, SIGNATURE, Signer, Update, body};

/// How long an answer is waited for; connecting included.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Of an answer, what is read.
const MAX_ANSWER: usize = 64 * 1024;
/// A server of which there are several may learn of an integration some seconds after the one that was told.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);
/// What the server has to give back when the webhook's address is verified.
const CHALLENGE: &str = "1158201444";

/// The address to which Meta sends a line's webhooks, and what signs them. Shared by cloning.
#[derive(Debug, Clone)]
pub struct Webhook {
    client: Client<HttpConnector, Full<Bytes>>,
    address: Uri,
    signer: Signer,
    line: Arc<Line>,
}

/// Why a webhook did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is none that webhooks can be sent to.
    #[error("webhooks go over plain HTTP here: {0} does not begin with http:// and a host")]
    Address(String),
    /// The answer is another than 200, and trying again did not help or would not.
    #[error("a webhook was answered with {0}")]
    Refused(StatusCode),
    /// There is no answer.
    #[error("no answer to a webhook: {0}")]
    Unanswered(String),
    /// The server did not give the challenge back.
    #[error("the address was not verified: another answer than the challenge")]
    NotVerified,
}

impl Webhook {
    /// Webhooks of a line to `address`, in full: `http://host:port/path`. As many connections stay open as are wanted at
    /// once.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Address`] where it is not of that shape.
    pub fn new(
        address: &str,
        app_secret: &Secret,
        line: Line,
        connections: NonZeroUsize,
    ) -> Result<Self, WebhookError> {
        let uri = address.parse::<Uri>().ok();
        let address = uri
            .filter(|uri| uri.scheme_str() == Some("http") && uri.host().is_some())
            .ok_or_else(|| WebhookError::Address(address.to_owned()))?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(connections.get())
            .build(connector);
        Ok(Self {
            client,
            address,
            signer: Signer::new(app_secret),
            line: Arc::new(line),
        })
    }

    /// Verifies the address, as Meta does before it sends anything: the server has to know the token, and gives the
    /// challenge back.
    ///
    /// # Errors
    ///
    /// [`WebhookError`] where it does not within some seconds.
    pub async fn verify(&self, token: &Secret) -> Result<(), WebhookError> {
        let token = utf8_percent_encode(token.expose(), NON_ALPHANUMERIC);
        let address = format!(
            "{}?hub.mode=subscribe&hub.challenge={CHALLENGE}&hub.verify_token={token}",
            self.address
        );
        let mut backoff = Backoff::new(KNOWN_WITHIN);
        loop {
            let request = Request::get(address.as_str()).body(Full::default());
            let error = match self.send(request).await {
                Ok(answer) if answer == CHALLENGE => return Ok(()),
                Ok(_) => WebhookError::NotVerified,
                Err(error) => error,
            };
            if !backoff.again(None, Duration::MAX).await {
                return Err(error);
            }
        }
    }

    /// Sends updates in one webhook, until it is answered with 200. Gives how often it had to be sent again.
    pub(super) async fn tell(
        &self,
        updates: &[Update],
        patience: Duration,
    ) -> Result<u64, WebhookError> {
        let body = Bytes::from(body(&self.line, updates));
        let signature = self.signer.sign(&body);
        let mut backoff = Backoff::new(patience);
        loop {
            let request = Request::builder()
                .method(Method::POST)
                .uri(&self.address)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::USER_AGENT, "facebookexternalua")
                .header(SIGNATURE, &signature)
                .body(Full::new(body.clone()));
            let error = match self.send(request).await {
                Ok(_) => return Ok(backoff.retries),
                Err(error) => error,
            };
            let may_help = error.may_pass();
            if may_help.is_zero() || !backoff.again(None, may_help).await {
                return Err(error);
            }
        }
    }

    /// The answer to a request, if it is 200.
    async fn send(
        &self,
        request: http::Result<Request<Full<Bytes>>>,
    ) -> Result<Bytes, WebhookError> {
        let request = request.map_err(|_| WebhookError::Address(self.address.to_string()))?;
        let answer = async {
            let answer = self
                .client
                .request(request)
                .await
                .map_err(|error| unanswered(&error))?;
            let status = answer.status();
            // Read to its end, so that the connection can be used again.
            let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
            match status {
                StatusCode::OK => body
                    .map(|body| body.to_bytes())
                    .map_err(|error| unanswered(error.as_ref())),
                status => Err(WebhookError::Refused(status)),
            }
        };
        timeout(ANSWER_WITHIN, answer)
            .await
            .unwrap_or_else(|_| Err(WebhookError::Unanswered("it takes too long".to_owned())))
    }
}

impl WebhookError {
    /// For how long sending the same again may help; zero where it does not.
    fn may_pass(&self) -> Duration {
        match self {
            Self::Unanswered(_) => Duration::MAX,
            Self::Refused(status)
                if status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
                    ) =>
            {
                Duration::MAX
            }
            Self::Refused(StatusCode::UNAUTHORIZED) => KNOWN_WITHIN,
            Self::Refused(_) | Self::Address(_) | Self::NotVerified => Duration::ZERO,
        }
    }
}

/// With what lies beneath, which says more: "Connection refused".
fn unanswered(error: &(dyn std::error::Error + 'static)) -> WebhookError {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let told: Vec<_> = causes.map(ToString::to_string).collect();
    WebhookError::Unanswered(told.join(": "))
}

#[cfg(test)]
mod tests;
