//! What messages refer to: contacts, agents, templates, ids.

use acuse_domain::contact::ContactRef;
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::kinds::Provider;
use acuse_domain::registration::{NamedRef, TemplateRef};

use super::faults::{Faults, MAX_SHORT};
use super::kinds::Vocabulary as _;
use crate::types;

/// Something with an id and a name.
pub(crate) fn named(faults: &mut Faults, wire: types::NamedRef) -> Option<NamedRef> {
    let id = faults.id("id", wire.id);
    let name = faults.text("name", wire.name, MAX_SHORT);
    Some(NamedRef {
        id: id?,
        name,
        email: None,
    })
}

/// An agent.
pub(crate) fn agent(faults: &mut Faults, wire: types::AgentRef) -> Option<NamedRef> {
    let id = faults.id("id", wire.id);
    let name = faults.text("name", wire.name, MAX_SHORT);
    let email = faults.text("email", wire.email, MAX_SHORT);
    Some(NamedRef {
        id: id?,
        name,
        email,
    })
}

/// A reference of which nothing is known but the id.
pub(crate) fn bare(id: String) -> NamedRef {
    NamedRef {
        id,
        name: None,
        email: None,
    }
}

/// A template, known by its id, else by name and language.
pub(crate) fn template(faults: &mut Faults, wire: types::TemplateRef) -> Option<TemplateRef> {
    let is_named = [&wire.name, &wire.language]
        .into_iter()
        .all(|text| text.as_deref().is_some_and(|text| !text.is_empty()));
    if wire.id.is_none() && !is_named {
        faults.add(
            "id",
            "must be given where name and language are not both known",
        );
    }
    Some(TemplateRef {
        id: faults.optional_id("id", wire.id),
        name: faults.text("name", wire.name, MAX_SHORT),
        language: faults.optional_id("language", wire.language),
        category: faults.optional_kind("category", wire.category),
    })
}

/// A contact; one id at least has to be known.
pub(crate) fn contact(faults: &mut Faults, wire: types::ContactRef) -> Option<ContactRef> {
    let has_id = [
        &wire.external_id,
        &wire.phone,
        &wire.channel_user_id,
        &wire.business_scoped_user_id,
        &wire.page_scoped_id,
    ]
    .into_iter()
    .any(Option::is_some);
    if !has_id {
        let ids = "external_id, phone, channel_user_id, business_scoped_user_id or page_scoped_id";
        faults.add(
            "external_id",
            format!("a contact needs at least one of {ids}"),
        );
    }
    Some(ContactRef {
        external_id: faults.optional_id("external_id", wire.external_id),
        name: faults.text("name", wire.name, MAX_SHORT),
        phone: faults.optional_id("phone", wire.phone),
        channel_user_id: faults.optional_id("channel_user_id", wire.channel_user_id),
        business_scoped_user_id: faults
            .optional_id("business_scoped_user_id", wire.business_scoped_user_id),
        page_scoped_id: faults.optional_id("page_scoped_id", wire.page_scoped_id),
    })
}

/// A provider's id of a message.
pub(crate) fn provider_message_id(
    faults: &mut Faults,
    wire: types::ProviderMessageId,
) -> Option<ProviderMessageId> {
    let provider = faults.kind("provider", wire.provider);
    let scope = faults.optional_id("scope", wire.scope.clone());
    let id = faults.id("id", wire.id);
    match provider {
        Some(Provider::Sender) => faults.add(
            "provider",
            "PROVIDER_SENDER gives no ids here; the platform's own id goes into sender_message_id",
        ),
        Some(provider @ (Provider::SinchSms | Provider::Telegram)) if wire.scope.is_none() => {
            let name = provider.wire_name();
            faults.add(
                "scope",
                format!("must be given: ids of {name} are not unique without it"),
            );
        }
        _ => {}
    }
    Some(ProviderMessageId {
        provider: provider?,
        scope: scope.unwrap_or_default(),
        id: id?,
    })
}

/// By what an item names its outbound message: the sender's id, a provider's, or both.
pub(crate) fn message_names(
    faults: &mut Faults,
    sender: Option<String>,
    provider: Option<types::ProviderMessageId>,
) -> MessageNames {
    if sender.is_none() && provider.is_none() {
        faults.add(
            "sender_message_id",
            "give sender_message_id, provider_message_id or both",
        );
    }
    MessageNames {
        sender: faults.optional_id("sender_message_id", sender),
        provider: faults.optional("provider_message_id", provider, provider_message_id),
    }
}

impl From<NamedRef> for types::NamedRef {
    fn from(named: NamedRef) -> Self {
        Self {
            id: named.id,
            name: named.name,
        }
    }
}

impl From<NamedRef> for types::AgentRef {
    fn from(agent: NamedRef) -> Self {
        Self {
            id: agent.id,
            name: agent.name,
            email: agent.email,
        }
    }
}

impl From<TemplateRef> for types::TemplateRef {
    fn from(template: TemplateRef) -> Self {
        Self {
            id: template.id,
            name: template.name,
            language: template.language,
            category: template
                .category
                .map(|category| types::TemplateCategory::from(category).into()),
        }
    }
}

impl From<ContactRef> for types::ContactRef {
    fn from(contact: ContactRef) -> Self {
        Self {
            external_id: contact.external_id,
            name: contact.name,
            phone: contact.phone,
            channel_user_id: contact.channel_user_id,
            business_scoped_user_id: contact.business_scoped_user_id,
            page_scoped_id: contact.page_scoped_id,
        }
    }
}

impl From<ProviderMessageId> for types::ProviderMessageId {
    fn from(id: ProviderMessageId) -> Self {
        Self {
            provider: types::Provider::from(id.provider).into(),
            scope: Some(id.scope).filter(|scope| !scope.is_empty()),
            id: id.id,
        }
    }
}
