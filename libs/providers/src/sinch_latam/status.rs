//! What happened to messages that were sent.

use acuse_domain::contact::ContactRef;
use acuse_domain::evidence::{Conversation, FailureReport, SenderIdentity, StatusEvidence};
use acuse_domain::kinds::{Provider, Stage, StatusKind};

use super::{Context, channel, channel_account};
use crate::item::{self, message_id, sender};
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::parts::{filled, own_text, when};
use crate::party::by_phone;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

const PROVIDER: Provider = Provider::SinchLatam;

/// The code of what was read.
const READ: &str = "5";

/// One step of a message's way, and the members that tell of it. The times count milliseconds where they can: the dates
/// beside them are cut to the second.
struct Step {
    kind: StatusKind,
    stage: Stage,
    flag: &'static str,
    code: &'static str,
    word: &'static str,
    times: [&'static str; 4],
}

const STEPS: [Step; 3] = [
    Step {
        kind: StatusKind::Sent,
        stage: Stage::Send,
        flag: "sent",
        code: "sentStatusCode",
        word: "sentStatus",
        times: ["sentAt", "sentStatusAt", "sentDate", "sentStatusDate"],
    },
    Step {
        kind: StatusKind::Delivered,
        stage: Stage::Delivery,
        flag: "delivered",
        code: "deliveredStatusCode",
        word: "deliveredStatus",
        times: [
            "deliveredAt",
            "deliveredStatusAt",
            "deliveredDate",
            "deliveredStatusDate",
        ],
    },
    Step {
        kind: StatusKind::Read,
        stage: Stage::Read,
        flag: "read",
        code: "readStatusCode",
        word: "readStatus",
        times: ["readAt", "readStatusAt", "readDate", "readStatusDate"],
    },
];

/// What a step says of itself.
enum Outcome {
    /// It was reached.
    Reached,
    /// The next one was reached: what is read is told as a delivery with another code.
    ReachedNext,
    /// It was not, and will not be.
    Failed,
    /// It was not so far, or nothing is told of it.
    Pending,
    /// A word that nobody has described.
    Unknown(String),
}

/// Whether the record is about a message that was sent.
pub(super) fn tells(record: Node<'_>) -> bool {
    STEPS.iter().any(|step| {
        let members = [step.flag, step.code, step.word];
        let mut members = members.iter().chain(&step.times);
        members.any(|key| record.get(key).exists())
    })
}

/// Reads a record.
pub(super) fn read(record: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let id = match item::id(record.get("id")) {
        Ok(id) => id,
        Err(what) => return findings.not_understood(path, what),
    };
    let account = channel_account(record, context);
    let channel = channel(record, context);
    let message = Message {
        sender: account.map(|account| sender(channel, account)),
        recipient: by_phone(record.get("destination")),
        conversation: conversation(record, context),
        own: own_text(
            &[record.get("correlationId"), record.get("extraInfo")],
            &id,
            path,
            findings,
        ),
        id,
    };
    let before = findings.len();
    for step in &STEPS {
        self::step(step, record, &message, path, context, findings);
    }
    if findings.len() == before {
        let what = NotUnderstood {
            id: Some(message.id),
            ..NotUnderstood::new(Reason::UnknownStatus, "nothing happened to it so far")
        };
        findings.not_understood(path, what);
    }
}

/// Whether the record says of itself, and not by the code of a delivery, that the message was read.
fn tells_of_reading(record: Node<'_>) -> bool {
    let reading = STEPS.iter().find(|step| step.kind == StatusKind::Read);
    reading.is_some_and(|step| matches!(outcome(step, record), Outcome::Reached))
}

/// What all that a record says is about.
struct Message {
    id: String,
    sender: Option<SenderIdentity>,
    recipient: Option<ContactRef>,
    conversation: Option<Conversation>,
    own: Option<String>,
}

fn step(
    step: &Step,
    record: Node<'_>,
    message: &Message,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    let note = |what| NotUnderstood {
        id: Some(message.id.clone()),
        kind: Some(step.word.to_owned()),
        ..what
    };
    let kind = match outcome(step, record) {
        Outcome::Reached => step.kind,
        Outcome::ReachedNext if tells_of_reading(record) => step.kind,
        Outcome::ReachedNext => StatusKind::Read,
        Outcome::Failed => StatusKind::Failed,
        Outcome::Pending => return,
        Outcome::Unknown(detail) => {
            let what = NotUnderstood::new(Reason::UnknownStatus, detail);
            return findings.not_understood(path, note(what));
        }
    };
    let times = step.times.map(|key| record.get(key));
    let (at, at_is_receipt) = match when(&times, context.delivery.received_at) {
        Ok(at) => at,
        Err(what) => return findings.not_understood(path, note(what)),
    };
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: (kind == StatusKind::Failed).then(|| failure(step, record)),
        conversation: message.conversation.clone(),
        sender: message.sender.clone(),
        correlation_id: message.own.clone(),
        ..StatusEvidence::new(kind, at, PROVIDER)
    };
    let mut item = item::status(message_id(PROVIDER, &*message.id), evidence);
    item.recipient = message
        .sender
        .as_ref()
        .and_then(|_| message.recipient.clone());
    findings.add(path, Meaning::Status(Box::new(item)));
}

