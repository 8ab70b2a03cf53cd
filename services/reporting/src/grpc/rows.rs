//! Rows for the wire.

use acuse_domain::error::Result;
use acuse_domain::glossary::Language;
use acuse_domain::kinds::{MessageState, Provider, Stage, StageStatus};
use acuse_domain::registration::TemplateRef;
use acuse_proto::convert::{
    confirming_provider, dispatch_failure, message, provider_failure, received_message, timestamp,
};
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    HsmManagementRow, HsmManagementRows, MessageRows, ReceivedMessageRows,
};
use acuse_proto::types;
use acuse_store::read::HsmRow;
use prost::Message as _;

use crate::stream_rows::{self, Source};

/// Encoded bytes of a batch, about: the row that would go beyond begins the next one. Clients take 4 MiB at most unless
/// they are told otherwise.
const BATCH_BYTES: usize = 1 << 20;

/// Rows in batches.
pub(super) struct Batches {
    source: Source,
    /// Rows of a batch at most.
    size: usize,
    language: Language,
    /// What the last batch had no room for.
    left: Option<Row>,
}

/// A row for the wire.
enum Row {
    Template(Box<HsmManagementRow>),
    Message(Box<types::Message>),
    Received(Box<types::ReceivedMessage>),
}

impl Batches {
    /// Batches of at most `size` rows; comments are in `language`.
    pub(super) fn new(source: Source, size: usize, language: Language) -> Self {
        Self {
            source,
            size,
            language,
            left: None,
        }
    }

    /// The next batch: at least one row, and none after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(super) async fn next(&mut self) -> Result<Option<Part>> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < self.size {
            let row = match self.left.take() {
                Some(row) => row,
                None => match self.source.next().await? {
                    Some(row) => self.to_wire(row),
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
        Ok(batch(rows))
    }

    fn to_wire(&self, row: stream_rows::Row) -> Row {
        match row {
            stream_rows::Row::Template(row) => Row::Template(Box::new(hsm_management(*row))),
            stream_rows::Row::Message(row) => {
                let (outbound, details) = *row;
                Row::Message(Box::new(message(&outbound, details, self.language)))
            }
            stream_rows::Row::Received(row) => {
                let (inbound, details) = *row;
                Row::Received(Box::new(received_message(&inbound, details)))
            }
        }
    }
}

impl Row {
    fn encoded_len(&self) -> usize {
        match self {
            Self::Template(row) => row.encoded_len(),
            Self::Message(row) => row.encoded_len(),
            Self::Received(row) => row.encoded_len(),
        }
    }
}

/// A batch of rows, which are all of one kind; `None` where there are none.
fn batch(rows: Vec<Row>) -> Option<Part> {
    let mut batch = match rows.first()? {
        Row::Template(_) => Part::HsmManagement(HsmManagementRows::default()),
        Row::Message(_) => Part::Messages(MessageRows::default()),
        Row::Received(_) => Part::ReceivedMessages(ReceivedMessageRows::default()),
    };
    for row in rows {
        match (&mut batch, row) {
            (Part::HsmManagement(batch), Row::Template(row)) => batch.rows.push(*row),
            (Part::Messages(batch), Row::Message(row)) => batch.rows.push(*row),
            (Part::ReceivedMessages(batch), Row::Received(row)) => batch.rows.push(*row),
            _ => {}
        }
    }
    Some(batch)
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
    let template = row.template.map(|template| {
        TemplateRef::known_as(template.external_id.clone(), template.label.clone()).into()
    });
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
