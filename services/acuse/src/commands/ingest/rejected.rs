//! The file of rejected rows: each as it was, with what is wrong with it, to be mended and fed in again.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use csv::{ByteRecord, Writer, WriterBuilder};
use serde_json::{Map, Value, json};

use super::{
    csv_rows::Header,
    row::{Origin, Raw},
    rows::{Fault, NOTES, TEXT, Unfit, is_note},
};
use crate::{
    failure::{Failure, Result},
    input::is_standard_input,
};

/// What says why, before everything else: a row with a field too many still has all of its own at the end.
const NOTED: [&str; 4] = [
    "rejected_line",
    "rejected_reason",
    "rejected_fields",
    "rejected_message",
];

/// How rows are written.
pub(super) enum Style {
    /// As the file with this header.
    Csv(Header),
    /// An object a line.
    Json,
}

impl Style {
    fn ending(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Json => "jsonl",
        }
    }

    /// Where rejected rows of `file` go if nothing else is said.
    pub(super) fn path(&self, file: &Path) -> PathBuf {
        if is_standard_input(file) {
            return format!("standard-input.rejected.{}", self.ending()).into();
        }
        let file: PathBuf = file.components().collect();
        let own = file.extension().and_then(|own| own.to_str());
        let ending = match (self, own) {
            (Self::Csv(_), Some(own @ ("csv" | "tsv" | "txt"))) => own,
            (Self::Json, Some(own @ ("jsonl" | "ndjson"))) => own,
            _ => self.ending(),
        };
        let mut name = match file.is_dir() {
            true => file.file_name(),
            false => file.file_stem(),
        }
        .unwrap_or_default()
        .to_owned();
        name.push(format!(".rejected.{ending}"));
        file.with_file_name(name)
    }
}

/// The file, made with the first row.
pub(super) struct RejectedFile {
    path: PathBuf,
    style: Style,
    file: Option<File>,
    bytes: u64,
}

impl RejectedFile {
    /// A file that is yet to be made, in place of one that is there with `force` alone.
    pub(super) fn fresh(path: PathBuf, style: Style, force: bool) -> Result<Self> {
        let is_there = path.symlink_metadata().is_ok();
        if is_there && !force {
            let text = format!("{} is there already, of an earlier run", path.display());
            return Err(Failure::new(text)
                .advise("take it away first; --force writes over it, --rejected names another"));
        }
        if is_there {
            std::fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        }
        Ok(Self {
            path,
            style,
            file: None,
            bytes: 0,
        })
    }

    /// The file as it was when `bytes` of it were written: what came after belongs to rows that are taken in again.
    pub(super) fn resumed(path: PathBuf, style: Style, bytes: u64) -> Result<Self> {
        let open = || {
            let mut file = match OpenOptions::new().write(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, 0)),
                file => file?,
            };
            // A file that somebody made shorter is theirs: what comes is put behind it.
            let bytes = bytes.min(file.metadata()?.len());
            file.set_len(bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok((Some(file).filter(|_| bytes > 0), bytes))
        };
        let (file, bytes) = open().map_err(|error: io::Error| failed(&path, &error))?;
        Ok(Self {
            path,
            style,
            file,
            bytes,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How long it is.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes rows down, each with why it was rejected.
    pub(super) fn write(&mut self, rows: &[(Origin, Unfit)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        let written = self.rows(&mut text, rows);
        let written = written.and_then(|()| {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(create(&self.path)?),
            };
            file.write_all(&text)
        });
        written.map_err(|error| failed(&self.path, &error))?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn rows(&self, text: &mut Vec<u8>, rows: &[(Origin, Unfit)]) -> io::Result<()> {
        let header = match &self.style {
            Style::Csv(header) => header,
            Style::Json => {
                for (origin, unfit) in rows {
                    serde_json::to_writer(&mut *text, &object(origin, unfit))?;
                    text.push(b'\n');
                }
                return Ok(());
            }
        };
        if self.file.is_none() && header.has_mark {
            text.extend_from_slice("\u{feff}".as_bytes());
        }
        let mut writer = WriterBuilder::new()
            .delimiter(header.delimiter)
            .flexible(true)
            .from_writer(text);
        if self.file.is_none() {
            let own = own(header, &header.names);
            writer.write_record(NOTED.map(str::as_bytes).into_iter().chain(own))?;
        }
        for (origin, unfit) in rows {
            if let Raw::Csv(record) = &origin.raw {
                record_of(&mut writer, header, origin.line, record, unfit)?;
            }
        }
        writer.flush()
    }
}

fn record_of(
    writer: &mut Writer<&mut Vec<u8>>,
    header: &Header,
    line: u64,
    record: &ByteRecord,
    unfit: &Unfit,
) -> io::Result<()> {
    let line = line.to_string();
    let (fields, message) = (fields(unfit), message(&unfit.faults));
    let notes = [&line, &unfit.reason, &fields, &message].map(String::as_bytes);
    writer.write_record(notes.into_iter().chain(own(header, record)))?;
    Ok(())
}

/// The fields of a row that are its own, without those that told why it was rejected before.
fn own<'a>(header: &'a Header, record: &'a ByteRecord) -> impl Iterator<Item = &'a [u8]> {
    let is_own = |at: &usize| !header.names.get(*at).is_some_and(is_note);
    let fields = record.iter().enumerate();
    fields
        .filter(move |(at, _)| is_own(at))
        .map(|(_, field)| field)
}

/// A line of JSON: the row's own members, and why it was rejected.
fn object(origin: &Origin, unfit: &Unfit) -> Value {
    let mut object = match &origin.raw {
        Raw::Json(line) => match serde_json::from_slice(line) {
            Ok(Value::Object(object)) => object,
            _ => {
                let text = String::from_utf8_lossy(line).into_owned();
                Map::from_iter([(TEXT.to_owned(), Value::String(text))])
            }
        },
        Raw::Body {
            file,
            body,
            received_at,
        } => {
            let mut object = Map::from_iter([("file".to_owned(), json!(file))]);
            match std::str::from_utf8(body) {
                Ok(text) => object.insert("body".to_owned(), json!(text)),
                Err(_) => object.insert("body_base64".to_owned(), json!(STANDARD.encode(body))),
            };
            if let Some(at) = received_at {
                object.insert("received_at".to_owned(), json!(at));
            }
            object
        }
        Raw::Csv(_) => Map::new(),
    };
    object.retain(|name, _| name == TEXT || !name.starts_with(NOTES));
    let notes = [
        json!(origin.line),
        json!(unfit.reason),
        json!(fields(unfit)),
        json!(message(&unfit.faults)),
    ];
    object.extend(NOTED.map(str::to_owned).into_iter().zip(notes));
    Value::Object(object)
}

fn fields(unfit: &Unfit) -> String {
    let named = unfit.faults.iter().map(|fault| fault.field.as_str());
    let named: Vec<_> = named.filter(|name| !name.is_empty()).collect();
    named.join(" ")
}

fn message(faults: &[Fault]) -> String {
    let told = faults.iter().map(|fault| match fault.field.as_str() {
        "" => fault.problem.clone(),
        field => format!("{field} {}", fault.problem),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Rows hold what people wrote, and their numbers: nobody else may read them.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let text = format!(
        "rejected rows cannot be written to {}: {error}",
        path.display()
    );
    Failure::new(text).advise("--rejected FILE names another place for them")
}
