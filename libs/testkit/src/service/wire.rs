//! Calls below the generated clients, and what their answers say.

#![allow(clippy::unwrap_used, reason = "for tests")]

use acuse_rpc::client::Channel;
use prost::Message as _;
use prost::bytes::{Buf, BufMut};
use prost_types::FileDescriptorProto;
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

/// What is asked of reflection: one of the two.
#[derive(Clone, PartialEq, prost::Message)]
struct ReflectionAsked {
    #[prost(string, optional, tag = "4")]
    file_of: Option<String>,
    #[prost(string, optional, tag = "7")]
    services: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReflectionTold {
    #[prost(message, optional, tag = "4")]
    files: Option<ReflectedFiles>,
    #[prost(message, optional, tag = "6")]
    services: Option<ReflectedServices>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReflectedFiles {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReflectedServices {
    #[prost(message, repeated, tag = "1")]
    service: Vec<ReflectedService>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReflectedService {
    #[prost(string, tag = "1")]
    name: String,
}

async fn reflection(channel: Channel, asked: ReflectionAsked) -> ReflectionTold {
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let told = call(channel, path, asked.encode_to_vec()).await.unwrap();
    ReflectionTold::decode(&*told[0]).unwrap()
}

/// That reflection tells of all methods of a package, of health, and of nothing else that is ours.
///
/// # Panics
///
/// Where it does not.
pub async fn reflects(channel: &Channel, package: &str) {
    let told = reflected(channel).await;
    let (own, common): (Vec<String>, _) = told
        .into_iter()
        .partition(|path| path.starts_with("/acuse."));
    assert_eq!(own, super::methods(package));
    let is_common = |path: &String| path.starts_with("/grpc.");
    assert!(common.iter().all(is_common), "{common:?}");
    let health = "/grpc.health.v1.Health/Check";
    assert!(common.iter().any(|path| path == health), "{common:?}");
}

/// The paths of all methods that reflection tells of, in order. It must answer, and describe each service that it lists.
async fn reflected(channel: &Channel) -> Vec<String> {
    let asked = ReflectionAsked {
        services: Some(String::new()),
        ..ReflectionAsked::default()
    };
    let listed = reflection(channel.clone(), asked).await.services.unwrap();
    let mut paths = Vec::new();
    for ReflectedService { name } in listed.service {
        let asked = ReflectionAsked {
            file_of: Some(name.clone()),
            ..ReflectionAsked::default()
        };
        let files = reflection(channel.clone(), asked).await.files.unwrap();
        let files = files.file.iter();
        let files = files.map(|file| FileDescriptorProto::decode(&**file).unwrap());
        let described: Vec<String> = files
            .flat_map(|file| {
                let package = file.package().to_owned();
                let services = file.service.into_iter();
                services.map(move |service| (format!("{package}.{}", service.name()), service))
            })
            .filter(|(full, _)| *full == name)
            .flat_map(|(full, service)| {
                let methods = service.method.into_iter();
                methods.map(move |method| format!("/{full}/{}", method.name()))
            })
            .collect();
        assert!(!described.is_empty(), "{name}");
        paths.extend(described);
    }
    paths.sort();
    paths
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
