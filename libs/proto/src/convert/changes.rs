//! Which changes a caller wants to be told of.

use std::collections::BTreeSet;

use acuse_domain::error::FieldViolation;
use acuse_domain::kinds::{Channel, MessageState};
use acuse_domain::report::{Condition, Dimension, Value};
use acuse_domain::time::Timestamp;

use super::faults::Faults;
use super::kinds::Vocabulary;
use crate::message_state as wire;

/// Values of a filter at most, all told.
const MAX_VALUES: usize = 1_000;

/// Which messages a filter is about. A message has to meet all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeFilter {
    /// Conditions whose values are codes.
    pub conditions: Vec<Condition>,
    /// External ids, by the dimension that has to have one of them.
    pub names: Vec<(Dimension, BTreeSet<String>)>,
}

impl ChangeFilter {
    /// Bytes that are the same for filters that ask for the same, in whatever order.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut part = |part: &[u8]| {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        };
        for condition in &self.conditions {
            part(condition.dimension.as_str().as_bytes());
            let values = condition
                .values
                .iter()
                .flat_map(|value| value.to_le_bytes());
            part(&values.collect::<Vec<u8>>());
        }
        for (dimension, ids) in &self.names {
            part(dimension.as_str().as_bytes());
            part(&(ids.len() as u64).to_le_bytes());
            ids.iter().for_each(|id| part(id.as_bytes()));
        }
        bytes
    }
}

/// The filter of a request, in its field `filter`; without one, everything.
///
/// # Errors
///
/// Every fault of the filter, by its path within the request.
pub fn change_filter(
    wire: Option<wire::ChangeFilter>,
) -> Result<ChangeFilter, Vec<FieldViolation>> {
    // No time is checked in a filter.
    let mut faults = Faults::new(Timestamp::default());
    let filter = match wire {
        None => Some(ChangeFilter::default()),
        Some(wire) => faults.within("filter", |faults| filter(faults, wire)),
    };
    faults.finish(filter)
}

fn filter(faults: &mut Faults, wire: wire::ChangeFilter) -> Option<ChangeFilter> {
    let names = [
        (
            Dimension::ChannelAccount,
            "channel_account_ids",
            wire.channel_account_ids,
        ),
        (Dimension::Account, "account_ids", wire.account_ids),
        (Dimension::Department, "department_ids", wire.department_ids),
        (Dimension::Team, "team_ids", wire.team_ids),
        (Dimension::Agent, "agent_ids", wire.agent_ids),
        (Dimension::Campaign, "campaign_ids", wire.campaign_ids),
        (Dimension::Broadcast, "broadcast_ids", wire.broadcast_ids),
        (Dimension::Template, "template_ids", wire.template_ids),
    ];
    let ids = names.iter().map(|(.., ids)| ids.len());
    let count = ids.sum::<usize>() + wire.channels.len() + wire.states.len();
    if count > MAX_VALUES {
        let fault = format!("has {count} values; at most {MAX_VALUES} are allowed");
        faults.add("values", fault);
        return None;
    }
    let channels = codes(
        faults,
        Dimension::Channel,
        "channels",
        wire.channels,
        |it: Channel| it.code(),
    );
    let states = codes(
        faults,
        Dimension::State,
        "states",
        wire.states,
        |it: MessageState| it.code(),
    );
    let names: Vec<Option<(Dimension, BTreeSet<String>)>> = names
        .into_iter()
        .filter(|(.., ids)| !ids.is_empty())
        .map(|(dimension, field, ids)| {
            let ids: Vec<Option<String>> = ids
                .into_iter()
                .enumerate()
                .map(|(index, id)| faults.id(&format!("{field}[{index}]"), id))
                .collect();
            Some((dimension, ids.into_iter().collect::<Option<_>>()?))
        })
        .collect();
    Some(ChangeFilter {
        conditions: [channels?, states?].into_iter().flatten().collect(),
        names: names.into_iter().collect::<Option<_>>()?,
    })
}

/// The condition that a list of a vocabulary's values makes, if it has any; `None` where one is not known.
fn codes<V: Vocabulary>(
    faults: &mut Faults,
    dimension: Dimension,
    field: &str,
    given: Vec<i32>,
    code: impl Fn(V) -> i16,
) -> Option<Option<Condition>> {
    let values: Vec<Option<V>> = given
        .into_iter()
        .enumerate()
        .map(|(index, number)| faults.kind(&format!("{field}[{index}]"), number))
        .collect();
    let values: Vec<V> = values.into_iter().collect::<Option<_>>()?;
    let condition = Condition::any_of(
        dimension,
        values.into_iter().map(|it| Value::from(code(it))),
    );
    Some(Some(condition).filter(|condition| !condition.values.is_empty()))
}
