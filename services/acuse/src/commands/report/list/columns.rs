//! What lists show of a message.

use acuse_proto::types::{
    ContactRef, Content, Message, ReceivedMessage, Source, StageStatus, StageView, message::Subtype,
};
use jiff::{Timestamp, tz::TimeZone};

use super::super::{csv, look, vocabulary::Words as _};

/// Letters of a text that a table shows.
const SHOWN: usize = 60;

/// A column: its name, and what it shows of a message; times by a zone.
pub(super) type Column<T> = (&'static str, fn(&T, &TimeZone) -> String);

/// What other programs are told of outbound messages.
pub(super) const SENT: &[Column<Message>] = &[
    ("message_id", |it, _| it.id.clone()),
    ("origin_at", |it, _| instant(it.origin_at)),
    ("source", |it, _| it.source().word()),
    ("user", |it, _| user(it)),
    ("contact_id", |it, _| contact_id(it.contact.as_ref())),
    ("contact_name", |it, _| contact_name(it.contact.as_ref())),
    ("delivered_at", |it, _| instant(reached_at(it.delivery))),
    ("read_at", |it, _| instant(reached_at(it.read))),
    ("channel", |it, _| channel(it)),
    ("type", |it, _| kind(it)),
    ("subtype", |it, _| subtype(it)),
    ("state", |it, _| it.state().word()),
    ("content", |it, _| body(it.content.as_ref())),
];

/// The same of those that failed.
pub(super) const FAILED: &[Column<Message>] = &[
    ("message_id", |it, _| it.id.clone()),
    ("failed_at", |it, _| instant(failed_at(it))),
    ("source", |it, _| it.source().word()),
    ("user", |it, _| user(it)),
    ("contact_id", |it, _| contact_id(it.contact.as_ref())),
    ("contact_name", |it, _| contact_name(it.contact.as_ref())),
    ("channel", |it, _| channel(it)),
    ("type", |it, _| kind(it)),
    ("subtype", |it, _| subtype(it)),
    ("content", |it, _| body(it.content.as_ref())),
    ("error", |it, _| error(it)),
];

/// The same of inbound messages.
pub(super) const RECEIVED: &[Column<ReceivedMessage>] = &[
    ("message_id", |it, _| it.id.clone()),
    ("received_at", |it, _| instant(it.received_at)),
    ("contact_id", |it, _| contact_id(it.contact.as_ref())),
    ("contact_name", |it, _| contact_name(it.contact.as_ref())),
    ("channel", |it, _| it.channel().word()),
    ("answers_message_id", |it, _| {
        it.answers_message_id.clone().unwrap_or_default()
    }),
    ("content", |it, _| said(it)),
];

/// What people are shown of outbound messages.
pub(super) const SENT_TABLE: &[Column<Message>] = &[
    ("origin", |it, zone| {
        look::minute(it.origin_at.as_ref(), zone)
    }),
    ("contact", |it, _| contact(it.contact.as_ref())),
    ("channel", |it, _| channel(it)),
    ("source", |it, _| source(it)),
    ("subtype", |it, _| subtype(it)),
    ("state", |it, _| it.state().word()),
    ("content", |it, _| short(&body(it.content.as_ref()))),
    ("id", |it, _| it.id.clone()),
];

/// The same of those that failed.
pub(super) const FAILED_TABLE: &[Column<Message>] = &[
    ("failed", |it, zone| {
        look::minute(failed_at(it).as_ref(), zone)
    }),
    ("contact", |it, _| contact(it.contact.as_ref())),
    ("channel", |it, _| channel(it)),
    ("source", |it, _| source(it)),
    ("subtype", |it, _| subtype(it)),
    ("error", |it, _| error(it)),
    ("content", |it, _| short(&body(it.content.as_ref()))),
    ("id", |it, _| it.id.clone()),
];

/// The same of inbound messages.
pub(super) const RECEIVED_TABLE: &[Column<ReceivedMessage>] = &[
    ("received", |it, zone| {
        look::minute(it.received_at.as_ref(), zone)
    }),
    ("contact", |it, _| contact(it.contact.as_ref())),
    ("channel", |it, _| it.channel().word()),
    ("content", |it, _| short(&said(it))),
    ("answers", |it, _| {
        it.answers_message_id.clone().unwrap_or_default()
    }),
];

fn instant(at: Option<prost_types::Timestamp>) -> String {
    let at = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
    csv::figure(at)
}

fn failed_at(message: &Message) -> Option<prost_types::Timestamp> {
    message
        .failure
        .as_ref()
        .and_then(|failure| failure.failed_at)
}

fn error(message: &Message) -> String {
    let failure = message.failure.as_ref();
    failure
        .map(|failure| failure.text.clone())
        .unwrap_or_default()
}

/// When a stage was reached; of one that failed there is a time as well, of the failure.
fn reached_at(stage: Option<StageView>) -> Option<prost_types::Timestamp> {
    stage
        .filter(|stage| stage.status() == StageStatus::Succeeded)
        .and_then(|stage| stage.at)
}

/// The agent who sent it: of what a bot or a broadcast sent, an agent is named who did not.
fn user(message: &Message) -> String {
    let sender = message.agent.as_ref();
    let sender = sender.filter(|_| message.source() == Source::User);
    let name = sender.map(|agent| agent.name.clone().unwrap_or_else(|| agent.id.clone()));
    name.unwrap_or_default()
}

/// Who or what sent it: the agent, where it was one.
fn source(message: &Message) -> String {
    match user(message) {
        user if user.is_empty() => message.source().word(),
        user => user,
    }
}

fn channel(message: &Message) -> String {
    message
        .channel
        .map_or_else(String::new, |_| message.channel().word())
}

fn kind(message: &Message) -> String {
    message
        .r#type
        .map_or_else(String::new, |_| message.r#type().word())
}

fn subtype(message: &Message) -> String {
    match &message.subtype {
        Some(Subtype::Template(template)) => {
            let name = template.name.as_ref().or(template.id.as_ref());
            name.cloned().unwrap_or_default()
        }
        Some(Subtype::MessageTag(tag)) => tag.clone(),
        None => String::new(),
    }
}

/// The id that the business knows the contact by, else one that the channel does, else the number: as in files.
fn contact_id(contact: Option<&ContactRef>) -> String {
    let id = contact.and_then(|contact| {
        let ids = [
            &contact.external_id,
            &contact.channel_user_id,
            &contact.page_scoped_id,
            &contact.business_scoped_user_id,
            &contact.phone,
        ];
        ids.into_iter().flatten().next().cloned()
    });
    id.unwrap_or_default()
}

fn contact_name(contact: Option<&ContactRef>) -> String {
    let name = contact.and_then(|contact| contact.name.clone());
    name.unwrap_or_default()
}

/// The contact by name, else by id.
fn contact(of: Option<&ContactRef>) -> String {
    match contact_name(of) {
        name if name.is_empty() => contact_id(of),
        name => name,
    }
}

fn body(content: Option<&Content>) -> String {
    let body = content.and_then(|content| content.body.clone());
    body.unwrap_or_default()
}

/// What a contact wrote; of a click what the button said.
fn said(message: &ReceivedMessage) -> String {
    match body(message.content.as_ref()) {
        body if body.is_empty() => {
            let title = message
                .button
                .as_ref()
                .and_then(|button| button.title.clone());
            title.unwrap_or_default()
        }
        body => body,
    }
}

/// The beginning of a text.
fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::types::{AgentRef, Channel, MessageState, MessageType};

    use super::*;

    fn message() -> Message {
        Message {
            id: "0199".to_owned(),
            source: Source::User.into(),
            channel: Some(Channel::Whatsapp.into()),
            r#type: Some(MessageType::MessageTag.into()),
            subtype: Some(Subtype::MessageTag("ACCOUNT_UPDATE".to_owned())),
            state: MessageState::Delivered.into(),
            agent: Some(AgentRef {
                id: "diana".to_owned(),
                ..AgentRef::default()
            }),
            contact: Some(ContactRef {
                phone: Some("+51977452931".to_owned()),
                name: Some("Ana\u{1b}[2J".to_owned()),
                ..ContactRef::default()
            }),
            content: Some(Content {
                body: Some("á".repeat(SHOWN + 1)),
                ..Content::default()
            }),
            ..Message::default()
        }
    }

    #[test]
    fn a_message_is_told_in_columns() {
        let cells = |columns: &[Column<Message>]| -> Vec<(&str, String)> {
            let cells = columns.iter();
            cells
                .map(|(name, cell)| (*name, cell(&message(), &TimeZone::UTC)))
                .filter(|(_, cell)| !cell.is_empty())
                .collect()
        };
        let told: Vec<String> = cells(SENT)
            .into_iter()
            .map(|(name, cell)| format!("{name}={cell}"))
            .take(9)
            .collect();
        let expected = [
            "message_id=0199",
            "source=user",
            "user=diana",
            "contact_id=+51977452931",
            "contact_name=Ana\u{1b}[2J",
            "channel=whatsapp",
            "type=message_tag",
            "subtype=ACCOUNT_UPDATE",
            "state=delivered",
        ];
        assert_eq!(told, expected);
        assert_eq!(cells(FAILED_TABLE)[1].1, "Ana\u{1b}[2J");
    }

    #[test]
    fn what_did_not_happen_has_no_time_and_what_nobody_sent_no_user() {
        let failed = StageView {
            status: StageStatus::Failed.into(),
            at: Some(prost_types::Timestamp::default()),
        };
        let reached = StageView {
            status: StageStatus::Succeeded.into(),
            ..failed
        };
        let sent = Message {
            source: Source::Broadcast.into(),
            delivery: Some(failed),
            read: Some(reached),
            ..message()
        };
        let cell = |columns: &[Column<Message>], wanted: &str| {
            let (_, cell) = columns.iter().find(|(name, _)| *name == wanted).unwrap();
            cell(&sent, &TimeZone::UTC)
        };
        assert_eq!(cell(SENT, "delivered_at"), "");
        assert_eq!(cell(SENT, "read_at"), "1970-01-01T00:00:00Z");
        assert_eq!(cell(SENT, "user"), "");
        assert_eq!(cell(FAILED, "user"), "");
        assert_eq!(cell(SENT_TABLE, "source"), "broadcast");
    }

    #[test]
    fn a_contact_is_known_as_in_files() {
        let mut contact = ContactRef {
            phone: Some("+51977452931".to_owned()),
            channel_user_id: Some("51977452931".to_owned()),
            ..ContactRef::default()
        };
        assert_eq!(contact_id(Some(&contact)), "51977452931");
        contact.external_id = Some("C-1".to_owned());
        assert_eq!(contact_id(Some(&contact)), "C-1");
        contact = ContactRef {
            phone: contact.phone,
            ..ContactRef::default()
        };
        assert_eq!(contact_id(Some(&contact)), "+51977452931");
    }

    #[test]
    fn a_table_shows_the_beginning_of_a_text_and_no_escape_code() {
        let shown = super::super::rows(&[message()], SENT_TABLE, &TimeZone::UTC);
        assert!(
            shown.contains(&format!("{}…", "á".repeat(SHOWN))),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn a_click_says_what_its_button_did() {
        let click = ReceivedMessage {
            button: Some(acuse_proto::types::ButtonReply {
                title: Some("Sí, quiero".to_owned()),
                ..acuse_proto::types::ButtonReply::default()
            }),
            ..ReceivedMessage::default()
        };
        assert_eq!(said(&click), "Sí, quiero");
    }
}
