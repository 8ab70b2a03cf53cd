//! Requests that nobody should send: to every method of every service, by the descriptors, so that a new one cannot be left out.
//!
//! Whatever comes is answered soon and with a status that says whose fault it is, the fields that are wrong are named, and the
//! service goes on as if nothing had been.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use acuse_proto::export::ListExportsRequest;
use acuse_proto::ingestion::ListIntegrationsRequest;
use acuse_proto::message_state::ListChangesRequest;
use acuse_proto::reporting::GetConsolidatedRequest;
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials, is_serving};
use acuse_testkit::service::channel;
use acuse_testkit::service::wire::{call, fields, first};
use prost::Message as _;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::timeout;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::rig::asked::{
    Chance, Filling, Method, Texts, callers, choices, filled, methods, texts_in,
};
use crate::rig::memory::Watched;
use crate::rig::redis::Redis;
use crate::rig::whole::Whole;
use crate::rig::{ACME, Installation, dice};

/// Longer than any answer to these requests takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The methods whose answers have no end by themselves: who watches hears at once that they do, and then of what comes.
const WATCHES: [&str; 2] = [
    "/acuse.export.v1.NotificationService/WatchNotifications",
    "/acuse.message_state.v1.MessageStateService/WatchMessages",
];

/// Less than the longest message that services take.
const LONG: usize = 10 << 20;

/// Requests by chance for each method.
const BY_CHANCE: usize = 20;

/// MiB that a service may take more than before: a few messages of the longest kind, and what is made of each.
const MEMORY: usize = 400;

/// How a method has to take a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// It is no message at all.
    Unreadable,
    /// It is a message, with sense or without.
    Readable,
    /// Whether it is one hangs on the method.
    Perhaps,
}

/// A service that is asked, by whom it listens to.
struct Asked<'a> {
    method: &'a Method,
    channel: Channel,
    /// How it answered, so many times.
    told: &'a mut BTreeMap<String, usize>,
    faults: &'a mut Vec<String>,
}

impl Asked<'_> {
    /// Sends a request, called `what`, and looks at what comes: to the end, but of those who watch, who are left after the first.
    async fn is_sent(&mut self, what: &str, request: Vec<u8>, wrong: Wrong) {
        let path = &self.method.path;
        let way = self.channel.clone();
        let answer = async {
            match WATCHES.contains(&path.as_str()) {
                true => first(way, path, request).await.map(|first| first.is_some()),
                false => call(way, path, request).await.map(|_| true),
            }
        };
        let problem = match timeout(PATIENCE, answer).await {
            Err(_) => Some("it does not end".to_owned()),
            Ok(Ok(_)) if wrong == Wrong::Unreadable => Some("it was let pass".to_owned()),
            Ok(Ok(false)) => Some("it ends without a word".to_owned()),
            Ok(Ok(true)) => None,
            Ok(Err(status)) => {
                *self.told.entry(format!("{:?}", status.code())).or_default() += 1;
                problem(&status, wrong)
            }
        };
        let told = problem.map(|problem| format!("{path}, {what}: {problem}"));
        self.faults.extend(told);
    }
}

/// What is wrong with a refusal, if anything is.
fn problem(status: &Status, wrong: Wrong) -> Option<String> {
    let known = status.get_details_error_info();
    let of_ours = known.is_some_and(|info| info.domain == "acuse" && !info.reason.is_empty());
    let right = match status.code() {
        Code::InvalidArgument => wrong != Wrong::Readable || !fields(status).is_empty(),
        Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::PermissionDenied
        | Code::Aborted
        | Code::ResourceExhausted => wrong != Wrong::Unreadable,
        _ => false,
    };
    (!right || !of_ours).then(|| format!("{status:?}"))
}

/// A text as long as this in one place of a message, the only one in it.
struct Long<'a> {
    field: &'a FieldDescriptor,
    is_there: bool,
}

impl Filling for Long<'_> {
    fn has(&mut self, field: &FieldDescriptor) -> bool {
        matches!(field.kind(), Kind::Message(_)) || (field == self.field && !self.is_there)
    }

    fn value(&mut self, field: &FieldDescriptor) -> Value {
        self.is_there = true;
        match field.kind() {
            Kind::Bytes => Value::Bytes(vec![b'x'; LONG].into()),
            _ => Value::String("x".repeat(LONG)),
        }
    }
}

