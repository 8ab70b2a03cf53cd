//! Sound items mean the same in the domain.

use std::sync::Arc;

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Item, StatusItem};
use acuse_domain::evidence::{
    Conversation, FailureReport, Pricing, SenderIdentity, StatusEvidence,
};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::NameId;
use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{
    Channel, ContentType, InboundKind, MessageType, Provider, Source, Stage, StatusKind,
    TemplateCategory,
};
use acuse_domain::registration::{Content, NamedRef, Registration, TemplateRef};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{event, timestamp};
use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::types;

use crate::samples::{self, NOW, text};

fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: id.to_owned(),
    }
}

fn contact() -> ContactRef {
    ContactRef {
        name: text("Ana"),
        phone: text("+51977452931"),
        ..ContactRef::default()
    }
}

fn named(id: &str, name: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: text(name),
        email: None,
    }
}

fn bare(id: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        ..NamedRef::default()
    }
}

#[test]
fn a_registration_keeps_everything() {
    let expected = Registration {
        names: MessageNames {
            sender: text("1795830683"),
            provider: Some(wamid("wamid.out")),
        },
        channel: Channel::WhatsApp,
        channel_account: bare("104996122399160"),
        account: Some(named("norte", "Zona norte")),
        contact: contact(),
        source: Source::User,
        kind: MessageType::Template,
        template: Some(TemplateRef {
            id: text("1795801177"),
            name: text("chattigo_bienvenida"),
            language: text("es"),
            category: Some(TemplateCategory::Utility),
        }),
        message_tag: None,
        campaign: Some(named("c1", "Campaña chattigo")),
        broadcast: Some(named("b1", "Octubre")),
        agent: Some(NamedRef {
            email: text("diana@example.com"),
            ..named("diana", "Diana Huapaya")
        }),
        team: Some(named("t1", "Mañana")),
        department: Some(named("ventas", "Ventas")),
        content_type: ContentType::Template,
        content: Content {
            header: text("Hola"),
            body: text("Te damos la bienvenida"),
            footer: text("Chattigo"),
            buttons: vec!["Sí".to_owned(), "No".to_owned()],
            ..Content::default()
        },
        ticket_id: text("T-7"),
        opened_ticket: true,
        conversation_id: text("conv"),
        correlation_id: text("lote 7"),
        session_open: Some(false),
        queued_at: NOW,
        dispatched_at: Some(NOW),
    };
    let got = event(
        samples::event(Wire::Registration(samples::registration())),
        NOW,
    )
    .unwrap();
    assert_eq!(got.item, Item::Registration(Arc::new(expected)));
    assert_eq!(got.received_at, NOW);
}

#[test]
fn a_status_keeps_everything() {
    let evidence = StatusEvidence {
        participant: text("member"),
        failure: Some(FailureReport {
            code: "131026".to_owned(),
            title: "Message undeliverable".to_owned(),
            detail: "Not on WhatsApp".to_owned(),
            stage: Some(Stage::Delivery),
        }),
        pricing: Some(Pricing {
            billable: Some(true),
            category: text("utility"),
            price_type: text("regular"),
            model: text("PMP"),
            ..Pricing::default()
        }),
        conversation: Some(Conversation {
            id: text("conv"),
            origin: text("utility"),
            expires_at: Some(Timestamp::from_seconds(1_700_000_000)),
        }),
        sender: Some(SenderIdentity {
            channel: Channel::WhatsApp,
            external_id: "104996122399160".to_owned(),
            name: NameId(0),
        }),
        correlation_id: text("lote 7"),
        ..StatusEvidence::new(StatusKind::Failed, NOW, Provider::MetaWhatsApp)
    };
    let expected = StatusItem {
        names: MessageNames {
            sender: None,
            provider: Some(wamid("wamid.out")),
        },
        evidence,
        recipient: Some(contact()),
        sender_phone: text("15550783881"),
        echo: None,
    };
    let got = event(samples::event(Wire::Status(samples::status())), NOW).unwrap();
    assert_eq!(got.item, Item::Status(Arc::new(expected)));
}

