//! Whatever arrives, every format's reader takes it apart, the same each time, into what the rest of Acuse accepts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bodies;

use acuse_domain::event::Item;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;
use acuse_proto::convert::{event, inbound_event, status_event};
use acuse_providers::{Delivery, Format, Meaning, explain, read};
use proptest::prelude::*;
use serde_json::Value;

use crate::bodies::{any_json, damaged, sound};

/// 2026-05-04T12:00:00Z, when everything arrives.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// The longest id.
const SHORT: usize = 256;

/// Reads a body twice, and hands what it says on as ingestion does.
fn check(format: Format, body: &[u8], account: Option<&str>) -> Result<(), TestCaseError> {
    let delivery = Delivery {
        channel_account: account,
        ..Delivery::of(body, RECEIVED_AT)
    };
    let reading = read(format, &delivery);
    prop_assert_eq!(&read(format, &delivery), &reading);
    prop_assert!(!explain(&reading).is_empty());
    for finding in reading.map(|reading| reading.findings).unwrap_or_default() {
        let (wire, item) = match finding.meaning {
            Meaning::NotUnderstood(what) => {
                prop_assert!(what.detail.len() < 1_000);
                prop_assert!(what.id.is_none_or(|id| id.len() <= SHORT));
                continue;
            }
            Meaning::Watermark(it) => {
                check_watermark(&it)?;
                continue;
            }
            Meaning::Status(it) => {
                let wire = status_event(*it.clone(), RECEIVED_AT);
                let it = acuse_domain::event::StatusItem { echo: None, ..*it };
                (wire, Item::Status(Box::new(it)))
            }
            Meaning::Inbound(it) => (inbound_event(*it.clone(), RECEIVED_AT), Item::Inbound(it)),
        };
        let taken = event(wire, RECEIVED_AT);
        prop_assert_eq!(taken.map(|event| event.item), Ok(item));
    }
    Ok(())
}

fn check_watermark(it: &WatermarkEvidence) -> Result<(), TestCaseError> {
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

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL)
}

proptest! {
    #[test]
    fn any_json_can_be_read(format in any_format(), body in any_json()) {
        check(format, body.to_string().as_bytes(), Some("1"))?;
        check(format, body.to_string().as_bytes(), None)?;
    }

    #[test]
    fn a_damaged_body_can_be_read((format, body) in damaged()) {
        check(format, body.to_string().as_bytes(), None)?;
    }

    #[test]
    fn any_bytes_can_be_read(format in any_format(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(format, &bytes, None)?;
    }

    #[test]
    fn any_form_can_be_read(format in any_format(), members in prop::collection::vec((".{0,8}", ".{0,20}"), 0..8)) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(members);
        check(format, form.finish().as_bytes(), Some("1"))?;
    }
}

#[test]
fn sound_bodies_say_something() {
    for (format, body) in sound() {
        let body: Value = body;
        let text = body.to_string();
        let delivery = Delivery::of(text.as_bytes(), RECEIVED_AT);
        let findings = read(format, &delivery).unwrap().findings;
        let is_evidence = |meaning: &Meaning| !matches!(meaning, Meaning::NotUnderstood(_));
        let evidence = findings.iter().filter(|it| is_evidence(&it.meaning));
        assert!(evidence.count() > 0, "{format:?} {text}: {findings:?}");
    }
}
