//! Tables of inbound messages: the list, and all in detail.

use acuse_domain::kinds::{Channel, ContentType};
use acuse_proto::types::ReceivedMessage;

use super::cell::Cell;
use super::table::{Column, Kind, Table};
use super::told::{
    account_phone, agent_name, contact_id, contact_name, contact_phone, instant, name_of, value,
};

type Received = Column<ReceivedMessage>;

/// The list of inbound messages.
pub(crate) const INBOUND: Table<ReceivedMessage> = Table {
    id: "inbound",
    columns: &[TIMESTAMP, CONTACT_ID, CONTACT_NAME, CHANNEL, CONTENT],
};

/// Every inbound message in detail.
pub(crate) const DETAILED_RECEIVED: Table<ReceivedMessage> = Table {
    id: "detailed_received",
    columns: &[
        RECEIVED_AT,
        PHONE,
        CHANNEL_ACCOUNT_PHONE,
        CAMPAIGN,
        AGENT,
        CONTENT_TYPE,
        CONTENT,
    ],
};

const TIMESTAMP: Received = Column::new("timestamp", Kind::Moment, |row, words| {
    words.moment(instant(row.received_at))
});

const RECEIVED_AT: Received = Column::new("received_at", Kind::Moment, |row, words| {
    words.moment(instant(row.received_at))
});

const CONTACT_ID: Received = Column::new("contact_id", Kind::Code, |row, _| {
    contact_id(row.contact.as_ref())
});

const CONTACT_NAME: Received = Column::new("contact_name", Kind::Text, |row, _| {
    contact_name(row.contact.as_ref())
});

const PHONE: Received = Column::new("phone", Kind::Code, |row, _| {
    contact_phone(row.contact.as_ref())
});

const CHANNEL: Received = Column::new("channel", Kind::Word, |row, words| {
    words.channel(value(Channel::ALL, row.channel()))
});

const CHANNEL_ACCOUNT_PHONE: Received =
    Column::new("channel_account_phone", Kind::Code, |row, _| {
        account_phone(row.channel_account.as_ref())
    });

const CAMPAIGN: Received = Column::new("campaign", Kind::Text, |row, _| {
    Cell::text(row.campaign.as_ref().map(name_of))
});

const AGENT: Received = Column::new("user", Kind::Text, |row, _| {
    Cell::text(row.agent.as_ref().map(agent_name))
});

const CONTENT_TYPE: Received = Column::new("content_type", Kind::Word, |row, words| {
    words.content_type(value(ContentType::ALL, row.content_type()))
});

/// For a click on a button, or a choice from a list, what the contact saw on it.
const CONTENT: Received = Column::new("content", Kind::LongText, |row, _| {
    let title = row
        .button
        .as_ref()
        .and_then(|button| button.title.as_deref());
    let body = row
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref());
    Cell::text(title.or(body))
});

#[cfg(test)]
pub(super) mod tests {
    use acuse_domain::calendar::Zone;
    use acuse_domain::glossary::Language;
    use acuse_proto::convert::timestamp;
    use acuse_proto::types::{
        self, AgentRef, ButtonReply, ChannelAccountRef, ContactRef, Content, NamedRef,
    };

    use super::super::Words;
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    pub(in super::super) fn clicked() -> ReceivedMessage {
        let at: jiff::Timestamp = "2022-10-02T05:00:00Z".parse().unwrap();
        ReceivedMessage {
            channel: types::Channel::Whatsapp.into(),
            channel_account: Some(ChannelAccountRef {
                id: "1065".to_owned(),
                phone: text("+5116419000"),
                ..ChannelAccountRef::default()
            }),
            contact: Some(ContactRef {
                name: text("José"),
                phone: text("+51977452931"),
                channel_user_id: text("51977452931"),
                ..ContactRef::default()
            }),
            received_at: Some(timestamp(at.into())),
            content_type: types::ContentType::Button.into(),
            content: Some(Content {
                body: text("PAYLOAD"),
                ..Content::default()
            }),
            button: Some(ButtonReply {
                id: text("yes"),
                title: text("Sí, quiero"),
            }),
            campaign: Some(NamedRef {
                id: "c1".to_owned(),
                name: text("Octubre"),
            }),
            agent: Some(AgentRef {
                id: "a1".to_owned(),
                ..AgentRef::default()
            }),
            ..ReceivedMessage::default()
        }
    }

    fn shown(table: &Table<ReceivedMessage>, row: &ReceivedMessage) -> Vec<String> {
        let zone: Zone = "America/Lima".parse().unwrap();
        let mut words = Words::new(Language::Spanish, &zone);
        let labels = table.pick(&[]).labels(&words);
        let cells = labels.into_iter().zip(table.columns);
        cells
            .map(|(label, column)| {
                let mut text = format!("{label}: ");
                (column.cell)(row, &mut words).put(&mut text);
                text
            })
            .collect()
    }

    #[test]
    fn inbound_messages_tell_who_wrote_what() {
        assert_eq!(
            shown(&INBOUND, &clicked()),
            [
                "Timestamp: 2022-10-02 00:00:00",
                "ID de contacto: 51977452931",
                "Nombre del contacto: José",
                "Canal: WhatsApp",
                "Contenido: Sí, quiero",
            ]
        );
        assert_eq!(
            shown(&DETAILED_RECEIVED, &clicked()),
            [
                "Respondido: 2022-10-02 00:00:00",
                "Fuente: +51977452931",
                "ID de usuario de WhatsApp: +5116419000",
                "Campaña: Octubre",
                "Usuario: a1",
                "Tipo de contenido: Botón",
                "Mensaje recibido: Sí, quiero",
            ]
        );
    }

    #[test]
    fn what_is_no_click_is_told_by_its_body() {
        let mut row = clicked();
        row.button = None;
        assert_eq!(shown(&INBOUND, &row)[4], "Contenido: PAYLOAD");
        for cell in shown(&INBOUND, &ReceivedMessage::default()) {
            assert!(cell.ends_with(": -"), "{cell}");
        }
    }
}
