//! Batches of events, of one workspace or of several.

use std::collections::HashSet;

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::event::Event;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::event;
use acuse_proto::message_state::{Event as Wire, WorkspaceEvents, WorkspaceResults};
use acuse_proto::types::{ItemError, ItemResult};
use acuse_rpc::paging;
use futures::future::join_all;
use prost::Message as _;

use super::items;
use crate::apply_events::apply_events;
use crate::config::MAX_EVENTS;
use crate::parts::Parts;

/// Events of one workspace, as they were read.
pub(super) struct Batch {
    workspace: String,
    good: Vec<Event>,
    /// For each of them that came, what is wrong with it.
    errors: Vec<Option<ItemError>>,
    bytes: usize,
}

impl Batch {
    /// Reads what came, at `now`.
    pub(super) fn read(workspace: String, events: Vec<Wire>, now: Timestamp) -> Self {
        let bytes = events.iter().map(Wire::encoded_len).sum();
        let checked = events.into_iter().map(|wire| event(wire, now));
        let (good, errors) = items::sift(checked);
        Self {
            workspace,
            good,
            errors,
            bytes,
        }
    }

    /// Takes in what is good; one result for each event that came, in their order.
    ///
    /// # Errors
    ///
    /// As [`apply_events`].
    pub(super) async fn apply(self, parts: &Parts) -> Result<Vec<ItemResult>> {
        let fates = apply_events(parts, &self.workspace, self.good, self.bytes).await?;
        Ok(items::results(self.errors, fates))
    }
}

/// Takes in batches of several workspaces. One that is not taken in has no results.
///
/// # Errors
///
/// That of the first, where none is taken in.
pub(super) async fn apply_all(parts: &Parts, batches: Vec<Batch>) -> Result<Vec<WorkspaceResults>> {
    let applied = batches.into_iter().map(|batch| batch.apply(parts));
    let applied = join_all(applied).await;
    let mut failure = None;
    let mut results = Vec::with_capacity(applied.len());
    for part in applied {
        let part = part.map_err(|error| {
            failure.get_or_insert(error);
        });
        results.push(WorkspaceResults {
            results: part.unwrap_or_default(),
        });
    }
    match failure {
        Some(error) if results.iter().all(|part| part.results.is_empty()) => Err(error),
        _ => Ok(results),
    }
}

/// Checks how many there are of what.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field at fault.
pub(super) fn check(parts: &[WorkspaceEvents]) -> Result<()> {
    paging::check_count("parts", parts.len(), MAX_EVENTS)?;
    let mut violations = Vec::new();
    let mut named = HashSet::new();
    for (index, part) in parts.iter().enumerate() {
        if part.workspace.is_empty() {
            let field = format!("parts[{index}].workspace");
            violations.push(FieldViolation::new(field, "must be given"));
        } else if !named.insert(&part.workspace) {
            let field = format!("parts[{index}].workspace");
            let problem = "must be another than that of every other part";
            violations.push(FieldViolation::new(field, problem));
        }
        if part.events.is_empty() {
            let field = format!("parts[{index}].events");
            violations.push(FieldViolation::new(field, "must hold one event at least"));
        }
    }
    let events: usize = parts.iter().map(|part| part.events.len()).sum();
    if events > MAX_EVENTS {
        let problem = format!("must hold at most {MAX_EVENTS} events together; there are {events}");
        violations.push(FieldViolation::new("parts", problem));
    }
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid(violations)),
    }
}
