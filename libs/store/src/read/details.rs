//! Names in place of numbers.

use std::collections::HashMap;

use acuse_domain::contact::ContactRef;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::MessageType;
use acuse_domain::names::{Dimension, id_on_channel};
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::{NamedRef, TemplateRef};
use acuse_domain::shown::MessageDetails;

use super::view::MessageView;
use crate::message_state::directory::Entry;

impl MessageView {
    /// The message, and what is shown of it; where it waits for word, whether it does so since more than 30 local days.
    pub fn into_details(self, is_unconfirmed: bool) -> (Outbound, MessageDetails) {
        let from = self.message.attribution();
        let names = Names(&self.names);
        let channel_account = names.entry(Dimension::ChannelAccount, from.channel_account);
        let template = names
            .entry(Dimension::Template, from.template)
            .map(|entry| TemplateRef {
                category: from.template_category.or(entry.label.category),
                ..TemplateRef::known_as(entry.external_id, entry.label)
            })
            .filter(|_| from.kind == Some(MessageType::Template));
        let message_tag = names
            .entry(Dimension::Subtype, from.subtype)
            .map(|entry| entry.external_id)
            .filter(|_| from.kind == Some(MessageType::MessageTag));
        let button = self.reply_button.as_ref();
        let button_title = button.and_then(|click| click.title.clone());
        let details = MessageDetails {
            channel_account_phone: phone_of(channel_account.as_ref()),
            channel_account: channel_account.map(on_channel),
            template,
            message_tag,
            account: names.named(Dimension::Account, from.account),
            campaign: names.named(Dimension::Campaign, from.campaign),
            broadcast: names.named(Dimension::Broadcast, from.broadcast),
            agent: names.named(Dimension::Agent, from.agent),
            team: names.named(Dimension::Team, from.team),
            department: names.named(Dimension::Department, from.department),
            sender_message_id: self.sender_message_id,
            provider_message_ids: self.provider_message_id.into_iter().collect(),
            contact: Some(self.contact).filter(|contact| *contact != ContactRef::default()),
            content: self.content,
            ticket_id: self.ticket_id,
            conversation_id: self.conversation_id,
            correlation_id: self.correlation_id,
            reply_text: self
                .reply_content
                .and_then(|content| content.body)
                .or(button_title),
            reply_button: self.reply_button,
            is_unconfirmed,
        };
        (self.message, details)
    }
}

/// Entries by their numbers.
pub(super) struct Names<'a>(pub(super) &'a HashMap<(Dimension, NameId), Entry>);

impl Names<'_> {
    pub(super) fn entry(&self, dimension: Dimension, number: Option<NameId>) -> Option<Entry> {
        self.0.get(&(dimension, number?)).cloned()
    }

    pub(super) fn named(&self, dimension: Dimension, number: Option<NameId>) -> Option<NamedRef> {
        self.entry(dimension, number).map(named_ref)
    }
}

fn named_ref(entry: Entry) -> NamedRef {
    NamedRef {
        id: entry.external_id,
        name: entry.label.name,
        email: entry.label.email,
    }
}

/// A channel account by the id that it has on its channel.
pub(super) fn on_channel(entry: Entry) -> NamedRef {
    let named = named_ref(entry);
    NamedRef {
        id: id_on_channel(&named.id).to_owned(),
        ..named
    }
}

pub(super) fn phone_of(channel_account: Option<&Entry>) -> Option<String> {
    channel_account.and_then(|entry| entry.label.phone.clone())
}
