//! From an export that was asked for to its file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use acuse_proto::export::{Export, ExportFile, ExportState};
use acuse_rpc::server::shutdown_signal;
use indicatif::HumanBytes;
use tokio::time::sleep;
use tonic::{Code, Status};

use super::{
    client::Exports,
    fetch::{Fault, fetch, passes},
    file::{Incoming, Place},
    progress::Progress,
};
use crate::{
    failure::{Failure, Result},
    output::{note, number, say},
};

/// How many times in a row nothing may be heard of an export before it is given up.
const ATTEMPTS: u32 = 10;

/// How long to wait before it is watched again.
const PAUSE: Duration = Duration::from_millis(500);

/// Where a file goes.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// File to write, folder to put it into, or - for standard output; the file's own name in the current folder if left out
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Output {
    /// Refuses what cannot be written to, as far as that is known before the file has a name.
    pub(super) fn check(&self) -> Result<()> {
        match self.output.as_deref() {
            Some(path) if is_standard_output(path) || path.is_dir() => Ok(()),
            Some(path) => Place::in_folder(path, self.force).map(drop),
            None => Ok(()),
        }
    }

    /// Where the file goes, as far as that was said.
    pub(super) fn path(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// The place for a file that the service named so.
    fn place(&self, name: &str) -> Result<Place> {
        let folder = match self.output.as_deref() {
            Some(path) if is_standard_output(path) => return Ok(Place::Output),
            Some(path) if !path.is_dir() => return Place::in_folder(path, self.force),
            Some(folder) => folder,
            None => Path::new(""),
        };
        // Of a name with folders in it the last part counts: a service says what a file is called, not where it goes.
        let name = Path::new(name).file_name().ok_or_else(|| {
            Failure::new(format!("the service calls the file {name:?}"))
                .advise("name it with --output")
        })?;
        Place::in_folder(&folder.join(name), self.force)
    }
}

fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Waits for the file of an export and fetches it; says where it is. What was fetched so far is kept where that fails for now or
/// somebody presses Ctrl-C.
pub(super) async fn deliver(exports: &Exports<'_>, id: &str, output: &Output) -> Result<()> {
    tokio::select! {
        delivered = to_its_end(exports, id, output) => delivered,
        () = shutdown_signal() => Err(Failure::interrupted().advise(later(id, output.path()))),
    }
}

async fn to_its_end(exports: &Exports<'_>, id: &str, output: &Output) -> Result<()> {
    let file = made(exports, id).await?.file.unwrap_or_default();
    let place = output
        .place(&file.name)
        .inspect_err(|_| note(&later(id, None)))?;
    let size = u64::try_from(file.size_bytes).unwrap_or_default();
    let mut incoming = Incoming::begin(place, id, size)?;
    if incoming.kept().is_some() {
        let before = HumanBytes(incoming.received());
        note(&format!("going on after {before} that came before"));
    }
    let mut progress = Progress::of_bytes(size);
    let fetched = fetch(
        &mut incoming,
        |offset| exports.bytes(id, offset),
        |received| progress.at(received, Some(size)),
    );
    let fetched = fetched.await;
    drop(progress);
    match fetched {
        Ok(()) => tell(incoming.finish(&file.sha256)?.as_deref(), &file, size),
        Err(Fault::Refused(status)) => {
            let failure = exports.failed("download the file", &status);
            if !passes(status.code()) {
                incoming.give_up();
                return Err(failure);
            }
            if let Some(part) = incoming.kept() {
                let part = part.display();
                note(&format!(
                    "what came is kept in {part}; the same again goes on with it"
                ));
            }
            Err(failure)
        }
        Err(Fault::Excess(failure)) => {
            incoming.give_up();
            Err(failure)
        }
        Err(Fault::Local(failure)) => Err(failure),
    }
}

/// What helps where an export was asked for and its file was not fetched to the end.
pub(super) fn later(id: &str, output: Option<&Path>) -> String {
    let output = output.map(|path| format!(" --output '{}'", path.display()));
    let output = output.unwrap_or_default();
    format!(
        "the export goes on: `acuse export download {id}{output}` fetches its file, or the rest of it; \
         `acuse export cancel {id}` ends it where it is not made yet"
    )
}

/// Waits until the file is there.
async fn made(exports: &Exports<'_>, id: &str) -> Result<Export> {
    let mut progress = Progress::of_rows();
    let mut in_vain = 0;
    loop {
        let broken = match exports.watch(id).await {
            Err(status) => status,
            Ok(mut told) => loop {
                match told.message().await {
                    Ok(Some(answer)) => {
                        in_vain = 0;
                        let export = answer.export.unwrap_or_default();
                        if shown(&mut progress, &export)? {
                            return Ok(export);
                        }
                    }
                    Ok(None) => break Status::unavailable("the watch ended before the export"),
                    Err(status) => break status,
                }
            },
        };
        in_vain += 1;
        if in_vain == ATTEMPTS || !passes(broken.code()) {
            let failure = match broken.code() {
                Code::NotFound => Failure::new(format!("there is no export {id}, or not for you"))
                    .advise("`acuse export list` shows those there are"),
                _ => exports.failed("watch the export", &broken),
            };
            return Err(failure);
        }
        sleep(PAUSE).await;
    }
}

/// Shows how far an export is; gives whether its file is there.
fn shown(progress: &mut Progress, export: &Export) -> Result<bool> {
    match export.state() {
        ExportState::Succeeded => return Ok(true),
        ExportState::Failed => {
            let failure = export.failure.clone().unwrap_or_default();
            let text = format!("the export failed: {}", failure.message);
            return Err(Failure::new(text));
        }
        ExportState::Cancelled => return Err(Failure::new("the export was cancelled")),
        ExportState::Expired => {
            let failure = Failure::new("the file has expired");
            return Err(failure.advise("`acuse export create` makes another"));
        }
        ExportState::Running => {
            let told = export.progress.unwrap_or_default();
            let count = |rows| u64::try_from(rows).unwrap_or_default();
            progress.at(count(told.rows_done), told.rows_expected.map(count));
        }
        ExportState::Queued | ExportState::Unspecified => progress.waits("waiting for a worker"),
    }
    Ok(false)
}

/// Says where the file is, and what is in it.
fn tell(path: Option<&Path>, file: &ExportFile, size: u64) -> Result<()> {
    let (rows, size) = (number(file.rows), HumanBytes(size));
    match path {
        Some(path) => say(&format!("{}: {rows} rows, {size}", path.display())),
        None => {
            note(&format!("{rows} rows, {size}"));
            Ok(())
        }
    }
}
