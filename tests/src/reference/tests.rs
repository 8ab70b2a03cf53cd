//! The reference by hand: its answers to histories so short that anybody can say what is right.

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    Channel, ContactRef, ContentType, Failure, InboundKind, InboundMessage, MessageState,
    MessageType, OutboundRegistration, Pricing, Provider, ProviderMessageId, ReplyAttribution,
    Source, Stage, StageStatus, StatusEvidence, StatusKind,
};

use super::channel::{is_possible_phone, one_spelling};
use super::*;

const BEGIN: i64 = 1_790_000_000 * SECOND;
const HOUR: i64 = 3_600 * SECOND;

fn time(at: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: at / SECOND,
        nanos: i32::try_from(at % SECOND * 1_000).unwrap(),
    })
}

fn wamid(id: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: id.to_owned(),
    })
}

fn contact(phone: &str) -> Option<ContactRef> {
    Some(ContactRef {
        phone: Some(phone.to_owned()),
        ..ContactRef::default()
    })
}

fn event(item: Item) -> Event {
    Event {
        event: Some(item),
        received_at: None,
        time_is_receipt: false,
    }
}

fn sent(id: &str, at: i64) -> Event {
    event(Item::Registration(OutboundRegistration {
        provider_message_id: wamid(id),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "wa".to_owned(),
        contact: contact("+5511987654321"),
        source: Source::Api.into(),
        r#type: MessageType::Session.into(),
        content_type: ContentType::Text.into(),
        queued_at: time(at),
        dispatched_at: time(at),
        ..OutboundRegistration::default()
    }))
}

fn status(id: &str, kind: StatusKind, at: i64) -> Event {
    event(Item::Status(StatusEvidence {
        provider_message_id: wamid(id),
        kind: kind.into(),
        happened_at: time(at),
        failure: (kind == StatusKind::Failed).then(Failure::default),
        ..StatusEvidence::default()
    }))
}

fn inbound(id: &str, at: i64, quoted: Option<&str>) -> Event {
    event(Item::Inbound(InboundMessage {
        provider_message_id: wamid(id),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "wa".to_owned(),
        contact: contact("+551187654321"),
        received_at: time(at),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        quoted_message_id: quoted.and_then(wamid),
        ..InboundMessage::default()
    }))
}

fn known(events: &[Event]) -> Expected {
    let settings = Settings {
        time_zone: "America/Santiago".to_owned(),
        attribution_window: DAY,
        reported: Reported::new(),
    };
    expect(events, &settings)
}

fn key(id: &str) -> Key {
    Key::from(&wamid(id).unwrap())
}

fn state(events: &[Event]) -> (MessageState, Option<Stage>) {
    let expected = known(events);
    let standing = &expected.messages[&key("m")].standing;
    (standing.state, standing.failed_stage)
}

#[test]
fn later_stages_outweigh_earlier_ones() {
    use StatusKind::{Delivered, Failed, Played, Sent};
    let mut events = vec![sent("m", BEGIN)];
    for (kind, expected) in [
        (Failed, (MessageState::Failed, Some(Stage::Send))),
        (Sent, (MessageState::Failed, Some(Stage::Delivery))),
        (Delivered, (MessageState::Delivered, None)),
        (Played, (MessageState::Read, None)),
    ] {
        events.push(status("m", kind, BEGIN + HOUR));
        assert_eq!(state(&events), expected);
    }
    let standing = &known(&events).messages[&key("m")].standing;
    assert!(standing.conflict);
    assert_eq!(standing.stages, [StageStatus::Succeeded; 4]);
}

#[test]
fn a_status_counts_for_thirty_days() {
    for (after, expected) in [(0, MessageState::Read), (1, MessageState::Dispatched)] {
        let read = status("m", StatusKind::Read, BEGIN + 30 * DAY + after);
        assert_eq!(state(&[sent("m", BEGIN), read]), (expected, None));
    }
}

#[test]
fn the_least_price_counts_as_a_whole() {
    use StatusKind::{Delivered, Read, Sent};
    let priced = |kind, at, category: Option<&str>, of: Option<&str>| {
        let mut told = status("m", kind, at);
        if let Some(Item::Status(status)) = &mut told.event {
            status.pricing = Some(Pricing {
                category: category.map(str::to_owned),
                r#type: of.map(str::to_owned),
                ..Pricing::default()
            });
        }
        told
    };
    let mut events = vec![sent("m", BEGIN)];
    let late = BEGIN + 30 * DAY + 1;
    for (said, expected) in [
        (priced(Read, late, Some("service"), None), (None, None)),
        (
            priced(Delivered, BEGIN + HOUR, Some("utility"), Some("regular")),
            (Some("utility"), Some("regular")),
        ),
        (
            priced(Sent, BEGIN + HOUR, Some("marketing"), None),
            (Some("marketing"), None),
        ),
    ] {
        events.push(said);
        let message = &known(&events).messages[&key("m")];
        let words = (&message.pricing_category, &message.pricing_type);
        assert_eq!((words.0.as_deref(), words.1.as_deref()), expected);
    }
}

