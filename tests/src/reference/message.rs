//! Outbound messages as their evidence makes them.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::types::{
    Channel, ConversationType, MessageState, OutboundRegistration, Source, Stage, StatusKind,
};

use super::DAY;
use super::attribution::{Attribution, attribution};
use super::channel::{Reported, has_sessions, line, reportable};
use super::echo::{body, least_echo};
use super::evidence::{Evidence, Piece};
use super::identity::Key;
use super::replies::{Answer, Inbound};
use super::standing::{self, Standing};
use super::watermarks::{self, Place, Watermark};

/// One piece of evidence in a timeline: kind, time and provider. Without a time where the provider gave none: such pieces
/// are told apart without it.
pub type TimelineEntry = (StatusKind, Option<i64>, i32);

/// An outbound message.
#[derive(Debug, Clone)]
pub struct Message {
    /// All keys that find it.
    pub keys: BTreeSet<Key>,
    /// Whether its sender described it.
    pub registered: bool,
    /// The earliest time of each kind, beyond the window too.
    pub times: BTreeMap<StatusKind, i64>,
    /// The earliest time of each kind that watermarks say of it, beyond the window too.
    pub marks: BTreeMap<StatusKind, i64>,
    /// What it says; absent where it says nothing, or nobody told.
    pub body: Option<String>,
    /// The earliest time of each kind that counts.
    pub effective: BTreeMap<StatusKind, i64>,
    /// The time to which it belongs.
    pub origin: i64,
    /// Where it stands.
    pub standing: Standing,
    /// Whether it is in the counts.
    pub attached: bool,
    /// Whether it was delivered and the provider says that it costs.
    pub billable: bool,
    /// The provider's word for which price applies.
    pub pricing_category: Option<String>,
    /// The provider's word for the kind of the charge.
    pub pricing_type: Option<String>,
    /// Kind of its conversation.
    pub conversation_type: Option<ConversationType>,
    /// Channel.
    pub channel: Option<Channel>,
    /// Channel account, with the number of its channel on the wire.
    pub channel_account: Option<String>,
    /// To whom, by a number that is good for comparing.
    pub contact: Option<usize>,
    /// Who or what caused it.
    pub source: Source,
    pub(super) of: Attribution,
    /// Whether it opened a ticket.
    pub opened_ticket: bool,
    /// Whether a session was open when it was sent; absent where nobody said so and the channel has none.
    pub session_open: Option<bool>,
    session_stated: Option<bool>,
    reportable: Vec<Stage>,
    /// The inbound messages that answer it, earliest first.
    pub answers: Vec<Answer>,
    /// Every piece of evidence.
    pub timeline: BTreeSet<TimelineEntry>,
}

impl Message {
    /// When it was first replied to.
    #[must_use]
    pub fn replied_at(&self) -> Option<i64> {
        self.answers.iter().map(|answer| answer.at).min()
    }

    /// Its earliest replies: one, but where several came at the very same time.
    pub fn first_replies(&self) -> impl Iterator<Item = &Answer> {
        let first = self.replied_at();
        self.answers
            .iter()
            .filter(move |answer| Some(answer.at) == first)
    }

    /// Whether the sending of it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        is_failure(self.standing.state)
    }

    /// Whether words leave open if it counts: nobody registered it, nothing of its beginning is known, and beside its
    /// end it is known that it was deleted.
    pub(super) fn is_vague(&self) -> bool {
        !self.attached && self.times.contains_key(&StatusKind::Deleted)
    }

    /// What it is part of, what it costs and how it failed, by the names of the columns that say so.
    #[must_use]
    pub fn attribution_fields(&self) -> BTreeMap<&'static str, String> {
        let of = &self.of;
        let failure = self.standing.failure.as_ref().filter(|_| self.has_failed());
        let category = failure.map(|failure| i32::from(standing::category(failure)).to_string());
        let text = |number: Option<i32>| number.map(|number| number.to_string());
        let mut fields = of.shared_fields();
        for (name, value) in [
            ("channel_account_id", self.channel_account.clone()),
            ("broadcast_id", of.broadcast.clone()),
            ("template_id", of.template.clone()),
            ("subtype_id", of.subtype.clone()),
            ("pricing_category_id", self.pricing_category.clone()),
            ("pricing_type_id", self.pricing_type.clone()),
            ("kind", text(of.kind)),
            ("template_category", text(of.template_category)),
            ("content_type", text(of.content_type)),
            ("failure_category", category),
            (
                "error_code",
                failure.and_then(standing::Failure::error_code),
            ),
        ] {
            fields.extend(value.map(|value| (name, value)));
        }
        fields
    }

    /// The stages that its channel account can report.
    #[must_use]
    pub fn reportable(&self) -> &[Stage] {
        &self.reportable
    }
}

