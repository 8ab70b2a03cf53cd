//! A stored message for the wire.

use acuse_proto::convert::{message, received_message};
use acuse_proto::message_state::conversation_message;
use acuse_proto::message_state::{ConversationMessage, GetConversationResponse};
use acuse_proto::types::Message;

use crate::get_conversation::{Around, Spoken};
use crate::get_message::Found;

/// A part of a conversation with everything that is shown of its messages.
pub(super) fn around(around: Around) -> GetConversationResponse {
    let messages = around.messages.into_iter().map(|spoken| {
        let message = match spoken {
            Spoken::Sent(found) => conversation_message::Message::Sent(to_wire(*found)),
            Spoken::Received(received) => {
                let (inbound, details) = *received;
                conversation_message::Message::Received(received_message(&inbound, details))
            }
        };
        ConversationMessage {
            message: Some(message),
        }
    });
    GetConversationResponse {
        messages: messages.collect(),
        has_earlier: around.has_earlier,
        has_later: around.has_later,
    }
}

/// A message with everything that is shown of it.
pub(super) fn to_wire(found: Found) -> Message {
    let language = found.workspace.spoken();
    let (outbound, details) = found.view.into_details(found.is_unconfirmed);
    message(&outbound, details, language)
}
