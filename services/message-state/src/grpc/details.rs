//! A stored message for the wire: names in place of numbers.

use acuse_domain::contact::ContactRef;
use acuse_domain::glossary::Language;
use acuse_domain::ids::NameId;
use acuse_domain::kinds::MessageType;
use acuse_domain::names::{Dimension, id_on_channel};
use acuse_domain::registration::{NamedRef, TemplateRef};
use acuse_proto::convert::{MessageDetails, message, template_of};
use acuse_proto::types::Message;
use acuse_store::read::{Entry, MessageView};
use acuse_store::workspaces::Workspace;

use crate::get_message::Found;

/// A message with everything that is shown of it.
pub(super) fn to_wire(found: Found) -> Message {
    let language = language_of(&found.workspace);
    let Found {
        view,
        is_unconfirmed,
        ..
    } = found;
    let (outbound, details) = details(view, is_unconfirmed);
    message(&outbound, details, language)
}

/// The language of a workspace. One that the build does not know (they are checked when set) counts as Spanish.
fn language_of(workspace: &Workspace) -> Language {
    Language::parse(&workspace.language).unwrap_or(Language::Spanish)
}

fn details(
    view: MessageView,
    is_unconfirmed: bool,
) -> (acuse_domain::outbound::Outbound, MessageDetails) {
    let from = view.message.attribution();
    let entry = |dimension: Dimension, number: Option<NameId>| -> Option<Entry> {
        view.names.get(&(dimension, number?)).cloned()
    };
    let named = |dimension, number| entry(dimension, number).map(named_ref);
    let channel_account = entry(Dimension::ChannelAccount, from.channel_account);
    let template = entry(Dimension::Template, from.template)
        .map(|entry| TemplateRef {
            category: from.template_category.or(entry.label.category),
            ..template_of(entry.external_id, entry.label)
        })
        .filter(|_| from.kind == Some(MessageType::Template));
    let message_tag = entry(Dimension::Subtype, from.subtype)
        .map(|entry| entry.external_id)
        .filter(|_| from.kind == Some(MessageType::MessageTag));
    let button_title = view
        .reply_button
        .as_ref()
        .and_then(|click| click.title.clone());
    let details = MessageDetails {
        channel_account_phone: channel_account
            .as_ref()
            .and_then(|entry| entry.label.phone.clone()),
        channel_account: channel_account.map(named_ref).map(|named| NamedRef {
            id: id_on_channel(&named.id).to_owned(),
            ..named
        }),
        template,
        message_tag,
        account: named(Dimension::Account, from.account),
        campaign: named(Dimension::Campaign, from.campaign),
        broadcast: named(Dimension::Broadcast, from.broadcast),
        agent: named(Dimension::Agent, from.agent),
        team: named(Dimension::Team, from.team),
        department: named(Dimension::Department, from.department),
        sender_message_id: view.sender_message_id,
        provider_message_ids: view.provider_message_id.into_iter().collect(),
        contact: Some(view.contact).filter(|contact| *contact != ContactRef::default()),
        content: view.content,
        ticket_id: view.ticket_id,
        conversation_id: view.conversation_id,
        correlation_id: view.correlation_id,
        reply_text: view
            .reply_content
            .and_then(|content| content.body)
            .or(button_title),
        reply_button: view.reply_button,
        is_unconfirmed,
    };
    (view.message, details)
}

fn named_ref(entry: Entry) -> NamedRef {
    NamedRef {
        id: entry.external_id,
        name: entry.label.name,
        email: entry.label.email,
    }
}
