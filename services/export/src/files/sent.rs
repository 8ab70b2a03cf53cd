//! Tables of outbound messages: the list, the failed ones, all in detail, and those that users sent as templates.

use std::borrow::Cow;

use acuse_domain::glossary::comment;
use acuse_domain::kinds::{
    Channel, ContentType, ConversationType, MessageState, MessageType, Provider, Source,
    StageStatus, TemplateCategory,
};
use acuse_domain::time::Timestamp;
use acuse_proto::types::message::Subtype;
use acuse_proto::types::{Message, StageView};

use super::cell::Cell;
use super::table::{Column, Kind, Table};
use super::told::{
    account_name, account_phone, agent_name, contact_id, contact_name, contact_phone, failure_text,
    instant, name_of, state_cell, template_of, value,
};
use super::words::Words;

type Sent = Column<Message>;

/// The list of outbound messages.
pub(crate) const OUTBOUND: Table<Message> = Table {
    id: "outbound",
    columns: &[
        TIMESTAMP,
        SOURCE,
        USER,
        CONTACT_ID,
        CONTACT_NAME,
        DELIVERED_AT,
        READ_AT,
        CHANNEL,
        TYPE,
        SUBTYPE,
        CONTENT,
    ],
};

/// The list of messages that failed.
pub(crate) const FAILED: Table<Message> = Table {
    id: "failed",
    columns: &[
        FAILED_AT,
        SOURCE,
        USER,
        CONTACT_ID,
        CONTACT_NAME,
        CHANNEL,
        TYPE,
        SUBTYPE,
        CONTENT,
        ERROR,
    ],
};

/// Every outbound message in detail.
pub(crate) const DETAILED_SENT: Table<Message> = Table {
    id: "detailed_sent",
    columns: &[
        SENT_AT,
        STATE_AND_REASON,
        PHONE,
        CHANNEL_ACCOUNT_PHONE,
        ACCOUNT,
        CAMPAIGN,
        AGENT,
        CONTENT_TYPE,
        CONTENT,
        SESSION_OPEN,
        CORRELATION_ID,
        CONVERSATION_ID,
        CONVERSATION_TYPE,
        CONVERSATION_EXPIRES_AT,
    ],
};

/// Template messages that a user sent.
pub(crate) const INDIVIDUAL_SENDS: Table<Message> = Table {
    id: "individual_sends",
    columns: &[
        TEMPLATE,
        TEMPLATE_CATEGORY,
        SENT_AT,
        DEPARTMENT,
        USER_EMAIL,
        AGENT,
        MESSAGE_ID,
        PHONE,
        STATE,
        TICKET_INTERNAL_ID,
        TICKET_ID,
        CHANNEL_ACCOUNT_PHONE,
        CHANNEL_ACCOUNT,
        REPLY,
    ],
};

const TIMESTAMP: Sent = Column::new("timestamp", Kind::Moment, |row, words| {
    words.moment(instant(row.origin_at))
});

const FAILED_AT: Sent = Column::new("timestamp", Kind::Moment, |row, words| {
    let failed = row.failure.as_ref().and_then(|failure| failure.failed_at);
    words.moment(instant(failed))
});

const SOURCE: Sent = Column::new("source", Kind::Word, |row, words| words.source(source(row)));

/// An agent may be told of what a bot or a broadcast sent as well: they are no users who sent it.
const USER: Sent = Column::new("user", Kind::Text, |row, _| {
    let agent = row.agent.as_ref();
    Cell::text(
        agent
            .filter(|_| source(row) == Some(Source::User))
            .map(agent_name),
    )
});

const AGENT: Sent = Column::new("user", Kind::Text, |row, _| {
    Cell::text(row.agent.as_ref().map(agent_name))
});

const USER_EMAIL: Sent = Column::new("user_email", Kind::Text, |row, _| {
    let agent = row.agent.as_ref();
    Cell::text(agent.and_then(|agent| agent.email.as_deref()))
});

const CONTACT_ID: Sent = Column::new("contact_id", Kind::Code, |row, _| {
    contact_id(row.contact.as_ref())
});

const CONTACT_NAME: Sent = Column::new("contact_name", Kind::Text, |row, _| {
    contact_name(row.contact.as_ref())
});

const PHONE: Sent = Column::new("phone", Kind::Code, |row, _| {
    contact_phone(row.contact.as_ref())
});

const DELIVERED_AT: Sent = Column::new("delivered_at", Kind::Moment, |row, words| {
    words.moment(succeeded(row.delivery.as_ref()))
});

const READ_AT: Sent = Column::new("read_at", Kind::Moment, |row, words| {
    words.moment(succeeded(row.read.as_ref()))
});

/// Where the provider does not say when it sent a message: when it left.
const SENT_AT: Sent = Column::new("sent_at", Kind::Moment, |row, words| {
    let sent = succeeded(row.send.as_ref()).or_else(|| succeeded(row.dispatch.as_ref()));
    words.moment(sent)
});

const CHANNEL: Sent = Column::new("channel", Kind::Word, |row, words| {
    words.channel(value(Channel::ALL, row.channel()))
});

