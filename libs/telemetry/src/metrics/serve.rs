//! Where metrics are scraped: `GET /metrics` over HTTP, on a listener of its own.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Scraped;
use crate::InitError;

/// Connections at most: a scraper or two, and a person who looks.
const CONNECTIONS: usize = 16;

/// How long a connection has for its headers.
const HEADERS: Duration = Duration::from_secs(5);

/// How long a connection lasts at most; the next scrape makes another.
const CONNECTION: Duration = Duration::from_secs(300);

/// How long nothing is accepted after that failed: files may be short.
const REST: Duration = Duration::from_millis(500);

/// The version of the text format.
const FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Serves until the runtime ends; gives the address.
pub(super) fn start(listener: StdListener, scraped: Scraped) -> Result<SocketAddr, InitError> {
    let started = || -> io::Result<(TcpListener, SocketAddr)> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((TcpListener::from_std(listener)?, address))
    };
    let failed = |error| InitError::Metrics(SocketAddr::from(([0, 0, 0, 0], 0)), error);
    let (listener, address) = started().map_err(failed)?;
    tokio::spawn(accept(listener, scraped));
    tracing::info!(%address, "metrics served");
    Ok(address)
}

async fn accept(listener: TcpListener, scraped: Scraped) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let scraped = scraped.clone();
        tokio::spawn(async move {
            let answering = service_fn(|request| {
                let answer = answer(&request, &scraped);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS)
                .serve_connection(TokioIo::new(stream), answering);
            // Whoever scrapes hears of what went wrong, and comes again.
            let _ = timeout(CONNECTION, connection).await;
            drop(place);
        });
    }
}

fn answer(request: &Request<Incoming>, scraped: &Scraped) -> Response<Full<Bytes>> {
    let plain = |status, text: &'static str| {
        let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
        *response.status_mut() = status;
        response
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => {
            let mut response = Response::new(Full::new(Bytes::from(scraped.text())));
            response.headers_mut().insert(CONTENT_TYPE, FORMAT);
            response
        }
        (_, "/metrics") => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "metrics are read with GET\n",
        ),
        _ => plain(StatusCode::NOT_FOUND, "metrics are at /metrics\n"),
    }
}
