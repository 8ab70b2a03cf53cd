//! How a peer is called.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use acuse_rpc::{
    Secret,
    auth::KeySource,
    client::{Call, Channel, ChannelError, Credentials, Resolver},
    config::{Limits, PeerConfig},
    context::{CallContext, RequestId},
    sized_client,
    status::to_error,
};
use axum::Router;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::rig::{Caller, Rig};

/// Where nobody listens: a port that only a superuser may take, of a service that no machine has.
const NOBODY: &str = "127.0.0.1:1";

#[tokio::test]
async fn an_idempotent_call_is_made_again_when_the_peer_asks() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    rig.seen.refusals.store(1, Ordering::SeqCst);
    let began = Instant::now();
    let call = Call::plain().idempotent().request("text".to_owned());
    assert_eq!(
        analyst.send("Flaky", call).await.unwrap().into_inner(),
        "at last"
    );
    assert!(
        began.elapsed() >= Duration::from_millis(200),
        "not sooner than asked"
    );
    assert_eq!(rig.seen.entered.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn no_other_call_is() {
    let rig = Rig::start().await;
    rig.seen.refusals.store(1, Ordering::SeqCst);
    let status = rig.analyst().call("Flaky", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(to_error(status).reason, "DATABASE_AWAY");
    assert_eq!(rig.seen.entered.load(Ordering::SeqCst), 1);
    let fails = Call::plain().idempotent().request(String::new());
    assert!(rig.analyst().send("Fail", fails).await.is_err());
    assert_eq!(
        rig.seen.entered.load(Ordering::SeqCst),
        2,
        "only when the peer is away"
    );
}

#[tokio::test]
async fn a_peer_that_stays_away_is_given_up() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    rig.seen.refusals.store(u32::MAX, Ordering::SeqCst);
    let call = Call::plain().idempotent().request(String::new());
    let status = analyst.send("Flaky", call).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(rig.seen.entered.load(Ordering::SeqCst), 3);

    // A pause that ends after the deadline is not begun.
    let began = Instant::now();
    let hurried = Call::plain()
        .idempotent()
        .within(Duration::from_millis(150));
    let status = analyst
        .send("Flaky", hurried.request(String::new()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(began.elapsed() < Duration::from_millis(150));
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_unavailable() {
    let peer = PeerConfig::at([format!("http://{NOBODY}").parse().unwrap()]);
    let caller = Caller::new(Channel::new(&peer, Credentials::None).unwrap());
    let status = caller.call("Echo", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(to_error(status).reason, "PEER_UNREACHABLE");
    let nowhere = Channel::new(&PeerConfig::at([]), Credentials::None);
    assert!(matches!(nowhere, Err(ChannelError::NoAddress)));
}

#[tokio::test]
async fn a_peer_that_never_answers_costs_no_more_than_the_deadline() {
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let mut peer = PeerConfig::at([format!("http://{address}").parse().unwrap()]);
    peer.deadline = Duration::from_millis(200);
    let caller = Caller::new(Channel::new(&peer, Credentials::None).unwrap());
    let began = Instant::now();
    let status = caller.call("Echo", "").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nor_does_one_that_stops_in_the_middle_of_its_answer() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(async || {
        let nothing = futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        let head = http::Response::builder().header("content-type", "application/grpc");
        head.body(axum::body::Body::from_stream(nothing)).unwrap()
    });
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_routes(tonic::service::Routes::from(router))
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    let peer = PeerConfig::at([format!("http://{address}").parse().unwrap()]);
    let caller = Caller::new(Channel::new(&peer, Credentials::None).unwrap());
    let began = Instant::now();
    let call = Call::plain().within(Duration::from_millis(300));
    let status = caller
        .send("Echo", call.request(String::new()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn calls_are_spread_and_go_round_an_address_that_is_down() {
    let (one, two) = (Rig::start().await, Rig::start().await);
    let down = NOBODY.parse().unwrap();
    let peer = PeerConfig::at(
        [one.address, two.address, down]
            .map(|address| format!("http://{address}").parse().unwrap()),
    );
    let channel = Channel::new(&peer, Credentials::None).unwrap();
    let mut health = sized_client!(Limits::default(), HealthClient::new(channel));
    for round in 0..200 {
        // Not idempotent, but what never left can be sent elsewhere.
        let answer = health.check(HealthCheckRequest::default()).await;
        assert!(answer.is_ok(), "{round}: {answer:?}");
    }
}

#[tokio::test]
async fn what_a_call_belongs_to_goes_with_it() {
    let rig = Rig::start().await;
    let analyst = rig.analyst();
    let context = CallContext::new(RequestId::parse("outer-call").unwrap());
    let told = context.scope(analyst.call("Context", "")).await.unwrap();
    assert_eq!(told, "outer-call true -");

    let soon = tokio::time::Instant::now() + Duration::from_millis(200);
    let context = CallContext::new(RequestId::generate()).with_deadline(Some(soon));
    let began = Instant::now();
    let endless = Call::plain().endless().request("60000".to_owned());
    let status = context
        .scope(analyst.send("Sleep", endless))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "the outer deadline goes before"
    );
}

#[tokio::test]
async fn calls_about_the_same_meet_and_go_elsewhere_when_their_address_is_gone() {
    let one = Rig::start().await;
    let keys = KeySource::Fixed(one.keys.set().into_bytes());
    let two = Rig::with(|config| config.auth.keys = keys).await;
    let uris = [&one, &two].map(|rig| format!("http://{}", rig.address).parse().unwrap());
    let token = Credentials::Bearer(one.keys.analyst());
    let caller = Caller::new(Channel::new(&PeerConfig::at(uris), token).unwrap());
    let call = async || {
        let call = Call::plain().idempotent().about("a workspace");
        let answer = caller.send("Echo", call.request("text".to_owned())).await;
        assert_eq!(answer.unwrap().into_inner(), "text");
    };
    let entered = |rig: &Rig| rig.seen.entered.load(Ordering::SeqCst);
    for _ in 0..20 {
        call().await;
    }
    let (mut preferred, other) = if entered(&one) > 0 {
        (one, two)
    } else {
        (two, one)
    };
    assert_eq!((entered(&preferred), entered(&other)), (20, 0));
    preferred.stop();
    preferred.stopped().await;
    for _ in 0..20 {
        call().await;
    }
    assert_eq!(entered(&other), 20);
}

#[tokio::test]
async fn an_address_that_never_answers_is_passed_over() {
    let rig = Rig::start().await;
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = [rig.address, silent.local_addr().unwrap()];
    let uris = addresses.map(|address| format!("http://{address}").parse().unwrap());
    let token = Credentials::Bearer(rig.keys.analyst());
    let caller = Caller::new(Channel::new(&PeerConfig::at(uris), token).unwrap());
    let call = async |thing: usize, patience| {
        let call = Call::plain().about(thing.to_string()).within(patience);
        caller.send("Echo", call.request(String::new())).await
    };
    let mut waited = None;
    for thing in 0..64 {
        if let Err(status) = call(thing, Duration::from_secs(1)).await {
            assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
            waited = Some(thing);
            break;
        }
    }
    let thing = waited.expect("of 64 things one prefers the other address");
    for _ in 0..20 {
        call(thing, Duration::from_secs(20)).await.unwrap();
    }
}

/// A name, and the addresses behind it, which change.
#[derive(Clone, Default)]
struct Name(Arc<Mutex<Vec<SocketAddr>>>);

impl Name {
    fn now(&self, rigs: &[&Rig]) {
        *self.0.lock().unwrap() = rigs.iter().map(|rig| rig.address).collect();
    }

    fn caller(&self, token: Secret) -> Caller {
        // Too long for a name, so that the system knows without asking anybody that there is none.
        let name = "probe".repeat(20);
        let behind = Arc::clone(&self.0);
        let mut peer = PeerConfig::at([format!("http://{name}:1").parse().unwrap()]);
        peer.resolver = Resolver::new(Duration::from_millis(20), move |host, port| {
            assert_eq!((&host, port), (&name, 1));
            let found = behind.lock().unwrap().clone();
            async move {
                match found.is_empty() {
                    true => Err(std::io::Error::other("no such name")),
                    false => Ok(found),
                }
            }
        });
        Caller::new(Channel::new(&peer, Credentials::Bearer(token)).unwrap())
    }
}

#[tokio::test]
async fn all_replicas_behind_a_name_are_called_as_they_come_and_go() {
    let one = Rig::start().await;
    let keys = || KeySource::Fixed(one.keys.set().into_bytes());
    let two = Rig::with(|config| config.auth.keys = keys()).await;
    let mut three = Rig::with(|config| config.auth.keys = keys()).await;
    let name = Name::default();
    let caller = name.caller(one.keys.analyst());
    // Nobody knows the name yet: callers are told at once.
    let status = caller.call("Echo", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");

    let entered = |rig: &Rig| rig.seen.entered.load(Ordering::SeqCst);
    let call_until = async |done: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(10), "waited in vain");
            let call = Call::plain().idempotent().request("text".to_owned());
            assert_eq!(
                caller.send("Echo", call).await.unwrap().into_inner(),
                "text"
            );
        }
    };
    name.now(&[&one, &three]);
    // What was wrong is known to be wrong until the name is looked up again.
    let began = Instant::now();
    while caller.call("Echo", "").await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain");
    }
    call_until(&|| entered(&one) > 5 && entered(&three) > 5).await;
    assert_eq!(entered(&two), 0);

    name.now(&[&one, &two]);
    call_until(&|| entered(&two) > 5).await;
    three.stop();
    three.stopped().await;
    // The name is not known for a while: those that were there stay.
    name.now(&[]);
    let before = (entered(&one), entered(&two));
    call_until(&|| entered(&one) > before.0 + 50 && entered(&two) > before.1 + 50).await;
}

#[tokio::test]
async fn connections_are_renewed_while_calls_go_on() {
    let rig = Rig::with(|config| config.connection_age = Duration::from_secs(1)).await;
    let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let (behind, taken) = (rig.address, Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut from, _)) = proxy.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut to = tokio::net::TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
    let peer = PeerConfig::at([format!("http://{address}").parse().unwrap()]);
    let token = Credentials::Bearer(rig.keys.analyst());
    let caller = Caller::new(Channel::new(&peer, token).unwrap());
    let began = Instant::now();
    while taken.load(Ordering::SeqCst) < 3 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is the first one still"
        );
        assert_eq!(caller.call("Echo", "text").await.unwrap(), "text");
    }
}