fn long(of: &MessageDescriptor, field: &FieldDescriptor) -> Vec<u8> {
    let requests = (0..choices(of)).map(|choice| {
        let is_there = false;
        filled(of, choice, &mut Long { field, is_there }).encode_to_vec()
    });
    let found = requests.into_iter().find(|request| request.len() > LONG);
    found.unwrap_or_else(|| panic!("{} is nowhere in {}", field.full_name(), of.full_name()))
}

/// The number of a field that no message has.
const UNKNOWN: u32 = 1_003;

/// A message in a message in a message: of a field that the method has, where it has one that is a message, and of one that nobody
/// knows.
fn nested(of: &MessageDescriptor) -> [Vec<u8>; 2] {
    let known = of
        .fields()
        .find(|field| matches!(field.kind(), Kind::Message(_)))
        .map_or(1, |field| field.number());
    [known, UNKNOWN].map(|number| {
        let mut message = Vec::new();
        for _ in 0..2_000 {
            let mut outer = Vec::new();
            prost::encoding::bytes::encode(number, &message, &mut outer);
            message = outer;
        }
        message
    })
}

/// Where a text stands that is none, before it becomes so.
const NO_TEXT: &str = "UTF-8";

/// Bytes that are no message, whatever the method takes.
fn unreadable(of: &MessageDescriptor) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("no protobuf", vec![0xff; 20]),
        (
            "a field without an end",
            vec![0xfa, 0x3e, 0xff, 0xff, 0x03, 0x00],
        ),
        ("a number without an end", vec![0x80; 3]),
        ("a field without a number", vec![0x00, 0x01]),
        // Groups, which end only where they all do: who reads them goes down.
        (
            "groups",
            [[0xdb, 0x3e].repeat(50_000), [0xdc, 0x3e].repeat(50_000)].concat(),
        ),
    ];
    for choice in 0..choices(of) {
        let mut request = filled(of, choice, &mut Strings).encode_to_vec();
        let places = request.windows(NO_TEXT.len());
        let places: Vec<usize> = (0..)
            .zip(places)
            .filter_map(|(place, five)| (five == NO_TEXT.as_bytes()).then_some(place))
            .collect();
        for place in &places {
            request[*place..][..3].copy_from_slice(&[0xc3, 0x28, 0xfe]);
        }
        if !places.is_empty() {
            all.push(("no UTF-8", request));
        }
    }
    all
}

/// A text in every field that has to be one.
struct Strings;

impl Filling for Strings {
    fn has(&mut self, field: &FieldDescriptor) -> bool {
        matches!(field.kind(), Kind::Message(_) | Kind::String)
    }

    fn value(&mut self, _field: &FieldDescriptor) -> Value {
        Value::String(NO_TEXT.to_owned())
    }
}

/// The way to a method for the first of its callers whom it does not send away.
async fn way_to(whole: &Whole, method: &Method, callers: &[Secret]) -> Channel {
    for caller in callers {
        let address = whole.serves(&method.package);
        let way = channel(address, Credentials::Bearer(caller.clone()));
        let answer = timeout(PATIENCE, first(way.clone(), &method.path, vec![0xff]));
        let answer = answer
            .await
            .unwrap_or_else(|_| panic!("{} hangs", method.path));
        if answer.unwrap_err().code() != Code::PermissionDenied {
            return way;
        }
    }
    panic!("nobody may call {}", method.path);
}

/// Asks a method for everything that it should refuse. Of long texts only for those in fields that are not among `asked_for`.
async fn ask(asked: &mut Asked<'_>, asked_for: &mut BTreeSet<String>, dice: &mut StdRng) {
    let of = asked.method.input.clone();
    for (what, bytes) in unreadable(&of) {
        asked.is_sent(what, bytes, Wrong::Unreadable).await;
    }
    for bytes in nested(&of) {
        asked.is_sent("nested", bytes, Wrong::Perhaps).await;
    }
    asked.is_sent("nothing", Vec::new(), Wrong::Readable).await;
    for choice in 0..choices(&of) {
        for text in ["\0\u{202e}'\"%".to_owned(), "x".repeat(100_000)] {
            let what = format!("{} bytes in all texts", text.len());
            let request = filled(&of, choice, &mut Texts(text)).encode_to_vec();
            asked.is_sent(&what, request, Wrong::Readable).await;
        }
    }
    for number in 0..BY_CHANCE {
        let request = filled(&of, number, &mut Chance(dice)).encode_to_vec();
        let what = format!("by chance, {number}");
        asked.is_sent(&what, request, Wrong::Readable).await;
    }
    for field in texts_in(&of) {
        if asked_for.insert(field.full_name().to_owned()) {
            let what = format!("{LONG} bytes in {}", field.name());
            asked
                .is_sent(&what, long(&of, &field), Wrong::Readable)
                .await;
        }
    }
    let mut longest = Vec::new();
    prost::encoding::bytes::encode(UNKNOWN, &vec![b'x'; 2 * LONG], &mut longest);
    asked.is_sent("too long", longest, Wrong::Readable).await;
}

