//! What is done with each answer: rejected rows are written down, then it is kept how far the file is.

use acuse_proto::{
    ingestion::{BatchAcknowledgement, IngestWebhookResponse, webhook_finding::Meaning},
    types::{ItemError, ItemOutcome},
};

use super::{
    batch::Batch,
    progress::Progress,
    rejected::RejectedFile,
    row::{Origin, Position, Raw},
    rows::{Fault, Shape, Unfit},
    state::{State, StateFile},
};
use crate::failure::Result;

/// One file on its way in.
pub(super) struct Intake {
    pub(super) state: State,
    /// Where the state is kept; `None` for what can be read only once.
    pub(super) kept: Option<StateFile>,
    pub(super) rejected: RejectedFile,
    pub(super) progress: Progress,
    /// The names of a file's columns, for what the service says of fields.
    pub(super) shape: Option<Shape>,
}

impl Intake {
    /// A batch is durable, all before it as well.
    pub(super) fn settle(&mut self, batch: Batch, answer: BatchAcknowledgement) -> Result<()> {
        let tally = &mut self.state.tally;
        tally.rows += (batch.origins.len() + batch.unfit.len()) as u64;
        tally.applied += u64::from(answer.applied);
        tally.duplicate += u64::from(answer.duplicate);
        tally.late += u64::from(answer.late);
        let mut origins: Vec<_> = batch.origins.into_iter().map(Some).collect();
        let mut rejected = batch.unfit;
        for one in answer.results {
            let result = one.result.unwrap_or_default();
            if result.outcome() != ItemOutcome::Rejected {
                continue;
            }
            let origin = origins.get_mut(one.index as usize).and_then(Option::take);
            if let Some(origin) = origin {
                let unfit = self.unfit(result.error.unwrap_or_default(), &origin);
                rejected.push((origin, unfit));
            }
        }
        self.reject(rejected)?;
        self.reached(batch.next)
    }

    /// A webhook is durable, all before it as well.
    pub(super) fn settle_webhook(
        &mut self,
        origin: Origin,
        answer: std::result::Result<IngestWebhookResponse, Unfit>,
        next: Position,
    ) -> Result<()> {
        self.state.tally.rows += 1;
        match answer {
            Ok(answer) => self.count(origin, answer)?,
            Err(unfit) => self.reject(vec![(origin, unfit)])?,
        }
        self.reached(Some(next))
    }

    fn count(&mut self, origin: Origin, answer: IngestWebhookResponse) -> Result<()> {
        let mut faults = Vec::new();
        let mut reason = None;
        for finding in answer.findings {
            let tally = &mut self.state.tally;
            if let Some(Meaning::NotUnderstood(_)) = finding.meaning {
                tally.not_understood += 1;
                continue;
            }
            let result = finding.result.unwrap_or_default();
            match result.outcome() {
                ItemOutcome::Applied => tally.applied += 1,
                ItemOutcome::Duplicate => tally.duplicate += 1,
                ItemOutcome::Late => tally.late += 1,
                ItemOutcome::Rejected => {
                    let error = result.error.unwrap_or_default();
                    faults.push(Fault::new(finding.path, error.message));
                    reason.get_or_insert(error.reason);
                }
                ItemOutcome::Unspecified => tally.not_understood += 1,
            }
        }
        match reason {
            Some(reason) => self.reject(vec![(origin, Unfit { reason, faults })]),
            None => Ok(()),
        }
    }

    fn reject(&mut self, mut rows: Vec<(Origin, Unfit)>) -> Result<()> {
        rows.sort_by_key(|(origin, _)| origin.line);
        for (_, unfit) in &rows {
            self.state.tally.reject(&unfit.reason);
        }
        self.rejected.write(&rows)
    }

    /// What the service says is wrong with a row, in the words of its file.
    fn unfit(&self, error: ItemError, origin: &Origin) -> Unfit {
        let violations = error.field_violations.into_iter();
        let mut faults: Vec<_> = violations
            .map(|violation| {
                // A path begins with what the item is.
                let path = violation.field.split_once('.').map(|(_, path)| path);
                let path = path.unwrap_or(&violation.field);
                let column = match (&self.shape, &origin.raw) {
                    (Some(shape), Raw::Csv(_)) => shape.column_of(path),
                    _ => None,
                };
                Fault::new(column.unwrap_or(path), violation.description)
            })
            .collect();
        if faults.is_empty() {
            faults.push(Fault::new("", error.message));
        }
        Unfit {
            reason: error.reason,
            faults,
        }
    }

    fn reached(&mut self, position: Option<Position>) -> Result<()> {
        let Some(position) = position else {
            return Ok(());
        };
        self.state.position = position;
        self.state.rejected_bytes = self.rejected.bytes();
        self.progress.at(&self.state.position, &self.state.tally);
        self.keep(false)
    }

    /// Keeps how far the file is.
    pub(super) fn keep(&self, durably: bool) -> Result<()> {
        match &self.kept {
            Some(kept) => kept.save(&self.state, durably),
            None => Ok(()),
        }
    }
}
