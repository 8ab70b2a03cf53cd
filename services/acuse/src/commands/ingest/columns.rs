//! What the rows of files are, and the columns that they have. The help, the reading of files and the names of fields in
//! rejected rows all come from this table.

use comfy_table::ContentArrangement;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind as FieldKind, MessageDescriptor};

use super::names::nearest;
use crate::{
    failure::{Failure, Result},
    output::{descriptors, table},
};

/// How wide columns are described, in characters.
const WIDTH: u16 = 130;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(super) enum Kind {
    /// An outbound message, as its sender describes it
    Registrations,
    /// Something that happened to an outbound message
    Statuses,
    /// A message from a contact
    Inbound,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Registrations, Self::Statuses, Self::Inbound];

    /// As on the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Statuses => "statuses",
            Self::Inbound => "inbound",
        }
    }

    /// What the API calls one: the member of a JSON line that names it, and where the paths of its faults begin.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Registrations => "registration",
            Self::Statuses => "status",
            Self::Inbound => "inbound",
        }
    }

    fn message_name(self) -> &'static str {
        match self {
            Self::Registrations => "acuse.type.v1.OutboundRegistration",
            Self::Statuses => "acuse.type.v1.StatusEvidence",
            Self::Inbound => "acuse.type.v1.InboundMessage",
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Registrations => REGISTRATIONS,
            Self::Statuses => STATUSES,
            Self::Inbound => INBOUND,
        }
    }
}

/// A column of a file, and a field of a message.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// The field's path, from the item on.
    pub(super) path: &'static str,
    /// What it means, for people.
    meaning: &'static str,
}

const fn column(name: &'static str, path: &'static str, meaning: &'static str) -> Column {
    Column {
        name,
        path,
        meaning,
    }
}

#[rustfmt::skip]
const REGISTRATIONS: &[Column] = &[
    column("sender_message_id", "sender_message_id", "The sender's own id; this or provider_message_id is required"),
    column("provider", "provider_message_id.provider", "Whose id provider_message_id is"),
    column("provider_scope", "provider_message_id.scope", "What makes that id unique: a number for Sinch SMS, a chat for Telegram"),
    column("provider_message_id", "provider_message_id.id", "The provider's id"),
    column("channel", "channel", "Required. Channel over which it is sent"),
    column("channel_account_id", "channel_account_id", "Required. The sending number, page or short code"),
    column("contact_external_id", "contact.external_id", "The contact's id in the business's system; one contact id is required"),
    column("contact_name", "contact.name", "The contact's name"),
    column("contact_phone", "contact.phone", "The contact's phone number with its +"),
    column("contact_channel_user_id", "contact.channel_user_id", "The contact's id on the channel, as WhatsApp's wa_id"),
    column("contact_business_scoped_user_id", "contact.business_scoped_user_id", "The contact's business-scoped id on WhatsApp"),
    column("contact_page_scoped_id", "contact.page_scoped_id", "The contact's id on Messenger or Instagram"),
    column("source", "source", "Required. Who or what caused it"),
    column("type", "type", "Required. What it is to the provider's rules"),
    column("template_id", "template.id", "The provider's id of the template; else name and language"),
    column("template_name", "template.name", "The template's name"),
    column("template_language", "template.language", "Its language, as es or pt_BR"),
    column("template_category", "template.category", "What it is for"),
    column("message_tag", "message_tag", "The message tag's name"),
    column("account_id", "account.id", "Account on whose name it is sent"),
    column("account_name", "account.name", "The account's name"),
    column("campaign_id", "campaign.id", "Campaign"),
    column("campaign_name", "campaign.name", "The campaign's name"),
    column("broadcast_id", "broadcast.id", "Broadcast"),
    column("broadcast_name", "broadcast.name", "The broadcast's name"),
    column("agent_id", "agent.id", "Agent who sent it"),
    column("agent_name", "agent.name", "The agent's name"),
    column("agent_email", "agent.email", "The agent's email address"),
    column("team_id", "team.id", "Team from which it was sent"),
    column("team_name", "team.name", "The team's name"),
    column("department_id", "department.id", "Department from which it was sent"),
    column("department_name", "department.name", "The department's name"),
    column("content_type", "content_type", "Required. What kind of content it has"),
    column("content_header", "content.header", "Text above the body"),
    column("content_body", "content.body", "The text, a template's with its variables filled in"),
    column("content_footer", "content.footer", "Text below the body"),
    column("content_buttons", "content.buttons", "Titles of the buttons, with | between them"),
    column("content_media_id", "content.media_id", "The provider's id of the picture, sound or file"),
    column("content_media_type", "content.media_type", "Its MIME type"),
    column("content_file_name", "content.file_name", "Its file name"),
    column("ticket_id", "ticket_id", "Ticket that it opened or was part of"),
    column("opened_ticket", "opened_ticket", "Whether it opened the ticket"),
    column("conversation_id", "conversation_id", "The provider's conversation id"),
    column("correlation_id", "correlation_id", "Free text of the sender's own"),
    column("session_open", "session_open", "Whether a session was open when it was sent; derived if empty"),
    column("queued_at", "queued_at", "Required. When it was put into the outbox"),
    column("dispatched_at", "dispatched_at", "When it left the platform"),
];

