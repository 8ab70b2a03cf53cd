//! What a message shows beside what is counted: texts, and names in place of numbers.

use crate::contact::ContactRef;
use crate::identity::ProviderMessageId;
use crate::inbound::ButtonClick;
use crate::registration::{Content, NamedRef, TemplateRef};

/// What an outbound message shows.
#[derive(Debug, Clone, Default)]
pub struct MessageDetails {
    /// The sender's own id.
    pub sender_message_id: Option<String>,
    /// Every id that a provider gave it.
    pub provider_message_ids: Vec<ProviderMessageId>,
    /// The sending identity.
    pub channel_account: Option<NamedRef>,
    /// Phone number of the sending identity.
    pub channel_account_phone: Option<String>,
    /// To whom.
    pub contact: Option<ContactRef>,
    /// The template; of templates only.
    pub template: Option<TemplateRef>,
    /// The tag; of tagged messages only.
    pub message_tag: Option<String>,
    /// The sub-account.
    pub account: Option<NamedRef>,
    /// The campaign.
    pub campaign: Option<NamedRef>,
    /// The broadcast.
    pub broadcast: Option<NamedRef>,
    /// Who sent it.
    pub agent: Option<NamedRef>,
    /// Their team.
    pub team: Option<NamedRef>,
    /// The department.
    pub department: Option<NamedRef>,
    /// What it says.
    pub content: Content,
    /// The ticket that it is part of.
    pub ticket_id: Option<String>,
    /// The conversation, as registered.
    pub conversation_id: Option<String>,
    /// The sender's own text, as registered.
    pub correlation_id: Option<String>,
    /// Text of the first reply.
    pub reply_text: Option<String>,
    /// The button that the first reply is a click on.
    pub reply_button: Option<ButtonClick>,
    /// Whether it waits for word since more than 30 local days.
    pub is_unconfirmed: bool,
}

/// What an inbound message shows; agent, department and the like are those of the message that it answers.
#[derive(Debug, Clone, Default)]
pub struct ReceivedDetails {
    /// The id that its provider gave it.
    pub provider_message_id: Option<ProviderMessageId>,
    /// The identity of the business that received it.
    pub channel_account: Option<NamedRef>,
    /// Phone number of that identity.
    pub channel_account_phone: Option<String>,
    /// From whom.
    pub contact: Option<ContactRef>,
    /// What it says.
    pub content: Content,
    /// The button that it is a click on.
    pub button: Option<ButtonClick>,
    /// The sub-account.
    pub account: Option<NamedRef>,
    /// The campaign.
    pub campaign: Option<NamedRef>,
    /// Who sent it.
    pub agent: Option<NamedRef>,
    /// Their team.
    pub team: Option<NamedRef>,
    /// The department.
    pub department: Option<NamedRef>,
}
