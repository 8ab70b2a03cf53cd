//! `acuse report list`: the messages themselves, the newest first.

use acuse_proto::reporting::{
    Basis, ListFailedMessagesRequest, ListFailedMessagesResponse, ListInboundMessagesRequest,
    ListInboundMessagesResponse, ListInfo, ListOutboundMessagesRequest,
    ListOutboundMessagesResponse, saved_report::Report,
};
use acuse_proto::types::{
    AgentRef, ContactRef, Content, Message, ReceivedMessage, message::Subtype,
};
use clap::ValueEnum;
use jiff::{Timestamp, tz::TimeZone};

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, csv, look,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{fitted, note, number, plain, say, table},
};

/// Messages of a page at most.
const LARGEST_PAGE: usize = 1_000;

/// Letters of a text that a table shows.
const SHOWN: usize = 60;

/// Lists messages, the newest first, up to 10,000. With --counted-in they are those of a figure of any report. The texts of the
/// messages are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which messages
    #[arg(value_name = "WHICH")]
    which: Which,
    /// How many to show
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Messages of the business
    Outbound,
    /// Messages of contacts
    Inbound,
    /// Messages of the business that failed
    Failed,
}

impl Args {
    /// Connects, and puts together what is asked for, with the first page.
    pub(super) async fn asked(self) -> Result<(Asking, Report)> {
        let asking = self.ask.begin().await?;
        let question = Some(asking.question.clone());
        let page_size = i32::try_from(self.limit).unwrap_or(i32::MAX);
        let page_token = String::new();
        let report = match self.which {
            Which::Outbound => Report::OutboundMessages(ListOutboundMessagesRequest {
                question,
                page_size,
                page_token,
            }),
            Which::Inbound => Report::InboundMessages(ListInboundMessagesRequest {
                question,
                page_size,
                page_token,
            }),
            Which::Failed => Report::FailedMessages(ListFailedMessagesRequest {
                question,
                page_size,
                page_token,
            }),
        };
        Ok((asking, report))
    }
}

/// Shows the list.
pub(super) async fn run(args: Args) -> Result<()> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let asking = args.ask.begin().await?;
    match args.which {
        Which::Outbound => print_outbound(&outbound(&asking, limit).await?, &args.form),
        Which::Inbound => print_inbound(&inbound(&asking, limit).await?, &args.form),
        Which::Failed => print_failed(&failed(&asking, limit).await?, &args.form),
    }
}

