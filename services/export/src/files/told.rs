//! What rows tell, read off the wire: values, names and times, and the cells that tables share.

use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::glossary::{FailureText, stage_value, state_name};
use acuse_domain::kinds::{MessageState, Stage, StageStatus};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::any_time;
use acuse_proto::types::{
    AgentRef, ChannelAccountRef, ContactRef, Failure, NamedRef, StageView, TemplateRef,
};

use super::cell::Cell;
use super::words::Words;

/// The value of a vocabulary that the wire writes so; `None` for one that is unspecified or not known here.
pub(super) fn value<V: Copy, W: From<V> + PartialEq>(all: &[V], wire: W) -> Option<V> {
    all.iter().copied().find(|value| W::from(*value) == wire)
}

/// The name where one is known, else the id.
pub(super) fn named<'a>(name: Option<&'a str>, id: &'a str) -> &'a str {
    name.filter(|name| !name.is_empty()).unwrap_or(id)
}

/// An instant.
pub(super) fn instant(at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(|at| any_time(at).ok())
}

/// When a stage was reached, or failed.
pub(super) fn reached(view: Option<&StageView>) -> Option<Timestamp> {
    instant(view.and_then(|view| view.at))
}

/// A failure as comments tell it.
pub(super) fn failure_text(failure: &Failure) -> FailureText<'_> {
    let reason = value(DispatchFailureReason::ALL, failure.dispatch_reason());
    FailureText {
        code: reason.map_or_else(|| failure.code(), |reason| reason.as_str()),
        title: failure.title(),
    }
}

/// The name of a state.
pub(super) fn state_cell<'a>(words: &Words, state: Option<MessageState>) -> Cell<'a> {
    state.map_or(Cell::Nothing, |state| Cell::Word {
        name: state.as_str(),
        word: state_name(words.language(), state),
    })
}

/// How a stage stands.
pub(super) fn stage_cell<'a>(words: &Words, stage: Stage, view: Option<&StageView>) -> Cell<'a> {
    let status = view.and_then(|view| value(StageStatus::ALL, view.status()));
    status.map_or(Cell::Nothing, |status| Cell::Word {
        name: status.as_str(),
        word: stage_value(words.language(), stage, status),
    })
}

/// What somebody or something of the business is called.
pub(super) fn name_of(named_ref: &NamedRef) -> &str {
    named(named_ref.name.as_deref(), &named_ref.id)
}

/// What an agent is called.
pub(super) fn agent_name(agent: &AgentRef) -> &str {
    named(agent.name.as_deref(), &agent.id)
}

/// What a template is called.
pub(super) fn template_of(template: &TemplateRef) -> Cell<'_> {
    let id = template.id.as_deref().unwrap_or_default();
    Cell::text(Some(named(template.name.as_deref(), id)))
}

/// A contact's id in the business's own system, else the one on its channel, else its number.
pub(super) fn contact_id(contact: Option<&ContactRef>) -> Cell<'_> {
    Cell::code(contact.and_then(|contact| {
        let own = contact.external_id.as_deref();
        let other = own.or(id_on_channel(contact));
        other.or(contact.phone.as_deref())
    }))
}

/// A contact's name.
pub(super) fn contact_name(contact: Option<&ContactRef>) -> Cell<'_> {
    Cell::text(contact.and_then(|contact| contact.name.as_deref()))
}

/// A contact's phone number, else its id on a channel that has none.
pub(super) fn contact_phone(contact: Option<&ContactRef>) -> Cell<'_> {
    Cell::code(contact.and_then(|contact| contact.phone.as_deref().or(id_on_channel(contact))))
}

fn id_on_channel(contact: &ContactRef) -> Option<&str> {
    let ids = [
        &contact.channel_user_id,
        &contact.page_scoped_id,
        &contact.business_scoped_user_id,
    ];
    ids.into_iter().flatten().map(String::as_str).next()
}

/// The number of a sending identity, else its id.
pub(super) fn account_phone(account: Option<&ChannelAccountRef>) -> Cell<'_> {
    Cell::code(account.map(|account| account.phone.as_deref().unwrap_or(&account.id)))
}

/// What a sending identity is called.
pub(super) fn account_name(account: Option<&ChannelAccountRef>) -> Cell<'_> {
    Cell::text(account.map(|account| named(account.name.as_deref(), &account.id)))
}
