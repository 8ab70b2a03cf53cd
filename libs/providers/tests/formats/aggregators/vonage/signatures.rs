//! Signatures. Those that stand here were computed by another program.

use acuse_providers::{Delivery, Format, Secrets, Unverified, VonageSecrets, verify};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::aggregators::rig::{RECEIVED_AT, with};

const BODY: &[u8] = br#"{"message_uuid":"u1","status":"read"}"#;

/// The SHA-256 of [`BODY`].
const HASH: &str = "2e7de568941cabaef5642ebe61ea63031f029ab52ceae918c1e79f932b0abc6e";

/// For [`BODY`], issued a minute before it arrives, under `sig-secret`.
const TOKEN: &str = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJpYXQiOiAxNzc3ODk1OTQwLCAiaXNzIjogIlZvbmFnZSIsICJhcGlfa2V5IjogImFiYyIsICJwYXlsb2FkX2hhc2giOiAiMmU3ZGU1Njg5NDFjYWJhZWY1NjQyZWJlNjFlYTYzMDMxZjAyOWFiNTJjZWFlOTE4YzFlNzlmOTMyYjBhYmM2ZSJ9.yX2SKyjkshm7du3Zx1sDzcP6grKJpn4Ww49keXZ8O94";

fn verified(secrets: &[&str], header: Option<&str>, body: &[u8]) -> Result<(), Unverified> {
    let secrets = Secrets::Vonage(VonageSecrets {
        signature_secrets: secrets.iter().map(|&it| it.to_owned()).collect(),
    });
    let headers: Vec<_> = header
        .into_iter()
        .map(|it| ("authorization".to_owned(), it.to_owned()))
        .collect();
    let delivery = Delivery {
        headers: &headers,
        ..Delivery::of(body, RECEIVED_AT)
    };
    verify(Format::Vonage, &secrets, &delivery)
}

/// A token with that algorithm and these claims over the usual ones, signed all the same.
fn token(algorithm: &str, claims: Value) -> String {
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let claims = with(json!({"iat": 1_777_895_940, "payload_hash": HASH}), claims);
    let signed = format!("{}.{}", part(&json!({"alg": algorithm})), part(&claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"sig-secret");
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    format!("Bearer {signed}.{tag}")
}

#[test]
fn a_token_of_one_of_the_secrets_fits() {
    let header = format!("Bearer {TOKEN}");
    let secrets = ["another", "sig-secret"];
    assert_eq!(verified(&secrets, Some(&header), BODY), Ok(()));
    assert_eq!(
        verified(&secrets, Some(&header.replace("Bearer", "bearer")), BODY),
        Ok(())
    );
    let nothing = Err(Unverified::Invalid);
    assert_eq!(verified(&["another"], Some(&header), BODY), nothing);
    assert_eq!(
        verified(&secrets, Some(&header), br#"{"message_uuid":"u2"}"#),
        nothing
    );
    for header in ["Bearer x", "Bearer a.b", "Bearer ..", "Bearer a.b.%%%"] {
        assert_eq!(verified(&secrets, Some(header), BODY), nothing, "{header}");
    }
}

#[test]
fn claims_are_held_against_body_and_clock() {
    let received = RECEIVED_AT.micros() / 1_000_000;
    let hour = 3_600;
    for (claims, fits) in [
        (json!({}), true),
        (json!({"iat": null}), true),
        (json!({"iat": received + 299}), true),
        (json!({"iat": received + 301}), false),
        (json!({"iat": received - 25 * hour}), true),
        (json!({"iat": received - 25 * hour - 1}), false),
        (json!({"iat": "soon"}), false),
        (json!({"exp": received + 1}), true),
        (json!({"exp": received - 299}), true),
        (json!({"exp": received - 301}), false),
        (json!({"exp": "never"}), false),
        (json!({"nbf": received + 301}), false),
        (json!({"payload_hash": HASH.to_uppercase()}), true),
        (json!({"payload_hash": HASH.replace('2', "3")}), false),
        (json!({"payload_hash": null}), false),
    ] {
        let got = verified(&["sig-secret"], Some(&token("HS256", claims.clone())), BODY);
        assert_eq!(got.is_ok(), fits, "{claims}");
    }
    for algorithm in ["none", "HS512", "RS256", "hs256"] {
        let got = verified(&["sig-secret"], Some(&token(algorithm, json!({}))), BODY);
        assert_eq!(got, Err(Unverified::Invalid), "{algorithm}");
    }
}

#[test]
fn the_sms_api_signs_by_a_parameter() {
    let form = "msisdn=447700900001&to=ACME&messageId=m1&status=delivered&text=a%3Db%26c";
    for sig in [
        "92ca9562ca2447fa81b76c1f1176a662e485b0e5ae8b7b4030c59eb4f82a6645",
        "92CA9562CA2447FA81B76C1F1176A662E485B0E5AE8B7B4030C59EB4F82A6645",
        "0dfc7459b5ba08c3910b1124830cdb987cdbfb54569c3976d9f5105171549eaa6385c1959dcc0cd6acc58a3cd2c1a4c0a18fad645a09728e716101a9e62a5776",
        "fd70b63be8d82112a0f4bfef541038bb606d1247",
    ] {
        let signed = format!("{form}&sig={sig}");
        assert_eq!(
            verified(&["sig-secret"], None, signed.as_bytes()),
            Ok(()),
            "{sig}"
        );
        let other = signed.replace("delivered", "failed");
        let got = verified(&["sig-secret"], None, other.as_bytes());
        assert_eq!(got, Err(Unverified::Invalid), "{sig}");
        let got = verified(&["another"], None, signed.as_bytes());
        assert_eq!(got, Err(Unverified::Invalid), "{sig}");
    }
    let json = json!({
        "msisdn": "447700900001", "to": "ACME", "messageId": "m1", "status": "delivered", "text": "a=b&c",
        "sig": "92ca9562ca2447fa81b76c1f1176a662e485b0e5ae8b7b4030c59eb4f82a6645",
    });
    assert_eq!(
        verified(&["sig-secret"], None, json.to_string().as_bytes()),
        Ok(())
    );
}

#[test]
fn what_is_missing_is_told_apart() {
    let absent = Err(Unverified::Absent);
    assert_eq!(verified(&["sig-secret"], None, BODY), absent);
    assert_eq!(verified(&["sig-secret"], Some("Basic eDp5"), BODY), absent);
    assert_eq!(verified(&["sig-secret"], None, b"no form"), absent);
    let header = format!("Bearer {TOKEN}");
    for none in [&[][..], &[""]] {
        assert_eq!(
            verified(none, Some(&header), BODY),
            Err(Unverified::NoSecret)
        );
    }
}
