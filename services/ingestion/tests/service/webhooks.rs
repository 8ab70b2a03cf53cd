//! Who gets in by a webhook, and who does not.

use std::time::{Duration, Instant};

use acuse_proto::ingestion::{DeleteIntegrationRequest, Integration, UpdateIntegrationRequest};
use acuse_testkit::service::eventually;
use acuse_testkit::service::http::{Answer, meta_signature, raw};

use crate::rig::{APP_SECRET, Rig, VERIFY_TOKEN, secrets, status_body};

const NOBODY: &str = "/webhooks/meta-whatsapp/01890a5d-ac96-774b-bcce-b302099a8057";

/// What an answer shows, but for the request's own id and the time of day.
fn shown(answer: Answer) -> Answer {
    let passing = ["x-request-id", "date"];
    let headers = answer.headers.into_iter();
    Answer {
        headers: headers
            .filter(|(name, _)| !passing.contains(&&**name))
            .collect(),
        ..answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_verified() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let query = |mode: &str, token: &str| {
        format!("{path}?hub.mode={mode}&hub.verify_token={token}&hub.challenge=1158201444")
    };
    let answer = rig.get(&query("subscribe", VERIFY_TOKEN)).await;
    assert_eq!((answer.status, &*answer.body), (200, "1158201444"));
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );

    let nobody = shown(rig.get(NOBODY).await);
    assert_eq!((nobody.status, &*nobody.body), (401, ""));
    for bad in [
        query("subscribe", "hunter2-verify-tokeN"),
        query("subscribe", ""),
        query("unsubscribe", VERIFY_TOKEN),
        path.clone(),
        query("subscribe", VERIFY_TOKEN).replace("meta-whatsapp", "twilio"),
        query("subscribe", VERIFY_TOKEN).replace("1158201444", "%3Cb%3E"),
    ] {
        assert_eq!(shown(rig.get(&bad).await), nobody, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_learns_and_changes_nothing() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let body = status_body("wamid.1");
    let good = meta_signature(APP_SECRET, &body);
    let bad = meta_signature("another app's", &body);
    let sha1 = good.replace("sha256=", "sha1=");
    let cut = &good[..good.len() - 2];
    fn header(value: &str) -> [(&str, &str); 1] {
        [("x-hub-signature-256", value)]
    }

    let expected = shown(rig.post(&path, &header(&bad), &body).await);
    assert_eq!((expected.status, &*expected.body), (401, ""));
    let (upper, short) = (path.to_uppercase(), path.replace('-', ""));
    let foreign = path.replace("meta-whatsapp", "twilio");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8]);
    let cases: [Case<'_>; 11] = [
        (&path, &[], &body),
        (&path, &header(""), &body),
        (&path, &header(&sha1), &body),
        (&path, &header(cut), &body),
        (&path, &header(&good), b"another body"),
        (&path, &header(&good), b""),
        (NOBODY, &header(&good), &body),
        (NOBODY, &[], b"not even JSON"),
        (&foreign, &header(&good), &body),
        ("/webhooks/meta-whatsapp/%FF", &header(&good), &body),
        (
            &short.replace("/webhooks/metawhatsapp", "/webhooks/meta-whatsapp"),
            &header(&good),
            &body,
        ),
    ];
    for (path, headers, body) in cases {
        let answer = shown(rig.post(path, headers, body).await);
        assert_eq!(answer, expected, "{path} {headers:?}");
    }
    assert_eq!(rig.post(&upper, &header(&good), &body).await.status, 404);
    assert_eq!(
        rig.rows("inbox").await + rig.rows("not_understood").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_is_not_there_takes_as_long() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let body = vec![b'x'; 3 << 20];
    let bad = meta_signature("another app's", &body);
    let headers = [("x-hub-signature-256", &*bad)];
    // The least of several times is what the work itself takes; a machine that is busy needs more of them.
    let mut least = [f64::MAX; 2];
    for turn in 0..60 {
        for (path, least) in [&*path, NOBODY].into_iter().zip(&mut least) {
            let began = Instant::now();
            assert_eq!(rig.post(path, &headers, &body).await.status, 401);
            *least = least.min(began.elapsed().as_secs_f64());
        }
        let [known, unknown] = least;
        if turn >= 4 && (0.7..1.4).contains(&(unknown / known)) {
            println!("3 MiB: known {known:.4} s, unknown {unknown:.4} s");
            return;
        }
    }
    panic!("they can be told apart: {least:?} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_a_longest_length() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let long = vec![b' '; (3 << 20) + 1];
    assert_eq!(rig.signed(&path, &long).await.status, 413);
    assert_eq!(
        rig.signed(NOBODY, &long).await.status,
        413,
        "said to everyone"
    );
    // One that never says how long it is.
    let mut chunked =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..4 {
        chunked.push_str(&format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20)));
    }
    assert_eq!(
        raw(rig.running.address(), chunked.as_bytes()).await.status,
        413
    );
    assert_eq!(rig.rows("inbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_told_so() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    for body in [&b"not JSON"[..], b"", b"{", b"\xff\xfe", &deep] {
        let answer = rig.signed(&path, body).await;
        assert_eq!((answer.status, &*answer.body), (400, ""));
    }
    assert_eq!(
        rig.rows("inbox").await + rig.rows("not_understood").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_headers_are_refused_and_harm_nobody() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let many: String = (0..10_000)
        .map(|index| format!("x-{index}: y\r\n"))
        .collect();
    let long = format!("x-long: {}\r\n", "y".repeat(1 << 20));
    for flood in [many, long] {
        let request =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\n{flood}content-length: 0\r\n\r\n");
        let answer = raw(rig.running.address(), request.as_bytes()).await;
        assert_eq!(answer.status, 431);
    }
    // A signature repeated costs no more than a few; the one that fits must be among the first.
    let body = vec![b' '; 3 << 20];
    let bad = meta_signature("another app's", &body);
    let flood = vec![("x-hub-signature-256", &*bad); 90];
    let began = Instant::now();
    assert_eq!(rig.post(&path, &flood, &body).await.status, 401);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(rig.signed(&path, b"no JSON").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_paths_are_not_served() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let address = rig.running.address();
    for (method, path, status) in [
        ("PUT", &*path, 405),
        ("DELETE", &path, 405),
        ("POST", "/webhooks", 404),
        ("POST", "/webhooks/meta-whatsapp", 404),
        ("GET", "/", 404),
    ] {
        let answer = acuse_testkit::service::http::send(address, method, path, &[], b"").await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_shows_at_once() {
    let rig = Rig::start().await;
    let integration = rig.integration().await;
    let path = &integration.webhook_path;
    assert_eq!(rig.signed(path, b"no JSON").await.status, 400);
    let update = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: integration.id.clone(),
            ..Integration::default()
        }),
        update_mask: None,
        secrets: Some(secrets(&["the next one", APP_SECRET], "another token")),
    };
    rig.admin()
        .update_integration(update.clone())
        .await
        .unwrap();
    assert_eq!(
        rig.signed(path, b"no JSON").await.status,
        400,
        "either fits"
    );
    let next = UpdateIntegrationRequest {
        secrets: Some(secrets(&["the next one"], "another token")),
        ..update
    };
    rig.admin().update_integration(next).await.unwrap();
    assert_eq!(rig.signed(path, b"no JSON").await.status, 401);
    let fits = meta_signature("the next one", b"no JSON");
    let headers = [("x-hub-signature-256", &*fits)];
    assert_eq!(rig.post(path, &headers, b"no JSON").await.status, 400);
    let id = integration.id;
    let delete = DeleteIntegrationRequest { id };
    rig.admin().delete_integration(delete).await.unwrap();
    assert_eq!(rig.post(path, &headers, b"no JSON").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_follows_within_ten_seconds() {
    let rig = Rig::start().await;
    let integration = rig.integration().await;
    let path = &integration.webhook_path;
    assert_eq!(rig.signed(path, b"no JSON").await.status, 400);
    // As another replica would.
    let session = rig.session().await;
    let delete = "DELETE FROM ingestion.integrations";
    assert_eq!(session.execute(delete, &[]).await.unwrap(), 1);
    assert_eq!(rig.signed(path, b"no JSON").await.status, 400, "remembered");
    eventually(Duration::from_secs(10), || async {
        (rig.signed(path, b"no JSON").await.status == 401).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_nobody_keep_no_database_busy() {
    let rig = Rig::start().await;
    let session = rig.session().await;
    // With the table locked, whoever asks for it waits.
    rig.post(NOBODY, &[], b"").await;
    let lock = "BEGIN; LOCK ingestion.integrations IN ACCESS EXCLUSIVE MODE";
    session.batch_execute(lock).await.unwrap();
    // Who waited would be told in the end that the integration could not be looked up.
    for _ in 0..20 {
        assert_eq!(rig.post(NOBODY, &[], b"").await.status, 401);
    }
    session.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_id() {
    let rig = Rig::start().await;
    let answer = rig.post(NOBODY, &[("x-request-id", "outer-1")], b"").await;
    assert_eq!(answer.header("x-request-id"), Some("outer-1"));
    assert!(rig.get(NOBODY).await.header("x-request-id").is_some());
}
