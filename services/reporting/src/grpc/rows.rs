//! Rows for the wire.

use acuse_domain::error::{Error, Result};
use acuse_domain::glossary::Language;
use acuse_proto::EncodedRows;
use acuse_proto::convert::{message, received_message};
use acuse_proto::reporting::stream_rows_response::Part;
use bytes::{Bytes, BytesMut};
use prost::Message;

use super::hsm_management;
use crate::stream_rows::{Row, Source};

/// Encoded bytes of a batch, about: the row that would go beyond begins the next one. Clients take 4 MiB at most unless
/// they are told otherwise.
const BATCH_BYTES: usize = 1 << 20;

/// Encoded bytes that rows are given room for at once.
const ROOM: usize = 64 << 10;

/// Rows in batches.
pub(super) struct Batches {
    source: Source,
    /// Rows of a batch at most.
    size: usize,
    language: Language,
    /// What the last batch had no room for.
    left: Option<Encoded>,
    room: BytesMut,
}

/// A row for the wire, and what makes a batch of such.
struct Encoded {
    row: Bytes,
    batch: fn(EncodedRows) -> Part,
}

impl Batches {
    /// Batches of at most `size` rows; comments are in `language`.
    pub(super) fn new(source: Source, size: usize, language: Language) -> Self {
        Self {
            source,
            size,
            language,
            left: None,
            room: BytesMut::new(),
        }
    }

    /// The next batch: at least one row, and none after the last. All rows of a source are of one table.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(super) async fn next(&mut self) -> Result<Option<Part>> {
        let (mut rows, mut bytes, mut part) = (Vec::new(), 0, None);
        while rows.len() < self.size {
            let encoded = match self.left.take() {
                Some(encoded) => encoded,
                None => match self.source.next().await? {
                    Some(row) => self.encode(row)?,
                    None => break,
                },
            };
            bytes += encoded.row.len();
            if bytes > BATCH_BYTES && !rows.is_empty() {
                self.left = Some(encoded);
                break;
            }
            part = Some(encoded.batch);
            rows.push(encoded.row);
        }
        Ok(part.map(|part| part(EncodedRows { rows })))
    }

    fn encode(&mut self, row: Row) -> Result<Encoded> {
        Ok(match row {
            Row::Template(row) => Encoded {
                row: self.put(&hsm_management::sent(*row))?,
                batch: Part::HsmManagement,
            },
            Row::Message(row) => {
                let (outbound, details) = *row;
                Encoded {
                    row: self.put(&message(&outbound, details, self.language))?,
                    batch: Part::Messages,
                }
            }
            Row::Received(row) => {
                let (inbound, details) = *row;
                Encoded {
                    row: self.put(&received_message(&inbound, details))?,
                    batch: Part::ReceivedMessages,
                }
            }
        })
    }

    /// A row's bytes, which stand among those of the rows before and behind it.
    fn put(&mut self, row: &impl Message) -> Result<Bytes> {
        let length = row.encoded_len();
        if self.room.capacity() < length {
            self.room = BytesMut::with_capacity(ROOM.max(length));
        }
        row.encode(&mut self.room).map_err(Error::internal)?;
        Ok(self.room.split().freeze())
    }
}
