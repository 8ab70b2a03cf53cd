//! Rows for the wire.

use acuse_domain::error::Result;
use acuse_domain::kinds::{MessageState, Provider, Stage, StageStatus};
use acuse_proto::convert::{
    confirming_provider, dispatch_failure, provider_failure, template_of, timestamp,
};
use acuse_proto::reporting::HsmManagementRow;
use acuse_proto::types;
use acuse_store::read::HsmRow;
use prost::Message as _;

use crate::stream_rows::Templates;

/// Encoded bytes of a batch, about: the row that would go beyond begins the next one. Clients take 4 MiB at most unless
/// they are told otherwise.
const BATCH_BYTES: usize = 1 << 20;

/// Rows in batches.
pub(super) struct Batches {
    templates: Templates,
    /// Rows of a batch at most.
    size: usize,
    /// What the last batch had no room for.
    left: Option<HsmManagementRow>,
}

impl Batches {
    /// Batches of at most `size` rows.
    pub(super) fn new(templates: Templates, size: usize) -> Self {
        Self {
            templates,
            size,
            left: None,
        }
    }

    /// The next batch: at least one row, and none after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(super) async fn next(&mut self) -> Result<Vec<HsmManagementRow>> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < self.size {
            let row = match self.left.take() {
                Some(row) => row,
                None => match self.templates.next().await? {
                    Some(row) => hsm_management(row),
                    None => break,
                },
            };
            bytes += row.encoded_len();
            if bytes > BATCH_BYTES && !rows.is_empty() {
                self.left = Some(row);
                break;
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

fn hsm_management(row: HsmRow) -> HsmManagementRow {
    let [dispatch, send, delivery, read] =
        [Stage::Dispatch, Stage::Send, Stage::Delivery, Stage::Read].map(|at| stage(&row, at));
    let failure = failure(&row);
    let agent = row.agent.map(|agent| types::AgentRef {
        id: agent.external_id.clone(),
        name: agent.label.name.clone(),
        email: agent.label.email.clone(),
    });
    let campaign = row.campaign.map(|campaign| types::NamedRef {
        id: campaign.external_id.clone(),
        name: campaign.label.name.clone(),
    });
    let template = row
        .template
        .map(|template| template_of(template.external_id.clone(), template.label.clone()).into());
    HsmManagementRow {
        message_id: row.id.to_string(),
        shown_id: row.message_id,
        agent,
        campaign,
        template,
        body: row.body,
        destination: row.destination,
        state: types::MessageState::from(row.state).into(),
        provider: types::Provider::from(confirming_provider(row.provider, row.channel)).into(),
        failure,
        dispatch: Some(dispatch),
        send: Some(send),
        delivery: Some(delivery),
        read: Some(read),
        replied_at: row.replied_at.map(timestamp),
        origin_at: Some(timestamp(row.origin)),
    }
}

/// Where a stage stands in the arrays of a row.
fn place(stage: Stage) -> usize {
    usize::from(stage.code().unsigned_abs()) - 1
}

fn stage(row: &HsmRow, stage: Stage) -> types::StageView {
    let status = row.stages[place(stage)];
    let at = match status {
        StageStatus::Failed => row.failure.as_ref().map(|failure| failure.at),
        _ => row.reached_at[place(stage)],
    };
    types::StageView {
        status: types::StageStatus::from(status).into(),
        at: at.map(timestamp),
    }
}

fn failure(row: &HsmRow) -> Option<types::Failure> {
    let failure = row.failure.as_ref()?;
    let report = failure.report.clone();
    let is_dispatch =
        row.state == MessageState::DispatchFailed || failure.provider == Provider::Sender;
    let words = match is_dispatch {
        true => dispatch_failure(report),
        false => provider_failure(report),
    };
    let stages = Stage::ALL.iter().copied();
    let failed = stages
        .filter(|stage| row.stages[place(*stage)] == StageStatus::Failed)
        .map(|stage| types::Stage::from(stage).into())
        .next();
    Some(types::Failure {
        stage: failed.or(words.stage),
        ..words
    })
}
