//! What the index says of outbound messages, against what message-state answers.

use acuse_corpus::Status;
use acuse_proto::message_state::TimelineEntry;
use acuse_proto::types::{Channel, ContactRef, Failure, Message, MessageState, Provider, Source};
use prost_types::Timestamp;

use super::facts::{Facts, is_address, same};
use crate::rig::Acuse;

/// Holds one status against its message and that message's timeline.
pub(super) async fn check(facts: &mut Facts, said: &Status<'_>, acuse: &Acuse, workspace: &str) {
    let message = match acuse.message_in(workspace, said.id).await {
        Ok(message) => message,
        Err(why) => return facts.check(false, || format!("{} is not found: {why}", said.id)),
    };
    let heard = acuse.timeline_in(workspace, said.id).await.unwrap();
    let mut of_kind = heard.iter().filter(|entry| kind(entry) == said.kind);
    let (first, more) = (of_kind.next(), of_kind.count());
    facts.check(more == 0, || {
        format!("{} was heard {more} more times", said.kind)
    });
    match first {
        Some(entry) => check_entry(facts, said, entry),
        None => facts.check(false, || format!("{} was never heard", said.kind)),
    }
    check_message(facts, said, &message);
}

/// The word for what an entry tells.
fn kind(entry: &TimelineEntry) -> String {
    let kind = entry.status.as_ref().unwrap().kind();
    let name = kind.as_str_name().trim_start_matches("STATUS_KIND_");
    name.to_ascii_lowercase()
}

/// Whether an entry tells this, with everything that the index says of it.
pub(super) fn is_told(said: &Status<'_>, entry: &TimelineEntry) -> bool {
    let mut facts = Facts::default();
    check_entry(&mut facts, said, entry);
    facts.faults.is_empty()
}

/// All but whom it is to, which the message alone shows.
fn check_entry(facts: &mut Facts, said: &Status<'_>, entry: &TimelineEntry) {
    let told = entry.status.clone().unwrap();
    facts.text("kind", Some(&kind(entry)), Some(said.kind));
    facts.equal("provider", &told.provider(), &Provider::MetaWhatsapp);
    match said.time {
        Some(time) => facts.equal("time", &seconds(&told.happened_at), &Some(time.0)),
        None => facts.equal("time is receipt", &entry.time_is_receipt, &true),
    }
    let participant = told.participant_id.as_deref();
    facts.text("participant", participant, said.participant);
    let opaque = told.correlation_id.as_deref();
    facts.text("opaque", opaque, said.opaque.as_deref());
    let conversation = told.conversation.unwrap_or_default();
    facts.text(
        "conversation",
        conversation.id.as_deref(),
        said.conversation,
    );
    let origin = conversation.origin_type.as_deref();
    facts.text("origin", origin, said.origin);
    if said.expires {
        facts.check(conversation.expires_at.is_some(), || {
            "the conversation does not expire".to_owned()
        });
    }
    let price = told.pricing.unwrap_or_default();
    facts.text("model", price.model.as_deref(), said.price.model);
    facts.text("category", price.category.as_deref(), said.price.category);
    facts.text("type", price.r#type.as_deref(), said.price.kind);
    facts.equal("billable", &price.billable, &said.price.billable);
    failure(facts, said, &told.failure.unwrap_or_default());
}

fn failure(facts: &mut Facts, said: &Status<'_>, told: &Failure) {
    let Some(expected) = &said.failure else {
        return facts.text("code", told.code.as_deref(), None);
    };
    facts.text("code", told.code.as_deref(), expected.code);
    facts.text("title", told.title.as_deref(), expected.title.as_deref());
    if let Some(details) = &expected.details {
        facts.text("details", told.detail.as_deref(), Some(details));
    }
}

/// What became of the message of which this is the only news.
fn check_message(facts: &mut Facts, said: &Status<'_>, message: &Message) {
    let ids = message.provider_message_ids.iter().map(|id| id.id.as_str());
    facts.equal("ids", &ids.collect::<Vec<_>>(), &vec![said.id]);
    facts.equal("source", &message.source(), &Source::Echo);
    facts.equal("registered", &message.registered, &false);
    facts.equal("channel", &message.channel(), &Channel::Whatsapp);
    let stage = |view: &Option<acuse_proto::types::StageView>| view.as_ref().and_then(|it| it.at);
    let (state, at) = match said.kind {
        "sent" => (MessageState::Sent, stage(&message.send)),
        "delivered" => (MessageState::Delivered, stage(&message.delivery)),
        "read" => (MessageState::Read, stage(&message.read)),
        "played" => (MessageState::Read, message.played_at),
        "failed" => {
            let failed = message.failure.clone().unwrap_or_default();
            failure(facts, said, &failed.failure.unwrap_or_default());
            (MessageState::Failed, failed.failed_at)
        }
        "deleted" => (MessageState::Queued, message.deleted_at),
        other => panic!("{other} is no status"),
    };
    facts.equal("state", &message.state(), &state);
    if let Some(time) = said.time {
        facts.equal("time of the message", &seconds(&at), &Some(time.0));
        let origin = seconds(&message.origin_at);
        facts.equal("origin", &origin, &Some(time.0));
    } else {
        facts.check(at.is_some(), || format!("{} has no time", said.kind));
    }
    let unattached = !matches!(said.kind, "sent");
    facts.equal("unattached", &message.unattached, &unattached);
    if let Some(to) = said.to {
        let contact = message.contact.clone().unwrap_or_default();
        facts.check(is_to(&contact, to), || {
            format!("its contact is {contact:?}, not {to}")
        });
    }
    let conversation = message.conversation.clone().unwrap_or_default();
    facts.text(
        "conversation",
        conversation.id.as_deref(),
        said.conversation,
    );
    let price = message.pricing.clone().unwrap_or_default();
    facts.text("category", price.category.as_deref(), said.price.category);
    facts.equal("billable", &price.billable, &said.price.billable);
    let correlation = message.correlation_id.as_deref();
    facts.check(same(correlation, said.opaque.as_deref()), || {
        format!("correlation id is {correlation:?}")
    });
}

fn is_to(contact: &ContactRef, to: &str) -> bool {
    [
        &contact.phone,
        &contact.channel_user_id,
        &contact.business_scoped_user_id,
    ]
    .into_iter()
    .flatten()
    .any(|address| is_address(address, to))
}

fn seconds(at: &Option<Timestamp>) -> Option<i64> {
    at.as_ref().map(|at| at.seconds)
}
