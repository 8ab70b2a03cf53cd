//! A file on its way: nobody sees it under its name before all of it is there and right.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use ring::digest::{Context, SHA256};
use tempfile::NamedTempFile;

use crate::failure::{Failure, Result};

/// Where a file goes.
#[derive(Debug)]
pub(super) enum Place {
    /// To standard output.
    Output,
    /// Into a folder that is there.
    File {
        /// Where to.
        path: PathBuf,
        /// Whether what is there may go.
        force: bool,
    },
}

impl Place {
    /// A file at `path`; one that is there is written over with `force` alone.
    pub(super) fn in_folder(path: &Path, force: bool) -> Result<Self> {
        if path.is_dir() || path.file_name().is_none() {
            let text = format!("{} is a folder", path.display());
            return Err(Failure::new(text).advise("name a file with --output"));
        }
        if !force && path.symlink_metadata().is_ok() {
            return Err(there(path));
        }
        let folder = folder(path);
        if !folder.is_dir() {
            return Err(Failure::new(format!(
                "there is no folder {}",
                folder.display()
            )));
        }
        let path = path.to_owned();
        Ok(Self::File { path, force })
    }
}

/// What came of a file so far.
pub(super) struct Incoming {
    place: Place,
    /// Beside the file that it becomes, and gone with this unless it does. `None` for standard output.
    part: Option<NamedTempFile>,
    digest: Context,
    received: u64,
    size: u64,
}

impl Incoming {
    /// Nothing, of a file of `size` bytes.
    pub(super) fn begin(place: Place, size: u64) -> Result<Self> {
        let part = match &place {
            Place::Output => None,
            Place::File { path, .. } => {
                let made = tempfile::Builder::new()
                    .prefix(".acuse-export-")
                    .tempfile_in(folder(path));
                Some(made.map_err(|error| unwritable(path, &error))?)
            }
        };
        Ok(Self {
            place,
            part,
            digest: Context::new(&SHA256),
            received: 0,
            size,
        })
    }

    /// How many bytes came.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Whether all bytes came.
    pub(super) fn is_whole(&self) -> bool {
        self.received == self.size
    }

    /// Takes the bytes that follow.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let received = self.received + bytes.len() as u64;
        if received > self.size {
            let text = format!("more came than the {} bytes of the file", self.size);
            return Err(Failure::new(text));
        }
        self.write(bytes)?;
        self.digest.update(bytes);
        self.received = received;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match (&self.place, &mut self.part) {
            (Place::File { path, .. }, Some(part)) => part
                .write_all(bytes)
                .map_err(|error| unwritable(path, &error)),
            _ => match io::stdout().lock().write_all(bytes) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::unread()),
                Err(error) => Err(unwritable(Path::new("-"), &error)),
            },
        }
    }

    /// Gives the file its name where its SHA-256 is `expected`, in hexadecimal digits; gives where it is, unless that is
    /// standard output.
    pub(super) fn finish(self, expected: &str) -> Result<Option<PathBuf>> {
        let mut sha256 = String::new();
        for byte in self.digest.finish().as_ref() {
            // Text takes whatever is written.
            let _ = write!(sha256, "{byte:02x}");
        }
        if !sha256.eq_ignore_ascii_case(expected) {
            let text =
                format!("what came is not the file: its SHA-256 is {sha256}, not {expected}");
            return Err(Failure::new(text).advise("try again: what came is thrown away"));
        }
        let (Place::File { path, force }, Some(part)) = (self.place, self.part) else {
            io::stdout()
                .lock()
                .flush()
                .map_err(|error| unwritable(Path::new("-"), &error))?;
            return Ok(None);
        };
        part.as_file()
            .sync_all()
            .map_err(|error| unwritable(&path, &error))?;
        let kept = if force {
            part.persist(&path)
        } else {
            part.persist_noclobber(&path)
        };
        match kept {
            Ok(_) => Ok(Some(path)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(there(&path)),
            Err(error) => Err(unwritable(&path, &error.error)),
        }
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn there(path: &Path) -> Failure {
    Failure::new(format!("{} is there already", path.display()))
        .advise("--force writes over it, --output names another")
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be written: {error}", path.display()))
}
