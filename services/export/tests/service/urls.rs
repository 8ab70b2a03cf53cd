//! Downloads by address.

use std::time::Duration;

use acuse_domain::time::days;
use acuse_export::Config;
use acuse_proto::convert::timestamp;
use acuse_proto::export::{ExportRequest, ExportState};
use acuse_rpc::Secret;
use acuse_testkit::service::http::{Answer as Got, send};
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;

use crate::peer::Answer;
use crate::rig::{NOW, Rig, ids, plain};

const ROWS: usize = 3_000;

/// A rig with a finished export; gives its id and bytes as well.
async fn made() -> (Rig, String, Vec<u8>) {
    let rig = Rig::of(ROWS).await;
    let request = ExportRequest {
        name: Some("Gestión «octubre»".to_owned()),
        ..plain()
    };
    let ana = rig.analyst();
    let id = rig.create(&ana, request).await.unwrap().id;
    rig.until(&ana, &id, ExportState::Succeeded).await;
    let bytes = rig.download(&ana, &id, 0).await.unwrap().concat();
    (rig, id, bytes)
}

/// Asks for an address as a program does that knows nothing but that.
async fn fetch(rig: &Rig, method: &str, url: &str, headers: &[(&str, &str)]) -> Got {
    let address = rig.service.running.address();
    let path = url.strip_prefix(&format!("http://{address}")).unwrap();
    send(address, method, path, headers, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gives_the_file_whole_and_in_part() {
    let (rig, id, bytes) = made().await;
    let link = rig.url(&rig.analyst(), &id, None).await.unwrap();
    let until = NOW + Duration::from_secs(900);
    assert_eq!(link.expire_time, Some(timestamp(until)));
    let file = link.file.unwrap();
    let whole = fetch(&rig, "GET", &link.url, &[]).await;
    assert_eq!(whole.status, 200);
    assert!(whole.bytes == bytes);
    assert_eq!(ids(std::slice::from_ref(&whole.bytes)).len(), ROWS);
    let etag = format!("\"{}\"", file.sha256);
    for (name, value) in [
        ("content-type", "text/csv; charset=utf-8"),
        ("content-length", &*bytes.len().to_string()),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("etag", &*etag),
        (
            "content-disposition",
            "attachment; filename=\"Gesti_n _octubre_-2022-10-01.csv\"; \
             filename*=UTF-8''Gesti%C3%B3n%20%C2%ABoctubre%C2%BB-2022-10-01.csv",
        ),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    let head = fetch(&rig, "HEAD", &link.url, &[]).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(
        head.header("content-length"),
        whole.header("content-length")
    );
    assert_eq!(head.header("etag"), Some(&*etag));

    let size = bytes.len();
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=100000-300000", 100_000..300_001),
        ("bytes=-10", size - 10..size),
        (&*format!("bytes={}-", size - 1), size - 1..size),
    ] {
        let headers = [("range", range), ("if-range", &*etag)];
        let part = fetch(&rig, "GET", &link.url, &headers).await;
        assert_eq!(part.status, 206, "{range}");
        assert!(part.bytes == bytes[expected.clone()], "{range}");
        let told = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(part.header("content-range"), Some(&*told));
        assert_eq!(part.header("etag"), Some(&*etag));
    }
    let other = [("range", "bytes=5-"), ("if-range", "\"other\"")];
    let all = fetch(&rig, "GET", &link.url, &other).await;
    assert_eq!((all.status, all.bytes.len()), (200, size));
    let beyond = [("range", &*format!("bytes={size}-"))];
    let none = fetch(&rig, "GET", &link.url, &beyond).await;
    assert_eq!((none.status, none.bytes.len()), (416, 0));
    assert_eq!(
        none.header("content-range"),
        Some(&*format!("bytes */{size}"))
    );
    let same = fetch(&rig, "GET", &link.url, &[("if-none-match", &*etag)]).await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    let posted = fetch(&rig, "POST", &link.url, &[]).await;
    assert_eq!(posted.status, 405);
}

/// What is told to who has no good address, and nothing but that.
fn assert_nothing(answer: &Got) {
    assert_eq!((answer.status, &*answer.body), (404, ""));
    for name in ["etag", "content-disposition", "content-range"] {
        assert_eq!(answer.header(name), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_good_for_its_time_and_its_file_alone() {
    let (rig, id, bytes) = made().await;
    let ana = rig.analyst();
    let other = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &other, ExportState::Succeeded).await;
    let [mine, its] = [&id, &other].map(|id| rig.url(&ana, id, Some(60)));
    let (mine, its) = (mine.await.unwrap().url, its.await.unwrap().url);
    // The first half of one and the second of another.
    let (begin, rest) = mine.split_at(mine.len() - 40);
    let mixed = format!("{begin}{}", &its[its.len() - 40..]);
    let shorter = mine[..mine.len() - 1].to_owned();
    let longer = format!("{mine}A");
    let first = mine.replace(rest, "");
    for bad in [mixed, shorter, longer, first] {
        let answer = fetch(&rig, "GET", &bad, &[]).await;
        assert_eq!((answer.status, &*answer.body), (404, ""), "{bad}");
    }
    rig.set_now(NOW + Duration::from_secs(59));
    assert!(fetch(&rig, "GET", &mine, &[]).await.bytes == bytes);
    rig.set_now(NOW + Duration::from_secs(60));
    assert_nothing(&fetch(&rig, "GET", &mine, &[]).await);

    // Deleted, and expired: also a range, and also HEAD, tell nothing.
    let mine = rig.url(&ana, &id, None).await.unwrap().url;
    rig.delete(&ana, &id).await.unwrap();
    let last = rig.url(&ana, &other, Some(3_600)).await.unwrap();
    assert!(last.expire_time.unwrap().seconds < last.file.unwrap().expire_time.unwrap().seconds);
    for method in ["GET", "HEAD"] {
        let answer = fetch(&rig, method, &mine, &[("range", "bytes=1-2")]).await;
        assert_nothing(&answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_ends_with_its_file() {
    let (rig, id, _) = made().await;
    let ana = rig.analyst();
    let end = NOW + days(7);
    rig.set_now(end - Duration::from_secs(30));
    let link = rig.url(&ana, &id, None).await.unwrap();
    assert_eq!(link.expire_time, Some(timestamp(end)));
    assert_eq!(fetch(&rig, "HEAD", &link.url, &[]).await.status, 200);
    rig.set_now(end);
    assert_nothing(&fetch(&rig, "HEAD", &link.url, &[]).await);
    let error = rig.url(&ana, &id, None).await.unwrap_err();
    assert_eq!(reason(&error), "EXPORT_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_given_to_who_may_have_the_file() {
    let rig = Rig::of(3).await;
    let sup = rig.supervisor("sup", &["soporte", "ventas"]);
    let id = rig.create(&sup, plain()).await.unwrap().id;
    rig.until(&sup, &id, ExportState::Succeeded).await;
    for token in [rig.analyst(), sup.clone()] {
        let url = rig.url(&token, &id, None).await.unwrap().url;
        assert_eq!(fetch(&rig, "GET", &url, &[]).await.status, 200);
    }
    let less = rig.supervisor("sup", &["ventas"]);
    let error = rig.url(&less, &id, None).await.unwrap_err();
    let told = (error.code(), reason(&error));
    assert_eq!(
        told,
        (Code::PermissionDenied, "EXPORT_OUT_OF_SCOPE".to_owned())
    );
    let stranger = rig.supervisor("other", &["ventas"]);
    let error = rig.url(&stranger, &id, None).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    for seconds in [-1, 0, 59, 3_601] {
        let error = rig.url(&sup, &id, Some(seconds)).await.unwrap_err();
        assert_eq!(fields(&error), ["valid_seconds"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_good_at_every_replica_under_the_same_secret() {
    const SECRET: &str = "a secret that all replicas share, long enough";
    let shared = |config: &mut Config| {
        config.download_secret = Some(Secret::new(SECRET));
        config.public_url = Some("https://files.example.com/acuse".parse().unwrap());
    };
    let redis = std::env::var("REDIS_URL").unwrap();
    let rig = Rig::with(redis, |_| Ok(Answer::of(3)), shared).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &id, ExportState::Succeeded).await;
    let url = rig.url(&ana, &id, None).await.unwrap().url;
    let path = url.strip_prefix("https://files.example.com/acuse").unwrap();
    let same = rig.replica_with(shared).await;
    let own = rig.replica().await;
    for (service, status) in [(&rig.service, 200), (&same, 200), (&own, 404)] {
        let answer = send(service.running.address(), "GET", path, &[], b"").await;
        assert_eq!(answer.status, status);
    }
    same.stop().await;
    own.stop().await;
}
