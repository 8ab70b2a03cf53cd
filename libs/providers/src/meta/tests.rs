use acuse_domain::time::Timestamp;

use super::*;

const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;

fn secrets(app_secrets: &[&str]) -> Secrets {
    Secrets::Meta(MetaSecrets {
        app_secrets: app_secrets.iter().map(|it| (*it).to_owned()).collect(),
        verify_token: "agreed on".to_owned(),
    })
}

fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    let digits: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={digits}")
}

fn check(secrets: &Secrets, body: &[u8], signatures: &[String]) -> Result<(), Unverified> {
    let headers: Vec<(String, String)> = signatures
        .iter()
        .map(|value| (SIGNATURE.to_owned(), value.clone()))
        .collect();
    let delivery = Delivery {
        headers: &headers,
        ..Delivery::of(body, Timestamp::default())
    };
    verify(secrets, &delivery)
}

#[test]
fn a_known_vector_fits() {
    // RFC 4231, test case 2.
    let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(signature("Jefe", b"what do ya want for nothing?"), expected);
    let checked = check(
        &secrets(&["Jefe"]),
        b"what do ya want for nothing?",
        &[expected.to_owned()],
    );
    assert_eq!(checked, Ok(()));
}

#[test]
fn the_old_way_to_sign_counts_only_by_itself() {
    // RFC 2202, test case 2 of HMAC-SHA-1.
    let body = b"what do ya want for nothing?";
    let old = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    let verified = |headers: &[(&str, &str)]| {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let delivery = Delivery {
            headers: &headers,
            ..Delivery::of(body, Timestamp::default())
        };
        verify(&secrets(&["other", "Jefe"]), &delivery)
    };
    assert_eq!(verified(&[(OLD_SIGNATURE, old)]), Ok(()));
    let invalid = Err(Unverified::Invalid);
    assert_eq!(
        verified(&[(OLD_SIGNATURE, old), (SIGNATURE, "sha256=00")]),
        invalid
    );
    assert_eq!(verified(&[(SIGNATURE, old)]), invalid);
    for wrong in [
        "sha1=",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "sha1=00",
    ] {
        assert_eq!(verified(&[(OLD_SIGNATURE, wrong)]), invalid, "{wrong}");
    }
}

#[test]
fn any_of_several_secrets_fits() {
    let rotating = secrets(&["old", "new"]);
    for secret in ["old", "new"] {
        assert_eq!(check(&rotating, BODY, &[signature(secret, BODY)]), Ok(()));
    }
    let upper = signature("new", BODY)
        .to_uppercase()
        .replace("SHA256", "sha256");
    assert_eq!(check(&rotating, BODY, &[upper]), Ok(()));
}

#[test]
fn of_several_signatures_the_first_counts() {
    let only = secrets(&["secret"]);
    let (right, other) = (signature("secret", BODY), "sha256=00".to_owned());
    assert_eq!(check(&only, BODY, &[right.clone(), other.clone()]), Ok(()));
    assert_eq!(
        check(&only, BODY, &[other, right]),
        Err(Unverified::Invalid)
    );
}

#[test]
fn what_does_not_fit_is_told_apart_from_what_is_not_signed() {
    let only = secrets(&["secret"]);
    let right = signature("secret", BODY);
    assert_eq!(check(&only, BODY, &[]), Err(Unverified::Absent));
    for wrong in [
        signature("another", BODY),
        signature("secret", b"another body"),
        right.replace("sha256=", "sha1="),
        right[..right.len() - 2].to_owned(),
        format!("{right}00"),
        format!("{}é", &right[..right.len() - 1]),
        "sha256=".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            check(&only, BODY, std::slice::from_ref(&wrong)),
            Err(Unverified::Invalid),
            "{wrong}"
        );
    }
    let unset = signature("", BODY);
    assert_eq!(
        check(&secrets(&[""]), BODY, &[unset]),
        Err(Unverified::NoSecret)
    );
}

#[test]
fn secrets_are_not_printed() {
    let shown = format!("{:?}", secrets(&["app secret"]));
    assert!(!shown.contains("app secret") && !shown.contains("agreed on"));
}

fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_handshake_echoes_the_challenge() {
    let query = query(&[
        ("hub.challenge", "1158201444"),
        ("hub.verify_token", "agreed on"),
        ("hub.mode", "subscribe"),
    ]);
    let answer = handshake(&secrets(&[]), &query);
    assert_eq!(answer.as_deref(), Ok("1158201444"));
}

#[test]
fn nobody_else_gets_an_answer() {
    let long = "1".repeat(MAX_CHALLENGE + 1);
    let cases = [
        ("subscribe", "agreed", "1", Unverified::Invalid),
        ("subscribe", "agreed on more", "1", Unverified::Invalid),
        ("subscribe", "", "1", Unverified::Invalid),
        ("unsubscribe", "agreed on", "1", Unverified::NoHandshake),
        ("subscribe", "agreed on", "<b>", Unverified::NoHandshake),
        ("subscribe", "agreed on", &long, Unverified::NoHandshake),
    ];
    for (mode, token, challenge, expected) in cases {
        let query = query(&[
            ("hub.mode", mode),
            ("hub.verify_token", token),
            ("hub.challenge", challenge),
        ]);
        assert_eq!(
            handshake(&secrets(&[]), &query),
            Err(expected),
            "{mode} {token}"
        );
    }
    let without_token = query(&[("hub.mode", "subscribe"), ("hub.challenge", "1")]);
    assert_eq!(
        handshake(&secrets(&[]), &without_token),
        Err(Unverified::Absent)
    );
    assert_eq!(handshake(&secrets(&[]), &[]), Err(Unverified::NoHandshake));
    let unset = MetaSecrets::default();
    let empty = query(&[
        ("hub.mode", "subscribe"),
        ("hub.verify_token", ""),
        ("hub.challenge", "1"),
    ]);
    assert_eq!(
        handshake(&Secrets::Meta(unset), &empty),
        Err(Unverified::NoSecret)
    );
}
