//! What tables say of a message, column by column, before anybody puts it into words.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    Channel, ContactRef, Content, ContentType, ConversationType, InboundMessage, MessageType,
    OutboundRegistration, Stage, StageStatus, TemplateCategory,
};

use super::Row;
use super::people::{Naming, People};
use super::template::stage_cell;
use crate::reference::evidence::{Evidence, Piece};
use crate::reference::message::{Message, first};
use crate::reference::replies::Inbound;
use crate::reference::{DAY, Key};

/// What a column says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// A text, as it came.
    Text(String),
    /// One of several texts: which of them is left open.
    OneOf(BTreeSet<String>),
    /// One of a fixed set of values: which set, and its word on the wire.
    Word(&'static str, String),
    /// Yes or no.
    Flag(bool),
    /// An instant, in microseconds.
    At(i64),
}

/// What is said of a message, by what it is about.
pub type Columns = BTreeMap<&'static str, Said>;

/// A message as tables show it.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// The message as figures count it.
    pub row: Row,
    /// What is said of it.
    pub said: Columns,
}

/// The outbound messages among `messages`. Of names none is told but the ids: whoever tells the names knows them.
pub(super) fn sent_rows<'a>(
    messages: impl Iterator<Item = &'a Message>,
    evidence: &Evidence<'_>,
) -> Vec<TableRow> {
    let people = People::of(evidence);
    messages
        .map(|message| TableRow {
            row: Row::of_outbound(message, evidence),
            said: sent(message, evidence, &people),
        })
        .collect()
}

/// The same of inbound messages.
pub(super) fn received_rows<'a>(
    messages: impl Iterator<Item = &'a Inbound>,
    evidence: &Evidence<'_>,
) -> Vec<TableRow> {
    let people = People::of(evidence);
    messages
        .map(|inbound| TableRow {
            row: Row::of_inbound(inbound, evidence),
            said: received(inbound, evidence, &people),
        })
        .collect()
}

fn sent(message: &Message, evidence: &Evidence<'_>, people: &People) -> Columns {
    let is_own = |key: &Key| message.keys.contains(key);
    let mut registrations = evidence.registrations.iter();
    let registration = registrations
        .find(|(key, _)| is_own(key))
        .map(|(_, registration)| *registration);
    let pieces = evidence.pieces.iter().filter(|(key, _)| is_own(key));
    let pieces: Vec<&Piece> = pieces.map(|(_, piece)| piece).collect();
    let mut said = Columns::new();
    where_it_stands(&mut said, message);
    what_it_is(&mut said, message, registration);
    what_it_is_part_of(&mut said, message, registration, &pieces);
    let contact = registration.and_then(|it| it.contact.as_ref());
    let naming = match registration {
        Some(it) => Naming::new(contact, it.channel(), &it.channel_account_id),
        None => told_naming(&pieces),
    };
    let line = message.channel_account.as_deref();
    let on = message.channel.zip(line);
    said.extend(people.named(message.contact, on, naming.as_slice()));
    said.insert("destination", destination(contact));
    said.insert("registered", Said::Flag(message.registered));
    said.insert("message_id", message_ids(message));
    said.insert("reply", reply(message, evidence));
    said
}

/// How the statuses of a message that nobody registered name whom it went to: as the least of those does that name anybody.
fn told_naming(pieces: &[&Piece]) -> Option<Naming> {
    let told = |piece: &Piece| piece.recipient.clone().zip(piece.sender.clone());
    let (who, (channel, account)) = first(pieces, told)?;
    Naming::new(Some(&who), channel, &account)
}

