//! What goes out comes back as it was.

use std::sync::Arc;

use acuse_domain::contact::ContactRef;
use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::event::{Echo, Item, StatusItem};
use acuse_domain::evidence::{
    Conversation, FailureReport, Pricing, SenderIdentity, StatusEvidence,
};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::NameId;
use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider, Stage, StatusKind};
use acuse_domain::registration::{Content, NamedRef};
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;
use acuse_proto::convert::{event, inbound_event, status_event, watermark_event};
use proptest::option::of;
use proptest::prelude::*;

use crate::samples::NOW;

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9ñ+ ]{1,20}"
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(values)
}

/// A time that evidence may have, to the microsecond.
fn past() -> impl Strategy<Value = Timestamp> {
    (1_230_768_000_000_000..=NOW.micros()).prop_map(Timestamp::from_micros)
}

fn message_id() -> impl Strategy<Value = ProviderMessageId> {
    let providers = one_of(Provider::ALL).prop_filter("has ids", |it| *it != Provider::Sender);
    (providers, word(), word()).prop_map(|(provider, scope, id)| ProviderMessageId {
        provider,
        scope,
        id,
    })
}

fn names() -> impl Strategy<Value = MessageNames> {
    let both = (of(word()), of(message_id()));
    both.prop_filter("at least one", |(sender, provider)| {
        sender.is_some() || provider.is_some()
    })
    .prop_map(|(sender, provider)| MessageNames { sender, provider })
}

fn contact() -> impl Strategy<Value = ContactRef> {
    let fields = (
        of(word()),
        of(word()),
        word(),
        of(word()),
        of(word()),
        of(word()),
    );
    fields.prop_map(
        |(external, name, phone, channel_user, business, page)| ContactRef {
            external_id: external,
            name,
            phone: Some(phone),
            channel_user_id: channel_user,
            business_scoped_user_id: business,
            page_scoped_id: page,
        },
    )
}

/// What happened, with the failure that goes with it.
fn happening() -> impl Strategy<Value = (StatusKind, Option<FailureReport>)> {
    let report = (of(word()), of(word()), of(word())).prop_map(|(code, title, detail)| {
        let text = Option::unwrap_or_default;
        (text(code), text(title), text(detail))
    });
    let stage = of(one_of(&[Stage::Send, Stage::Delivery]));
    let reason = one_of(DispatchFailureReason::ALL);
    let parts = (
        one_of(StatusKind::ALL),
        report,
        stage,
        reason,
        any::<bool>(),
    );
    parts.prop_map(|(kind, (code, title, detail), stage, reason, is_told)| {
        let told = FailureReport {
            code,
            title,
            detail,
            stage,
        };
        let failure = match kind {
            StatusKind::Failed => is_told.then_some(told),
            StatusKind::DispatchFailed => Some(FailureReport {
                code: reason.as_str().to_owned(),
                stage: None,
                ..told
            }),
            _ => None,
        };
        (kind, failure)
    })
}

fn pricing() -> impl Strategy<Value = Pricing> {
    let fields = (of(any::<bool>()), of(word()), of(word()), word());
    fields.prop_map(|(billable, category, price_type, model)| Pricing {
        billable,
        category,
        price_type,
        model: Some(model),
        ..Pricing::default()
    })
}

fn conversation() -> impl Strategy<Value = Conversation> {
    (word(), of(word()), of(past())).prop_map(|(id, origin, expires_at)| Conversation {
        id: Some(id),
        origin,
        expires_at,
    })
}

