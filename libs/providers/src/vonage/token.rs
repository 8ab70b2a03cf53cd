//! The token in which webhooks of the Messages API are signed: a JWT, signed with HMAC-SHA256 under the account's signature
//! secret, that tells the SHA-256 of the body.

use std::time::Duration;

use acuse_domain::time::Timestamp;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use ring::{digest, hmac};

use super::signature::hex;
use crate::json::{self, Moment, Node, later_instant, moment};
use crate::reading::Delivery;
use crate::secrets::Unverified;
use crate::shared::is_same;

/// How far Vonage's clock may be from ours.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// How old a token may be. Vonage sends a webhook again for a day, and nobody says whether it signs it anew.
const OLDEST: Duration = Duration::from_secs(25 * 60 * 60);

/// The longest token that is looked at; Vonage's have some 500 bytes.
const MAX_TOKEN: usize = 8_192;

/// Base64 as in URLs, whether padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a token was signed with one of `keys`, for this body, lately.
pub(super) fn verify(
    token: &str,
    keys: &[hmac::Key],
    delivery: &Delivery<'_>,
) -> Result<(), Unverified> {
    let invalid = Unverified::Invalid;
    if token.len() > MAX_TOKEN {
        return Err(invalid);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(invalid)?;
    let (head, claims) = signed.split_once('.').ok_or(invalid)?;
    let tag = BASE64.decode(signature).map_err(|_| invalid)?;
    let fits = |key| hmac::verify(key, signed.as_bytes(), &tag).is_ok();
    if !keys.iter().any(fits) {
        return Err(invalid);
    }
    let part = |part: &str| json::parse(&BASE64.decode(part).ok()?).ok();
    let head = part(head).ok_or(invalid)?;
    let claims = part(claims).ok_or(invalid)?;
    let claims = Node::of(&claims);
    // Under another algorithm it would be no proof that it fits.
    let is_hs256 = Node::of(&head).get("alg").text().as_deref() == Some("HS256");
    let is_of_body = claims.get("payload_hash").word().is_some_and(|hash| {
        let actual = hex(digest::digest(&digest::SHA256, delivery.body).as_ref());
        is_same(&actual, &hash)
    });
    if is_hs256 && is_of_body && is_timely(claims, delivery.received_at) {
        Ok(())
    } else {
        Err(invalid)
    }
}

/// Whether it was issued lately and has not expired, as far as it says.
fn is_timely(claims: Node<'_>, received_at: Timestamp) -> bool {
    let issued = match moment(claims.get("iat"), received_at) {
        Moment::At(at) => at + OLDEST >= received_at,
        Moment::Receipt => !claims.get("iat").exists(),
        Moment::Implausible(_) => false,
    };
    let begins = claims.get("nbf");
    let begun =
        !begins.exists() || later_instant(begins).is_some_and(|at| at <= received_at + CLOCK_SKEW);
    let end = claims.get("exp");
    let lasts =
        !end.exists() || later_instant(end).is_some_and(|at| at + CLOCK_SKEW >= received_at);
    issued && begun && lasts
}
