//! One file, or what else is taken in together, and how it is begun or gone on with.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use acuse_proto::ingestion::WebhookHeader;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::{
    Args,
    bodies::{self, Common, Folder},
    csv_rows::{CsvRows, Header},
    described::shape,
    intake::Intake,
    json_rows::JsonRows,
    progress::{Measure, Progress},
    rejected::{RejectedFile, Style},
    row::Position,
    rows::{Reading, Shape},
    running::{Held, Input, Rows, Running},
    source::{Format, Source, hexadecimal},
    state::{State, StateFile},
};
use crate::{
    failure::{Failure, Result},
    input::shown,
    output::{note, number},
};

/// What is taken in together.
#[derive(Debug)]
pub(super) enum Job {
    /// Rows of a file.
    Rows(PathBuf),
    /// Webhooks, one a line.
    Lines(PathBuf),
    /// Webhooks, one a file of a folder.
    Folder(PathBuf),
    /// Webhooks, one a file.
    Bodies(Vec<PathBuf>),
}

impl Job {
    /// Everything that was asked for.
    pub(super) fn all(args: &Args) -> Result<Vec<Self>> {
        if args.webhooks.integration.is_none() {
            if args.format == Some(Format::Webhook) {
                return Err(Failure::usage("webhooks are of an integration").advise(
                    "name it with --integration; `acuse integration list` shows those there are",
                ));
            }
            return Ok(args.files.iter().cloned().map(Self::Rows).collect());
        }
        if args.format == Some(Format::Csv) {
            return Err(Failure::usage("webhooks are no CSV"));
        }
        let mut jobs = Vec::new();
        let mut bodies = Vec::new();
        for file in &args.files {
            let ending = file.extension().and_then(|ending| ending.to_str());
            let is_lines = match args.format {
                Some(format) => format == Format::Jsonl,
                None => matches!(ending, Some("jsonl" | "ndjson")),
            };
            match file {
                file if file.is_dir() => jobs.push(Self::Folder(file.clone())),
                file if is_lines => jobs.push(Self::Lines(file.clone())),
                file => bodies.push(file.clone()),
            }
        }
        if !bodies.is_empty() {
            jobs.push(Self::Bodies(bodies));
        }
        Ok(jobs)
    }

    /// Opens it, and finds out how far it is.
    pub(super) fn prepare(self, args: &Args) -> Result<Running> {
        match self {
            Self::Rows(path) => rows(args, &path),
            Self::Lines(path) => lines(args, &path),
            Self::Folder(path) => folder(args, &path),
            Self::Bodies(paths) => several(args, paths),
        }
    }
}

/// What is common to the preparation of all jobs.
struct Preparation<'a> {
    args: &'a Args,
    path: &'a Path,
    kept: Option<StateFile>,
    style: Style,
    /// Where rejected rows go, as people say it.
    rejected: PathBuf,
    fresh: State,
    measure: Measure,
    shape: Option<Shape>,
}

impl Preparation<'_> {
    /// Begins anew, or goes on where an earlier run was.
    fn begin(self, name: String, held: Held) -> Result<Running> {
        let Self {
            args,
            path,
            fresh,
            style,
            rejected,
            ..
        } = self;
        if let (Ok(own), Ok(other)) = (path.canonicalize(), fresh.rejected.canonicalize())
            && own == other
        {
            return Err(Failure::usage("--rejected is the file itself"));
        }
        let before = match &self.kept {
            Some(kept) => kept.load()?.map(|state| (state, kept)),
            None => None,
        };
        let (state, rejected) = match before {
            Some((state, kept)) => {
                state.fits(&fresh, kept.path(), path)?;
                let file = RejectedFile::resumed(rejected, style, state.rejected_bytes)?;
                note(&format!(
                    "{name}: goes on after the first {}, as {} says",
                    number(state.position.rows),
                    kept.path().display()
                ));
                (state, file)
            }
            None => (fresh, RejectedFile::fresh(rejected, style, args.force)?),
        };
        if self.kept.is_none() {
            note(&format!(
                "{name} cannot be resumed: if this breaks off, give all of it again"
            ));
        }
        let before = state.tally.rows;
        let intake = Intake {
            state,
            kept: self.kept,
            rejected,
            progress: Progress::new(self.measure, before),
            shape: self.shape,
        };
        // Better now than after the first thousand rows.
        intake.keep(false)?;
        Ok(Running {
            name,
            intake,
            input: None,
            began: Instant::now(),
            before,
            _held: held,
        })
    }
}