fn where_it_stands(said: &mut Columns, message: &Message) {
    said.insert("origin", Said::At(message.origin));
    let state = message.standing.state;
    said.insert(
        "state",
        word("state", state.as_str_name(), "MESSAGE_STATE_"),
    );
    for (stage, name, at) in [
        (Stage::Dispatch, "dispatch", "dispatched_at"),
        (Stage::Send, "send", "sent_at"),
        (Stage::Delivery, "delivery", "delivered_at"),
        (Stage::Read, "read", "read_at"),
    ] {
        let cell = stage_cell(message, stage);
        let status = cell.status.as_str_name();
        said.insert(name, word("stage", status, "STAGE_STATUS_"));
        said.insert(at, cell.at.map_or(Said::Nothing, Said::At));
        let reached = cell.at.filter(|_| cell.status == StageStatus::Succeeded);
        let name = match stage {
            Stage::Dispatch => "reached_dispatch",
            Stage::Send => "reached_send",
            Stage::Delivery => "reached_delivery",
            _ => "reached_read",
        };
        said.insert(name, reached.map_or(Said::Nothing, Said::At));
    }
    let replied_at = message.replied_at();
    said.insert("replied", Said::Flag(replied_at.is_some()));
    said.insert("replied_at", replied_at.map_or(Said::Nothing, Said::At));
    let failure = message.standing.failure.as_ref();
    let failure = failure.filter(|_| message.has_failed());
    said.insert(
        "failed_at",
        failure.map_or(Said::Nothing, |it| Said::At(it.at)),
    );
    said.insert("code", text(failure.map(|failure| failure.code.clone())));
    said.insert("title", text(failure.map(|failure| failure.title.clone())));
    let opened = message.session_open.map_or(Said::Nothing, Said::Flag);
    said.insert("session_open", opened);
}

fn what_it_is(said: &mut Columns, message: &Message, registration: Option<&OutboundRegistration>) {
    let of = &message.of;
    let source = message.source;
    said.insert("source", word("source", source.as_str_name(), "SOURCE_"));
    let channel = message.channel.map(|it| it.as_str_name());
    said.insert("channel", words("channel", channel, "CHANNEL_"));
    let kind = of.kind.and_then(|it| MessageType::try_from(it).ok());
    let kind = kind.map(|it| it.as_str_name());
    said.insert("type", words("type", kind, "MESSAGE_TYPE_"));
    let content = of
        .content_type
        .and_then(|it| ContentType::try_from(it).ok());
    let content = content.map(|it| it.as_str_name());
    said.insert(
        "content_type",
        words("content_type", content, "CONTENT_TYPE_"),
    );
    let conversation = message
        .conversation_type
        .map(|it: ConversationType| it.as_str_name());
    let section = "conversation_type";
    said.insert(section, words(section, conversation, "CONVERSATION_TYPE_"));
    let category = of.template_category;
    let category = category.and_then(|it| TemplateCategory::try_from(it).ok());
    let category = category.map(|it| it.as_str_name());
    let section = "template_category";
    said.insert(section, words(section, category, "TEMPLATE_CATEGORY_"));
    let template = registration.and_then(|it| match &it.subtype {
        Some(Subtype::Template(template)) => Some(template),
        _ => None,
    });
    said.insert("template_id", text(template.and_then(|it| it.id.clone())));
    let name = template.and_then(|it| it.name.clone().or(it.id.clone()));
    said.insert("template", text(name));
    said.insert("subtype", text(of.subtype.clone()));
    said.insert("content", text(message.body.clone()));
}

fn what_it_is_part_of(
    said: &mut Columns,
    message: &Message,
    registration: Option<&OutboundRegistration>,
    pieces: &[&Piece],
) {
    let of = &message.of;
    let line = message.channel_account.as_deref();
    let account = line.and_then(|line| line.split_once(':'));
    said.insert(
        "channel_account",
        text(account.map(|(_, id)| id.to_owned())),
    );
    for (name, id) in [
        ("account", &of.account),
        ("campaign", &of.campaign),
        ("department", &of.department),
        ("agent", &of.agent),
    ] {
        said.insert(name, text(id.clone()));
    }
    let in_time = pieces.iter().copied();
    let in_time: Vec<&Piece> = in_time
        .filter(|piece| piece.at - message.origin <= 30 * DAY)
        .collect();
    let conversation = first(&in_time, |piece| piece.conversation.clone()).unwrap_or_default();
    let expires = conversation.expires_at.as_ref();
    let expires = expires.map(crate::reference::micros);
    said.insert(
        "conversation_expires_at",
        expires.map_or(Said::Nothing, Said::At),
    );
    let registered = registration.and_then(|it| it.conversation_id.clone());
    said.insert("conversation_id", text(registered.or(conversation.id)));
    let correlation = match registration {
        Some(it) => it.correlation_id.clone(),
        None => first(pieces, |piece| piece.correlation_id.clone()),
    };
    said.insert("correlation_id", text(correlation));
    let ticket = registration.and_then(|it| it.ticket_id.clone());
    said.insert("ticket_id", text(ticket));
}

