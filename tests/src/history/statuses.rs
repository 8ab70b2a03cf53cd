//! Who says what happens to outbound messages, and what else is said with it.

use std::collections::HashMap;

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    ContactRef, Content, ContentType, Conversation, DispatchFailureReason, Echo, Failure, Pricing,
    Provider, Stage, StatusEvidence, StatusKind,
};

use super::outbound::{Known, Names};
use super::way::{Step, Way};
use super::world::{Account, Person};
use super::{DAY, NOW, SECOND, Writer, wire_time};

/// Codes that nobody has described.
const OTHER_CODES: &[&str] = &["zz-1", "zz-2"];

/// Codes that Meta gives; the last one is nobody's.
const CODES: &[&str] = &[
    "131026", "131047", "131049", "131050", "131042", "131053", "132001", "130429", "999999",
];

impl Writer<'_> {
    /// Tells the statuses of a message.
    pub(super) fn write_statuses(
        &mut self,
        account: &Account,
        person: &Person,
        known: &Known,
        way: &Way,
        number: usize,
    ) {
        let mut voice = Voice::new(self, account, person, known, way);
        let mut names: Vec<Names> = known.links.clone();
        for (index, step) in way.steps.iter().enumerate() {
            let names = names.pop().unwrap_or_else(|| self.pick(&known.statuses));
            let is_only = way
                .steps
                .iter()
                .filter(|other| other.kind == step.kind)
                .count()
                == 1;
            let status = voice.status(self, step, names);
            if is_only && index > 0 && self.chance(if number.is_multiple_of(7) { 40 } else { 3 }) {
                let status = StatusEvidence {
                    happened_at: None,
                    ..status
                };
                let again = self.chance(20).then(|| (step.at + 3_600 * SECOND).min(NOW));
                for at in [Some(step.at), again].into_iter().flatten() {
                    self.tell_without_time(Item::Status(status.clone()), at);
                }
            } else {
                self.tell(Item::Status(status), step.at);
            }
        }
    }
}

/// What the statuses of one message say beside what happened. Of one kind all say the same, so that no two pieces of
/// evidence that are told apart by nothing but their bytes contradict each other.
struct Voice {
    account: Account,
    tells_sender: bool,
    tells_end_of_window: bool,
    echo_percent: u32,
    conversation_id: Option<String>,
    correlation_id: Option<String>,
    pricing: HashMap<StatusKind, Pricing>,
    conversation: HashMap<StatusKind, Conversation>,
    recipient: HashMap<StatusKind, ContactRef>,
}

const SPEAKING: &[StatusKind] = &[
    StatusKind::Sent,
    StatusKind::Delivered,
    StatusKind::Read,
    StatusKind::Failed,
];

impl Voice {
    fn new(
        writer: &mut Writer<'_>,
        account: &Account,
        person: &Person,
        known: &Known,
        way: &Way,
    ) -> Self {
        let mut voice = Self {
            account: account.clone(),
            tells_sender: writer.chance(if known.is_registered() { 50 } else { 90 }),
            tells_end_of_window: known.is_registered(),
            echo_percent: if known.is_registered() { 15 } else { 60 },
            conversation_id: way.conversation_id.clone(),
            correlation_id: way.correlation_id.clone(),
            pricing: HashMap::new(),
            conversation: HashMap::new(),
            recipient: HashMap::new(),
        };
        for kind in SPEAKING {
            if writer.chance(60) {
                voice.pricing.insert(*kind, pricing(writer));
            }
            if writer.chance(30) {
                let conversation = conversation(writer, voice.conversation_id.clone(), way.queued);
                voice.conversation.insert(*kind, conversation);
            }
            if voice.tells_sender && writer.chance(if known.is_registered() { 30 } else { 70 }) {
                let recipient = person.named(writer.rng, account);
                voice.recipient.insert(*kind, recipient);
            }
        }
        voice
    }

