//! From an export that was asked for to its file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use acuse_proto::export::{Export, ExportFile, ExportState};
use acuse_rpc::server::shutdown_signal;
use indicatif::HumanBytes;
use tokio::time::sleep;

use super::{
    client::Exports,
    fetch::{Fault, fetch},
    file::{Incoming, Place},
    progress::Progress,
};
use crate::{
    failure::{Failure, Result},
    output::{note, number, say},
};

/// How often an export is asked how far it is.
const PAUSE: Duration = Duration::from_millis(250);

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

/// Waits for the file of an export and fetches it; says where it is. What was fetched so far is gone where that fails or
/// somebody presses Ctrl-C.
pub(super) async fn deliver(exports: &Exports<'_>, export: Export, output: &Output) -> Result<()> {
    let id = export.id.clone();
    tokio::select! {
        delivered = to_its_end(exports, export, output) => delivered,
        () = shutdown_signal() => Err(Failure::interrupted().advise(later(&id))),
    }
}

async fn to_its_end(exports: &Exports<'_>, export: Export, output: &Output) -> Result<()> {
    let export = made(exports, export).await?;
    let file = export.file.unwrap_or_default();
    let place = output
        .place(&file.name)
        .inspect_err(|_| note(&later(&export.id)))?;
    let size = u64::try_from(file.size_bytes).unwrap_or_default();
    let mut incoming = Incoming::begin(place, size)?;
    let mut progress = Progress::of_bytes(size);
    let fetched = fetch(
        &mut incoming,
        |offset| exports.bytes(&export.id, offset),
        |received| progress.at(received, Some(size)),
    );
    fetched.await.map_err(|fault| match fault {
        Fault::Refused(status) => exports.failed("download the file", &status),
        Fault::Local(failure) => failure,
    })?;
    drop(progress);
    tell(incoming.finish(&file.sha256)?.as_deref(), &file, size)
}

/// What helps where an export was asked for and its file was not fetched.
fn later(id: &str) -> String {
    format!("the export is not lost: `acuse export download {id}` fetches its file")
}

/// Waits until the file is there.
async fn made(exports: &Exports<'_>, mut export: Export) -> Result<Export> {
    let mut progress = Progress::of_rows();
    loop {
        match export.state() {
            ExportState::Succeeded => return Ok(export),
            ExportState::Failed => {
                let failure = export.failure.unwrap_or_default();
                return Err(Failure::new(format!(
                    "the export failed: {}",
                    failure.message
                )));
            }
            ExportState::Expired => {
                return Err(Failure::new("the file has expired")
                    .advise("`acuse export hsm-management` makes another"));
            }
            ExportState::Running => {
                let told = export.progress.unwrap_or_default();
                let count = |rows| u64::try_from(rows).unwrap_or_default();
                progress.at(count(told.rows_done), told.rows_expected.map(count));
            }
            ExportState::Queued | ExportState::Unspecified => {
                progress.waits("waiting for a worker")
            }
        }
        sleep(PAUSE).await;
        export = exports.get(&export.id).await?;
    }
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
