//! Messages from contacts.

use acuse_domain::contact::ContactRef;
use acuse_domain::kinds::{Channel, ContentType, Provider};
use acuse_domain::registration::Content;
use acuse_domain::time::Timestamp;

use super::address::{Address, travels};
use super::status::{IDS, business_scoped};
use crate::aside::aside;
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::{Said, medium, medium_type, place};
use crate::written::{self, Head};

/// The most media of one message; Twilio takes ten.
const MOST_MEDIA: usize = 100;

/// Reads one message.
pub(super) fn read(form: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = form.first(&IDS);
    let addresses = Addresses {
        from: form.get("From"),
        to: form.get("To"),
        prefix: form.get("ChannelPrefix"),
    };
    let at = (delivery.received_at, true);
    let mut head = match head(id, &addresses, at, delivery) {
        Ok(head) => head,
        Err(what) => return findings.not_understood(path, what),
    };
    describe(form, &mut head);
    if !is_somebody(&head.contact) {
        return findings.not_understood(path, nobody(id));
    }
    let said = said(form);
    let quoted = form.get("OriginalRepliedMessageSid").short();
    let inbound = written::evidence(head, said, quoted);
    findings.add(path, Meaning::Inbound(Box::new(inbound)));
    let more = media(form).count().saturating_sub(1);
    if more > 0 {
        let detail = format!("{more} more media of the message");
        let what = aside(Reason::NotSupportedYet, detail, id, Some("MediaUrl"));
        findings.not_understood(path, what);
    }
    let word = form.get("MessageType").word();
    if let Some(word) = word.filter(|word| !is_known(word)) {
        let detail = format!("message of type {}", shown(&word));
        let what = aside(Reason::UnknownMessageType, detail, id, Some(&word));
        findings.not_understood(path, what);
    }
}

/// Where a message comes from and goes to.
pub(super) struct Addresses<'a> {
    pub(super) from: Node<'a>,
    pub(super) to: Node<'a>,
    pub(super) prefix: Node<'a>,
}

/// What a message says of itself; its contact is nobody where their address is hidden.
///
/// # Errors
///
/// What to note of a message that does not say what it must.
pub(super) fn head(
    id: Node<'_>,
    addresses: &Addresses<'_>,
    at: (Timestamp, bool),
    delivery: &Delivery<'_>,
) -> Result<Head, NotUnderstood> {
    let known = item::id(id).map_err(|what| what.about(id))?;
    let from = Address::of(addresses.from);
    let to = Address::of(addresses.to);
    let channel = travels(from.as_ref(), to.as_ref(), addresses.prefix).unwrap_or(Channel::Sms);
    let account = to.map(|to| to.rest);
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(channel_account) = account else {
        let detail = "no To, and no channel account that it could only be";
        return Err(aside(Reason::MissingChannelAccount, detail, id, None));
    };
    let from = from.map(|from| from.rest).unwrap_or_default();
    Ok(Head {
        id: item::message_id(Provider::Twilio, known),
        channel,
        channel_account,
        contact: party::contact(channel, &from),
        at,
    })
}

/// What to note of a message from nobody.
pub(super) fn nobody(id: Node<'_>) -> NotUnderstood {
    aside(
        Reason::MissingContact,
        "no From that is an address",
        id,
        None,
    )
}

/// Adds what else the form says of the contact.
fn describe(form: Node<'_>, head: &mut Head) {
    let contact = std::mem::take(&mut head.contact);
    let wa_id = form.get("WaId").short().unwrap_or_default();
    let besides = match head.channel {
        Channel::WhatsApp => party::contact(Channel::WhatsApp, &wa_id),
        _ => ContactRef::default(),
    };
    let user = ContactRef {
        name: form.get("ProfileName").cut(SHORT),
        business_scoped_user_id: business_scoped(form.get("ExternalUserId")),
        ..ContactRef::default()
    };
    head.contact = party::joined(party::joined(contact, besides), user);
}

/// What a message says, with the advertisement through which the contact came.
fn said(form: Node<'_>) -> Said {
    let mut said = of_parts(form);
    said.content.header = form.get("ReferralHeadline").cut(TEXT);
    said.content.footer = form.get("ReferralSourceUrl").cut(TEXT);
    said
}

/// Twilio names the type of a WhatsApp message only; of others it follows from what is there.
fn of_parts(form: Node<'_>) -> Said {
    let word = form.get("MessageType").word();
    let word = word.as_deref();
    let body = form.get("Body").cut(TEXT);
    if word == Some("reaction") {
        return Said::reaction(body);
    }
    let (button, row) = (form.get("ButtonText"), form.get("ListTitle"));
    if row.exists() || form.get("ListId").exists() {
        let body = body.or_else(|| row.cut(TEXT));
        return Said::text(ContentType::Interactive, body).clicked(form.get("ListId"), row);
    }
    if button.text().is_some() || form.get("ButtonPayload").text().is_some() {
        let content_type = match word {
            Some("interactive") => ContentType::Interactive,
            _ => ContentType::Button,
        };
        let body = body.or_else(|| button.cut(TEXT));
        return Said::text(content_type, body).clicked(form.get("ButtonPayload"), button);
    }
    let latitude = form.get("Latitude");
    if latitude.text().is_some() {
        let names = [form.get("Label"), form.get("Address")];
        let place = place(&names, latitude, form.get("Longitude"));
        return Said::text(ContentType::Location, place);
    }
    if let Some((url, mime_type)) = media(form).next() {
        let content_type = match word {
            Some("sticker") => ContentType::Sticker,
            _ => medium_type(mime_type.text().as_deref(), url.text().as_deref()),
        };
        let content = Content {
            body,
            ..medium(url, mime_type, Node::default())
        };
        return Said::new(content_type, content);
    }
    Said::text(plain(word, body.is_some()), body)
}

/// What a message is that has words at most.
fn plain(word: Option<&str>, has_body: bool) -> ContentType {
    match word {
        Some("interactive") => ContentType::Interactive,
        Some("button") => ContentType::Button,
        Some("order") => ContentType::Order,
        Some("contacts" | "contact") => ContentType::Contacts,
        Some("unsupported" | "unknown") => ContentType::Unsupported,
        Some(word) if !is_known(word) => ContentType::Unsupported,
        _ if has_body => ContentType::Text,
        // An SMS may be empty.
        None | Some("text") => ContentType::Text,
        Some(_) => ContentType::Unsupported,
    }
}

/// Whether it is a word for a type of message that somebody has described.
fn is_known(word: &str) -> bool {
    let known = [
        "text",
        "image",
        "audio",
        "voice",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "contact",
        "interactive",
        "button",
        "order",
        "reaction",
        "unsupported",
        "unknown",
        // What SMS are called where the parameter comes with them too.
        "sms",
        "mms",
        "media",
    ];
    known.contains(&word)
}

/// The media of a message, each with its MIME type. Their number is not relied upon.
fn media<'a>(form: Node<'a>) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
    (0..MOST_MEDIA)
        .map(move |index| {
            let url = form.get(&format!("MediaUrl{index}"));
            (url, form.get(&format!("MediaContentType{index}")))
        })
        .take_while(|(url, _)| url.text().is_some())
}
