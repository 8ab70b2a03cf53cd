//! Statuses of outbound messages.

use acuse_domain::contact::is_business_scoped;
use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Provider, Stage, StatusKind};

use super::address::{Address, travels};
use crate::aside::{aside, provider_error};
use crate::item::{self, message_id, sender, when};
use crate::json::Node;
use crate::limits::{DETAIL, shown};
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Ends, Findings, Meaning, Reason};

/// Members that a message's id stands in. The twins of the first are older, and sometimes left out or another's.
pub(super) const IDS: [&str; 3] = ["MessageSid", "SmsSid", "SmsMessageSid"];

/// A status, whatever its members are called.
pub(super) struct Told<'a> {
    pub(super) id: Node<'a>,
    /// The status, in lower case.
    pub(super) word: &'a str,
    pub(super) at: Node<'a>,
    pub(super) from: Node<'a>,
    pub(super) to: Node<'a>,
    /// What addresses on the channel begin with.
    pub(super) prefix: Node<'a>,
    /// The recipient's id that holds for all numbers of the business.
    pub(super) user: Node<'a>,
    pub(super) code: Node<'a>,
    /// Two texts on an error.
    pub(super) texts: [Node<'a>; 2],
}

/// Reads a status callback.
pub(super) fn of_form(
    form: Node<'_>,
    word: &str,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let told = Told {
        id: form.first(&IDS),
        word,
        at: Node::default(),
        from: form.get("From"),
        // The channel's own address of the recipient is mostly masked.
        to: form.first(&["To", "ChannelToAddress"]),
        prefix: form.get("ChannelPrefix"),
        user: form.get("ExternalUserId"),
        code: form.first(&["ErrorCode", "SmsErrorCode"]),
        texts: [form.get("ErrorMessage"), form.get("ChannelStatusMessage")],
    };
    read(&told, path, delivery, findings);
}

/// Reads one status.
pub(super) fn read(told: &Told<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let Some((kind, stage)) = kind(told.word) else {
        let detail = format!("status {}", shown(told.word));
        let what = aside(Reason::UnknownStatus, detail, told.id, Some(told.word));
        return findings.not_understood(path, what);
    };
    let head = item::id(told.id).and_then(|id| Ok((id, when(told.at, delivery.received_at)?)));
    let (id, (at, at_is_receipt)) = match head {
        Ok(head) => head,
        Err(what) => {
            let what = crate::reading::NotUnderstood {
                kind: Some(shown(told.word)),
                ..what.about(told.id)
            };
            return findings.not_understood(path, what);
        }
    };
    let from = Address::of(told.from);
    let to = Address::of(told.to);
    let channel = travels(from.as_ref(), to.as_ref(), told.prefix);
    let ends = Ends {
        from: from.clone().map(|from| from.rest),
        to: to.clone().map(|to| to.rest),
    };
    let account = from.map(|from| from.rest);
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let sender = channel
        .zip(account)
        .map(|(channel, id)| sender(channel, id));
    let recipient = sender.as_ref().map(|sender| {
        let address = to.map(|to| to.rest).unwrap_or_default();
        let mut recipient = party::contact(sender.channel, &address);
        recipient.business_scoped_user_id = recipient
            .business_scoped_user_id
            .or_else(|| business_scoped(told.user));
        recipient
    });
    let error = error(told);
    let failed = kind == StatusKind::Failed;
    let failure = failed.then(|| FailureReport {
        stage,
        ..error.clone().unwrap_or_else(|| without_error(told.word))
    });
    let evidence = StatusEvidence {
        at_is_receipt,
        failure,
        sender,
        ..StatusEvidence::new(kind, at, Provider::Twilio)
    };
    let mut status = item::status(message_id(Provider::Twilio, id), evidence);
    status.recipient = recipient.filter(is_somebody);
    findings.add_between(path, Meaning::Status(Box::new(status)), ends);
    if let Some(error) = error.filter(|_| !failed) {
        findings.not_understood(path, provider_error(&error, told.id));
    }
}

/// What happened, and at which stage it failed where it did. A message that was cancelled will never be sent.
fn kind(word: &str) -> Option<(StatusKind, Option<Stage>)> {
    let kind = match word {
        "accepted" | "queued" | "scheduled" => StatusKind::Queued,
        "sending" => StatusKind::Dispatched,
        "sent" => StatusKind::Sent,
        "delivered" => StatusKind::Delivered,
        "read" => StatusKind::Read,
        "undelivered" => return Some((StatusKind::Failed, Some(Stage::Delivery))),
        "failed" | "canceled" | "cancelled" => {
            return Some((StatusKind::Failed, Some(Stage::Send)));
        }
        _ => return None,
    };
    Some((kind, None))
}

/// The error that a status names. An empty code, or 0, is none.
fn error(told: &Told<'_>) -> Option<FailureReport> {
    let code = told.code.short().filter(|code| code != "0");
    let mut texts = told.texts.iter().filter_map(|text| text.cut(DETAIL));
    let title = texts.next();
    let detail = texts.next().filter(|it| Some(it) != title.as_ref());
    let report = FailureReport {
        code: code.unwrap_or_default(),
        title: title.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

/// What stands for an error that is not named: of a cancelled message, that it was.
fn without_error(word: &str) -> FailureReport {
    let title = match word {
        "canceled" | "cancelled" => "Canceled",
        _ => "",
    };
    FailureReport {
        title: title.to_owned(),
        ..FailureReport::default()
    }
}

/// A person's business-scoped id out of `whatsapp:PE.123`; `None` for what is none.
pub(super) fn business_scoped(user: Node<'_>) -> Option<String> {
    let user = Address::of(user)?.rest;
    Some(user).filter(|user| is_business_scoped(user))
}
