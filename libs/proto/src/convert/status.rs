//! Statuses from the wire.

use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::event::{Echo, StatusItem};
use acuse_domain::evidence::{
    Conversation, FailureReport, Pricing, SenderIdentity, StatusEvidence,
};
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;

use super::content::content;
use super::faults::{Faults, MAX_DETAIL};
use super::reference::{contact, message_names};
use crate::types;

/// A status; everything wrong with it goes to `faults`. `receipt` is the time of receipt where the provider gave none.
pub(crate) fn status(
    faults: &mut Faults,
    wire: types::StatusEvidence,
    receipt: Option<Timestamp>,
) -> Option<StatusItem> {
    let names = message_names(faults, wire.sender_message_id, wire.provider_message_id);
    let kind = faults.kind("kind", wire.kind);
    let at = faults.happened("happened_at", wire.happened_at, receipt);
    let provider = match wire.provider {
        Some(_) => faults.optional_kind("provider", wire.provider),
        None => Some(
            names
                .provider
                .as_ref()
                .map_or(Provider::Sender, |id| id.provider),
        ),
    };
    let failure = failure_of(faults, kind, wire.failure);
    let pricing = wire.pricing.and_then(|wire| pricing(faults, wire));
    let conversation = wire
        .conversation
        .and_then(|wire| conversation(faults, wire));
    let has_sender = wire.channel.is_some() && wire.channel_account_id.is_some();
    let sender = sender(faults, wire.channel, wire.channel_account_id);
    if wire.recipient.is_some() && !has_sender {
        faults.add(
            "recipient",
            "needs channel and channel_account_id, which say whose ids these are",
        );
    }
    if wire.channel_account_phone.is_some() && !has_sender {
        faults.add(
            "channel_account_phone",
            "needs channel and channel_account_id, which say whose number it is",
        );
    }
    let recipient = faults.optional("recipient", wire.recipient, contact);
    let sender_phone = faults.optional_id("channel_account_phone", wire.channel_account_phone);
    let correlation_id = faults.optional_id("correlation_id", wire.correlation_id);
    let participant = faults.optional_id("participant_id", wire.participant_id);
    let echo = echo_of(faults, kind, wire.echo);
    let evidence = StatusEvidence {
        at_is_receipt: receipt.is_some(),
        participant,
        failure,
        pricing,
        conversation,
        sender,
        correlation_id,
        ..StatusEvidence::new(kind?, at?, provider?)
    };
    Some(StatusItem {
        names,
        evidence,
        recipient,
        sender_phone,
        echo,
    })
}

/// What a message holds that another platform sent; refused for anything but that it was sent.
fn echo_of(
    faults: &mut Faults,
    kind: Option<StatusKind>,
    wire: Option<Box<types::Echo>>,
) -> Option<Box<Echo>> {
    if wire.is_some() && kind.is_some_and(|kind| kind != StatusKind::Sent) {
        faults.add("echo", "is allowed for STATUS_KIND_SENT only");
    }
    let echo = faults.optional("echo", wire, |faults, wire| {
        let content_type = faults.kind("content_type", wire.content_type);
        let content = content(faults, wire.content);
        Some(Echo {
            content_type: content_type?,
            content,
        })
    });
    echo.map(Box::new)
}

fn sender(
    faults: &mut Faults,
    channel: Option<i32>,
    channel_account_id: Option<String>,
) -> Option<SenderIdentity> {
    match (&channel, &channel_account_id) {
        (Some(_), None) => faults.add("channel_account_id", "must be given where channel is"),
        (None, Some(_)) => faults.add("channel", "must be given where channel_account_id is"),
        _ => {}
    }
    let channel = faults.optional_kind("channel", channel);
    let external_id = faults.optional_id("channel_account_id", channel_account_id);
    Some(SenderIdentity {
        channel: channel?,
        external_id: external_id?,
        name: NameId(0),
    })
}

/// The failure, where the kind is one: required for a failed dispatch, refused for what is no failure. Of a kind that is
/// itself at fault nothing can be asked.
fn failure_of(
    faults: &mut Faults,
    kind: Option<StatusKind>,
    wire: Option<types::Failure>,
) -> Option<FailureReport> {
    match kind {
        Some(StatusKind::DispatchFailed) if wire.is_none() => {
            faults.add("failure", "must be given, with its dispatch_reason");
            None
        }
        Some(StatusKind::DispatchFailed) => faults.optional("failure", wire, dispatch_failure),
        Some(StatusKind::Failed) => faults.optional("failure", wire, provider_failure),
        None => None,
        Some(_) => {
            if wire.is_some() {
                let kinds = "STATUS_KIND_FAILED and STATUS_KIND_DISPATCH_FAILED";
                faults.add("failure", format!("is allowed for {kinds} only"));
            }
            None
        }
    }
}

/// Why a message never left. The reason's name is the code.
fn dispatch_failure(faults: &mut Faults, wire: types::Failure) -> Option<FailureReport> {
    if wire.code.is_some() {
        faults.add("code", "is not allowed beside a dispatch_reason");
    }
    if wire.stage.is_some() {
        faults.add(
            "stage",
            "is not allowed for STATUS_KIND_DISPATCH_FAILED, which is at dispatch",
        );
    }
    let reason = wire.dispatch_reason.unwrap_or_default();
    let reason = faults.kind::<DispatchFailureReason>("dispatch_reason", reason);
    let title = faults.text("title", wire.title, MAX_DETAIL);
    let detail = faults.text("detail", wire.detail, MAX_DETAIL);
    Some(FailureReport {
        code: reason?.as_str().to_owned(),
        title: title.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        stage: None,
    })
}

/// Why a provider gave up.
fn provider_failure(faults: &mut Faults, wire: types::Failure) -> Option<FailureReport> {
    let stage = faults.optional_kind("stage", wire.stage);
    if stage.is_some_and(|stage| !matches!(stage, Stage::Send | Stage::Delivery)) {
        faults.add("stage", "must be STAGE_SEND or STAGE_DELIVERY, or left out");
    }
    if wire.dispatch_reason.is_some() {
        faults.add(
            "dispatch_reason",
            "is allowed for STATUS_KIND_DISPATCH_FAILED only",
        );
    }
    let code = faults.optional_id("code", wire.code);
    let title = faults.text("title", wire.title, MAX_DETAIL);
    let detail = faults.text("detail", wire.detail, MAX_DETAIL);
    Some(FailureReport {
        code: code.unwrap_or_default(),
        title: title.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        stage,
    })
}

/// What the provider charges; `None` where it says nothing after all.
fn pricing(faults: &mut Faults, wire: types::Pricing) -> Option<Pricing> {
    let pricing = faults.within("pricing", |faults| Pricing {
        billable: wire.billable,
        category: faults.optional_id("category", wire.category),
        price_type: faults.optional_id("type", wire.r#type),
        model: faults.optional_id("model", wire.model),
        ..Pricing::default()
    });
    Some(pricing).filter(|pricing| *pricing != Pricing::default())
}

/// The provider's conversation; `None` where nothing is said of it after all.
fn conversation(faults: &mut Faults, wire: types::Conversation) -> Option<Conversation> {
    let conversation = faults.within("conversation", |faults| Conversation {
        id: faults.optional_id("id", wire.id),
        origin: faults.optional_id("origin_type", wire.origin_type),
        expires_at: faults.any_time("expires_at", wire.expires_at),
    });
    Some(conversation).filter(|conversation| *conversation != Conversation::default())
}
