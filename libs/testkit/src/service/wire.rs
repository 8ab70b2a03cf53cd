//! Calls below the generated clients, and what their answers say.

#![allow(clippy::unwrap_used, reason = "for tests")]

use acuse_rpc::client::Channel;
use prost::bytes::{Buf, BufMut};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Request, Status, Streaming};
use tonic_types::StatusExt as _;

/// Messages as they stand on the wire.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

/// Calls a method by its path; gives all that it answers, streamed or not.
///
/// # Errors
///
/// The status that the call ends with.
///
/// # Panics
///
/// Where the path is none.
pub async fn call(channel: Channel, path: &str, message: Vec<u8>) -> Result<Vec<Vec<u8>>, Status> {
    let mut stream = answers(channel, path, message).await?;
    let mut answers = Vec::new();
    while let Some(message) = stream.message().await? {
        answers.push(message);
    }
    Ok(answers)
}

/// Calls a method by its path; gives the first that it answers and leaves: for those that never end by themselves.
///
/// # Errors
///
/// The status that the call ends with before it answers.
///
/// # Panics
///
/// Where the path is none.
pub async fn first(
    channel: Channel,
    path: &str,
    message: Vec<u8>,
) -> Result<Option<Vec<u8>>, Status> {
    answers(channel, path, message).await?.message().await
}

async fn answers(
    channel: Channel,
    path: &str,
    message: Vec<u8>,
) -> Result<Streaming<Vec<u8>>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await?;
    let answer = grpc
        .server_streaming(Request::new(message), path.parse().unwrap(), Raw)
        .await?;
    Ok(answer.into_inner())
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

/// The fields that a refusal names.
pub fn fields(status: &Status) -> Vec<String> {
    let request = status.get_details_bad_request();
    let violations = request.map(|request| request.field_violations);
    let violations = violations.unwrap_or_default().into_iter();
    violations.map(|violation| violation.field).collect()
}
