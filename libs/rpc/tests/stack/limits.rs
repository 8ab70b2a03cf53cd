//! What a call may cost, and how it fails.

use std::{sync::atomic::Ordering, time::Duration};

use acuse_domain::{
    error::ErrorKind,
    scope::{Permission, Role},
};
use acuse_rpc::{
    auth::Claims,
    client::{Call, Channel, Credentials},
    config::ServerConfig,
    context::REQUEST_ID_HEADER,
    server::{Builder, Readiness},
    status::to_error,
};
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tokio_stream::StreamExt as _;
use tonic::{Code, Status, codec::CompressionEncoding};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;
use tower::{Service as _, ServiceExt as _};

use crate::{
    probe::SECRET,
    rig::{Rig, mint, until},
};

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// Internal, names the request, and says nothing of what happened.
fn opaque(status: &Status) {
    assert_eq!(status.code(), Code::Internal);
    let id = status.get_details_request_info().unwrap().request_id;
    assert!(status.message().contains(&id) && !id.is_empty());
    let seen = format!("{status:?} {}", String::from_utf8_lossy(status.details()));
    for leak in [SECRET, "secret", "panicked", "without asking"] {
        assert!(!seen.contains(leak), "{leak} in {seen}");
    }
}

#[tokio::test]
async fn faults_of_ours_say_nothing_and_harm_no_one_else() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    for method in ["Panic", "Fail", "FailRaw"] {
        let status = analyst.call(method, "").await.unwrap_err();
        opaque(&status);
        let header = status.metadata().get(REQUEST_ID_HEADER.as_str()).unwrap();
        let id = status.get_details_request_info().unwrap().request_id;
        assert_eq!(header.to_str().unwrap(), id);
        assert_eq!(analyst.call("Echo", method).await.unwrap(), method);
    }
}

#[tokio::test]
async fn faults_in_a_stream_are_no_different() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    for way in ["panic", "fail", "fail-raw"] {
        let mut ticks = analyst
            .stream(Call::plain().request(way.to_owned()))
            .await
            .unwrap();
        // What came right before the fault may go down with it.
        let status = loop {
            if let Err(status) = ticks.next().await.unwrap() {
                break status;
            }
        };
        opaque(&status);
        assert!(ticks.next().await.is_none(), "{way}: goes on after its end");
    }
    assert!(analyst.call("Echo", "").await.is_ok());
}

#[tokio::test]
async fn a_stream_belongs_to_its_call_to_the_end() {
    let rig = Rig::start().await;
    let request = Call::plain().endless().request(String::new());
    let ticks = rig.analyst().stream(request).await.unwrap();
    let ids: Vec<_> = ticks.take(3).map(Result::unwrap).collect().await;
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
}

