//! Batches of rows as services read and write them.

use bytes::Bytes;
use prost::{DecodeError, Message};

/// A batch of rows of any table (`HsmManagementRows`, `MessageRows`, `ReceivedMessageRows`), each row as its bytes. On the
/// wire it is what the protos say. Here, who sends a batch encodes each row once and knows by that how long it is, and who
/// takes one decides where its rows are decoded, and how far.
#[derive(Clone, PartialEq, Message)]
pub struct EncodedRows {
    /// The rows, each an encoded message of the table's rows.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub rows: Vec<Bytes>,
}

impl EncodedRows {
    /// A batch of these rows.
    pub fn of<R: Message>(rows: &[R]) -> Self {
        Self {
            rows: rows.iter().map(|row| row.encode_to_vec().into()).collect(),
        }
    }

    /// The rows, as messages of the table's rows or as messages that have some of their fields.
    ///
    /// # Errors
    /// Fails where a row is no such message.
    pub fn decoded<R: Message + Default>(self) -> Result<Vec<R>, DecodeError> {
        self.rows.into_iter().map(R::decode).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporting::HsmManagementRow;

    /// `HsmManagementRows` as the protos have it.
    #[derive(Clone, PartialEq, Message)]
    struct Declared {
        #[prost(message, repeated, tag = "1")]
        rows: Vec<HsmManagementRow>,
    }

    #[test]
    fn a_batch_is_on_the_wire_what_the_protos_say() {
        let row = |id: &str| HsmManagementRow {
            message_id: id.to_owned(),
            ..HsmManagementRow::default()
        };
        let rows = vec![row("m1"), HsmManagementRow::default(), row("m3")];
        let declared = Declared { rows: rows.clone() };
        let encoded = EncodedRows::of(&rows);
        assert_eq!(encoded.encode_to_vec(), declared.encode_to_vec());
        let taken = EncodedRows::decode(declared.encode_to_vec().as_slice()).unwrap();
        assert_eq!(taken.decoded(), Ok(rows));
        let broken = EncodedRows {
            rows: vec![Bytes::from_static(b"\x0a\x05")],
        };
        assert!(broken.decoded::<HsmManagementRow>().is_err());
    }
}
