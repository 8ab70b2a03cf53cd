//! Requests over HTTP/1.1, written byte by byte: what a well-behaved client would not send included.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "for tests")]

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub use super::signatures::meta_signature;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub bytes: Vec<u8>,
    /// Its body as far as it is text.
    pub body: String,
}

impl Answer {
    /// The first value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(given, _)| given == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Sends a request on a connection of its own, with its length, and waits for the answer.
///
/// # Panics
///
/// Where the connection breaks off before there is an answer.
pub async fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let answer = try_send(address, method, target, headers, body).await;
    answer.expect("the connection broke off")
}

/// The same to somebody who may be away: `None` where there is no answer, or not all of its head.
pub async fn try_send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: acuse\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    try_raw(address, &[head.as_bytes(), body].concat()).await
}

/// Sends bytes on a connection of their own, and reads the answer to its end.
///
/// # Panics
///
/// Where the connection breaks off before there is an answer.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    let answer = try_raw(address, bytes).await;
    answer.expect("the connection broke off")
}

async fn try_raw(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    let (mut from, mut to) = socket.split();
    // Who refuses early reads no further: that is no failure of the sender's.
    let sending = async { to.write_all(bytes).await.ok() };
    let reading = async {
        let mut answer = Vec::new();
        let mut chunk = [0; 8 * 1024];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..length]);
        }
        answer
    };
    let (_, answer) = tokio::join!(sending, reading);
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Answer> {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|four| four == END)?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let bytes = answer[end + END.len()..].to_vec();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Some(Answer {
        status: status.parse().unwrap(),
        headers: lines.map(header).collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    })
}
