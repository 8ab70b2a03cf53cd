//! Whatever comes, reading it never fails in another way than it says, and what is read can be taken in.

use acuse_domain::event::Item;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;
use acuse_proto::convert::{event, inbound_event, status_event};
use acuse_providers::{Delivery, Format, Meaning, explain, read};
use proptest::prelude::*;
use serde_json::Value;

/// When everything arrives: 2026-05-04T12:00:00Z.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// JSON with these names of members and words, which mean something somewhere.
pub(crate) fn json(
    keys: &'static [&'static str],
    words: &'static [&'static str],
) -> impl Strategy<Value = Value> {
    let key = prop::sample::select(keys).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "x{250,300}".prop_map(Value::from),
        prop::sample::select(words).prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// One of these bodies, of which one value, anywhere, is another.
pub(crate) fn damaged(
    sound: Vec<Value>,
    other: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Value> {
    let index = any::<prop::sample::Index>;
    (prop::sample::select(sound), index(), other).prop_map(|(mut body, index, other)| {
        let pointers = pointers(&body);
        *body.pointer_mut(index.get(&pointers).as_str()).unwrap() = other;
        body
    })
}

fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, it)| (index.to_string(), it))
            .collect(),
        _ => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(key, it)| {
        pointers(it)
            .into_iter()
            .map(move |rest| format!("/{key}{rest}"))
    });
    std::iter::once(String::new()).chain(below).collect()
}

/// Reads a body twice, with and without a channel account that it can only mean, and hands on what it says as ingestion does.
pub(crate) fn check(format: Format, bytes: &[u8]) -> Result<(), TestCaseError> {
    for channel_account in [None, Some("1")] {
        let delivery = Delivery {
            channel_account,
            ..Delivery::of(bytes, RECEIVED_AT)
        };
        let reading = read(format, &delivery);
        prop_assert_eq!(&read(format, &delivery), &reading);
        prop_assert!(!explain(&reading).is_empty());
        for finding in reading.map(|reading| reading.findings).unwrap_or_default() {
            hand_on(finding.meaning)?;
        }
    }
    Ok(())
}

fn hand_on(meaning: Meaning) -> Result<(), TestCaseError> {
    let (wire, item) = match meaning {
        Meaning::NotUnderstood(what) => {
            prop_assert!(!what.detail.is_empty() && what.detail.len() < 1_000);
            prop_assert!(what.id.is_none_or(|id| id.len() <= 256));
            return Ok(());
        }
        Meaning::Watermark(it) => return check_watermark(&it),
        // What an echo holds is for those who know nothing else of the message.
        Meaning::Status(mut it) => {
            it.echo = None;
            (
                status_event(*it.clone(), RECEIVED_AT),
                Item::Status((*it).into()),
            )
        }
        Meaning::Inbound(it) => (
            inbound_event(*it.clone(), RECEIVED_AT),
            Item::Inbound((*it).into()),
        ),
    };
    let taken = event(wire, RECEIVED_AT);
    prop_assert_eq!(taken.map(|event| event.item), Ok(item));
    Ok(())
}

/// A watermark says when, within what is plausible, and of whom.
fn check_watermark(it: &WatermarkEvidence) -> Result<(), TestCaseError> {
    const SHORT: usize = 256;
    let earliest = Timestamp::from_seconds(1_230_768_000);
    let latest = Timestamp::from_seconds(1_777_896_300);
    for at in [it.up_to, it.at] {
        prop_assert!((earliest..=latest).contains(&at), "{at}");
    }
    let account = &it.channel_account.id;
    prop_assert!((1..=SHORT).contains(&account.len()));
    prop_assert!(!it.contact.addresses(it.channel, account).is_empty());
    let ids = [&it.contact.page_scoped_id, &it.contact.name];
    prop_assert!(ids.into_iter().flatten().all(|id| id.len() <= SHORT));
    Ok(())
}
