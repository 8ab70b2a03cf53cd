//! The call's own id, deadline and trace, before anything else looks at it.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use crate::context::{CallContext, REQUEST_ID_HEADER, RequestId};

/// How long before the caller's deadline ours is, so that the caller hears our answer and not its own clock: a
/// twentieth of its patience, and no more than this.
const MARGIN: Duration = Duration::from_millis(10);

pub(super) async fn layer(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let request_id = headers
        .get(REQUEST_ID_HEADER)
        .and_then(|value| value.to_str().ok())
        .and_then(RequestId::parse)
        .unwrap_or_else(RequestId::generate);
    let deadline = timeout(headers)
        .and_then(|patience| Instant::now().checked_add(patience - MARGIN.min(patience / 20)));
    let context = CallContext::new(request_id.clone())
        .with_deadline(deadline)
        .with_trace(headers);

    let mut response = context.scope(next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
}

/// `grpc-timeout`: at most eight digits and a unit. What is not one is as if it were absent.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let unit_at = text.len().checked_sub(1)?;
    let (digits, unit) = text.split_at_checked(unit_at)?;
    let fit = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: u64 = fit.then(|| digits.parse().ok()).flatten()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};

    use super::timeout;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        let read = |text: &str| {
            timeout(&HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                HeaderValue::from_str(text).unwrap(),
            )]))
        };
        assert_eq!(
            read("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3600))
        );
        assert_eq!(read("2M"), Some(Duration::from_secs(120)));
        assert_eq!(read("5S"), Some(Duration::from_secs(5)));
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read("7u"), Some(Duration::from_micros(7)));
        assert_eq!(read("9n"), Some(Duration::from_nanos(9)));
        for bad in ["", "S", "5", "5s", "-5S", "123456789S", "1.5S", "5 S"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