#[test]
fn an_inbound_message_keeps_everything() {
    let expected = InboundEvidence {
        id: wamid("wamid.in"),
        channel: Channel::WhatsApp,
        channel_account: bare("104996122399160"),
        channel_account_phone: text("15550783881"),
        contact: contact(),
        at: NOW,
        at_is_receipt: false,
        kind: InboundKind::Regular,
        content_type: ContentType::Button,
        content: Content {
            body: text("Sí"),
            ..Content::default()
        },
        quoted: Some(wamid("wamid.out")),
        button: Some(ButtonClick {
            id: text("si"),
            title: text("Sí"),
        }),
        deleted: false,
    };
    let got = event(samples::event(Wire::Inbound(samples::inbound())), NOW).unwrap();
    assert_eq!(got.item, Item::Inbound(Arc::new(expected)));
}

#[test]
fn an_event_without_a_time_counts_at_its_receipt() {
    let received_at = Timestamp::from_seconds(1_664_625_000);
    let mut status = samples::status();
    status.happened_at = None;
    let mut wire = samples::event(Wire::Status(status));
    wire.received_at = Some(timestamp(received_at));
    wire.time_is_receipt = true;
    let got = event(wire, NOW).unwrap();
    assert_eq!(got.received_at, received_at);
    let Item::Status(status) = got.item else {
        panic!("a status stays one");
    };
    assert_eq!(status.evidence.at, received_at);
    assert!(status.evidence.at_is_receipt);
}

#[test]
fn who_says_it_follows_from_the_ids() {
    let cases = [
        (text("s-1"), None, Provider::Sender),
        (
            text("s-1"),
            Some(samples::wamid("w")),
            Provider::MetaWhatsApp,
        ),
        (None, Some(samples::wamid("w")), Provider::MetaWhatsApp),
    ];
    for (sender_message_id, provider_message_id, expected) in cases {
        let status = types::StatusEvidence {
            sender_message_id,
            provider_message_id,
            kind: types::StatusKind::Sent.into(),
            happened_at: Some(timestamp(NOW)),
            ..types::StatusEvidence::default()
        };
        let got = event(samples::event(Wire::Status(status)), NOW).unwrap();
        let Item::Status(status) = got.item else {
            panic!("a status stays one");
        };
        assert_eq!(status.evidence.provider, expected);
    }
}

#[test]
fn text_is_made_fit_to_keep() {
    let mut registration = samples::registration();
    registration.correlation_id = text("a\0b");
    registration.content = Some(types::Content {
        header: text(""),
        body: text("\0"),
        ..types::Content::default()
    });
    registration.contact = Some(types::ContactRef {
        name: text(""),
        ..samples::contact()
    });
    let got = event(samples::event(Wire::Registration(registration)), NOW).unwrap();
    let Item::Registration(registration) = got.item else {
        panic!("a registration stays one");
    };
    assert_eq!(registration.correlation_id, text("a\u{FFFD}b"));
    assert_eq!(registration.content.header, None);
    assert_eq!(registration.content.body, text("\u{FFFD}"));
    assert_eq!(registration.contact.name, None);
}

#[test]
fn what_says_nothing_is_absent() {
    let mut status = samples::status();
    status.pricing = Some(types::Pricing::default());
    status.conversation = Some(types::Conversation::default());
    let got = event(samples::event(Wire::Status(status)), NOW).unwrap();
    let Item::Status(status) = got.item else {
        panic!("a status stays one");
    };
    assert_eq!(status.evidence.pricing, None);
    assert_eq!(status.evidence.conversation, None);
}

#[test]
fn a_failed_dispatch_has_its_reason_as_code() {
    let mut status = samples::status();
    status.kind = types::StatusKind::DispatchFailed.into();
    status.failure = Some(types::Failure {
        dispatch_reason: Some(types::DispatchFailureReason::InsufficientBalance.into()),
        detail: text("0,03 missing"),
        ..types::Failure::default()
    });
    let got = event(samples::event(Wire::Status(status)), NOW).unwrap();
    let Item::Status(status) = got.item else {
        panic!("a status stays one");
    };
    let report = status.evidence.failure.as_ref().unwrap();
    assert_eq!(report.code, "INSUFFICIENT_BALANCE");
    assert_eq!(report.detail, "0,03 missing");
}