/// Every outbound message that the evidence tells of, where that was said of what accounts can report.
pub(super) fn all(evidence: &Evidence<'_>, said: &Reported) -> Vec<Message> {
    let group = |key: &Key| evidence.messages.group(key);
    let told = evidence.watermarks.iter();
    let watermarks: Vec<Watermark> = told.map(|item| watermarks::told(evidence, item)).collect();
    evidence
        .messages
        .all()
        .into_iter()
        .map(|(number, keys)| {
            let registrations: Vec<&OutboundRegistration> = evidence
                .registrations
                .iter()
                .filter(|(key, _)| group(key) == Some(number))
                .map(|(_, registration)| *registration)
                .collect();
            let pieces: Vec<&Piece> = evidence
                .pieces
                .iter()
                .filter(|(key, _)| group(key) == Some(number))
                .map(|(_, piece)| piece)
                .collect();
            let keys = keys.into_iter().collect();
            message(evidence, said, &watermarks, keys, &registrations, &pieces)
        })
        .collect()
}

fn message(
    evidence: &Evidence<'_>,
    said: &Reported,
    watermarks: &[Watermark],
    keys: BTreeSet<Key>,
    registrations: &[&OutboundRegistration],
    pieces: &[&Piece],
) -> Message {
    // They differ in nothing but what things are called.
    let registration = registrations.first().copied();
    let times = earliest(pieces);
    let origin = origin(&times);
    let counted: Vec<&Piece> = pieces
        .iter()
        .copied()
        .filter(|piece| piece.at - origin <= 30 * DAY)
        .collect();
    let mut effective = earliest(&counted);
    // Whom it was from and to is no status: whenever it is said, it holds.
    let sender = first(pieces, |piece| piece.sender.clone());
    let channel = match registration {
        Some(registration) => Some(registration.channel()),
        None => sender.as_ref().map(|(channel, _)| *channel),
    };
    let account = match registration {
        Some(registration) => Some(registration.channel_account_id.clone()),
        None => sender.map(|(_, account)| account),
    };
    let reportable = reportable(said, channel, account.as_deref());
    let channel_account = channel
        .zip(account)
        .map(|(channel, account)| line(channel, &account));
    let contact = contact(evidence, registration, pieces);
    let failure = standing::failure(&counted);
    let of_itself = standing::of(&effective, failure.clone(), &reportable);
    let marks = watermarks::marks(
        watermarks,
        &Place {
            channel,
            channel_account: channel_account.as_ref(),
            contact,
            origin,
            left: [StatusKind::Sent, StatusKind::Dispatched]
                .iter()
                .find_map(|kind| effective.get(kind).copied()),
            failed: is_failure(of_itself.state),
        },
    );
    for (kind, mark) in marks.iter().filter(|(_, mark)| **mark - origin <= 30 * DAY) {
        let at = effective.entry(*kind).or_insert(*mark);
        *at = (*mark).min(*at);
    }
    let standing = standing::of(&effective, failure, &reportable);
    let echo = registration.map_or_else(|| least_echo(pieces), |_| None);
    // One price as a whole: what the least does not tell, no other adds.
    let pricing = first(&counted, |piece| piece.pricing.clone()).unwrap_or_default();
    let conversation = first(&counted, |piece| piece.conversation.clone());
    let origin_type = conversation.and_then(|conversation| conversation.origin_type);
    Message {
        registered: registration.is_some(),
        attached: registration.is_some() || is_from_its_beginning(&times),
        billable: standing.has_reached(Stage::Delivery) && pricing.billable == Some(true),
        pricing_category: pricing.category,
        pricing_type: pricing.r#type,
        conversation_type: origin_type.and_then(|origin| conversation_type(&origin)),
        channel,
        channel_account,
        contact,
        body: match (registration, &echo) {
            (Some(registration), _) => body(registration.content.as_ref()),
            (None, echo) => body(echo.as_ref().and_then(|echo| echo.content.as_ref())),
        },
        marks,
        source: registration.map_or(Source::Echo, OutboundRegistration::source),
        of: attribution(registrations).unwrap_or_else(|| Attribution {
            content_type: echo.map(|echo| echo.content_type),
            ..Attribution::default()
        }),
        opened_ticket: registration.is_some_and(|registration| registration.opened_ticket),
        session_open: None,
        session_stated: registration.and_then(|registration| registration.session_open),
        reportable,
        answers: Vec::new(),
        timeline: pieces
            .iter()
            .map(|piece| {
                (
                    piece.kind,
                    Some(piece.at).filter(|_| !piece.at_is_receipt),
                    piece.provider,
                )
            })
            .collect(),
        keys,
        times,
        effective,
        origin,
        standing,
    }
}

