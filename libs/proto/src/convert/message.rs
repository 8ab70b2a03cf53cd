//! An outbound message for the wire.

use acuse_domain::evidence::{Conversation, Failure};
use acuse_domain::facts::Facts;
use acuse_domain::glossary::{FailureText, Language, comment};
use acuse_domain::inbound::Inbound;
use acuse_domain::kinds::{Channel, MessageState, Provider, Stage, StageStatus, StatusKind};
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::{NamedRef, TemplateRef};
use acuse_domain::shown::{MessageDetails, ReceivedDetails};
use acuse_domain::standing::Standing;
use acuse_domain::taxonomy::classify;

use super::time::timestamp;
use super::{content, evidence};
use crate::types;
use crate::types::message::Subtype;

/// A message with everything that is shown of it; comments are in `language`.
pub fn message(
    outbound: &Outbound,
    mut details: MessageDetails,
    language: Language,
) -> types::Message {
    let facts = outbound.counted();
    let standing = outbound.standing_by(&facts);
    let at = |kind| facts.times.get(kind).map(timestamp);
    let stage = |stage| Some(stage_view(stage, &standing, &facts));
    let failed = standing.failure.as_ref();
    let is_unconfirmed = details.is_unconfirmed;
    let told = details.provider_message_ids.first().map(|id| id.provider);
    let confirming = confirming_provider(told, outbound.attribution().channel);
    let text = failed.map(failure_text).unwrap_or_default();
    types::Message {
        origin_at: Some(timestamp(outbound.origin())),
        queued_at: at(StatusKind::Queued),
        dispatch: stage(Stage::Dispatch),
        send: stage(Stage::Send),
        delivery: stage(Stage::Delivery),
        read: stage(Stage::Read),
        played_at: at(StatusKind::Played),
        deleted_at: at(StatusKind::Deleted),
        state: types::MessageState::from(standing.state).into(),
        comment: comment(language, standing.state, confirming, text).into_owned(),
        failure: failed.map(|failed| failure(failed, &standing, &facts, language)),
        conflict: standing.conflict,
        pending: standing.is_pending() && !is_unconfirmed,
        unconfirmed: standing.is_pending() && is_unconfirmed,
        unattached: !outbound.is_attached(),
        reply: reply(outbound, &mut details),
        ..described(outbound, &facts, details)
    }
}

/// An inbound message with everything that is shown of it.
pub fn received_message(inbound: &Inbound, details: ReceivedDetails) -> types::ReceivedMessage {
    let reply = inbound.reply;
    types::ReceivedMessage {
        id: inbound.id.to_string(),
        provider_message_id: details.provider_message_id.map(Into::into),
        channel: types::Channel::from(inbound.channel).into(),
        channel_account: details
            .channel_account
            .map(|it| channel_account(it, details.channel_account_phone)),
        contact: details.contact.map(Into::into),
        received_at: Some(timestamp(inbound.at)),
        content_type: types::ContentType::from(inbound.content_type).into(),
        content: content::to_wire(details.content),
        button: details.button.map(Into::into),
        answers_message_id: reply.map(|reply| reply.to.to_string()),
        attribution: reply.map(|reply| types::ReplyAttribution::from(reply.how).into()),
        account: details.account.map(Into::into),
        campaign: details.campaign.map(Into::into),
        agent: details.agent.map(Into::into),
        team: details.team.map(Into::into),
        department: details.department.map(Into::into),
    }
}

/// Who confirms that a message was sent: `told`, whose id it has, else whose channel it is.
pub fn confirming_provider(told: Option<Provider>, channel: Option<Channel>) -> Provider {
    told.unwrap_or(match channel {
        Some(Channel::WhatsApp) => Provider::MetaWhatsApp,
        Some(Channel::Messenger) => Provider::MetaMessenger,
        Some(Channel::Instagram) => Provider::MetaInstagram,
        Some(Channel::Telegram) => Provider::Telegram,
        _ => Provider::Other,
    })
}

fn failure_text(failed: &Failure) -> FailureText<'_> {
    FailureText {
        code: &failed.report.code,
        title: &failed.report.title,
    }
}