/// A request that is sound, for each service.
fn sound() -> [(&'static str, &'static str, Vec<u8>); 4] {
    [
        (
            "acuse.ingestion.v1",
            "/acuse.ingestion.v1.IntegrationService/ListIntegrations",
            ListIntegrationsRequest::default().encode_to_vec(),
        ),
        (
            "acuse.message_state.v1",
            "/acuse.message_state.v1.MessageStateService/ListChanges",
            ListChangesRequest::default().encode_to_vec(),
        ),
        (
            "acuse.reporting.v1",
            "/acuse.reporting.v1.ReportingService/GetConsolidated",
            GetConsolidatedRequest::default().encode_to_vec(),
        ),
        (
            "acuse.export.v1",
            "/acuse.export.v1.ExportService/ListExports",
            ListExportsRequest::default().encode_to_vec(),
        ),
    ]
}

/// Asks a service with all its methods; gives what is wrong with its answers.
async fn ask_all(whole: &Whole, package: &str, seed: u64) -> Vec<String> {
    let callers = callers(&whole.acuse.keys, ACME);
    let (mut told, mut faults) = (BTreeMap::new(), Vec::new());
    let (mut dice, mut asked_for) = (StdRng::seed_from_u64(seed), BTreeSet::new());
    let address = whole.serves(package);
    let (_, path, request) = sound().into_iter().find(|it| it.0 == package).unwrap();
    let well = channel(address, Credentials::Bearer(callers[0].clone()));
    let began = Instant::now();
    for method in methods().iter().filter(|it| it.package == package) {
        let mut asked = Asked {
            method,
            channel: way_to(whole, method, &callers).await,
            told: &mut told,
            faults: &mut faults,
        };
        ask(&mut asked, &mut asked_for, &mut dice).await;
        let serving = is_serving(&channel(address, Credentials::None), "").await;
        assert!(serving.is_ok(), "after {}: {serving:?}", method.path);
        let answer = timeout(PATIENCE, first(well.clone(), path, request.clone())).await;
        let answer = answer.unwrap_or_else(|_| panic!("{path} hangs"));
        answer.unwrap_or_else(|status| panic!("after {}: {status:?}", method.path));
    }
    println!("{package}: {told:?} in {:?}", began.elapsed());
    assert!(told["InvalidArgument"] > 100, "{told:?}");
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_says_what_is_wrong_and_goes_on() {
    let seed = dice().random();
    let redis = Redis::start().await;
    let whole = Whole::of(Installation::new().await, &redis.url()).await;
    let packages = sound().map(|(package, ..)| package);
    let of_ours = methods().into_iter().map(|method| method.package);
    let expected: BTreeSet<String> = of_ours.collect();
    assert!(packages.iter().all(|package| expected.contains(*package)));
    assert_eq!(expected.len(), packages.len());
    for path in WATCHES {
        let is_there = methods().iter().any(|it| it.path == path && it.streams);
        assert!(is_there, "there is no stream {path}");
    }
    let watched = whole.processes().map(Watched::new);
    let asked = packages.map(|package| ask_all(&whole, package, seed));
    let faults = futures::future::join_all(asked).await.concat();
    let shown = faults[..faults.len().min(50)].join("\n");
    assert!(faults.is_empty(), "{} faults:\n{shown}", faults.len());
    let growth = watched.map(|watched| watched.growth());
    println!("MiB more than before: {growth:?}");
    assert!(growth.iter().all(|mib| *mib < MEMORY), "{growth:?}");
}
