//! Addresses that are signed, show a secret, or say in their query all that there is to say.

use std::sync::{Arc, Mutex};

use acuse_ingestion::Config;
use acuse_proto::ingestion::integration_secrets::Secrets;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationSecrets, SharedSecrets, SignatureCheck,
    TestIntegrationRequest, TwilioSecrets, WebhookHeader,
};
use acuse_proto::types::Provider;
use acuse_testkit::service::http::send;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::rig::{APP_SECRET, Rig};

const PUBLIC: &str = "https://hooks.example.com/acuse";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a provider that signs nothing shows.
const SHARED: &str = "hunter2-shared-secret";

/// A status as Twilio posts it, with its parameters in the order of their names.
const STATUS: &str = "From=%2B56221234567&MessageSid=SM1&MessageStatus=delivered&To=%2B56912345678";
const SIGNED: &str = "From+56221234567MessageSidSM1MessageStatusdeliveredTo+56912345678";

/// What Twilio puts into X-Twilio-Signature.
fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, APP_SECRET.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

async fn made(rig: &Rig, provider: Provider, secrets: Secrets) -> Integration {
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: provider.into(),
            display_name: "one".to_owned(),
            ..Integration::default()
        }),
        secrets: Some(IntegrationSecrets {
            secrets: Some(secrets),
        }),
        request_id: None,
    };
    rig.create(request).await.unwrap()
}

async fn with_twilio(rig: &Rig) -> Integration {
    let auth_tokens = vec![APP_SECRET.to_owned()];
    let secrets = Secrets::Twilio(TwilioSecrets { auth_tokens });
    made(rig, Provider::Twilio, secrets).await
}

async fn with_sinch_latam(rig: &Rig) -> Integration {
    let secrets = vec![SHARED.to_owned()];
    let secrets = Secrets::Shared(SharedSecrets { secrets });
    made(rig, Provider::SinchLatam, secrets).await
}

/// The status of the answer to a status that was signed for `url`, with these headers besides.
async fn told(rig: &Rig, target: &str, url: &str, headers: &[(&str, &str)]) -> u16 {
    let signature = sign(&format!("{url}{SIGNED}"));
    let own = [("content-type", FORM), ("x-twilio-signature", &*signature)];
    let headers = [&own[..], headers].concat();
    rig.post(target, &headers, STATUS.as_bytes()).await.status
}