/// What decides what rows mean and where they go.
fn options(args: &Args, format: Format) -> Map<String, Value> {
    let workspace = args
        .workspace
        .clone()
        .or_else(|| args.access.claimed_workspace());
    let webhooks = &args.webhooks;
    let options = json!({
        "format": format!("{format:?}").to_lowercase(),
        "kind": args.kind.map(|kind| kind.word()),
        "time zone": args.time_zone.as_ref().and_then(|zone| zone.iana_name()),
        "delimiter": args.delimiter.map(|one| char::from(one).to_string()),
        "ignore-unknown": args.ignore_unknown,
        "integration": webhooks.integration.map(|id| id.to_string()),
        "verify-signature": webhooks.verify_signature,
        "header": webhooks.header,
        "url": webhooks.url,
        "workspace": workspace,
        "service": args.access.to(&args.ingestion).place().address,
    });
    match options {
        Value::Object(options) => options,
        _ => Map::new(),
    }
}

/// Where it is kept how far a file is; `None` for one that can be read only once.
fn kept(args: &Args, source: &Source) -> Result<Option<StateFile>> {
    if source.identity().is_some() {
        return Ok(Some(StateFile::of(&source.path, args.resume.as_deref())));
    }
    match &args.resume {
        None => Ok(None),
        Some(_) => Err(Failure::usage(format!(
            "{} can be read only once, and so cannot be resumed",
            shown(&source.path)
        ))),
    }
}

fn rows(args: &Args, path: &Path) -> Result<Running> {
    let mut source = Source::open(path)?;
    let format = match args.format {
        Some(format) => format,
        None => source.format()?,
    };
    let reading = Reading {
        zone: args.time_zone.clone(),
        ignore_unknown: args.ignore_unknown,
    };
    let shape = args.kind.map(shape).transpose()?;
    let header = match (format, &shape) {
        (Format::Csv, Some(shape)) => Some(Header::read(&source, args.delimiter, shape, &reading)?),
        (Format::Csv, None) => {
            let text = format!("nothing says what the rows of {} are", shown(path));
            return Err(
                Failure::usage(text).advise("--kind does: registrations, statuses or inbound")
            );
        }
        _ => source.is_text().map(|()| None)?,
    };
    let begins = match &header {
        Some(header) => header.begins.clone(),
        None => first_line(&source),
    };
    let style = header.clone().map_or(Style::Json, Style::Csv);
    let mut running = prepared(args, &source, format, style, begins)?
        .with(shape.clone())
        .begin(shown(path), Held::Nothing)?;
    let from = &running.intake.state.position;
    let rows: Rows = match (header, shape) {
        (Some(header), Some(shape)) => {
            Box::new(CsvRows::from(&mut source, header, shape, reading, from)?)
        }
        _ => Box::new(JsonRows::from(&mut source, args.kind, reading, from)?),
    };
    running.input = Some(Input::Rows(rows));
    running._held = Held::Source { _source: source };
    Ok(running)
}

fn lines(args: &Args, path: &Path) -> Result<Running> {
    let mut source = Source::open(path)?;
    source.is_text()?;
    let begins = first_line(&source);
    let preparation = prepared(args, &source, Format::Jsonl, Style::Json, begins)?;
    let mut running = preparation.begin(shown(path), Held::Nothing)?;
    let from = &running.intake.state.position;
    let webhooks = bodies::of_lines(&mut source, from, common(args)?)?;
    running.input = Some(Input::Webhooks(Box::new(webhooks)));
    running._held = Held::Source { _source: source };
    Ok(running)
}