#[rustfmt::skip]
const STATUSES: &[Column] = &[
    column("sender_message_id", "sender_message_id", "The sender's own id; this or provider_message_id is required"),
    column("provider", "provider_message_id.provider", "Whose id provider_message_id is"),
    column("provider_scope", "provider_message_id.scope", "What makes that id unique: a number for Sinch SMS, a chat for Telegram"),
    column("provider_message_id", "provider_message_id.id", "The provider's id"),
    column("kind", "kind", "Required. What happened"),
    column("happened_at", "happened_at", "Required. When it happened"),
    column("reported_by", "provider", "Who says so; the provider of the id if empty, else the sender"),
    column("failure_code", "failure.code", "The provider's error code"),
    column("failure_title", "failure.title", "The provider's short text"),
    column("failure_detail", "failure.detail", "The provider's longer text"),
    column("failure_stage", "failure.stage", "Which stage failed, send or delivery, where the provider says so"),
    column("failure_dispatch_reason", "failure.dispatch_reason", "Why it never left; required for dispatch_failed"),
    column("pricing_billable", "pricing.billable", "Whether it is charged"),
    column("pricing_model", "pricing.model", "How it is charged"),
    column("pricing_category", "pricing.category", "Which price applies"),
    column("pricing_type", "pricing.type", "Kind of the charge"),
    column("conversation_id", "conversation.id", "The provider's conversation id"),
    column("conversation_origin_type", "conversation.origin_type", "What began the conversation, in the provider's word"),
    column("conversation_expires_at", "conversation.expires_at", "When the conversation ends"),
    column("recipient_external_id", "recipient.external_id", "Id in the business's system of whom it went to"),
    column("recipient_name", "recipient.name", "Their name"),
    column("recipient_phone", "recipient.phone", "Their phone number with its +"),
    column("recipient_channel_user_id", "recipient.channel_user_id", "Their id on the channel, as WhatsApp's wa_id"),
    column("recipient_business_scoped_user_id", "recipient.business_scoped_user_id", "Their business-scoped id on WhatsApp"),
    column("recipient_page_scoped_id", "recipient.page_scoped_id", "Their id on Messenger or Instagram"),
    column("channel", "channel", "Channel of the message; together with channel_account_id"),
    column("channel_account_id", "channel_account_id", "The sending number, page or short code"),
    column("correlation_id", "correlation_id", "Free text of the sender's own, as the provider gives it back"),
    column("participant_id", "participant_id", "In a group: the member to whom it happened"),
    column("echo_content_type", "echo.content_type", "Of a sent message of another platform's: what kind of content it has"),
    column("echo_header", "echo.content.header", "Text above its body"),
    column("echo_body", "echo.content.body", "Its text"),
    column("echo_footer", "echo.content.footer", "Text below its body"),
    column("echo_buttons", "echo.content.buttons", "Titles of its buttons, with | between them"),
    column("echo_media_id", "echo.content.media_id", "The provider's id of its picture, sound or file"),
    column("echo_media_type", "echo.content.media_type", "Its MIME type"),
    column("echo_file_name", "echo.content.file_name", "Its file name"),
];

