//! Scripts of web pages: gRPC-Web over HTTP/1.1, and which origins browsers let call.

use std::net::SocketAddr;

use acuse_rpc::server::{Browsers, Readiness};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::rig::Rig;

const PAGE: &str = "https://reports.example.com";

async fn rig() -> Rig {
    Rig::ready(
        Readiness::always(),
        |_| {},
        |builder| builder.browsers(Browsers::from([PAGE.parse().unwrap()])),
    )
    .await
}

/// Sends a request by hand; gives what comes back, as far as it is text.
async fn ask(address: SocketAddr, method: &str, headers: &str, body: &[u8]) -> String {
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} /acuse.test.v1.Probe/Echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    socket
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

/// A message as gRPC frames it: not compressed, its length, itself.
fn framed(text: &str) -> Vec<u8> {
    let message = text.to_owned().encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), &message].concat()
}

#[tokio::test]
async fn a_script_calls_as_a_program_does() {
    let rig = rig().await;
    let token = rig.keys.analyst();
    let headers = format!(
        "origin: {PAGE}\r\ncontent-type: application/grpc-web+proto\r\nx-grpc-web: 1\r\nauthorization: Bearer {}\r\n",
        token.expose()
    );
    let answer = ask(rig.address, "POST", &headers, &framed("hola")).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(
        answer.contains("content-type: application/grpc-web+proto"),
        "{answer}"
    );
    assert!(
        answer.contains(&format!("access-control-allow-origin: {PAGE}")),
        "{answer}"
    );
    assert!(
        answer.contains("access-control-expose-headers: grpc-status,"),
        "{answer}"
    );
    assert!(
        answer.contains("hola") && answer.contains("grpc-status:0"),
        "{answer}"
    );
    // Programs call as ever.
    assert_eq!(rig.analyst().call("Echo", "both").await.unwrap(), "both");
}

#[tokio::test]
async fn a_refusal_reaches_the_script() {
    let rig = rig().await;
    let headers =
        format!("origin: {PAGE}\r\ncontent-type: application/grpc-web+proto\r\nx-grpc-web: 1\r\n");
    let answer = ask(rig.address, "POST", &headers, &framed("hola")).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("grpc-status: 16"), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    assert!(
        answer.contains(&format!("access-control-allow-origin: {PAGE}")),
        "{answer}"
    );
}

#[tokio::test]
async fn browsers_are_told_which_pages_may_call() {
    let rig = rig().await;
    let preflight = |origin: &str| {
        let headers = format!(
            "origin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization,x-grpc-web\r\n"
        );
        async move { ask(rig.address, "OPTIONS", &headers, b"").await }
    };
    let allowed = preflight(PAGE).await;
    assert!(allowed.starts_with("http/1.1 200"), "{allowed}");
    assert!(
        allowed.contains(&format!("access-control-allow-origin: {PAGE}")),
        "{allowed}"
    );
    assert!(
        allowed.contains("access-control-allow-headers: authorization,"),
        "{allowed}"
    );
    let other = preflight("https://elsewhere.example").await;
    assert!(!other.contains("access-control-allow-origin"), "{other}");
}
