//! Webhooks that were kept: files that are one body each, folders of such, and JSON Lines.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use acuse_proto::ingestion::{IngestWebhookRequest, WebhookHeader};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    json_rows::{Lines, object},
    row::{Origin, Position, Raw, Row},
    rows::{
        Fault, Unfit,
        time::{self, wire},
    },
    source::{Source, hold, unreadable},
};
use crate::{
    failure::{Failure, Result},
    input::{MAX_WEBHOOK, is_standard_input, shown},
};

/// The longest line: a body in base64, and what comes with it.
const MAX_LINE: u64 = 6 * 1024 * 1024;

/// What all webhooks of a command have in common.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) integration: String,
    pub(super) verify_signature: bool,
    /// Headers of bodies that come without.
    pub(super) headers: Vec<WebhookHeader>,
    /// The URL of those that come without.
    pub(super) url: Option<String>,
}

impl Common {
    fn request(&self, payload: Vec<u8>) -> IngestWebhookRequest {
        IngestWebhookRequest {
            integration_id: self.integration.clone(),
            payload,
            headers: self.headers.clone(),
            url: self.url.clone(),
            received_at: None,
            verify_signature: self.verify_signature,
        }
    }
}

/// One webhook.
pub(super) type Webhook = Row<IngestWebhookRequest>;

/// A folder's files in the order of their names, held as long as this lives.
pub(super) struct Folder {
    pub(super) files: Vec<PathBuf>,
    _held: File,
}

impl Folder {
    /// The files of a folder, without those of folders in it and those whose names begin with a dot.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let cannot = |error: std::io::Error| unreadable(path, &error.to_string());
        let held = File::open(path).map_err(cannot)?;
        hold(path, &held)?;
        let mut files = Vec::new();
        for entry in fs::read_dir(path).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let file = entry.path();
            if !is_hidden && file.is_file() {
                files.push(file);
            }
        }
        files.sort_unstable();
        Ok(Self { files, _held: held })
    }

    /// What is left of it after a position. Refuses a folder in which files appeared or vanished before that.
    pub(super) fn after(&self, position: &Position, path: &Path, state: &Path) -> Result<usize> {
        let Some(last) = &position.name else {
            return Ok(0);
        };
        let done = self
            .files
            .partition_point(|file| name(file).as_str() <= last.as_str());
        if done as u64 == position.rows {
            return Ok(done);
        }
        let text = format!(
            "{} has changed: of its files up to {last} there were {}, and now {done}",
            shown(path),
            position.rows
        );
        Err(Failure::new(text).advise(format!(
            "to begin anew remove {}: what was taken in already is not counted twice",
            state.display()
        )))
    }
}

fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Bodies, one a file, from the file with that index on.
pub(super) fn of_files(
    files: Vec<PathBuf>,
    from: usize,
    common: Common,
) -> impl Iterator<Item = Result<Webhook>> {
    let left = files.into_iter().enumerate().skip(from);
    left.map(move |(index, file)| {
        let row = index as u64 + 1;
        let next = Position {
            line: row + 1,
            rows: row,
            name: Some(name(&file)),
            offset: 0,
        };
        of_file(&file, row, &common).map(|(origin, says)| Row { origin, says, next })
    })
}

type Read = (Origin, std::result::Result<IngestWebhookRequest, Unfit>);

fn of_file(file: &Path, line: u64, common: &Common) -> Result<Read> {
    let body = crate::input::read(file, MAX_WEBHOOK);
    let origin = |body: Vec<u8>, received_at| Origin {
        line,
        raw: Raw::Body {
            file: shown(file),
            body,
            received_at,
        },
    };
    let body = match body {
        Ok(body) => body,
        // One file that cannot be read keeps no other out.
        Err(failure) => {
            let unfit = Unfit::unreadable(failure.to_string());
            return Ok((origin(Vec::new(), None), Err(unfit)));
        }
    };
    // Of all times that are known nearest to when the provider said it, and the same again the next time.
    let kept = (!is_standard_input(file))
        .then(|| fs::metadata(file).and_then(|about| about.modified()).ok())
        .flatten()
        .and_then(|at| Timestamp::try_from(at).ok());
    let mut request = common.request(body.clone());
    request.received_at = kept.map(wire);
    Ok((origin(body, kept.map(|at| at.to_string())), Ok(request)))
}

/// Webhooks, one a line, from a position on.
pub(super) fn of_lines(
    source: &mut Source,
    from: &Position,
    common: Common,
) -> Result<impl Iterator<Item = Result<Webhook>> + use<>> {
    let lines = Lines::from(source, from, MAX_LINE)?;
    Ok(lines.map(move |line| {
        let line = line?;
        let says = object(&line, MAX_LINE).and_then(|object| of_object(&object, &common));
        Ok(Row {
            origin: Origin {
                line: line.number,
                raw: Raw::Json(line.text),
            },
            says,
            next: line.next,
        })
    }))
}