#[rustfmt::skip]
const INBOUND: &[Column] = &[
    column("provider", "provider_message_id.provider", "Required. Whose id provider_message_id is"),
    column("provider_scope", "provider_message_id.scope", "What makes that id unique: a chat for Telegram"),
    column("provider_message_id", "provider_message_id.id", "Required. The provider's id"),
    column("channel", "channel", "Required. Channel over which it came"),
    column("channel_account_id", "channel_account_id", "Required. The number, page or short code that received it"),
    column("contact_external_id", "contact.external_id", "The contact's id in the business's system; one contact id is required"),
    column("contact_name", "contact.name", "The contact's name"),
    column("contact_phone", "contact.phone", "The contact's phone number with its +"),
    column("contact_channel_user_id", "contact.channel_user_id", "The contact's id on the channel, as WhatsApp's wa_id"),
    column("contact_business_scoped_user_id", "contact.business_scoped_user_id", "The contact's business-scoped id on WhatsApp"),
    column("contact_page_scoped_id", "contact.page_scoped_id", "The contact's id on Messenger or Instagram"),
    column("received_at", "received_at", "Required. When the provider received it"),
    column("kind", "kind", "Required. What it is"),
    column("content_type", "content_type", "Required. What kind of content it has"),
    column("content_header", "content.header", "Text above the body"),
    column("content_body", "content.body", "The text"),
    column("content_footer", "content.footer", "Text below the body"),
    column("content_buttons", "content.buttons", "Titles of buttons, with | between them"),
    column("content_media_id", "content.media_id", "The provider's id of the picture, sound or file"),
    column("content_media_type", "content.media_type", "Its MIME type"),
    column("content_file_name", "content.file_name", "Its file name"),
    column("quoted_provider", "quoted_message_id.provider", "Whose id quoted_message_id is; that of provider if empty"),
    column("quoted_scope", "quoted_message_id.scope", "What makes that id unique"),
    column("quoted_message_id", "quoted_message_id.id", "The message that it quotes"),
    column("button_id", "button.id", "Id of the button or list entry that was chosen"),
    column("button_title", "button.title", "Its text"),
    column("deleted", "deleted", "Whether the contact deleted it"),
];

/// The columns of a kind, with the fields that they stand for.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) message: MessageDescriptor,
    /// Each column with the fields from the item to it.
    columns: Vec<(&'static Column, Vec<FieldDescriptor>)>,
}

impl Shape {
    /// What rows of a kind are.
    pub(super) fn of(kind: Kind) -> Result<Self> {
        let faulty = |what: &str| Failure::new(format!("this build does not know {what}"));
        let pool = descriptors().ok_or_else(|| faulty("its own messages"))?;
        let message = message(pool, kind).ok_or_else(|| faulty(kind.message_name()))?;
        let resolved = kind.columns().iter().map(|column| {
            let fields = resolve(&message, column.path).ok_or_else(|| faulty(column.path))?;
            Ok((column, fields))
        });
        let columns = resolved.collect::<Result<_>>()?;
        Ok(Self {
            kind,
            message,
            columns,
        })
    }

    /// The column of that name, however it is written: `contact_phone`, `Contact Phone`, `contact.phone`, `contactPhone`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let name = snake(name);
        let by_name = self.columns.iter().position(|(one, _)| one.name == name);
        by_name.or_else(|| {
            let mut all = self.columns.iter();
            all.position(|(one, _)| one.path.replace('.', "_") == name)
        })
    }

    /// The fields from an item to a column.
    pub(super) fn fields(&self, column: usize) -> &[FieldDescriptor] {
        self.columns
            .get(column)
            .map_or(&[], |(_, fields)| fields.as_slice())
    }

    /// A column's name.
    pub(super) fn name(&self, column: usize) -> &'static str {
        self.columns.get(column).map_or("", |(one, _)| one.name)
    }

    /// The column for the path of a field, from the item on.
    pub(super) fn column_of(&self, path: &str) -> Option<&'static str> {
        let mut all = self.columns.iter();
        all.find(|(one, _)| one.path == path)
            .map(|(one, _)| one.name)
    }

    /// The known name that is most like one that is not known.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(&snake(name), self.columns.iter().map(|(one, _)| one.name))
    }
}

