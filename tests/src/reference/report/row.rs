//! One message as reports see it.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::types::{
    Channel, ContentType, ConversationType, Direction, FailureCategory, MessageState, MessageType,
    Provider, Source, Stage, TemplateCategory,
};
use jiff::tz::TimeZone;

use super::{Clock, Dimension, IdKind, Value, ids};
use crate::reference::Counts;
use crate::reference::attribution::Attribution;
use crate::reference::evidence::Evidence;
use crate::reference::message::Message;
use crate::reference::replies::Inbound;
use crate::reference::rollup;
use crate::reference::standing;

/// The word for a value of a closed vocabulary: its name on the wire without what all of them begin with.
fn spoken(name: &str, prefix: &str) -> Value {
    let word = name.strip_prefix(prefix)?.to_lowercase();
    (word != "unspecified").then_some(word)
}

/// Where a value is of an enum of the wire: its word.
macro_rules! word {
    ($kind:ty, $prefix:literal, $value:expr) => {
        $value.and_then(|value| spoken(<$kind>::try_from(value).ok()?.as_str_name(), $prefix))
    };
}

/// One message: what it is, and what it counts as.
#[derive(Debug, Clone)]
pub struct Row {
    /// Outbound or inbound.
    pub direction: Direction,
    /// When it belongs to, in microseconds.
    pub at: i64,
    /// What it adds to each count, by the counts' names.
    pub counts: Counts,
    /// How long it took to be delivered (1), read (2) and replied to (3), in microseconds.
    pub took: BTreeMap<i32, i64>,
    /// When it was first replied to.
    pub replied_at: Option<i64>,
    /// By what it can be named.
    pub ids: BTreeSet<(IdKind, String)>,
    values: BTreeMap<Dimension, String>,
}

impl Row {
    pub(super) fn of_outbound(message: &Message, evidence: &Evidence<'_>) -> Self {
        // The zone cuts what is not used here.
        let zone = TimeZone::UTC;
        let addition = rollup::of_outbound(message, &zone);
        Self {
            direction: Direction::Outbound,
            at: message.origin,
            counts: addition.counts,
            took: addition.spans.into_iter().collect(),
            replied_at: message.replied_at().filter(|_| message.attached),
            ids: ids::of_outbound(message, evidence),
            values: outbound_values(message),
        }
    }

    pub(super) fn of_inbound(inbound: &Inbound, evidence: &Evidence<'_>) -> Self {
        let mut values = shared_values(&inbound.of);
        values.insert(Dimension::Direction, "inbound".to_owned());
        put(
            &mut values,
            [(
                Dimension::ChannelAccount,
                sending_identity(&inbound.channel_account),
            )],
        );
        let channel = Some(i32::from(inbound.channel));
        let content_type = Some(inbound.content_type);
        put(
            &mut values,
            [
                (Dimension::Channel, word!(Channel, "CHANNEL_", channel)),
                (
                    Dimension::ContentType,
                    word!(ContentType, "CONTENT_TYPE_", content_type),
                ),
            ],
        );
        let mut counts = Counts::default();
        counts.add("received", true);
        Self {
            direction: Direction::Inbound,
            at: inbound.at,
            counts,
            took: BTreeMap::new(),
            replied_at: None,
            ids: ids::of_inbound(inbound, evidence),
            values,
        }
    }

    /// Its value of a dimension; of parts of time by a clock.
    #[must_use]
    pub fn value(&self, dimension: Dimension, clock: &Clock) -> Value {
        if dimension.is_time() {
            return Some(clock.part(self.at, dimension));
        }
        self.own(dimension)
    }

    /// Its value of a dimension that is no time.
    pub(super) fn own(&self, dimension: Dimension) -> Value {
        self.values.get(&dimension).cloned()
    }
}