fn folder(args: &Args, path: &Path) -> Result<Running> {
    let folder = Folder::open(path)?;
    let kept = StateFile::of(path, args.resume.as_deref());
    let place = kept.path().to_owned();
    let files = folder.files.clone();
    let preparation = unsourced(
        args,
        path,
        files.len(),
        Some(kept),
        options(args, Format::Webhook),
    );
    let mut running = preparation.begin(shown(path), Held::Nothing)?;
    let from = folder.after(&running.intake.state.position, path, &place)?;
    let webhooks = bodies::of_files(files, from, common(args)?);
    running.input = Some(Input::Webhooks(Box::new(webhooks)));
    running._held = Held::Folder { _folder: folder };
    Ok(running)
}

fn several(args: &Args, paths: Vec<PathBuf>) -> Result<Running> {
    let kept = args
        .resume
        .as_deref()
        .map(|path| StateFile::of(path, Some(path)));
    let mut options = options(args, Format::Webhook);
    let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
    let names_digest = digest(&SHA256, names.join("\n").as_bytes());
    options.insert(
        "list of files".to_owned(),
        json!(hexadecimal(names_digest.as_ref())),
    );
    let (name, first) = match paths.as_slice() {
        [one] => (shown(one), one.clone()),
        many => (format!("{} files", many.len()), PathBuf::from("webhooks")),
    };
    if let [one] = paths.as_slice() {
        // Alone it is worth an error of its own.
        crate::input::readable(one)?;
    }
    let preparation = unsourced(args, &first, paths.len(), kept, options);
    let mut running = preparation.begin(name, Held::Nothing)?;
    let from = usize::try_from(running.intake.state.position.rows).unwrap_or(usize::MAX);
    let webhooks = bodies::of_files(paths, from, common(args)?);
    running.input = Some(Input::Webhooks(Box::new(webhooks)));
    Ok(running)
}

fn first_line(source: &Source) -> Position {
    Position {
        offset: source.begins() as u64,
        line: 1,
        ..Position::default()
    }
}

fn prepared<'a>(
    args: &'a Args,
    source: &'a Source,
    format: Format,
    style: Style,
    begins: Position,
) -> Result<Preparation<'a>> {
    let rejected = args
        .rejected
        .clone()
        .unwrap_or_else(|| style.path(&source.path));
    Ok(Preparation {
        args,
        path: &source.path,
        kept: kept(args, source)?,
        style,
        fresh: State::new(
            source.identity(),
            options(args, format),
            begins,
            absolute(&rejected),
        ),
        rejected,
        measure: source.bytes.map_or(Measure::Unknown, Measure::Bytes),
        shape: None,
    })
}

fn unsourced<'a>(
    args: &'a Args,
    path: &'a Path,
    files: usize,
    kept: Option<StateFile>,
    options: Map<String, Value>,
) -> Preparation<'a> {
    let style = Style::Json;
    let rejected = args.rejected.clone().unwrap_or_else(|| style.path(path));
    Preparation {
        args,
        path,
        kept,
        style,
        fresh: State::new(None, options, Position::default(), absolute(&rejected)),
        rejected,
        measure: Measure::Files(files as u64),
        shape: None,
    }
}

impl Preparation<'_> {
    fn with(mut self, shape: Option<Shape>) -> Self {
        self.shape = shape;
        self
    }
}

/// A path that means the same in any folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What the webhooks of a command have in common.
fn common(args: &Args) -> Result<Common> {
    let webhooks = &args.webhooks;
    let headers = webhooks.header.iter().map(|header| {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Failure::usage(format!(
                "--header {header:?} is not of the form 'NAME: VALUE'"
            ))
        })?;
        Ok(WebhookHeader {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    });
    Ok(Common {
        integration: webhooks
            .integration
            .map(|id| id.to_string())
            .unwrap_or_default(),
        verify_signature: webhooks.verify_signature,
        headers: headers.collect::<Result<_>>()?,
        url: webhooks.url.clone(),
    })
}