prop_compose! {
    fn status()(
        names in names(),
        (kind, failure) in happening(),
        at in past(),
        at_is_receipt in any::<bool>(),
        provider in one_of(Provider::ALL),
        attributes in (of(pricing()), of(conversation()), of(word()), of(word())),
        sender in of((one_of(Channel::ALL), word())),
        sender_phone in of(word()),
        recipient in of(contact()),
        echo in of((one_of(ContentType::ALL), content())),
    ) -> StatusItem {
        let (pricing, conversation, correlation_id, participant) = attributes;
        let sender = sender.map(|(channel, external_id)| SenderIdentity {
            channel,
            external_id,
            name: NameId(0),
        });
        StatusItem {
            names,
            recipient: recipient.filter(|_| sender.is_some()),
            sender_phone: sender_phone.filter(|_| sender.is_some()),
            echo: echo
                .filter(|_| kind == StatusKind::Sent)
                .map(|(content_type, content)| Box::new(Echo { content_type, content })),
            evidence: StatusEvidence {
                at_is_receipt,
                participant,
                failure,
                pricing,
                conversation,
                sender,
                correlation_id,
                ..StatusEvidence::new(kind, at, provider)
            },
        }
    }
}

prop_compose! {
    fn content()(
        texts in (of(word()), of(word()), of(word()), prop::collection::vec(word(), 0..3)),
        medium in (of(word()), of(word()), of(word())),
    ) -> Content {
        let (header, body, footer, buttons) = texts;
        let (media_id, media_type, file_name) = medium;
        Content { header, body, footer, buttons, media_id, media_type, file_name }
    }
}

prop_compose! {
    fn inbound()(
        id in message_id(),
        channel in one_of(Channel::ALL),
        (account, channel_account_phone) in (word(), of(word())),
        contact in contact(),
        at in past(),
        at_is_receipt in any::<bool>(),
        kind in one_of(InboundKind::ALL),
        content_type in one_of(ContentType::ALL),
        content in content(),
        quoted in of(message_id()),
        button in of((of(word()), word())),
        deleted in any::<bool>(),
    ) -> InboundEvidence {
        InboundEvidence {
            id,
            channel,
            channel_account: NamedRef { id: account, ..NamedRef::default() },
            channel_account_phone,
            contact,
            at,
            at_is_receipt,
            kind,
            content_type,
            content,
            quoted,
            button: button.map(|(id, title)| ButtonClick { id, title: Some(title) }),
            deleted,
        }
    }
}

prop_compose! {
    fn watermark()(
        kind in one_of(&[StatusKind::Delivered, StatusKind::Read]),
        up_to in past(),
        at in past(),
        provider in one_of(Provider::ALL),
        channel in one_of(&[Channel::Messenger, Channel::Instagram]),
        account in word(),
        contact in contact(),
    ) -> WatermarkEvidence {
        let channel_account = NamedRef { id: account, ..NamedRef::default() };
        WatermarkEvidence { kind, up_to, at, provider, channel, channel_account, contact }
    }
}

proptest! {
    #[test]
    fn a_watermark_comes_back(item in watermark(), received_at in past()) {
        let back = event(watermark_event(item.clone(), received_at), NOW).unwrap();
        prop_assert_eq!(back.received_at, received_at);
        prop_assert_eq!(back.item, Item::Watermark(Arc::new(item)));
    }

    #[test]
    fn a_status_comes_back(item in status(), received_at in past()) {
        let received_at = if item.evidence.at_is_receipt { item.evidence.at } else { received_at };
        let wire = status_event(item.clone(), received_at);
        prop_assert_eq!(wire.time_is_receipt, item.evidence.at_is_receipt);
        let back = event(wire, NOW).unwrap();
        prop_assert_eq!(back.received_at, received_at);
        prop_assert_eq!(back.item, Item::Status(Arc::new(item)));
    }

    #[test]
    fn an_inbound_message_comes_back(item in inbound(), received_at in past()) {
        let received_at = if item.at_is_receipt { item.at } else { received_at };
        let wire = inbound_event(item.clone(), received_at);
        prop_assert_eq!(wire.time_is_receipt, item.at_is_receipt);
        let back = event(wire, NOW).unwrap();
        prop_assert_eq!(back.received_at, received_at);
        prop_assert_eq!(back.item, Item::Inbound(Arc::new(item)));
    }
}
