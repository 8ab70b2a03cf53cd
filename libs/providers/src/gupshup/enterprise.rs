//! Enterprise: what became of messages, and what contacts write.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Channel, Provider, StatusKind};

use super::inbound::{self, Head};
use crate::item;
use crate::json::Node;
use crate::limits::{DETAIL, SHORT, shown};
use crate::meta_whatsapp::people::stated;
use crate::party::is_somebody;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};

/// What a cause is called that is none.
const SUCCESS: &str = "SUCCESS";

/// The code of no error.
const NO_ERROR: &str = "000";

/// Whether it tells what became of a message.
pub(super) fn is_report(body: Node<'_>) -> bool {
    let has = |keys| body.first(keys).exists();
    has(&["externalId"]) && has(&["eventType", "status", "cause", "errorCode", "errCode"])
}

/// Whether it is what a contact wrote.
pub(super) fn is_message(body: Node<'_>) -> bool {
    body.get("mobile").exists() || body.get("waNumber").exists()
}

/// Reads what became of a message.
pub(super) fn report(
    report: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let meaning = match status(report, delivery) {
        Ok(status) => Meaning::Status(Box::new(status)),
        Err(what) => Meaning::NotUnderstood(NotUnderstood {
            id: report.get("externalId").short(),
            kind: word(report).text().map(|word| shown(&word)),
            ..what
        }),
    };
    findings.add(path, meaning);
}

/// The word for what happened; in a URL's query it has another name.
fn word(report: Node<'_>) -> Node<'_> {
    report.first(&["eventType", "status"])
}

fn status(report: Node<'_>, delivery: &Delivery<'_>) -> Result<StatusItem, NotUnderstood> {
    let kind = kind(word(report))?;
    let id = item::id(report.get("externalId"))?;
    let time = report.first(&["eventTs", "deliveredTS", "timestamp"]);
    let (at, at_is_receipt) = item::when(time, delivery.received_at)?;
    let channel = channel(report);
    let named = report.first(&["srcAddr", "mask", "waNumber"]).short();
    let account = named.or_else(|| delivery.channel_account.map(str::to_owned));
    let recipient = account.as_ref().and_then(|_| {
        let nobody = Node::default();
        let number = report.first(&["destAddr", "phoneNo", "mobile"]);
        Some(stated(number, nobody, nobody)).filter(is_somebody)
    });
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: (kind == StatusKind::Failed)
            .then(|| failure(report))
            .flatten(),
        sender: account.map(|account| item::sender(channel, account)),
        correlation_id: report.get("extra").short(),
        ..StatusEvidence::new(kind, at, Provider::Gupshup)
    };
    Ok(StatusItem {
        recipient,
        ..item::status(item::message_id(Provider::Gupshup, id), evidence)
    })
}

fn kind(word: Node<'_>) -> Result<StatusKind, NotUnderstood> {
    let unknown = |detail| NotUnderstood::new(Reason::UnknownStatus, detail);
    let word = word.word().ok_or_else(|| unknown("no status".to_owned()))?;
    match word.as_str() {
        "submitted" | "enqueued" => Ok(StatusKind::Dispatched),
        "sent" => Ok(StatusKind::Sent),
        "delivered" | "delivrd" | "success" => Ok(StatusKind::Delivered),
        "read" | "displayed" | "seen" => Ok(StatusKind::Read),
        "played" => Ok(StatusKind::Played),
        "failed" | "failure" | "fail" | "undeliv" | "undelivered" | "undeliverable" | "expired"
        | "rejected" => Ok(StatusKind::Failed),
        "deleted" => Ok(StatusKind::Deleted),
        other => Err(unknown(format!("status {}", shown(other)))),
    }
}

/// Members that only a report on an SMS has: of how many parts it was, and under which name it was sent.
const SMS: [&str; 2] = ["noOfFrags", "mask"];

/// Where it travelled: where nothing is said and nothing shows it, by WhatsApp, as whatever else is read here.
fn channel(report: Node<'_>) -> Channel {
    match report.get("channel").word().as_deref() {
        None if report.first(&SMS).text().is_some() => Channel::Sms,
        Some("sms") => Channel::Sms,
        Some("rcs") => Channel::Rcs,
        Some("viber") => Channel::Viber,
        _ => Channel::WhatsApp,
    }
}

fn failure(report: Node<'_>) -> Option<FailureReport> {
    let code = report.first(&["errorCode", "errCode"]).cut(SHORT);
    let cause = report.get("cause").cut(DETAIL);
    let report = FailureReport {
        code: code.filter(|code| code != NO_ERROR).unwrap_or_default(),
        title: cause.filter(|cause| cause != SUCCESS).unwrap_or_default(),
        detail: report
            .first(&["reason", "errorMessage", "description"])
            .cut(DETAIL)
            .unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

/// Reads what a contact wrote: flat, with a member for what it holds.
pub(super) fn message(
    body: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let word = body.get("type");
    let person = stated(
        body.get("mobile"),
        body.get("userId"),
        body.get("parentUserId"),
    );
    let named = body.get("waNumber").short();
    let head = Head {
        // It has none: the two that may be there are the halves of the quoted message's.
        id: body.get("id"),
        time: body.get("timestamp"),
        account: named.or_else(|| delivery.channel_account.map(str::to_owned)),
        contact: ContactRef {
            name: body.get("name").cut(SHORT),
            ..person
        },
        quoted: quoted(body),
        whole: body,
    };
    let member = word.word().unwrap_or_default();
    let holder = match body.get(&member) {
        given if given.exists() && member != "text" => given,
        _ => body,
    };
    inbound::add(
        head,
        inbound::said(word, holder),
        word,
        path,
        delivery,
        findings,
    );
}

/// The message that is answered, as reports of it name it.
fn quoted(body: Node<'_>) -> Option<String> {
    let halves = body
        .get("replyId")
        .short()
        .zip(body.get("messageId").short());
    let whole = halves.map(|(one, other)| format!("{one}-{other}"));
    let whole = whole.filter(|id| id.len() <= SHORT);
    whole.or_else(|| inbound::quoted(body.get("context")))
}