/// What the message is, apart from where it stands.
fn described(outbound: &Outbound, facts: &Facts, details: MessageDetails) -> types::Message {
    let attribution = outbound.attribution();
    let registered = outbound.registered.as_ref();
    let stated = &facts.stated;
    let correlation_id = stated
        .correlation_id
        .as_ref()
        .map(|said| said.value.clone());
    let told = stated.conversation.as_ref().map(|said| said.value.clone());
    let ids = details.provider_message_ids;
    let account = details.channel_account;
    let channel = attribution.channel.map(types::Channel::from);
    let kind = attribution.kind.map(types::MessageType::from);
    let content_type = attribution.content_type.map(types::ContentType::from);
    let conversation_type = outbound
        .conversation_type()
        .map(types::ConversationType::from);
    types::Message {
        id: outbound.id.to_string(),
        sender_message_id: details.sender_message_id,
        provider_message_ids: ids.into_iter().map(Into::into).collect(),
        registered: registered.is_some(),
        channel: channel.map(Into::into),
        channel_account: account.map(|it| channel_account(it, details.channel_account_phone)),
        contact: details.contact.map(Into::into),
        source: types::Source::from(attribution.source).into(),
        r#type: kind.map(Into::into),
        subtype: subtype(details.template, details.message_tag),
        account: details.account.map(Into::into),
        campaign: details.campaign.map(Into::into),
        broadcast: details.broadcast.map(Into::into),
        agent: details.agent.map(Into::into),
        team: details.team.map(Into::into),
        department: details.department.map(Into::into),
        content_type: content_type.map(Into::into),
        content: content::to_wire(details.content),
        ticket_id: details.ticket_id,
        opened_ticket: registered.is_some_and(|said| said.opened_ticket),
        correlation_id: details.correlation_id.or(correlation_id),
        conversation: conversation(told, details.conversation_id),
        conversation_type: conversation_type.map(Into::into),
        session_open: outbound.session_open(),
        pricing: stated
            .pricing
            .as_ref()
            .map(|said| said.value.clone().into()),
        ..types::Message::default()
    }
}

fn reply(outbound: &Outbound, details: &mut MessageDetails) -> Option<types::Reply> {
    let first = outbound.first_reply?;
    Some(types::Reply {
        replied_at: Some(timestamp(first.at)),
        text: details.reply_text.take(),
        attribution: types::ReplyAttribution::from(first.how).into(),
        inbound_message_id: first.id.to_string(),
        button: details.reply_button.take().map(Into::into),
    })
}

fn subtype(template: Option<TemplateRef>, message_tag: Option<String>) -> Option<Subtype> {
    let template = template.map(|template| Subtype::Template(template.into()));
    template.or(message_tag.map(Subtype::MessageTag))
}

fn channel_account(account: NamedRef, phone: Option<String>) -> types::ChannelAccountRef {
    types::ChannelAccountRef {
        id: account.id,
        name: account.name,
        phone,
    }
}

/// The conversation that statuses tell of; its id is the registered one where there is one.
fn conversation(
    told: Option<Conversation>,
    registered: Option<String>,
) -> Option<types::Conversation> {
    let mut conversation = told.unwrap_or_default();
    conversation.id = registered.or(conversation.id);
    Some(conversation)
        .filter(|conversation| *conversation != Conversation::default())
        .map(Into::into)
}

/// One stage: when it was reached by its own evidence, or when the message failed there.
fn stage_view(stage: Stage, standing: &Standing, facts: &Facts) -> types::StageView {
    let own = match stage {
        Stage::Dispatch => StatusKind::Dispatched,
        Stage::Send => StatusKind::Sent,
        Stage::Delivery => StatusKind::Delivered,
        Stage::Read => StatusKind::Read,
    };
    let status = standing.stage(stage);
    let at = match status {
        StageStatus::Succeeded => facts.times.get(own),
        StageStatus::Failed => standing.failure.as_ref().map(|failure| failure.at),
        StageStatus::Pending | StageStatus::NotApplicable => None,
    };
    types::StageView {
        status: types::StageStatus::from(status).into(),
        at: at.map(timestamp),
    }
}

fn failure(
    failed: &Failure,
    standing: &Standing,
    facts: &Facts,
    language: Language,
) -> types::MessageFailure {
    // A provider's failure goes before the platform's, but where the platform's is the state.
    let is_dispatch =
        standing.state == MessageState::DispatchFailed || facts.stated.failure.is_none();
    let sent = facts.times.get(StatusKind::Sent);
    let stage = match (is_dispatch, failed.report.stage) {
        (true, _) => Stage::Dispatch,
        (false, Some(stage)) => stage,
        (false, None) if sent.is_some() => Stage::Delivery,
        (false, None) => Stage::Send,
    };
    let report = failed.report.clone();
    let (state, words) = if is_dispatch {
        (
            MessageState::DispatchFailed,
            evidence::dispatch_failure(report),
        )
    } else {
        (MessageState::Failed, evidence::provider_failure(report))
    };
    let meaning = classify(failed.provider, &failed.report.code);
    types::MessageFailure {
        failure: Some(types::Failure {
            stage: Some(types::Stage::from(stage).into()),
            ..words
        }),
        failed_at: Some(timestamp(failed.at)),
        provider: types::Provider::from(failed.provider).into(),
        category: types::FailureCategory::from(meaning.category).into(),
        action: types::FailureAction::from(meaning.action).into(),
        text: comment(language, state, failed.provider, failure_text(failed)).into_owned(),
    }
}
