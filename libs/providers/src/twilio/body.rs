//! What a body is: a form, the same in base64 as some gateways in between deliver it, or JSON.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::form::{self, is_json};
use crate::reading::Malformed;

/// A body as JSON; the parameters of a form are members whose values are text.
pub(super) fn parse(body: &[u8]) -> Result<Value, Malformed> {
    form::or_json(&unwrapped(body))
}

/// Every parameter of a form, in its order.
pub(super) fn parameters(body: &[u8]) -> Vec<(String, String)> {
    let body = unwrapped(body);
    form_urlencoded::parse(body.trim_ascii())
        .into_owned()
        .collect()
}

/// A body out of its base64, where it is in some. A form itself is none: its equals signs stand before values.
fn unwrapped(body: &[u8]) -> Cow<'_, [u8]> {
    let decoded = STANDARD.decode(body.trim_ascii());
    match decoded {
        Ok(decoded) if is_json(&decoded) || form::parse(&decoded).is_ok() => Cow::Owned(decoded),
        _ => Cow::Borrowed(body),
    }
}
