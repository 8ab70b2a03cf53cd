//! The conversation around a message as a table.

use acuse_proto::{
    message_state::{GetConversationResponse, conversation_message::Message as Said},
    types::{AgentRef, Content},
};
use jiff::tz::TimeZone;

use crate::output::{fitted, plain, table, time, word};

/// Characters of a text that are shown at most.
const LONGEST: usize = 200;

/// The messages, that which is shown among them marked; `None` where there is no other.
pub(super) fn talk(
    id: &str,
    conversation: &GetConversationResponse,
    zone: &TimeZone,
) -> Option<String> {
    if conversation.messages.len() < 2 {
        return None;
    }
    let mut shown = table(&["", "at", "who", "what", "state"], &[]);
    if conversation.has_earlier {
        shown.add_row(["", "…"]);
    }
    for message in &conversation.messages {
        let row = match message.message.as_ref()? {
            Said::Sent(sent) => {
                let state = word(sent.state().as_str_name(), "MESSAGE_STATE_");
                let source = word(sent.source().as_str_name(), "SOURCE_").to_lowercase();
                let agent = sent.agent.as_ref().and_then(name);
                [
                    if sent.id == id { "→" } else { "" }.to_owned(),
                    time(sent.origin_at.as_ref(), zone),
                    plain(&agent.unwrap_or(source)),
                    text(sent.content.as_ref(), sent.content_type().as_str_name()),
                    state.to_lowercase(),
                ]
            }
            Said::Received(received) => {
                let contact = received.contact.as_ref();
                let name =
                    contact.and_then(|contact| contact.name.clone().or(contact.phone.clone()));
                [
                    String::new(),
                    time(received.received_at.as_ref(), zone),
                    plain(&name.unwrap_or_else(|| "contact".to_owned())),
                    text(
                        received.content.as_ref(),
                        received.content_type().as_str_name(),
                    ),
                    "received".to_owned(),
                ]
            }
        };
        shown.add_row(row);
    }
    if conversation.has_later {
        shown.add_row(["", "…"]);
    }
    Some(fitted(shown, &[1, 2, 3], 3))
}

fn name(agent: &AgentRef) -> Option<String> {
    agent.name.clone().or_else(|| Some(agent.id.clone()))
}

/// What it says; without text what it is.
fn text(content: Option<&Content>, kind: &'static str) -> String {
    let body = content.and_then(|content| content.body.as_deref());
    match body {
        Some(body) if body.chars().count() > LONGEST => {
            let begun: String = body.chars().take(LONGEST - 1).collect();
            plain(&begun) + "…"
        }
        Some(body) => plain(body),
        None => word(kind, "CONTENT_TYPE_").to_lowercase(),
    }
}