/// The webhook that an object stands for.
fn of_object(
    object: &Map<String, Value>,
    common: &Common,
) -> std::result::Result<IngestWebhookRequest, Unfit> {
    let mut faults = Vec::new();
    let mut request = common.request(Vec::new());
    match (object.get("body"), object.get("body_base64")) {
        (Some(Value::String(text)), None) => request.payload = text.as_bytes().to_vec(),
        // A body that was JSON and was kept as such: what a signature was over is lost, what it says is not.
        (Some(body @ (Value::Object(_) | Value::Array(_))), None) => {
            request.payload = body.to_string().into_bytes();
        }
        (None, Some(Value::String(text))) => match STANDARD.decode(text) {
            Ok(body) => request.payload = body,
            Err(_) => faults.push(Fault::new("body_base64", "is no base64")),
        },
        (None, None) if object.contains_key("url") => {}
        _ => faults.push(Fault::new(
            "body",
            "must be given as text or JSON, or as text in body_base64",
        )),
    }
    match object.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(headers)) => {
            request.headers = headers
                .iter()
                .flat_map(|(name, value)| of_header(name, value))
                .collect();
        }
        Some(_) => faults.push(Fault::new("headers", "must be an object")),
    }
    match object.get("url") {
        None | Some(Value::Null) => {}
        Some(Value::String(url)) => request.url = Some(url.clone()),
        Some(_) => faults.push(Fault::new("url", "must be text")),
    }
    match object.get("received_at") {
        None | Some(Value::Null) => {}
        Some(Value::String(at)) => match time::read(at, None) {
            Ok(at) => request.received_at = Some(at),
            Err(problem) => faults.push(Fault::new("received_at", problem)),
        },
        Some(_) => faults.push(Fault::new("received_at", "must be text")),
    }
    if request.payload.len() as u64 > MAX_WEBHOOK {
        faults.push(Fault::new(
            "body",
            format!("is longer than {MAX_WEBHOOK} bytes"),
        ));
    }
    match faults.is_empty() {
        true => Ok(request),
        false => Err(Unfit::invalid(faults)),
    }
}

/// A header, which some keep as a list of its values.
fn of_header(name: &str, value: &Value) -> Vec<WebhookHeader> {
    let one = |value: &Value| WebhookHeader {
        name: name.to_owned(),
        value: value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => vec![one(value)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(object: &Value) -> std::result::Result<IngestWebhookRequest, Unfit> {
        let common = Common {
            integration: "i".to_owned(),
            verify_signature: true,
            headers: vec![],
            url: Some("https://all".to_owned()),
        };
        of_object(object.as_object().unwrap(), &common)
    }

    #[test]
    fn a_line_holds_what_was_received() {
        let request = read(&json!({
            "body": "{}", "headers": {"X-Signature": "a", "Via": ["b", "c"]},
            "url": "https://one", "received_at": "2026-09-30T14:05:06Z", "file": "x.json",
        }))
        .unwrap();
        assert_eq!(request.payload, b"{}");
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|one| one.value.as_str())
            .collect();
        assert_eq!(headers, ["b", "c", "a"], "by their names");
        assert_eq!(request.url.as_deref(), Some("https://one"));
        assert_eq!(request.received_at.unwrap().seconds, 1_790_777_106);
        let bytes = read(&json!({"body_base64": "/w=="})).unwrap();
        assert_eq!(
            (bytes.payload.as_slice(), bytes.url.as_deref()),
            (&b"\xff"[..], Some("https://all"))
        );
        assert_eq!(
            read(&json!({"body": {"a": 1}})).unwrap().payload,
            br#"{"a":1}"#
        );
    }

    #[test]
    fn a_folder_goes_on_after_the_last_file_unless_it_changed() {
        let place = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.json", "c.json", ".hidden"] {
            fs::write(place.path().join(name), "{}").unwrap();
        }
        let folder = Folder::open(place.path()).unwrap();
        assert_eq!(folder.files.len(), 3);
        let after = |name: &str, rows| {
            let name = Some(name.to_owned());
            let position = Position {
                name,
                rows,
                ..Position::default()
            };
            folder.after(&position, place.path(), Path::new("state"))
        };
        assert_eq!(after("b.json", 2).unwrap(), 2);
        let failure = after("b.json", 1).unwrap_err().to_string();
        assert!(failure.contains("remove state"), "{failure}");
        assert!(Folder::open(place.path()).is_err(), "held by the other");
    }

    #[test]
    fn what_is_no_webhook_says_so() {
        let wrong = json!({"body": 1, "headers": "x", "url": 2, "received_at": "soon"});
        let unfit = read(&wrong).unwrap_err();
        let fields: Vec<_> = unfit
            .faults
            .iter()
            .map(|fault| fault.field.as_str())
            .collect();
        assert_eq!(fields, ["body", "headers", "url", "received_at"]);
        assert!(read(&json!({"body": "a", "body_base64": "YQ=="})).is_err());
        assert!(read(&json!({"body_base64": "?"})).is_err());
    }
}