    fn status(&mut self, writer: &mut Writer<'_>, step: &Step, names: Names) -> StatusEvidence {
        let is_failure = step.kind == StatusKind::DispatchFailed;
        // What is late may say nothing that a message without a registration would be known by.
        let tells_who = self.tells_sender && (self.tells_end_of_window || !step.is_late);
        let whole = step.participant.is_none();
        let provider =
            if is_failure || matches!(step.kind, StatusKind::Queued | StatusKind::Dispatched) {
                Some(Provider::Sender.into())
            } else {
                (names.1.is_none() || writer.chance(20)).then(|| self.account.provider.into())
            };
        StatusEvidence {
            sender_message_id: names.0,
            provider_message_id: names.1,
            kind: step.kind.into(),
            happened_at: Some(wire_time(step.at)),
            provider,
            failure: failure(writer, step.kind, self.account.provider),
            pricing: self
                .pricing
                .get(&step.kind)
                .cloned()
                .filter(|_| writer.chance(80)),
            conversation: self
                .conversation
                .get(&step.kind)
                .cloned()
                .filter(|_| writer.chance(80)),
            recipient: self
                .recipient
                .get(&step.kind)
                .cloned()
                .filter(|_| tells_who && whole),
            channel: tells_who.then(|| self.account.channel.into()),
            channel_account_id: tells_who.then(|| self.account.id.clone()),
            correlation_id: self.correlation_id.clone().filter(|_| writer.chance(30)),
            participant_id: step.participant.clone(),
            echo: self.echo(writer, step).map(Box::new),
            channel_account_phone: None,
        }
    }
}

impl Voice {
    /// What it holds, as told of some of what is sent. It differs from one time to another, and never at one time: what
    /// stands would hang on a digest.
    fn echo(&self, writer: &mut Writer<'_>, step: &Step) -> Option<Echo> {
        let is_told = step.kind == StatusKind::Sent && writer.chance(self.echo_percent);
        let body = [Some("Buenas"), Some("Good day"), None];
        let [holds, says] = [2, 3].map(|ways| step.at / SECOND % ways);
        is_told.then(|| Echo {
            content_type: match holds {
                0 => ContentType::Text.into(),
                _ => ContentType::Video.into(),
            },
            content: body[usize::try_from(says).unwrap()].map(|body| Content {
                body: Some(body.to_owned()),
                ..Content::default()
            }),
        })
    }
}

fn pricing(writer: &mut Writer<'_>) -> Pricing {
    let category = writer.pick(&["marketing", "utility", "service", "new_word"]);
    let kind = writer.pick(&["regular", "free_customer_service", "free_entry_point"]);
    Pricing {
        billable: writer.chance(90).then(|| writer.chance(60)),
        model: Some("PMP".to_owned()),
        category: writer.chance(85).then(|| category.to_owned()),
        r#type: writer.chance(60).then(|| kind.to_owned()),
    }
}

fn conversation(writer: &mut Writer<'_>, id: Option<String>, queued: i64) -> Conversation {
    let origin = writer.pick(&[
        "marketing",
        "service",
        "referral_conversion",
        "utility",
        "other",
    ]);
    Conversation {
        id,
        origin_type: Some(origin.to_owned()),
        expires_at: writer.chance(50).then(|| wire_time(queued + DAY)),
    }
}

/// What went wrong. The stage goes by the code: two failures differ in more than it.
fn failure(writer: &mut Writer<'_>, kind: StatusKind, by: Provider) -> Option<Failure> {
    match kind {
        StatusKind::DispatchFailed => {
            let reason = writer.pick(&[
                DispatchFailureReason::InternalError,
                DispatchFailureReason::InsufficientBalance,
                DispatchFailureReason::UnassignedVariables,
            ]);
            Some(Failure {
                dispatch_reason: Some(reason.into()),
                ..Failure::default()
            })
        }
        StatusKind::Failed if writer.chance(85) => {
            let codes = if by == Provider::MetaWhatsapp {
                CODES
            } else {
                OTHER_CODES
            };
            let code = writer.chance(90).then(|| writer.pick(codes));
            let stage = match code {
                Some("131026") => Some(Stage::Delivery),
                Some("131042") => Some(Stage::Send),
                _ => None,
            };
            let title = writer.pick(&["Message undeliverable", "Message is not valid"]);
            Some(Failure {
                code: code.map(str::to_owned),
                title: writer.chance(80).then(|| title.to_owned()),
                detail: writer.chance(30).then(|| "Details".to_owned()),
                stage: stage.map(Into::into),
                dispatch_reason: None,
            })
        }
        _ => None,
    }
}
