//! The one peer: reporting, asked for rows on behalf of who asked for an export.

mod figures;
mod saved;

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Permission};
use acuse_proto::EncodedRows;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    Basis, Question, RowPreset, RowsHeader, StreamRowsRequest, StreamRowsResponse,
};
use acuse_proto::types::{Message, ReceivedMessage};
use acuse_rpc::client::{Call, Channel, is_serving};
use acuse_rpc::config::Limits;
use acuse_rpc::sized_client;
use acuse_rpc::status::to_error;
use acuse_store::export::Asker;
use tokio::time::timeout;
use tonic::Streaming;

use crate::files::HsmRow;

/// The service that is asked for rows, by the name under which it tells of its health.
const SERVICE: &str = "acuse.reporting.v1.ReportingService";

/// How long all rows of an export may take.
const WHOLE: Duration = Duration::from_secs(2 * 60 * 60);

/// Rows that reporting is to send at once at most.
const BATCH: i32 = 1_250;

/// How long reporting may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Calls reporting.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    channel: Channel,
    limits: Limits,
}

/// Rows on their way.
pub(crate) struct Rows<R> {
    /// How many there will be, more or less.
    pub(crate) expected: u64,
    /// What they rest on.
    pub(crate) basis: Basis,
    stream: Streaming<StreamRowsResponse>,
    of: PhantomData<fn() -> R>,
}

/// What a table of reporting's has as its rows.
pub(crate) trait Row: prost::Message + Default + 'static {
    /// The rows of an answer that holds such; `None` for any other.
    fn batch(part: Part) -> Option<EncodedRows>;
}

impl Row for HsmRow {
    fn batch(part: Part) -> Option<EncodedRows> {
        match part {
            Part::HsmManagement(batch) => Some(batch),
            _ => None,
        }
    }
}

impl Row for Message {
    fn batch(part: Part) -> Option<EncodedRows> {
        match part {
            Part::Messages(batch) => Some(batch),
            _ => None,
        }
    }
}

impl Row for ReceivedMessage {
    fn batch(part: Part) -> Option<EncodedRows> {
        match part {
            Part::ReceivedMessages(batch) => Some(batch),
            _ => None,
        }
    }
}

/// Some rows, as they came.
pub(crate) struct Batch<R> {
    rows: EncodedRows,
    of: PhantomData<fn() -> R>,
}

impl<R: Row> Batch<R> {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.rows.rows.len()
    }

    /// The rows themselves. It takes a while: not for where others wait.
    ///
    /// # Errors
    ///
    /// INTERNAL where they cannot be read.
    pub(crate) fn rows(self) -> Result<Vec<R>> {
        self.rows.decoded().map_err(Error::internal)
    }
}

impl Reporting {
    /// Calls it over `channel`, with messages as long as `limits` allow.
    pub(crate) fn new(channel: Channel, limits: Limits) -> Self {
        Self { channel, limits }
    }

    /// Whether it says that it can do its work.
    ///
    /// # Errors
    ///
    /// Where it says no, or nothing.
    pub(crate) async fn is_there(&self) -> Result<()> {
        is_serving(&self.channel, SERVICE).await
    }

    /// The rows of a preset that `asker` may see.
    ///
    /// # Errors
    ///
    /// What reporting answers, UNAVAILABLE where it does not.
    pub(crate) async fn rows<R: Row>(
        &self,
        asker: &Asker,
        preset: RowPreset,
        question: Question,
    ) -> Result<Rows<R>> {
        let (header, stream) = self.begun(asker, preset, question, Some(BATCH)).await?;
        Ok(Rows {
            expected: expected(&header),
            basis: header.basis.unwrap_or_default(),
            stream,
            of: PhantomData,
        })
    }

    /// How many rows of a preset `asker` may see.
    ///
    /// # Errors
    ///
    /// What reporting answers, UNAVAILABLE where it does not.
    pub(crate) async fn count(
        &self,
        asker: &Asker,
        preset: RowPreset,
        question: Question,
    ) -> Result<u64> {
        // None of the rows is asked for beyond the first.
        let (header, _) = self.begun(asker, preset, question, Some(1)).await?;
        Ok(expected(&header))
    }

    /// What is to come, and the rows.
    async fn begun(
        &self,
        asker: &Asker,
        preset: RowPreset,
        question: Question,
        batch_size: Option<i32>,
    ) -> Result<(RowsHeader, Streaming<StreamRowsResponse>)> {
        let client = ReportingServiceClient::new(self.channel.clone());
        let mut client = sized_client!(self.limits, client);
        let message = StreamRowsRequest {
            question: Some(question),
            preset: preset.into(),
            batch_size,
        };
        let request = Call::of(&caller(asker)).idempotent().within(WHOLE);
        let answer = client.stream_rows(request.request(message));
        let answer = timeout(SILENCE, answer).await.map_err(silent)?;
        let mut stream = answer.map_err(to_error)?.into_inner();
        match next(&mut stream).await? {
            Some(Part::Header(header)) => Ok((header, stream)),
            _ => Err(out_of_line("did not begin with a header")),
        }
    }
}

fn expected(header: &RowsHeader) -> u64 {
    header.expected_rows.max(0).unsigned_abs()
}

impl<R: Row> Rows<R> {
    /// The next rows; `None` after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE where reporting breaks off.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch<R>>> {
        match next(&mut self.stream).await? {
            None => Ok(None),
            Some(Part::Header(_)) => Err(out_of_line("sent a second header")),
            Some(part) => match R::batch(part) {
                Some(rows) => Ok(Some(Batch {
                    rows,
                    of: PhantomData,
                })),
                None => Err(out_of_line("sent rows of another table")),
            },
        }
    }
}

async fn next(stream: &mut Streaming<StreamRowsResponse>) -> Result<Option<Part>> {
    let message = timeout(SILENCE, stream.message()).await.map_err(silent)?;
    match message.map_err(to_error)? {
        None => Ok(None),
        Some(message) => match message.part {
            Some(part) => Ok(Some(part)),
            None => Err(out_of_line(
                "sent a message without a part that is known here",
            )),
        },
    }
}

/// Whom reporting is asked for. Who may export may have the rows read for the file, whether or not they may ask for reports
/// themselves.
fn caller(asker: &Asker) -> Caller {
    Caller {
        subject: asker.subject.clone(),
        role: asker.role,
        permissions: BTreeSet::from([Permission::Export, Permission::Report]),
        scope: Some(asker.scope.clone()),
    }
}

/// Whether asking again, unchanged, would be answered like this again.
pub(crate) fn is_final(error: &Error) -> bool {
    match error.kind {
        ErrorKind::InvalidArgument(_)
        | ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::FailedPrecondition
        | ErrorKind::OutOfRange => true,
        ErrorKind::AlreadyExists
        | ErrorKind::Unauthenticated
        | ErrorKind::ResourceExhausted { .. }
        | ErrorKind::Unavailable { .. }
        | ErrorKind::DeadlineExceeded
        | ErrorKind::Internal => false,
    }
}

fn silent(elapsed: tokio::time::error::Elapsed) -> Error {
    Error::unavailable("reporting does not answer", elapsed)
}

fn out_of_line(what: &str) -> Error {
    Error::internal(format!("reporting {what}"))
}