/// How a step went: by its code where that is a known one, else by its flag where that says yes, else by its word, else by
/// having a time.
fn outcome(step: &Step, record: Node<'_>) -> Outcome {
    let flag = record.get(step.flag).flag();
    let code = record.get(step.code).text();
    let code = code.as_deref().map(str::trim);
    let code = code.filter(|code| !code.is_empty());
    let word = record.get(step.word).word();
    let is_delivery = step.kind == StatusKind::Delivered;
    match (code, word.as_deref()) {
        (Some(READ), _) | (None, Some("read_success")) if is_delivery => Outcome::ReachedNext,
        (Some("2" | "4" | READ), _) => Outcome::Reached,
        (Some(code), _) if is_failure(code) => Outcome::Failed,
        _ if flag == Some(true) => Outcome::Reached,
        (_, Some(word)) if is_success(word) => Outcome::Reached,
        (_, Some(word)) if FAILURES.contains(&word) => Outcome::Failed,
        (None | Some("0"), None) => match flag {
            None if step.times.iter().any(|key| record.get(key).exists()) => Outcome::Reached,
            _ => Outcome::Pending,
        },
        (code, word) => {
            let code = code.map(|code| format!("{} {}", step.code, shown(code)));
            let word = word.map(|word| format!("{} {}", step.word, shown(word)));
            let said: Vec<String> = code.into_iter().chain(word).collect();
            Outcome::Unknown(said.join(", "))
        }
    }
}

/// Codes of three digits from 1 to 3 are failures: of the way, of what was asked for, of the platform.
fn is_failure(code: &str) -> bool {
    code.len() == 3
        && code.starts_with(['1', '2', '3'])
        && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_success(word: &str) -> bool {
    word.ends_with("_success") || matches!(word, "sent" | "delivered" | "read" | "success")
}

/// Words for failures, where their codes are left out.
const FAILURES: [&str; 21] = [
    "expired",
    "carrier_communication_error",
    "rejected_by_carrier",
    "not_delivered",
    "no_credit",
    "invalid_destination_number",
    "blacklisted",
    "destination_blocked_by_optin",
    "destination_blocked_by_optout",
    "destination_blocked_by_whitelist",
    "destination_message_limit_reached",
    "invalid_message_length",
    "invalid_message_text",
    "invalid_content",
    "invalid_session",
    "internal_error",
    "not_sent",
    "failed",
    "failure",
    "error",
    "rejected",
];

fn failure(step: &Step, record: Node<'_>) -> FailureReport {
    let word = record.get(step.word).cut(SHORT);
    let word = word.map(|word| word.trim().to_owned());
    let code = record.get(step.code).cut(SHORT);
    let code = code.map(|code| code.trim().to_owned());
    FailureReport {
        code: code
            .filter(|code| !code.is_empty())
            .or_else(|| word.clone())
            .unwrap_or_default(),
        title: word.unwrap_or_default(),
        detail: String::new(),
        // A message that fails to be read was delivered all the same, which no stage says.
        stage: Some(step.stage).filter(|stage| *stage != Stage::Read),
    }
}

fn conversation(record: Node<'_>, context: &Context<'_>) -> Option<Conversation> {
    const KEYS: [&str; 3] = ["conversationId", "conversationID", "ConversationID"];
    let ids = [
        filled(record, &KEYS),
        filled(context.body, &KEYS),
        record.get("session").get("id"),
        record.get("sessionId"),
    ];
    let id = ids.into_iter().find_map(Node::short)?;
    Some(Conversation {
        id: Some(id),
        ..Conversation::default()
    })
}
