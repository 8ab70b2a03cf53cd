//! A file to take in: opened, held, and told apart.

use std::{
    ffi::OsStr,
    fs::{File, TryLockError},
    io::{self, Cursor, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Result},
    input::{is_standard_input, shown},
};

/// How much of a file is looked at before it is read: a header of CSV has to fit.
const HEAD: usize = 64 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A header with the names of columns, then a row for each item
    Csv,
    /// JSON Lines: an object for each item
    Jsonl,
    /// The body of one webhook
    Webhook,
}

/// What tells a file from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) bytes: u64,
    /// Of its first 64 KiB, in hexadecimal digits.
    pub(super) head_sha256: String,
}

/// A file, or what comes in otherwise.
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// What it begins with.
    pub(super) head: Vec<u8>,
    /// `None` for what can be read only once. Locked as long as it is open.
    file: Option<File>,
    /// What follows the head where there is no file to read it from.
    rest: Option<Box<dyn Read + Send>>,
    /// How long it is, where that is known.
    pub(super) bytes: Option<u64>,
}

impl Source {
    /// Opens a file, and holds it: two runs at a time would answer for each other's rows.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let cannot = |error: &io::Error| unreadable(path, &error.to_string());
        if is_standard_input(path) {
            return Self::streamed(path, Box::new(io::stdin())).map_err(|error| cannot(&error));
        }
        let mut file = File::open(path).map_err(|error| cannot(&error))?;
        let about = file.metadata().map_err(|error| cannot(&error))?;
        if about.is_dir() {
            return Err(unreadable(path, "it is a folder")
                .advise("name its files; folders of webhooks need --integration"));
        }
        if !about.is_file() {
            return Self::streamed(path, Box::new(file)).map_err(|error| cannot(&error));
        }
        hold(path, &file)?;
        let mut head = Vec::new();
        Read::by_ref(&mut file)
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(|error| cannot(&error))?;
        Ok(Self {
            path: path.to_owned(),
            head,
            file: Some(file),
            rest: None,
            bytes: Some(about.len()),
        })
    }

    fn streamed(path: &Path, mut from: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut head = Vec::new();
        Read::by_ref(&mut from)
            .take(HEAD as u64)
            .read_to_end(&mut head)?;
        Ok(Self {
            path: path.to_owned(),
            head,
            file: None,
            rest: Some(from),
            bytes: None,
        })
    }

    /// What tells it from another; `None` for what can be read only once.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.file.as_ref()?;
        Some(Identity {
            bytes: self.bytes?,
            head_sha256: hexadecimal(digest(&SHA256, &self.head).as_ref()),
        })
    }

    /// Where its text begins: after a byte order mark.
    pub(super) fn begins(&self) -> usize {
        if self.head.starts_with(BOM) {
            BOM.len()
        } else {
            0
        }
    }

    /// Whether the head is all of it.
    pub(super) fn is_short(&self) -> bool {
        self.head.len() < HEAD
    }

    /// Its bytes from `offset` on. What can be read only once has an offset within its head.
    pub(super) fn from(&mut self, offset: u64) -> Result<Box<dyn Read + Send>> {
        if let Some(rest) = self.rest.take() {
            let mut head = Cursor::new(std::mem::take(&mut self.head));
            head.set_position(offset);
            return Ok(Box::new(head.chain(rest)));
        }
        let begun = self.file.as_ref().map(|file| {
            let mut again = file.try_clone()?;
            again.seek(SeekFrom::Start(offset))?;
            Ok::<_, io::Error>(again)
        });
        match begun {
            Some(Ok(file)) => Ok(Box::new(file)),
            Some(Err(error)) => Err(unreadable(&self.path, &error.to_string())),
            None => Err(unreadable(&self.path, "it was read already")),
        }
    }

    /// What it is, by its name or else by what it begins with. Refuses what is no text.
    pub(super) fn format(&self) -> Result<Format> {
        let begins = &self.head[self.begins()..];
        self.is_text()?;
        let ending = self.path.extension().and_then(OsStr::to_str);
        match ending.map(str::to_lowercase).as_deref() {
            Some("csv" | "tsv") => return Ok(Format::Csv),
            Some("jsonl" | "ndjson") => return Ok(Format::Jsonl),
            _ => {}
        }
        match begins.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Ok(Format::Jsonl),
            Some(b'[') => Err(unreadable(&self.path, "it is one JSON list")
                .advise("give an object a line: jq -c '.[]' FILE | acuse ingest --format jsonl -")),
            Some(_) => Ok(Format::Csv),
            None => Err(unreadable(&self.path, "it is empty")),
        }
    }

    /// Refuses what is no text in UTF-8, as far as its beginning shows.
    pub(super) fn is_text(&self) -> Result<()> {
        let (why, help) = match self.head.as_slice() {
            [0x1f, 0x8b, ..] => (
                "it is compressed",
                "gunzip -c FILE | acuse ingest --format csv -",
            ),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => (
                "it is compressed",
                "zstd -dc FILE | acuse ingest --format csv -",
            ),
            [b'P', b'K', 3, 4, ..] => (
                "it is a spreadsheet or an archive",
                "save it as CSV in UTF-8",
            ),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => (
                "it is in UTF-16",
                "save it in UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE | acuse ingest --format csv -",
            ),
            head if head.contains(&0) => ("it is no text", "files are CSV or JSON Lines in UTF-8"),
            _ => return Ok(()),
        };
        Err(unreadable(&self.path, why).advise(help))
    }
}

/// Holds an open file or folder as long as it is open.
pub(super) fn hold(path: &Path, file: &File) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Failure::new(format!(
            "another acuse takes in {} already",
            shown(path)
        ))
        .advise("wait for it, or stop it and run this again: it goes on where the other was")),
        // Some file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

pub(super) fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(format!("{} cannot be taken in: {why}", shown(path)))
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Text takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
