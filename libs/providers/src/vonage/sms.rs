//! The SMS API: receipts of delivery, and messages from contacts.

use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Channel, ContentType, Provider, StatusKind};

use super::status::{self, note_too_long};
use crate::aside::{aside, provider_error};
use crate::item::{self, message_id, sender};
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Ends, Findings, Meaning, NotUnderstood, Reason};
use crate::said::Said;
use crate::written::{self, Head};

/// Members by which a webhook of the SMS API is known.
pub(super) const MARKS: [&str; 4] = ["messageId", "message-id", "messageid", "msisdn"];

/// Members that an id stands in.
const IDS: [&str; 3] = ["messageId", "message-id", "messageid"];

/// Members that a time stands in: when Vonage began to push it, in UTC. `scts` is a carrier's, cut to the minute and without a
/// zone, so that a delivery would come before its sending.
const TIMES: [&str; 3] = ["message-timestamp", "message_timestamp", "timestamp"];

/// Reads a receipt or a message.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    match item.get("status").word() {
        Some(word) => receipt(item, &word, path, delivery, findings),
        None => inbound(item, path, delivery, findings),
    }
}

/// In a receipt `to` is who sent the message, and `msisdn` to whom it went.
fn receipt(
    item: Node<'_>,
    word: &str,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let id = item.first(&IDS);
    let Some((kind, stage)) = status::kind(word) else {
        // Also `unknown`, by which a carrier says that it cannot say.
        let detail = format!("status {}", shown(word));
        let what = aside(Reason::UnknownStatus, detail, id, Some(word));
        return findings.not_understood(path, what);
    };
    let (known, (at, at_is_receipt)) = match status::head(id, item.first(&TIMES), delivery) {
        Ok(head) => head,
        Err(what) => {
            let kind = Some(shown(word));
            return findings.not_understood(path, NotUnderstood { kind, ..what });
        }
    };
    let account = item.get("to").short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let sender = account.map(|account| sender(Channel::Sms, account));
    let code = item.first(&["err-code", "err_code", "error-code"]);
    let error = error(code, word);
    let failed = kind == StatusKind::Failed;
    let reference = item.first(&["client-ref", "client_ref"]);
    let to = item.get("msisdn").short();
    let recipient = party::contact(Channel::Sms, to.as_deref().unwrap_or_default());
    let recipient = sender.as_ref().map(|_| recipient);
    let ends = Ends {
        from: item.get("to").short(),
        to,
    };
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: failed.then(|| FailureReport {
            stage,
            title: word.to_owned(),
            ..error.clone().unwrap_or_default()
        }),
        sender,
        correlation_id: reference.short(),
        ..StatusEvidence::new(kind, at, Provider::Vonage)
    };
    let mut status = item::status(message_id(Provider::Vonage, known), evidence);
    status.recipient = recipient.filter(is_somebody);
    findings.add_between(path, Meaning::Status(Box::new(status)), ends);
    note_too_long(reference, id, path, findings);
    if let Some(error) = error.filter(|_| !failed) {
        findings.not_understood(path, provider_error(&error, id));
    }
}

/// The error of a receipt, whose code is 0 where there is none.
fn error(code: Node<'_>, word: &str) -> Option<FailureReport> {
    let code = code.short().filter(|code| code.trim() != "0")?;
    Some(FailureReport {
        code,
        title: word.to_owned(),
        ..FailureReport::default()
    })
}

fn inbound(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = item.first(&IDS);
    let head = match head(item, id, delivery) {
        Ok(head) => head,
        Err(what) => return findings.not_understood(path, what),
    };
    let is_binary = item.get("type").word().as_deref() == Some("binary");
    let content_type = match is_binary {
        true => ContentType::Unsupported,
        false => ContentType::Text,
    };
    let said = Said::text(content_type, item.get("text").cut(TEXT));
    let inbound = written::evidence(head, said, None);
    findings.add(path, Meaning::Inbound(Box::new(inbound)));
    let part = item.get("concat-part").text();
    if let Some(part) = part.filter(|_| item.get("concat").flag() == Some(true)) {
        let total = item.get("concat-total").text().unwrap_or_default();
        let (part, total) = (shown(&part), shown(&total));
        let detail = format!("part {part} of {total} of a longer message, taken in by itself");
        let what = aside(Reason::NotSupportedYet, detail, id, Some("concat"));
        findings.not_understood(path, what);
    }
}

fn head(item: Node<'_>, id: Node<'_>, delivery: &Delivery<'_>) -> Result<Head, NotUnderstood> {
    let (known, at) = status::head(id, item.first(&TIMES), delivery)?;
    let account = item.get("to").short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(channel_account) = account else {
        let detail = "no to, and no channel account that it could only be";
        return Err(aside(Reason::MissingChannelAccount, detail, id, None));
    };
    let from = item.first(&["msisdn", "from"]).short().unwrap_or_default();
    let contact = party::contact(Channel::Sms, &from);
    if !is_somebody(&contact) {
        let detail = format!("no msisdn of at most {SHORT} bytes");
        return Err(aside(Reason::MissingContact, detail, id, None));
    }
    Ok(Head {
        id: message_id(Provider::Vonage, known),
        channel: Channel::Sms,
        channel_account,
        contact,
        at,
    })
}
