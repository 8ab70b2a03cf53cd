//! TLS, and clients that show a certificate.

use std::time::Duration;

use acuse_rpc::{
    Secret,
    client::{Channel, Credentials, Resolver},
    config::{PeerConfig, PeerTls, TlsConfig},
};
use tonic::{Code, Status};

use crate::rig::{Caller, Rig};

const CA: &[u8] = include_bytes!("testdata/ca.pem");

fn server(client_ca: Option<Vec<u8>>) -> TlsConfig {
    TlsConfig {
        certificate: include_bytes!("testdata/server.pem").to_vec(),
        key: Secret::new(include_str!("testdata/server.key")),
        client_ca,
    }
}

fn identity() -> (Vec<u8>, Secret) {
    (
        include_bytes!("testdata/client.pem").to_vec(),
        Secret::new(include_str!("testdata/client.key")),
    )
}

async fn call(rig: &Rig, scheme: &str, tls: PeerTls) -> Result<String, Status> {
    let mut peer = PeerConfig::at([format!("{scheme}://{}", rig.address).parse().unwrap()]);
    peer.tls = tls;
    let channel = Channel::new(&peer, Credentials::Bearer(rig.keys.analyst())).unwrap();
    Caller::new(channel).call("Echo", "hello").await
}

#[tokio::test]
async fn a_certificate_is_shown_and_checked() {
    let rig = Rig::with(|config| config.tls = Some(server(None))).await;
    let trusting = PeerTls {
        ca: Some(CA.to_vec()),
        identity: None,
    };
    assert_eq!(call(&rig, "https", trusting).await.unwrap(), "hello");
    let distrustful = call(&rig, "https", PeerTls::default()).await.unwrap_err();
    assert_eq!(distrustful.code(), Code::Unavailable);
    let plaintext = call(&rig, "http", PeerTls::default()).await.unwrap_err();
    assert_eq!(plaintext.code(), Code::Unavailable);
}

#[tokio::test]
async fn replicas_behind_a_name_show_the_certificate_of_the_name() {
    let rig = Rig::with(|config| config.tls = Some(server(None))).await;
    for (name, is_certified) in [("probe.example", true), ("other.example", false)] {
        let mut peer = PeerConfig::at([format!("https://{name}:443").parse().unwrap()]);
        peer.tls.ca = Some(CA.to_vec());
        let behind = rig.address;
        peer.resolver = Resolver::new(Duration::from_secs(1), move |_, _| async move {
            Ok(vec![behind])
        });
        let channel = Channel::new(&peer, Credentials::Bearer(rig.keys.analyst())).unwrap();
        let answer = Caller::new(channel).call("Echo", "hello").await;
        match is_certified {
            true => assert_eq!(answer.unwrap(), "hello"),
            false => assert_eq!(answer.unwrap_err().code(), Code::Unavailable),
        }
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_where_one_is_demanded() {
    let rig = Rig::with(|config| config.tls = Some(server(Some(CA.to_vec())))).await;
    let with = |identity| PeerTls {
        ca: Some(CA.to_vec()),
        identity,
    };
    assert_eq!(
        call(&rig, "https", with(Some(identity()))).await.unwrap(),
        "hello"
    );
    let without = call(&rig, "https", with(None)).await.unwrap_err();
    assert_eq!(without.code(), Code::Unavailable, "{without:?}");
}

#[test]
fn configuration_shows_no_key() {
    let shown = format!(
        "{:?} {:?}",
        server(None),
        PeerTls {
            ca: None,
            identity: Some(identity())
        }
    );
    assert!(
        !shown.contains("PRIVATE") && !shown.contains("45, 45, 45"),
        "{shown}"
    );
}
