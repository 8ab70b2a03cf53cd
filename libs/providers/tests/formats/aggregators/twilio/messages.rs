//! Messages from contacts.

use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_providers::{Finding, Reason};

use super::of_form;
use crate::aggregators::rig::{RECEIVED_AT, noted, only_message, only_unknown, phone, text};

fn findings(more: &[(&str, &str)]) -> Vec<Finding> {
    let mut parameters = vec![
        ("MessageSid", "SM2"),
        ("SmsStatus", "received"),
        ("From", "whatsapp:+51977452931"),
        ("To", "whatsapp:+14155238886"),
    ];
    parameters.extend_from_slice(more);
    of_form(&parameters)
}

fn message(more: &[(&str, &str)]) -> InboundEvidence {
    only_message(findings(more))
}

#[test]
fn a_text_with_all_that_is_said_of_the_contact() {
    let it = message(&[
        ("Body", "Hola"),
        ("NumMedia", "0"),
        ("ProfileName", "Ana"),
        ("WaId", "51977452931"),
        ("ExternalUserId", "whatsapp:PE.12345"),
        ("MessageType", "text"),
        ("OriginalRepliedMessageSid", "SM1"),
        ("ReferralHeadline", "Autumn"),
        ("ReferralSourceUrl", "https://ad.example"),
    ]);
    assert_eq!(it.id.id, "SM2");
    assert_eq!(
        (it.id.provider, it.channel),
        (Provider::Twilio, Channel::WhatsApp)
    );
    assert_eq!(it.channel_account.id, "+14155238886");
    let mut contact = phone("+51977452931");
    contact.name = text("Ana");
    contact.business_scoped_user_id = text("PE.12345");
    assert_eq!(it.contact, contact);
    assert_eq!((it.at, it.at_is_receipt), (RECEIVED_AT, true));
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Regular, ContentType::Text)
    );
    assert_eq!(it.content.body, text("Hola"));
    assert_eq!(it.content.header, text("Autumn"));
    assert_eq!(it.content.footer, text("https://ad.example"));
    assert_eq!(it.quoted.unwrap().id, "SM1");
}

#[test]
fn a_hidden_number_leaves_the_business_scoped_id() {
    let it = only_message(of_form(&[
        ("SmsMessageSid", "SM2"),
        ("SmsStatus", "received"),
        ("From", "whatsapp:PE.12345"),
        ("To", "whatsapp:+14155238886"),
        ("Body", "Hola"),
        ("ExternalUserId", "whatsapp:no id"),
    ]));
    assert_eq!(it.contact.business_scoped_user_id, text("PE.12345"));
    assert_eq!(it.contact.phone, None);
}

#[test]
fn clicks_keep_id_and_title() {
    let click = |id: Option<&str>, title: &str| ButtonClick {
        id: id.map(str::to_owned),
        title: text(title),
    };
    let it = message(&[
        ("Body", "Yes"),
        ("ButtonText", "Yes"),
        ("ButtonPayload", "yes-1"),
        ("MessageType", "button"),
    ]);
    assert_eq!(it.content_type, ContentType::Button);
    assert_eq!(it.button, Some(click(Some("yes-1"), "Yes")));
    let it = message(&[("ButtonText", "Yes"), ("MessageType", "interactive")]);
    assert_eq!(it.content_type, ContentType::Interactive);
    assert_eq!(
        (it.content.body, it.button),
        (text("Yes"), Some(click(None, "Yes")))
    );
    let it = message(&[("Body", "9am"), ("ListId", "row1"), ("ListTitle", "9am")]);
    assert_eq!(it.content_type, ContentType::Interactive);
    assert_eq!(it.button, Some(click(Some("row1"), "9am")));
}

#[test]
fn media_are_known_by_type() {
    let url = "https://api.twilio.com/media/ME1";
    for (mime_type, word, content_type) in [
        ("image/jpeg", "image", ContentType::Image),
        ("audio/ogg", "audio", ContentType::Audio),
        ("video/mp4", "video", ContentType::Video),
        ("application/pdf", "document", ContentType::Document),
        ("image/webp", "sticker", ContentType::Sticker),
        ("text/vcard", "contacts", ContentType::Contacts),
    ] {
        let it = message(&[
            ("NumMedia", "1"),
            ("MediaUrl0", url),
            ("MediaContentType0", mime_type),
            ("MessageType", word),
            ("Body", "caption"),
        ]);
        assert_eq!(it.content_type, content_type, "{mime_type}");
        assert_eq!(it.content.media_id.as_deref(), Some(url));
        assert_eq!(it.content.media_type.as_deref(), Some(mime_type));
        assert_eq!(it.content.body, text("caption"));
    }
    let (it, notes) = noted(findings(&[
        ("MediaUrl0", url),
        ("MediaUrl1", "x"),
        ("MediaUrl2", "y"),
    ]));
    assert_eq!(it.content.media_id.as_deref(), Some(url));
    assert_eq!(notes[0].detail, "2 more media of the message");
}

#[test]
fn places_reactions_and_what_is_new() {
    let it = message(&[
        ("Latitude", "-12.05"),
        ("Longitude", "-77.04"),
        ("Label", "Plaza"),
        ("Address", "Lima"),
    ]);
    assert_eq!(it.content_type, ContentType::Location);
    assert_eq!(it.content.body, text("Plaza\nLima\n-12.05,-77.04"));
    let it = message(&[
        ("MessageType", "reaction"),
        ("Body", "👍"),
        ("OriginalRepliedMessageSid", "SM1"),
    ]);
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Reaction, ContentType::Reaction)
    );
    assert_eq!(it.quoted.unwrap().id, "SM1");
    let (it, notes) = noted(findings(&[("MessageType", "hologram"), ("Body", "x")]));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Unsupported, text("x"))
    );
    assert_eq!(notes[0].reason, Reason::UnknownMessageType);
    assert_eq!(message(&[("Body", "")]).content_type, ContentType::Text);
}

#[test]
fn a_message_needs_its_ends_and_its_id() {
    for (without, reason) in [
        ("MessageSid", Reason::MissingId),
        ("From", Reason::MissingContact),
        ("To", Reason::MissingChannelAccount),
    ] {
        let parameters = [
            ("MessageSid", "SM2"),
            ("SmsStatus", "received"),
            ("From", "+51977452931"),
            ("To", "+14155238886"),
        ];
        let left: Vec<_> = parameters
            .into_iter()
            .filter(|(key, _)| *key != without)
            .collect();
        let findings = of_form(&left);
        assert_eq!(only_unknown(&findings).reason, reason);
    }
    let it = only_message(of_form(&[
        ("MessageSid", "SM2"),
        ("From", "+51977452931"),
        ("To", "384387"),
        ("Body", "no status at all"),
    ]));
    assert_eq!(
        (it.channel, it.channel_account.id.as_str()),
        (Channel::Sms, "384387")
    );
}
