//! Spans and metrics leave the process.

// The helpers of tests are tests too, which the lint does not see.
#![allow(clippy::unwrap_used)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use acuse_telemetry::metrics::catalog::EVENTS;
use acuse_telemetry::{Config, InitError, init};
use axum::{Router, extract::Request};
use http_body_util::BodyExt as _;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Status, service::Routes, transport::Server};

/// A collector that keeps the bytes of what it is sent.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let router = Router::new().fallback(move |request: Request| async move {
        let sent = request.into_body().collect().await.unwrap().to_bytes();
        keep.lock().unwrap().extend_from_slice(&sent);
        Status::ok("").into_http::<axum::body::Body>()
    });
    tokio::spawn(
        Server::builder()
            .add_routes(Routes::from(router))
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    (endpoint, kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spans_are_exported_before_the_process_ends() {
    let (endpoint, kept) = collector().await;
    let mut config = Config::new("ingestion");
    config.otlp_endpoint = Some(endpoint);
    config.otlp_metrics = Some(Duration::from_secs(3_600));
    let telemetry = init(&config).unwrap();
    assert!(matches!(
        init(&Config::new("again")),
        Err(InitError::AlreadySet(_))
    ));

    tracing::info_span!(target: "acuse_test", "applying-events").in_scope(|| {});
    tracing::info_span!(target: "h2", "not-of-ours").in_scope(|| {});
    EVENTS.add(3, ["applied".into()]);
    telemetry.shutdown().await;

    let sent = String::from_utf8_lossy(&kept.lock().unwrap()).into_owned();
    assert!(
        sent.contains("applying-events") && sent.contains("ingestion"),
        "{sent:?}"
    );
    assert!(!sent.contains("not-of-ours"));
    assert!(sent.contains("acuse.events") && sent.contains("process.uptime"));
}