#[tokio::test]
async fn a_deadline_drops_the_handler() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    let call = Call::plain().within(Duration::from_millis(200));
    let status = analyst
        .send("Sleep", call.request("60000".to_owned()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    until(|| rig.seen.dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn the_servers_own_limit_drops_the_handler_too() {
    let rig = Rig::with(|config| config.limits.deadline = Duration::from_millis(100)).await;
    let status = rig.analyst().call("Sleep", "60000").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
    assert!(
        status.get_details_request_info().is_some(),
        "told by the server"
    );
    assert!(rig.seen.dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_stream_ends_at_its_callers_deadline_and_not_at_the_servers_limit() {
    let rig = Rig::with(|config| config.limits.deadline = Duration::from_millis(50)).await;
    let call = Call::plain().within(Duration::from_millis(400));
    let mut ticks = rig
        .analyst()
        .stream(call.request(String::new()))
        .await
        .unwrap();
    let mut count = 0;
    let end = loop {
        match ticks.next().await.unwrap() {
            Ok(_) => count += 1,
            Err(status) => break status,
        }
    };
    assert_eq!(end.code(), Code::DeadlineExceeded);
    assert!(count > 10, "{count} ticks");
    until(|| rig.seen.dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn a_caller_that_goes_away_drops_the_handler() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    let call = tokio::spawn(async move { analyst.call("Sleep", "60000").await });
    rig.entered(1).await;
    call.abort();
    until(|| rig.seen.dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn what_is_too_much_is_turned_away() {
    let rig = Rig::with(|config| config.limits.concurrent_calls = 2).await;
    let analyst = rig.analyst();
    let endless = Call::plain().endless().request(String::new());
    let mut ticks = analyst.stream(endless).await.unwrap();
    ticks.next().await.unwrap().unwrap();
    let sleeper = {
        let analyst = analyst.clone();
        tokio::spawn(async move { analyst.call("Sleep", "400").await })
    };
    rig.entered(1).await;

    let status = analyst.call("Echo", "").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "TOO_MANY_CALLS");
    let wait = status
        .get_details_retry_info()
        .unwrap()
        .retry_delay
        .unwrap();
    assert_eq!(wait, Duration::from_millis(500));
    assert!(status.get_details_quota_failure().is_some());
    let kind = to_error(status).kind;
    assert!(matches!(
        kind,
        ErrorKind::ResourceExhausted {
            retry_after: Some(_)
        }
    ));
    let channel = Channel::new(&rig.peer(), Credentials::None).unwrap();
    let health = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    let health = health.expect("a busy service is healthy");
    let version = health.metadata().get("x-acuse-version").unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));

    assert_eq!(sleeper.await.unwrap().unwrap(), "slept");
    assert!(
        analyst.call("Echo", "").await.is_ok(),
        "one place is free again"
    );
    drop(ticks);
    until(|| rig.seen.dropped.load(Ordering::SeqCst)).await;
}

/// What the probe's one method that streams looks like to whoever reads descriptors.
fn described_stream() -> &'static [u8] {
    let method = MethodDescriptorProto {
        name: Some("Stream".to_owned()),
        server_streaming: Some(true),
        ..MethodDescriptorProto::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Probe".to_owned()),
        method: vec![method],
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("probe.proto".to_owned()),
        package: Some("acuse.test.v1".to_owned()),
        service: vec![service],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }
        .encode_to_vec()
        .leak()
}

#[tokio::test]
async fn streams_that_nobody_reads_leave_room_for_others() {
    let most = |config: &mut ServerConfig| config.limits.streams_per_caller = 2;
    let described = |builder: Builder| builder.descriptors(described_stream());
    let rig = Rig::ready(Readiness::always(), most, described).await;
    let endless = || Call::plain().endless().request(String::new());
    let analyst = rig.analyst();
    let unread = [
        analyst.stream(endless()).await.unwrap(),
        analyst.stream(endless()).await.unwrap(),
    ];

    let status = analyst.stream(endless()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "TOO_MANY_STREAMS");
    assert!(status.get_details_retry_info().is_some());
    assert!(analyst.call("Echo", "").await.is_ok(), "it is no stream");
    let claims = Claims::of("bea", Role::Analyst, Some("acme")).allowing([Permission::Report]);
    let other = rig.with_token(mint(&rig.keys.callers, claims));
    assert!(
        other.stream(endless()).await.is_ok(),
        "it has a share of its own"
    );

    drop(unread);
    until(|| rig.seen.dropped.load(Ordering::SeqCst)).await;
    assert!(analyst.stream(endless()).await.is_ok());
}

#[tokio::test]
async fn messages_have_a_longest_length() {
    let rig = Rig::with(|config| config.limits.message_bytes = 64 << 10).await;
    let analyst = rig.analyst();
    assert!(analyst.call("Echo", &"x".repeat(60 << 10)).await.is_ok());
    let status = analyst
        .call("Echo", &"x".repeat(70 << 10))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    assert!(
        status.get_details_retry_info().is_none(),
        "it will not get shorter"
    );

    // What is short on the wire and long in memory is too long.
    let mut squeezing = analyst.clone();
    squeezing.0 = squeezing.0.send_compressed(CompressionEncoding::Zstd);
    let status = squeezing
        .call("Echo", &"x".repeat(10 << 20))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn messages_may_be_compressed() {
    let rig = Rig::start().await;
    for encoding in [CompressionEncoding::Gzip, CompressionEncoding::Zstd] {
        let mut analyst = rig.analyst();
        analyst.0 = analyst
            .0
            .send_compressed(encoding)
            .accept_compressed(encoding);
        let text = "again and ".repeat(1000);
        let answer = analyst
            .send("Echo", Call::plain().request(text.clone()))
            .await
            .unwrap();
        assert_eq!(
            answer
                .metadata()
                .get("grpc-encoding")
                .unwrap()
                .to_str()
                .unwrap(),
            encoding.to_string()
        );
        assert_eq!(answer.into_inner(), text);
    }
}

#[tokio::test]
async fn what_the_framework_refuses_has_a_reason_too() {
    let rig = Rig::start().await;
    let status = rig.analyst().call("NoSuchMethod", "").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unimplemented, "METHOD_UNKNOWN")
    );
    let status = rig
        .analyst()
        .call("/no.such.Service/Method", "")
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unimplemented, "METHOD_UNKNOWN")
    );

    // No frame, half a frame, a frame that is no message, one of no kind, and one that was not compressed.
    let frames: [&[u8]; 5] = [
        &[],
        &[0, 0, 0, 0, 9, 1],
        &[0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[7, 0, 0, 0, 1, 1],
        &[1, 0, 0, 0, 1, 1],
    ];
    for frame in frames {
        let request = http::Request::post("/acuse.test.v1.Probe/Echo")
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(tonic::body::Body::new(
                http_body_util::Full::from(frame).map_err(|never| match never {}),
            ))
            .unwrap();
        let token = Credentials::Bearer(rig.keys.analyst());
        let mut channel = Channel::new(&rig.peer(), token).unwrap();
        let answer = channel.ready().await.unwrap().call(request).await.unwrap();
        let status = Status::from_header_map(answer.headers()).unwrap();
        assert_eq!(status.code(), Code::InvalidArgument, "{frame:?} {status:?}");
        assert_eq!(reason(&status), "MESSAGE_MALFORMED");
    }
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let rig = Rig::start().await;
    for (sent, kept) in [("my-id.7", true), ("a b", false)] {
        let mut channel =
            tonic::transport::Endpoint::from_shared(format!("http://{}", rig.address))
                .unwrap()
                .connect_lazy();
        let request = http::Request::post("/acuse.test.v1.Probe/Echo")
            .header("content-type", "application/grpc")
            .header(REQUEST_ID_HEADER, sent)
            .body(tonic::body::Body::empty())
            .unwrap();
        let answer = channel.ready().await.unwrap().call(request).await.unwrap();
        let id = answer.headers()[&REQUEST_ID_HEADER].to_str().unwrap();
        assert_eq!(id == sent, kept, "{id}");
    }
}
