//! Beginning, being well or not, and ending.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use acuse_rpc::{
    client::Call,
    server::{Readiness, Server, StartError},
};
use axum::{Router, routing::get};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_stream::StreamExt as _;
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::rig::{Keys, Rig, config, until};

fn channel(rig: &Rig) -> tonic::transport::Channel {
    Endpoint::from_shared(format!("http://{}", rig.address))
        .unwrap()
        .connect_lazy()
}

async fn told(rig: &Rig, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel(rig))
        .check(request)
        .await
        .unwrap();
    answer.into_inner().status()
}

/// Waits for what health tells of the whole and of the service, and returns how long that took.
async fn becomes(rig: &Rig, status: ServingStatus) -> Duration {
    let began = Instant::now();
    while told(rig, "").await != status || told(rig, "acuse.test.v1.Probe").await != status {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "not told in time"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn health_goes_with_what_the_service_needs() {
    let well = Arc::new(AtomicBool::new(false));
    let hangs = Arc::new(AtomicBool::new(false));
    let readiness = {
        let (well, hangs) = (Arc::clone(&well), Arc::clone(&hangs));
        Readiness::when(move || {
            let (well, hangs) = (Arc::clone(&well), Arc::clone(&hangs));
            async move {
                if hangs.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
                well.load(Ordering::SeqCst)
                    .then_some(())
                    .ok_or("the database is away")
            }
        })
    };
    let rig = Rig::ready(readiness, |_| {}, |builder| builder).await;
    assert_eq!(told(&rig, "").await, ServingStatus::NotServing);
    well.store(true, Ordering::SeqCst);
    becomes(&rig, ServingStatus::Serving).await;
    well.store(false, Ordering::SeqCst);
    becomes(&rig, ServingStatus::NotServing).await;
    well.store(true, Ordering::SeqCst);
    becomes(&rig, ServingStatus::Serving).await;
    // A database that does not answer at all is away as well.
    hangs.store(true, Ordering::SeqCst);
    becomes(&rig, ServingStatus::NotServing).await;
    // The process is alive all the same, and nobody need start it again.
    assert_eq!(told(&rig, "live").await, ServingStatus::Serving);
    hangs.store(false, Ordering::SeqCst);
    becomes(&rig, ServingStatus::Serving).await;

    let unknown = HealthClient::new(channel(&rig))
        .check(HealthCheckRequest {
            service: "no.such.Service".to_owned(),
        })
        .await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_takes_nothing_new() {
    let mut rig = Rig::start().await;
    becomes(&rig, ServingStatus::Serving).await;
    let analyst = rig.analyst();
    let mut watch = HealthClient::new(channel(&rig))
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        watch.next().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    let polite = Call::plain().endless().request("polite".to_owned());
    let mut ticks = analyst.stream(polite).await.unwrap();
    let under_way = {
        let analyst = analyst.clone();
        tokio::spawn(async move { analyst.call("Sleep", "5000").await })
    };
    rig.entered(1).await;

    let began = Instant::now();
    rig.stop();
    let told = watch.next().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::NotServing, "health says so first");
    assert_eq!(
        watch.next().await.unwrap().unwrap_err().code(),
        Code::Unavailable
    );
    while ticks.next().await.is_some_and(|tick| tick.is_ok()) {}
    assert!(
        began.elapsed() < Duration::from_millis(4_500),
        "a polite stream ends at once"
    );
    for caller in [rig.analyst(), analyst] {
        let status = caller.call("Echo", "").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    }
    assert!(!under_way.is_finished());
    assert_eq!(under_way.await.unwrap().unwrap(), "slept");
    rig.stopped().await;
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "no longer than needed"
    );
}

#[tokio::test]
async fn stopping_cuts_off_what_takes_too_long() {
    let mut rig = Rig::with(|config| config.drain = Duration::from_millis(200)).await;
    let analyst = rig.analyst();
    let endless = Call::plain().endless().request(String::new());
    let mut ticks = analyst.stream(endless).await.unwrap();
    let sleeper = {
        let analyst = analyst.clone();
        tokio::spawn(async move { analyst.call("Sleep", "50000").await })
    };
    rig.entered(1).await;
    rig.stop();
    let seen = Arc::clone(&rig.seen);
    rig.stopped().await;
    assert_eq!(
        sleeper.await.unwrap().unwrap_err().code(),
        Code::Unavailable
    );
    let end = loop {
        if let Err(status) = ticks.next().await.unwrap() {
            break status;
        }
    };
    assert_eq!(end.code(), Code::Unavailable, "{end:?}");
    until(|| seen.dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn plaintext_on_a_public_address_is_not_served_by_accident() {
    let mut config = config(&Keys::new());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let refused = Server::builder(config.clone(), Readiness::always())
        .bind()
        .await;
    assert!(matches!(refused, Err(StartError::Plaintext(_))));
    config.allow_plaintext = true;
    assert!(
        Server::builder(config, Readiness::always())
            .bind()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn reflection_describes_the_services_to_everyone() {
    let rig = Rig::ready(
        Readiness::always(),
        |_| {},
        |builder| builder.descriptors(tonic_health::pb::FILE_DESCRIPTOR_SET),
    )
    .await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(channel(&rig))
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers
        .next()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else {
        panic!("{answer:?}");
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

fn panicking() -> &'static str {
    panic!("at the disco")
}

async fn http(rig: &Rig, path: &str) -> String {
    let mut socket = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn http_is_served_beside_grpc() {
    let web = Router::new()
        .route("/webhooks/{id}", get(|| async { "taken" }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/panic", get(|| async { panicking() }));
    let rig = Rig::ready(
        Readiness::always(),
        |config| config.limits.deadline = Duration::from_millis(100),
        |builder| builder.web(web),
    )
    .await;
    let answer = http(&rig, "/webhooks/7").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("taken"),
        "{answer}"
    );
    assert!(answer.contains("x-request-id: "), "{answer}");
    assert!(http(&rig, "/slow").await.starts_with("HTTP/1.1 504"));
    let panicked = http(&rig, "/panic").await;
    assert!(
        panicked.starts_with("HTTP/1.1 500") && !panicked.contains("disco"),
        "{panicked}"
    );
    assert!(http(&rig, "/elsewhere").await.starts_with("HTTP/1.1 404"));
    assert!(
        http(&rig, "/acuse.test.v1.Probe/Echo")
            .await
            .starts_with("HTTP/1.1 404")
    );
    assert_eq!(rig.analyst().call("Echo", "both").await.unwrap(), "both");
}

#[tokio::test]
async fn a_service_that_needs_more_is_told_of_by_itself() {
    let peer = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&peer);
    let needed = Readiness::when(move || {
        let there = asked.load(Ordering::SeqCst);
        async move { there.then_some(()).ok_or("the peer is away") }
    });
    let rig = Rig::ready(
        Readiness::always(),
        |_| {},
        |builder| builder.ready_when::<crate::probe::Probe>(needed),
    )
    .await;
    let tells = async |whole, service| {
        let began = Instant::now();
        while told(&rig, "").await != whole || told(&rig, "acuse.test.v1.Probe").await != service {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "not told in time"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tells(ServingStatus::Serving, ServingStatus::NotServing).await;
    peer.store(true, Ordering::SeqCst);
    tells(ServingStatus::Serving, ServingStatus::Serving).await;
    peer.store(false, Ordering::SeqCst);
    tells(ServingStatus::Serving, ServingStatus::NotServing).await;
}
