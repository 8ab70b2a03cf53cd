//! Finds what was said around a message.

use acuse_domain::error::Result;
use acuse_domain::inbound::Inbound;
use acuse_domain::scope::Scope;
use acuse_domain::shown::ReceivedDetails;
use acuse_store::read::{Lookup, Said};

use crate::get_message::{Found, found, not_found, open};
use crate::parts::Parts;

/// A message of a conversation, as it is now.
pub(crate) enum Spoken {
    /// Sent by the business.
    Sent(Box<Found>),
    /// Sent by the contact.
    Received(Box<(Inbound, ReceivedDetails)>),
}

/// A part of a conversation.
pub(crate) struct Around {
    /// The oldest first.
    pub(crate) messages: Vec<Spoken>,
    pub(crate) has_earlier: bool,
    pub(crate) has_later: bool,
}

/// The message and as many before and after it as asked for, as far as `scope` shows them.
///
/// # Errors
///
/// NOT_FOUND, the same for a message that does not exist and for one that the scope does not show.
pub(crate) async fn get_conversation(
    parts: &Parts,
    scope: &Scope,
    lookup: Lookup,
    sides: (usize, usize),
) -> Result<Around> {
    let scoped = open(parts, scope).await?;
    let conversation = scoped.conversation(lookup, sides).await?;
    let conversation = conversation.ok_or_else(not_found)?;
    let (workspace, now) = (scoped.workspace(), parts.clock.now());
    let messages = conversation.messages.into_iter().map(|said| match said {
        Said::Sent(view) => Spoken::Sent(Box::new(found(*view, workspace, now))),
        Said::Received(received) => Spoken::Received(received),
    });
    Ok(Around {
        messages: messages.collect(),
        has_earlier: conversation.has_earlier,
        has_later: conversation.has_later,
    })
}
