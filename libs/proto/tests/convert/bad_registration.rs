//! Faults of registrations.

use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{ContactRef, MessageType, OutboundRegistration, TemplateRef};

use crate::bad_input::{Case, check};
use crate::samples::{self, seconds, text};

fn check_registration(cases: &[Case<OutboundRegistration>]) {
    check(
        "registration",
        samples::registration,
        Wire::Registration,
        cases,
    );
}

fn template(it: &mut OutboundRegistration, template: TemplateRef) {
    it.subtype = Some(Subtype::Template(template));
}

#[test]
fn ids_have_1_to_256_bytes() {
    check_registration(&[
        (|_| {}, &[]),
        (
            |it| (it.sender_message_id, it.provider_message_id) = (None, None),
            &["sender_message_id"],
        ),
        (|it| it.sender_message_id = text(""), &["sender_message_id"]),
        (|it| it.sender_message_id = text(&"x".repeat(256)), &[]),
        (
            |it| it.sender_message_id = text(&"x".repeat(257)),
            &["sender_message_id"],
        ),
        (|it| it.channel_account_id.clear(), &["channel_account_id"]),
        (|it| it.agent = Some(Default::default()), &["agent.id"]),
        (
            |it| it.campaign = Some(Default::default()),
            &["campaign.id"],
        ),
        (|it| it.ticket_id = text(""), &["ticket_id"]),
    ]);
}

#[test]
fn a_contact_needs_an_id() {
    check_registration(&[
        (|it| it.contact = None, &["contact"]),
        (
            |it| it.contact = Some(ContactRef::default()),
            &["contact.external_id"],
        ),
        (
            |it| it.contact.get_or_insert_default().phone = text(""),
            &["contact.phone"],
        ),
    ]);
}

#[test]
fn vocabularies_are_closed() {
    check_registration(&[
        (|it| it.channel = 0, &["channel"]),
        (|it| it.channel = 4_711, &["channel"]),
        (|it| it.source = -1, &["source"]),
        (|it| it.content_type = 99, &["content_type"]),
        (
            |it| {
                let id = text("1");
                let category = Some(0);
                template(
                    it,
                    TemplateRef {
                        id,
                        category,
                        ..TemplateRef::default()
                    },
                );
            },
            &["template.category"],
        ),
    ]);
}

#[test]
fn the_subtype_fits_the_type() {
    check_registration(&[
        (|it| it.r#type = 0, &["type"]),
        (|it| it.subtype = None, &["template"]),
        (
            |it| it.subtype = Some(Subtype::MessageTag("TAG".to_owned())),
            &["message_tag"],
        ),
        (|it| it.r#type = MessageType::Session.into(), &["template"]),
        (
            |it| {
                it.r#type = MessageType::MessageTag.into();
                it.subtype = Some(Subtype::MessageTag(String::new()));
            },
            &["message_tag"],
        ),
        (
            |it| {
                let name = text("hola");
                template(
                    it,
                    TemplateRef {
                        name,
                        ..TemplateRef::default()
                    },
                );
            },
            &["template.id"],
        ),
    ]);
}

#[test]
fn content_is_bounded() {
    check_registration(&[
        (
            |it| it.content.get_or_insert_default().body = text(&"x".repeat(65_536)),
            &[],
        ),
        (
            |it| it.content.get_or_insert_default().body = text(&"x".repeat(65_537)),
            &["content.body"],
        ),
        (
            |it| it.content.get_or_insert_default().buttons[1].clear(),
            &["content.buttons[1]"],
        ),
        (
            |it| it.content.get_or_insert_default().buttons = vec![String::new(); 33],
            &["content.buttons"],
        ),
    ]);
}

#[test]
fn times_are_plausible() {
    check_registration(&[
        (|it| it.queued_at = None, &["queued_at"]),
        (|it| it.queued_at = seconds(0), &["queued_at"]),
        (|it| it.dispatched_at = None, &[]),
        (
            |it| it.dispatched_at = seconds(i64::MAX),
            &["dispatched_at"],
        ),
    ]);
}