fn message(pool: &DescriptorPool, kind: Kind) -> Option<MessageDescriptor> {
    pool.get_message_by_name(kind.message_name())
}

fn resolve(message: &MessageDescriptor, path: &str) -> Option<Vec<FieldDescriptor>> {
    let mut message = Some(message.clone());
    let mut fields = Vec::new();
    for name in path.split('.') {
        let field = message?.get_field_by_name(name)?;
        message = field.kind().as_message().cloned();
        fields.push(field);
    }
    Some(fields)
}

/// A name as columns have it.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for one in name.trim().chars() {
        if one.is_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = one.is_lowercase() || one.is_numeric();
        match one {
            ' ' | '-' | '.' | '_' => snake.push('_'),
            _ => snake.extend(one.to_lowercase()),
        }
    }
    snake
}

/// The words of an enum's values, without what all of them begin with; the one for nothing is left out.
pub(super) fn words(field: &FieldKind) -> Vec<String> {
    let Some(kind) = field.as_enum() else {
        return Vec::new();
    };
    let values = kind.values().filter(|value| value.number() != 0);
    values
        .map(|value| value.name()[prefix(kind).len()..].to_lowercase())
        .collect()
}

/// What the names of an enum's values begin with.
pub(super) fn prefix(kind: &prost_reflect::EnumDescriptor) -> String {
    let nothing = kind.default_value();
    let name = nothing.name();
    name.strip_suffix("UNSPECIFIED").unwrap_or("").to_owned()
}

/// All columns of a kind, for people.
pub(super) fn described(kind: Kind) -> Result<String> {
    let shape = Shape::of(kind)?;
    let mut shown = table(&["column", "meaning", "values"], &[]);
    shown
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    for (column, fields) in &shape.columns {
        let values = fields.last().map_or_else(String::new, values);
        shown.add_row([column.name, column.meaning, &values]);
    }
    Ok(shown.to_string())
}

fn values(field: &FieldDescriptor) -> String {
    match field.kind() {
        FieldKind::Bool => "true, false".to_owned(),
        FieldKind::Message(_) => "a time".to_owned(),
        kind => words(&kind).join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The paths of all fields that hold a value.
    fn leaves(message: &MessageDescriptor, before: &str) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for field in message.fields() {
            let path = format!("{before}{}", field.name());
            match field.kind() {
                FieldKind::Message(inner) if inner.full_name() != "google.protobuf.Timestamp" => {
                    assert!(!field.is_list(), "{path}: no column can hold a list");
                    paths.extend(leaves(&inner, &format!("{path}.")));
                }
                _ => {
                    paths.insert(path);
                }
            }
        }
        paths
    }

    #[test]
    fn every_field_has_a_column_and_every_column_a_field() {
        for kind in Kind::ALL {
            let shape = Shape::of(kind).unwrap();
            let columns: BTreeSet<_> = kind.columns().iter().map(|one| one.path.into()).collect();
            assert_eq!(columns, leaves(&shape.message, ""), "{kind:?}");
            let names: BTreeSet<_> = kind.columns().iter().map(|one| one.name).collect();
            assert_eq!(names.len(), columns.len(), "{kind:?}: names are unique");
        }
    }

    #[test]
    fn a_column_is_found_however_it_is_written() {
        let shape = Shape::of(Kind::Registrations).unwrap();
        let named = |name: &str| shape.find(name).map(|column| shape.name(column));
        for name in [
            "contact_phone",
            "Contact Phone",
            "contact.phone",
            "contactPhone",
            "CONTACT-PHONE",
        ] {
            assert_eq!(named(name), Some("contact_phone"), "{name}");
        }
        assert_eq!(named("provider_message_id.provider"), Some("provider"));
        assert_eq!(named("teléfono"), None);
        assert_eq!(shape.nearest("contact_fone"), Some("contact_phone"));
        assert_eq!(shape.nearest("colour of the sky"), None);
    }

    #[test]
    fn all_columns_are_described() {
        for kind in Kind::ALL {
            let told = described(kind).unwrap();
            for column in kind.columns() {
                assert!(told.contains(column.name) && !column.meaning.is_empty());
            }
        }
        let told = described(Kind::Statuses).unwrap();
        assert!(told.contains("dispatch_failed") && told.contains("insufficient_balance"));
    }
}
