//! What WhatsApp tells of a message's price and conversation, also through those who pass it on.

use acuse_domain::evidence::{Conversation, Pricing};

use crate::json::{Node, later_instant};

/// How a message is charged; the model has these names.
pub(crate) fn pricing(pricing: Node<'_>, model: &[&str]) -> Option<Pricing> {
    let pricing = Pricing {
        billable: pricing.get("billable").flag(),
        category: pricing.get("category").short(),
        price_type: pricing.get("type").short(),
        model: pricing.first(model).short(),
        ..Pricing::default()
    };
    Some(pricing).filter(|pricing| *pricing != Pricing::default())
}

/// The conversation that a message is part of; its end has these names.
pub(crate) fn conversation(conversation: Node<'_>, end: &[&str]) -> Option<Conversation> {
    let origin = conversation.get("origin");
    let conversation = Conversation {
        id: conversation.get("id").short(),
        origin: origin.get("type").short().or_else(|| origin.short()),
        expires_at: later_instant(conversation.first(end)),
    };
    Some(conversation).filter(|conversation| *conversation != Conversation::default())
}