/// A sending identity as reports tell it: the channel's word before its own id.
fn sending_identity(line: &str) -> Value {
    let (channel, id) = line.split_once(':')?;
    let channel = word!(Channel, "CHANNEL_", channel.parse::<i32>().ok())?;
    Some(format!("{channel}:{id}"))
}

/// What inbound messages take over from those that they answer.
fn shared_values(of: &Attribution) -> BTreeMap<Dimension, String> {
    [
        (Dimension::Account, &of.account),
        (Dimension::Campaign, &of.campaign),
        (Dimension::Agent, &of.agent),
        (Dimension::Team, &of.team),
        (Dimension::Department, &of.department),
    ]
    .into_iter()
    .filter_map(|(dimension, value)| Some((dimension, value.clone()?)))
    .collect()
}

fn put<const N: usize>(values: &mut BTreeMap<Dimension, String>, these: [(Dimension, Value); N]) {
    let told = these
        .into_iter()
        .filter_map(|(dimension, value)| Some((dimension, value?)));
    values.extend(told);
}

fn outbound_values(message: &Message) -> BTreeMap<Dimension, String> {
    let of = &message.of;
    let mut values = shared_values(of);
    // One beside a delivery is no failure of the message.
    let beside = !message.has_failed();
    let failure = message.standing.failure.as_ref().filter(|_| !beside);
    let category = failure.map(standing::category).map(i32::from);
    let conversation = message.conversation_type.map(i32::from);
    let channel = message.channel.map(i32::from);
    let source = Some(i32::from(message.source));
    put(
        &mut values,
        [
            (Dimension::Direction, Some("outbound".to_owned())),
            (
                Dimension::ChannelAccount,
                message
                    .channel_account
                    .as_deref()
                    .and_then(sending_identity),
            ),
            (Dimension::Subtype, of.subtype.clone()),
            (Dimension::Template, of.template.clone()),
            (Dimension::Broadcast, of.broadcast.clone()),
            (Dimension::ErrorCode, failure.and_then(error_code)),
            (Dimension::PricingCategory, message.pricing_category.clone()),
            (Dimension::PricingType, message.pricing_type.clone()),
            (Dimension::Channel, word!(Channel, "CHANNEL_", channel)),
            (Dimension::Source, word!(Source, "SOURCE_", source)),
            (
                Dimension::Type,
                word!(MessageType, "MESSAGE_TYPE_", of.kind),
            ),
            (
                Dimension::TemplateCategory,
                word!(TemplateCategory, "TEMPLATE_CATEGORY_", of.template_category),
            ),
            (
                Dimension::ContentType,
                word!(ContentType, "CONTENT_TYPE_", of.content_type),
            ),
            (
                Dimension::FailureCategory,
                word!(FailureCategory, "FAILURE_CATEGORY_", category),
            ),
            (
                Dimension::ConversationType,
                word!(ConversationType, "CONVERSATION_TYPE_", conversation),
            ),
        ],
    );
    // One that is unattached is counted apart, and by nothing of what it would be if it counted.
    if message.attached {
        let state = Some(i32::from(message.standing.state));
        let stage = message.standing.failed_stage.map(i32::from);
        let session = message
            .session_open
            .map(|open| if open { "yes" } else { "no" });
        let conflict = if message.standing.conflict {
            "yes"
        } else {
            "no"
        };
        put(
            &mut values,
            [
                (Dimension::Conflict, Some(conflict.to_owned())),
                (
                    Dimension::State,
                    word!(MessageState, "MESSAGE_STATE_", state),
                ),
                (Dimension::FailureStage, word!(Stage, "STAGE_", stage)),
                (Dimension::SessionOpen, session.map(str::to_owned)),
            ],
        );
    }
    values
}

/// A provider's code behind the provider's word.
fn error_code(failure: &standing::Failure) -> Value {
    let provider = word!(Provider, "PROVIDER_", Some(failure.provider))?;
    (!failure.code.is_empty()).then(|| format!("{provider}:{}", failure.code))
}