fn public(config: &mut Config) {
    config.public_url = Some(PUBLIC.parse().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_the_public_address_with_its_query() {
    let rig = Rig::with(public).await;
    let made = with_twilio(&rig).await;
    assert_eq!(made.secrets_set, ["twilio.auth_tokens"]);
    let path = &made.webhook_path;
    for query in ["", "?a=b%20c&d", "?secret=other"] {
        let target = format!("{path}{query}");
        let url = format!("{PUBLIC}{target}");
        assert_eq!(told(&rig, &target, &url, &[]).await, 200, "{query}");
        let other = format!("https://elsewhere.example{target}");
        assert_eq!(told(&rig, &target, &other, &[]).await, 401, "{query}");
        // What a request says of where it was sent to changes nothing.
        let said = [
            ("x-forwarded-host", "elsewhere.example"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(told(&rig, &target, &other, &said).await, 401, "{query}");
    }
    assert_eq!(rig.rows("inbox").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_address_the_request_names_it_and_a_proxy_where_it_is_believed() {
    let said = [
        ("x-forwarded-host", "hooks.example.com"),
        ("x-forwarded-proto", "https"),
    ];
    for believed in [false, true] {
        let rig = Rig::with(|config| config.trust_forwarded = believed).await;
        let path = with_twilio(&rig).await.webhook_path;
        let (inside, outside) = (
            format!("http://acuse{path}"),
            format!("https://hooks.example.com{path}"),
        );
        assert_eq!(told(&rig, &path, &inside, &[]).await, 200);
        let (expected, other) = if believed { (200, 401) } else { (401, 200) };
        assert_eq!(told(&rig, &path, &outside, &said).await, expected);
        assert_eq!(told(&rig, &path, &inside, &said).await, other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_request_is_read_as_a_form_and_kept_without_its_secret() {
    let rig = Rig::start().await;
    let path = with_sinch_latam(&rig).await.webhook_path;
    let said = "id=m-1&destination=56912345678&sentStatusCode=2&deliveredStatusCode=4&delivered=true&sent=true";
    for (query, status) in [
        (format!("secret={SHARED}&{said}"), 200),
        (format!("{said}&secret=hunter2-another"), 401),
        (said.to_owned(), 401),
    ] {
        let answer = rig.get(&format!("{path}?{query}")).await;
        assert_eq!((answer.status, &*answer.body), (status, ""), "{query}");
    }
    // Asking whether there is something tells nothing and does nothing.
    let target = format!("{path}?secret={SHARED}&{said}");
    let head = send(rig.running.address(), "HEAD", &target, &[], b"").await;
    assert_eq!(head.status, 401);
    let session = rig.session().await;
    let kept = "SELECT body, content_type FROM ingestion.inbox \
         UNION ALL SELECT body, content_type FROM ingestion.not_understood";
    let rows = session.query(kept, &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, &[u8]>(0), said.as_bytes());
    assert_eq!(rows[0].get::<_, &str>(1), FORM);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_answers_as_what_is_not_signed() {
    let rig = Rig::with(public).await;
    let made = [with_twilio(&rig).await, with_sinch_latam(&rig).await];
    for integration in made {
        let path = integration.webhook_path;
        let (format, _) = path.rsplit_once('/').unwrap();
        let nobody = format!("{format}/01890a5d-ac96-774b-bcce-b302099a8057");
        for method in ["GET", "POST"] {
            let ask = async |path: &str| {
                let target = format!("{path}?secret=hunter2-wrong&id=1");
                let headers = [("content-type", FORM), ("x-twilio-signature", "AAAA")];
                let address = rig.running.address();
                let mut answer = send(address, method, &target, &headers, b"a=b").await;
                let varying = ["date", "x-request-id"];
                answer
                    .headers
                    .retain(|(name, _)| !varying.contains(&&**name));
                answer
            };
            let answer = ask(&path).await;
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer, ask(&nobody).await, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_given_the_address_that_was_called() {
    let rig = Rig::start().await;
    let made = with_twilio(&rig).await;
    let url = format!("{PUBLIC}{}", made.webhook_path);
    let signature = WebhookHeader {
        name: "X-Twilio-Signature".to_owned(),
        value: sign(&format!("{url}{SIGNED}")),
    };
    let form = WebhookHeader {
        name: "Content-Type".to_owned(),
        value: FORM.to_owned(),
    };
    let test = |url: Option<&str>| TestIntegrationRequest {
        id: made.id.clone(),
        payload: STATUS.as_bytes().to_vec(),
        headers: vec![signature.clone(), form.clone()],
        url: url.map(str::to_owned),
    };
    for (url, check) in [
        (Some(&*url), SignatureCheck::Valid),
        (Some("https://elsewhere.example/"), SignatureCheck::Invalid),
        (None, SignatureCheck::NoUrl),
    ] {
        let answer = rig.admin().test_integration(test(url)).await.unwrap();
        let answer = answer.into_inner();
        assert_eq!(answer.signature(), check, "{url:?}");
        let told = answer.findings[0].explanation.as_ref().unwrap();
        assert_eq!(
            (&*told.id, &*told.channel, &*told.scope),
            ("SM1", "sms", "")
        );
    }
    let called = TestIntegrationRequest {
        payload: Vec::new(),
        ..test(Some(&format!("{url}?{STATUS}")))
    };
    let answer = rig.admin().test_integration(called).await.unwrap();
    let findings = answer.into_inner().findings;
    assert_eq!(findings[0].explanation.as_ref().unwrap().id, "SM1");
}

/// What was logged meanwhile.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Alone in its process, as nextest runs tests: what is logged is the whole process's.
#[tokio::test(flavor = "multi_thread")]
async fn no_query_is_logged() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || written.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let rig = Rig::start().await;
    let path = with_sinch_latam(&rig).await.webhook_path;
    for query in [
        format!("secret={SHARED}&id=hunter2-id&delivered=true"),
        "secret=hunter2-wrong&id=hunter2-id".to_owned(),
        "hub.verify_token=hunter2-token".to_owned(),
    ] {
        let target = format!("{path}?{query}");
        let form = [("content-type", FORM)];
        rig.get(&target).await;
        rig.post(&target, &form, b"a=hunter2-body").await;
        rig.post(&format!("/webhooks/nobody/x?{query}"), &form, b"")
            .await;
    }
    rig.stop().await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("webhook refused"), "{log}");
    let lines = log.lines().filter(|line| line.contains("acuse"));
    let shown: Vec<_> = lines.filter(|line| line.contains("hunter2-")).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