/// To which number it went, as given; without one, whether any id stands there is left open.
fn destination(contact: Option<&ContactRef>) -> Said {
    let Some(contact) = contact else {
        return Said::Nothing;
    };
    if let Some(phone) = &contact.phone {
        return Said::Text(phone.clone());
    }
    let ids = [
        contact.channel_user_id.clone(),
        contact.page_scoped_id.clone(),
        contact.business_scoped_user_id.clone(),
        None,
    ];
    one_of(ids.into_iter())
}

/// The sender's own id, else one that a provider gave, else whatever Acuse made up.
fn message_ids(message: &Message) -> Said {
    let own = message.keys.iter().find_map(|key| match key {
        Key::Sender(id) => Some(id.clone()),
        Key::Provider(..) => None,
    });
    let told = message.keys.iter().map(|key| match key {
        Key::Sender(id) | Key::Provider(_, _, id) => id.clone(),
    });
    own.map_or_else(|| Said::OneOf(told.collect()), Said::Text)
}

/// What the first reply says: its text, or what was clicked.
fn reply(message: &Message, evidence: &Evidence<'_>) -> Said {
    let first: BTreeSet<&Key> = message
        .first_replies()
        .map(|reply| &reply.inbound)
        .collect();
    let of_first = tellings(evidence, |key| first.contains(key));
    one_of(of_first.map(|told| body(told.content.as_ref()).or(title(told))))
}

fn received(inbound: &Inbound, evidence: &Evidence<'_>, people: &People) -> Columns {
    let mut said = Columns::new();
    said.insert("received_at", Said::At(inbound.at));
    let channel: Channel = inbound.channel;
    said.insert(
        "channel",
        word("channel", channel.as_str_name(), "CHANNEL_"),
    );
    let account = inbound.channel_account.split_once(':');
    said.insert(
        "channel_account",
        text(account.map(|(_, id)| id.to_owned())),
    );
    said.insert("campaign", text(inbound.of.campaign.clone()));
    said.insert("agent", text(inbound.of.agent.clone()));
    let content = ContentType::try_from(inbound.content_type).ok();
    let content = content.map(|it| it.as_str_name());
    said.insert(
        "content_type",
        words("content_type", content, "CONTENT_TYPE_"),
    );
    let told = tellings(evidence, |key| *key == inbound.key);
    said.insert(
        "content",
        one_of(told.map(|told| title(told).or(body(told.content.as_ref())))),
    );
    let namings = tellings(evidence, |key| *key == inbound.key)
        .filter_map(|it| Naming::new(it.contact.as_ref(), it.channel(), &it.channel_account_id));
    let namings: Vec<Naming> = namings.collect();
    let on = Some((inbound.channel, inbound.channel_account.as_str()));
    said.extend(people.named(Some(inbound.contact), on, &namings));
    said
}

/// Everything that was told of some inbound messages.
fn tellings<'a>(
    evidence: &'a Evidence<'_>,
    of: impl Fn(&Key) -> bool + 'a,
) -> impl Iterator<Item = &'a InboundMessage> {
    let all = evidence.inbound.iter().map(|(_, told)| *told);
    all.filter(move |told| {
        let key = told.provider_message_id.as_ref().map(Key::from);
        key.is_some_and(|key| of(&key))
    })
}

fn body(content: Option<&Content>) -> Option<String> {
    content.and_then(|content| content.body.clone())
}

fn title(told: &InboundMessage) -> Option<String> {
    told.button.as_ref().and_then(|button| button.title.clone())
}

fn text(text: Option<String>) -> Said {
    let text = text.filter(|text| !text.is_empty());
    text.map_or(Said::Nothing, Said::Text)
}

/// Any of these; nothing is written as an empty text.
pub(super) fn one_of(texts: impl Iterator<Item = Option<String>>) -> Said {
    let texts: BTreeSet<String> = texts.map(Option::unwrap_or_default).collect();
    match texts.is_empty() {
        true => Said::Nothing,
        false => Said::OneOf(texts),
    }
}

fn word(section: &'static str, name: &str, prefix: &str) -> Said {
    words(section, Some(name), prefix)
}

fn words(section: &'static str, name: Option<&str>, prefix: &str) -> Said {
    let word = name.and_then(|name| name.strip_prefix(prefix));
    let word = word.map(str::to_lowercase);
    let word = word.filter(|word| word != "unspecified");
    word.map_or(Said::Nothing, |word| Said::Word(section, word))
}
