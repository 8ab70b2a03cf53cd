//! Signatures, computed by another program.

use acuse_providers::{Delivery, Format, Secrets, TwilioSecrets, Unverified, verify};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::aggregators::rig::RECEIVED_AT;

/// The value of `Body` is `año & más`, and one of the tags is there twice.
const FORM: &[u8] =
    b"MessageSid=SM1&MessageStatus=delivered&Body=a%C3%B1o+%26+m%C3%A1s&Tag=b&Tag=a&Tag=b";

const URL: &str = "https://acuse.example/hook?x=1";
const SIGNED: &str = "TaTQ4OsGakDkjuHSDY1KFpIlPQE=";

fn verified(
    tokens: &[&str],
    url: Option<&str>,
    body: &[u8],
    signature: Option<&str>,
) -> Result<(), Unverified> {
    let secrets = Secrets::Twilio(TwilioSecrets {
        auth_tokens: tokens.iter().map(|&it| it.to_owned()).collect(),
    });
    let headers: Vec<_> = signature
        .into_iter()
        .map(|it| ("x-twilio-signature".to_owned(), it.to_owned()))
        .collect();
    let delivery = Delivery {
        headers: &headers,
        url,
        ..Delivery::of(body, RECEIVED_AT)
    };
    verify(Format::Twilio, &secrets, &delivery)
}

#[test]
fn the_documented_example_fits() {
    let form = b"To=%2B18005551212&From=%2B14158675309&Digits=1234&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
    let url = Some("https://mycompany.com/myapp.php?foo=1&bar=2");
    let signature = Some("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    assert_eq!(verified(&["12345"], url, form, signature), Ok(()));
    assert_eq!(
        verified(&["12346"], url, form, signature),
        Err(Unverified::Invalid)
    );
}

#[test]
fn any_of_the_tokens_may_have_signed() {
    let tokens = ["token-one", "token-two"];
    assert_eq!(verified(&tokens, Some(URL), FORM, Some(SIGNED)), Ok(()));
    let wrapped = STANDARD.encode(FORM);
    assert_eq!(
        verified(&tokens, Some(URL), wrapped.as_bytes(), Some(SIGNED)),
        Ok(())
    );
    for (body, url) in [
        (&FORM[1..], URL),
        (FORM, "https://acuse.example/hook?x=2"),
        (FORM, "http://acuse.example/hook?x=1"),
        (b"", URL),
    ] {
        let got = verified(&tokens, Some(url), body, Some(SIGNED));
        assert_eq!(got, Err(Unverified::Invalid), "{url}");
    }
}

#[test]
fn the_port_may_be_signed_or_not() {
    let with_port = "https://acuse.example:443/hook?x=1";
    for (signature, url) in [
        (SIGNED, with_port),
        ("bs22sTZ4kfJYz8P+vzCwI3NiF6U=", URL),
        ("bs22sTZ4kfJYz8P+vzCwI3NiF6U=", with_port),
        (
            "pyM7h+yKdw60acZmzETzjL2foyw=",
            "https://acuse.example:8443/hook",
        ),
    ] {
        let got = verified(&["token-two"], Some(url), FORM, Some(signature));
        assert_eq!(got, Ok(()), "{url}");
    }
}

#[test]
fn the_url_tells_the_hash_of_json() {
    let body = br#"[{"specversion":"1.0"}]"#;
    let hash = "8b8f7ee9c565d6ba5a29b8180901a6e377653e88f4bf47a2c92175d7595cd2da";
    let url = format!("https://acuse.example/hook?bodySHA256={hash}");
    let signature = Some("4VBlAKVF10RLx4pNn5QQ+0WAPLM=");
    assert_eq!(
        verified(&["token-two"], Some(&url), body, signature),
        Ok(())
    );
    let other = br#"[{"specversion":"1.1"}]"#;
    assert_eq!(
        verified(&["token-two"], Some(&url), other, signature),
        Err(Unverified::Invalid)
    );
    assert_eq!(
        verified(&["token-two"], Some(URL), body, Some(SIGNED)),
        Err(Unverified::Absent)
    );
}

#[test]
fn a_get_request_is_signed_by_its_url_alone() {
    let query = "MessageSid=SM1&MessageStatus=sent";
    let url = format!("https://acuse.example/hook?{query}");
    let signature = Some("q/IWKPuql2D9Gc7feLwQ1IgcRGg=");
    assert_eq!(
        verified(&["token-two"], Some(&url), query.as_bytes(), signature),
        Ok(())
    );
    // However it is written.
    let written = "MessageSid=SM1&MessageStatus=s%65nt";
    let got = verified(&["token-two"], Some(&url), written.as_bytes(), signature);
    assert_eq!(got, Ok(()));
    let other = "MessageSid=SM1&MessageStatus=read";
    let got = verified(&["token-two"], Some(&url), other.as_bytes(), signature);
    assert_eq!(got, Err(Unverified::Invalid));
    assert!(Format::Twilio.reads_queries());
}

#[test]
fn what_is_missing_is_told_apart() {
    let tokens = ["token-two"];
    assert_eq!(
        verified(&tokens, Some(URL), FORM, None),
        Err(Unverified::Absent)
    );
    assert_eq!(
        verified(&tokens, None, FORM, Some(SIGNED)),
        Err(Unverified::NoUrl)
    );
    assert_eq!(
        verified(&tokens, Some(URL), FORM, Some("%%%")),
        Err(Unverified::Invalid)
    );
    for none in [&[][..], &[""]] {
        assert_eq!(
            verified(none, Some(URL), FORM, Some(SIGNED)),
            Err(Unverified::NoSecret)
        );
    }
}