const TYPE: Sent = Column::new("type", Kind::Word, |row, words| {
    words.message_type(value(MessageType::ALL, row.r#type()))
});

const SUBTYPE: Sent = Column::new("subtype", Kind::Text, |row, _| match &row.subtype {
    Some(Subtype::Template(template)) => template_of(template),
    Some(Subtype::MessageTag(tag)) => Cell::text(Some(tag)),
    None => Cell::Nothing,
});

const TEMPLATE: Sent = Column::new("template", Kind::Text, |row, _| match &row.subtype {
    Some(Subtype::Template(template)) => template_of(template),
    _ => Cell::Nothing,
});

const TEMPLATE_CATEGORY: Sent = Column::new("template_category", Kind::Word, |row, words| {
    let category = match &row.subtype {
        Some(Subtype::Template(template)) => value(TemplateCategory::ALL, template.category()),
        _ => None,
    };
    words.template_category(category)
});

const CONTENT: Sent = Column::new("content", Kind::LongText, |row, _| {
    let content = row.content.as_ref();
    Cell::text(content.and_then(|content| content.body.as_deref()))
});

const CONTENT_TYPE: Sent = Column::new("content_type", Kind::Word, |row, words| {
    words.content_type(value(ContentType::ALL, row.content_type()))
});

const ERROR: Sent = Column::new("error", Kind::LongText, |row, words| {
    Cell::text(reason(row, words))
});

const STATE: Sent = Column::new("state", Kind::Word, |row, words| {
    state_cell(words, state(row))
});

const STATE_AND_REASON: Sent = Column::new("state", Kind::LongText, |row, words| {
    let cell = state_cell(words, state(row));
    match (cell, reason(row, words)) {
        (Cell::Word { name, word }, Some(reason)) if !reason.is_empty() => {
            Cell::Stated { name, word, reason }
        }
        (cell, _) => cell,
    }
});

const CHANNEL_ACCOUNT_PHONE: Sent = Column::new("channel_account_phone", Kind::Code, |row, _| {
    account_phone(row.channel_account.as_ref())
});

const CHANNEL_ACCOUNT: Sent = Column::new("channel_account", Kind::Text, |row, _| {
    account_name(row.channel_account.as_ref())
});

const ACCOUNT: Sent = Column::new("account", Kind::Text, |row, _| {
    Cell::text(row.account.as_ref().map(name_of))
});

const CAMPAIGN: Sent = Column::new("campaign", Kind::Text, |row, _| {
    Cell::text(row.campaign.as_ref().map(name_of))
});

const DEPARTMENT: Sent = Column::new("department", Kind::Text, |row, _| {
    Cell::text(row.department.as_ref().map(name_of))
});

const SESSION_OPEN: Sent = Column::new("session_open", Kind::Word, |row, words| {
    row.session_open
        .map_or(Cell::Nothing, |is_open| words.flag(is_open))
});

const CORRELATION_ID: Sent = Column::new("correlation_id", Kind::Code, |row, _| {
    Cell::code(row.correlation_id.as_deref())
});

const CONVERSATION_ID: Sent = Column::new("conversation_id", Kind::Code, |row, _| {
    let conversation = row.conversation.as_ref();
    Cell::code(conversation.and_then(|conversation| conversation.id.as_deref()))
});

const CONVERSATION_TYPE: Sent = Column::new("conversation_type", Kind::Word, |row, words| {
    words.conversation_type(value(ConversationType::ALL, row.conversation_type()))
});

const CONVERSATION_EXPIRES_AT: Sent =
    Column::new("conversation_expires_at", Kind::Moment, |row, words| {
        let conversation = row.conversation.as_ref();
        words.moment(instant(conversation.and_then(|it| it.expires_at)))
    });

/// Its id for people: the sender's own, else a provider's, else Acuse's.
const MESSAGE_ID: Sent = Column::new("message_id", Kind::Code, |row, _| {
    let told = row.provider_message_ids.first().map(|id| id.id.as_str());
    let own = row.sender_message_id.as_deref().or(told);
    Cell::code(Some(own.unwrap_or(&row.id)))
});

/// A registration knows one id of its ticket, the one in the business's desk system. Both columns that people ask for show it: a
/// desk that tells an internal id from the one that people see has one place to say either.
const TICKET_INTERNAL_ID: Sent = Column::new("ticket_internal_id", Kind::Code, |row, _| {
    Cell::code(row.ticket_id.as_deref())
});

const TICKET_ID: Sent = Column::new("ticket_id", Kind::Code, |row, _| {
    Cell::code(row.ticket_id.as_deref())
});

const REPLY: Sent = Column::new("reply", Kind::LongText, |row, _| {
    let reply = row.reply.as_ref();
    Cell::text(reply.and_then(|reply| reply.text.as_deref()))
});

fn source(row: &Message) -> Option<Source> {
    value(Source::ALL, row.source())
}

fn state(row: &Message) -> Option<MessageState> {
    value(MessageState::ALL, row.state())
}

/// When a stage was reached by its own evidence; not when the message failed there.
fn succeeded(view: Option<&StageView>) -> Option<Timestamp> {
    let view = view?;
    let status = value(StageStatus::ALL, view.status());
    instant(view.at).filter(|_| status == Some(StageStatus::Succeeded))
}

/// Why a message failed; `None` for one that did not, whatever failure stays on it.
fn reason(row: &Message, words: &Words) -> Option<Cow<'static, str>> {
    let state = state(row)?;
    if !matches!(state, MessageState::Failed | MessageState::DispatchFailed) {
        return None;
    }
    let failure = row.failure.as_ref()?;
    let provider = value(Provider::ALL, failure.provider()).unwrap_or(Provider::Other);
    let told = failure
        .failure
        .as_ref()
        .map(failure_text)
        .unwrap_or_default();
    Some(comment(words.language(), state, provider, told))
}

#[cfg(test)]
pub(super) mod tests;
