//! Rows of files, and how far they were read.

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use super::rows::{Item, Unfit};

/// How far a file was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Where the next row begins, in bytes.
    pub(super) offset: u64,
    /// Its line, from 1.
    pub(super) line: u64,
    /// How many rows came before it.
    pub(super) rows: u64,
    /// Of a folder: the last file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// A row as it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    /// The fields of a row of CSV.
    Csv(ByteRecord),
    /// A line of JSON.
    Json(Vec<u8>),
    /// A file that is one body of a webhook.
    Body {
        /// The file.
        file: String,
        /// What it holds.
        body: Vec<u8>,
        /// What stands in for times that it leaves out.
        received_at: Option<String>,
    },
}

impl Raw {
    /// How long it is, about.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Csv(record) => record.as_slice().len(),
            Self::Json(line) => line.len(),
            Self::Body { body, .. } => body.len(),
        }
    }
}

/// Which row of a file something is from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Origin {
    /// The line on which it begins, from 1; of a folder its number.
    pub(super) line: u64,
    /// The row as it was.
    pub(super) raw: Raw,
}

/// A row, read.
#[derive(Debug)]
pub(super) struct Row<T = Item> {
    pub(super) origin: Origin,
    /// What it says, or why it cannot be read.
    pub(super) says: Result<T, Unfit>,
    /// What follows it.
    pub(super) next: Position,
}