/// Prints outbound messages.
pub(super) fn print_outbound(found: &ListOutboundMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListOutboundMessagesResponse",
        found,
        |found| lines(&found.messages, SENT),
        |found| show(&found.messages, found.info.as_ref(), SENT_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Prints inbound messages.
pub(super) fn print_inbound(found: &ListInboundMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListInboundMessagesResponse",
        found,
        |found| lines(&found.messages, RECEIVED),
        |found| show(&found.messages, found.info.as_ref(), RECEIVED_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Prints messages that failed.
pub(super) fn print_failed(found: &ListFailedMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListFailedMessagesResponse",
        found,
        |found| lines(&found.messages, FAILED),
        |found| show(&found.messages, found.info.as_ref(), FAILED_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Gets the pages of a list up to a limit, together as one answer.
macro_rules! pages {
    ($name:ident, $call:ident, $request:ident, $response:ident) => {
        async fn $name(asking: &Asking, limit: usize) -> Result<$response> {
            let mut found = $response::default();
            loop {
                let missing = (limit - found.messages.len()).min(LARGEST_PAGE);
                let request = $request {
                    question: Some(asking.question.clone()),
                    page_size: i32::try_from(missing).unwrap_or(i32::MAX),
                    page_token: found.next_page_token,
                };
                let page = asking.get("list the messages", request, Client::$call);
                let page = page.await?;
                found.messages.extend(page.messages);
                found.next_page_token = page.next_page_token;
                // What the list rests on comes with its first page.
                found.info = found.info.or(page.info);
                if found.next_page_token.is_empty() || found.messages.len() >= limit {
                    return Ok(found);
                }
            }
        }
    };
}

pages!(
    outbound,
    list_outbound_messages,
    ListOutboundMessagesRequest,
    ListOutboundMessagesResponse
);
pages!(
    inbound,
    list_inbound_messages,
    ListInboundMessagesRequest,
    ListInboundMessagesResponse
);
pages!(
    failed,
    list_failed_messages,
    ListFailedMessagesRequest,
    ListFailedMessagesResponse
);

/// Says that there are more than were shown.
fn say_rest(info: Option<&ListInfo>, shown: usize) {
    let total = info.map_or(0, |info| info.total_size);
    let beyond = info.map_or(0, |info| info.beyond_reach);
    if usize::try_from(total).is_ok_and(|total| total > shown) {
        note(&format!("{} of {} messages", number(shown), number(total)));
    }
    if beyond > 0 {
        note(&format!(
            "{} are beyond what a list reaches: `acuse export` gives them all",
            number(beyond)
        ));
    }
}

/// A column: its name, and what it shows of a message; times by a zone.
type Column<T> = (&'static str, fn(&T, &TimeZone) -> String);

/// What other programs are told of outbound messages.
const SENT: &[Column<Message>] = &[
    ("message_id", |it, _| it.id.clone()),
    ("origin_at", |it, _| instant(it.origin_at)),
    ("source", |it, _| it.source().word()),
    ("user", |it, _| agent(it.agent.as_ref())),
    ("contact_id", |it, _| contact_id(it.contact.as_ref())),
    ("contact_name", |it, _| contact_name(it.contact.as_ref())),
    ("delivered_at", |it, _| {
        instant(it.delivery.and_then(|stage| stage.at))
    }),
    ("read_at", |it, _| {
        instant(it.read.and_then(|stage| stage.at))
    }),
    ("channel", |it, _| channel(it)),
    ("type", |it, _| kind(it)),
    ("subtype", |it, _| subtype(it)),
    ("state", |it, _| it.state().word()),
    ("content", |it, _| body(it.content.as_ref())),
];

/// The same of those that failed.
const FAILED: &[Column<Message>] = &[
    ("message_id", |it, _| it.id.clone()),
    ("failed_at", |it, _| instant(failed_at(it))),
    ("source", |it, _| it.source().word()),
    ("user", |it, _| agent(it.agent.as_ref())),
    ("contact_id", |it, _| contact_id(it.contact.as_ref())),
    ("contact_name", |it, _| contact_name(it.contact.as_ref())),
    ("channel", |it, _| channel(it)),
    ("type", |it, _| kind(it)),
    ("subtype", |it, _| subtype(it)),
    ("content", |it, _| body(it.content.as_ref())),
    ("error", |it, _| error(it)),
];

/// The same of inbound messages.
const RECEIVED: &[Column<ReceivedMessage>] = &[
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
const SENT_TABLE: &[Column<Message>] = &[
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
const FAILED_TABLE: &[Column<Message>] = &[
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
const RECEIVED_TABLE: &[Column<ReceivedMessage>] = &[
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

fn lines<T>(messages: &[T], columns: &[Column<T>]) -> Result<()> {
    csv::line(columns.iter().map(|(name, _)| *name))?;
    for message in messages {
        let cells = columns
            .iter()
            .map(|(_, cell)| cell(message, &TimeZone::UTC));
        csv::line(cells)?;
    }
    Ok(())
}

fn show<T>(messages: &[T], info: Option<&ListInfo>, columns: &[Column<T>]) -> Result<()> {
    let rests_on: Basis = info.and_then(|info| info.basis.clone()).unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    if messages.is_empty() {
        return say("there is no such message");
    }
    say(&rows(messages, columns, &zone))
}

fn rows<T>(messages: &[T], columns: &[Column<T>], zone: &TimeZone) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut shown = table(&names, &[]);
    for message in messages {
        let cells = columns.iter().map(|(_, cell)| plain(&cell(message, zone)));
        shown.add_row(cells);
    }
    let texts: Vec<usize> = (1..columns.len() - 1).collect();
    fitted(shown, &texts, 3)
}

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

fn agent(agent: Option<&AgentRef>) -> String {
    let name = agent.map(|agent| agent.name.clone().unwrap_or_else(|| agent.id.clone()));
    name.unwrap_or_default()
}

/// Who or what sent it: the agent, where it was one.
fn source(message: &Message) -> String {
    match message.agent.as_ref() {
        Some(sender) => agent(Some(sender)),
        None => message.source().word(),
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

/// The id that the business knows the contact by, else any that the channel does.
fn contact_id(contact: Option<&ContactRef>) -> String {
    let id = contact.and_then(|contact| {
        let ids = [
            &contact.external_id,
            &contact.phone,
            &contact.channel_user_id,
            &contact.business_scoped_user_id,
            &contact.page_scoped_id,
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
    use acuse_proto::types::{Channel, MessageState, MessageType, Source};

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
    fn a_table_shows_the_beginning_of_a_text_and_no_escape_code() {
        let shown = rows(&[message()], SENT_TABLE, &TimeZone::UTC);
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