fn is_failure(state: MessageState) -> bool {
    matches!(state, MessageState::DispatchFailed | MessageState::Failed)
}

fn earliest(pieces: &[&Piece]) -> BTreeMap<StatusKind, i64> {
    let mut times = BTreeMap::new();
    for piece in pieces {
        let at = times.entry(piece.kind).or_insert(piece.at);
        *at = piece.at.min(*at);
    }
    times
}

/// Dispatched, else sent, else queued, else the earliest of the others.
fn origin(times: &BTreeMap<StatusKind, i64>) -> i64 {
    let by_rank = [StatusKind::Dispatched, StatusKind::Sent, StatusKind::Queued];
    by_rank
        .iter()
        .find_map(|kind| times.get(kind))
        .or_else(|| times.values().min())
        .copied()
        .unwrap_or_default()
}

/// Whether there is evidence from before the end of its way: other than of delivery, reading or a provider's failure.
fn is_from_its_beginning(times: &BTreeMap<StatusKind, i64>) -> bool {
    let beginnings = [
        StatusKind::Queued,
        StatusKind::Dispatched,
        StatusKind::DispatchFailed,
        StatusKind::Sent,
    ];
    beginnings.iter().any(|kind| times.contains_key(kind))
}

/// What the least piece that says anything of it says.
pub(super) fn first<T>(pieces: &[&Piece], said: impl Fn(&Piece) -> Option<T>) -> Option<T> {
    pieces
        .iter()
        .filter_map(|piece| Some(((piece.at, piece.kind, piece.provider), said(piece)?)))
        .min_by_key(|(order, _)| *order)
        .map(|(_, value)| value)
}

fn contact(
    evidence: &Evidence<'_>,
    registration: Option<&OutboundRegistration>,
    pieces: &[&Piece],
) -> Option<usize> {
    if let Some(registration) = registration {
        let who = registration.contact.as_ref()?;
        return evidence.contact(
            who,
            registration.channel(),
            &registration.channel_account_id,
        );
    }
    let told = |piece: &Piece| piece.recipient.clone().zip(piece.sender.clone());
    let (who, (channel, account)) = first(pieces, told)?;
    evidence.contact(&who, channel, &account)
}

fn conversation_type(origin: &str) -> Option<ConversationType> {
    match origin {
        "service" | "user_initiated" => Some(ConversationType::UserInitiated),
        "marketing" | "utility" | "authentication" | "business_initiated" => {
            Some(ConversationType::BusinessInitiated)
        }
        "referral_conversion" | "free_entry_point" => Some(ConversationType::FreeEntryPoint),
        _ => None,
    }
}

/// Whether a session was open: as the sender states it, else whether the contact wrote to that account in the 24 hours
/// before.
pub(super) fn derive_sessions(messages: &mut [Message], inbound: &[Inbound]) {
    for message in messages {
        let opens = |inbound: &&Inbound| {
            inbound.opens_session
                && Some(inbound.contact) == message.contact
                && Some(&inbound.channel_account) == message.channel_account.as_ref()
                && inbound.at <= message.origin
                && message.origin - inbound.at < DAY
        };
        let derived = || inbound.iter().any(|inbound| opens(&inbound));
        let derived = has_sessions(message.channel).then(derived);
        message.session_open = message.session_stated.or(derived);
    }
}