#[test]
fn a_reply_answers_the_latest_message_before_it() {
    let events = |at| {
        [
            sent("m", BEGIN),
            sent("n", BEGIN + HOUR),
            inbound("i", at, None),
        ]
    };
    let answered = |at| known(&events(at)).inbound[&key("i")].answers.clone();
    let by_window = |id| Some((key(id), ReplyAttribution::Window));
    assert_eq!(answered(BEGIN), None);
    assert_eq!(answered(BEGIN + 1), by_window("m"));
    assert_eq!(answered(BEGIN + HOUR), by_window("m"));
    assert_eq!(answered(BEGIN + HOUR + DAY), by_window("n"));
    assert_eq!(answered(BEGIN + HOUR + DAY + 1), None);
}

#[test]
fn a_quote_reaches_back_thirty_days() {
    let answered = |at, quoted| {
        let known = known(&[
            sent("m", BEGIN),
            inbound("j", BEGIN, None),
            inbound("i", at, quoted),
        ]);
        known.inbound[&key("i")]
            .answers
            .as_ref()
            .map(|(_, how)| *how)
    };
    assert_eq!(
        answered(BEGIN + 30 * DAY, Some("m")),
        Some(ReplyAttribution::Quote)
    );
    assert_eq!(answered(BEGIN + 30 * DAY + 1, Some("m")), None);
    assert_eq!(answered(BEGIN + HOUR, Some("nobody's")), None);
    assert_eq!(
        answered(BEGIN + HOUR, Some("j")),
        Some(ReplyAttribution::Window)
    );
}

#[test]
fn what_is_known_by_its_end_alone_is_in_no_count() {
    let end = status("m", StatusKind::Read, BEGIN);
    let totals = known(std::slice::from_ref(&end)).totals;
    let counts: Vec<_> = totals.values().map(|counts| counts.0.clone()).collect();
    assert_eq!(counts, [BTreeMap::from([("unattached".to_owned(), 1)])]);
    let all = known(&[end, status("m", StatusKind::Sent, BEGIN)]).totals;
    let counts = all.values().next().unwrap();
    assert_eq!(
        (counts.0.get("messages"), counts.0.get("unattached")),
        (Some(&1), None)
    );
}

#[test]
fn sessions_last_a_day() {
    for (after, open) in [(0, true), (DAY - 1, true), (DAY, false), (-1, false)] {
        let known = known(&[inbound("i", BEGIN, None), sent("m", BEGIN + after)]);
        assert_eq!(
            known.messages[&key("m")].session_open,
            Some(open),
            "{after}"
        );
    }
}

#[test]
fn keys_that_are_named_together_are_one_message() {
    let both = event(Item::Status(StatusEvidence {
        sender_message_id: Some("s".to_owned()),
        provider_message_id: wamid("m"),
        kind: StatusKind::Read.into(),
        happened_at: time(BEGIN + HOUR),
        ..StatusEvidence::default()
    }));
    let mut by_sender = sent("m", BEGIN);
    if let Some(Item::Registration(registration)) = &mut by_sender.event {
        registration.provider_message_id = None;
        registration.sender_message_id = Some("s".to_owned());
    }
    let delivered = status("m", StatusKind::Delivered, BEGIN + HOUR);
    assert_eq!(
        known(&[by_sender.clone(), delivered.clone()])
            .messages
            .len(),
        2
    );
    let known = known(&[by_sender, delivered, both]);
    assert_eq!(known.messages.len(), 1);
    assert_eq!(
        known.messages[&Key::Sender("s".to_owned())].standing.state,
        MessageState::Read
    );
}

#[test]
fn spellings_of_one_number() {
    for (one, other) in [
        ("+5511987654321", "+551187654321"),
        ("+5215512345678", "+525512345678"),
        ("+5491112345678", "+541112345678"),
    ] {
        assert_eq!(one_spelling(one), one_spelling(other));
    }
    assert_ne!(one_spelling("+51987654321"), one_spelling("+5187654321"));
    assert!(is_possible_phone("+51987654321"));
    for impossible in [
        "",
        "+12",
        "51987654321",
        "+0198765432",
        "+5198765432a",
        "+1234567890123456",
    ] {
        assert!(!is_possible_phone(impossible), "{impossible}");
    }
}
