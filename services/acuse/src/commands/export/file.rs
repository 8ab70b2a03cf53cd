//! A file on its way: nobody sees it under its name before all of it is there and right. What came of it so far stays beside it,
//! under a name with the export's id, until it does.

use std::{
    fmt::Write as _,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use ring::digest::{Context, SHA256};
use tempfile::TempPath;

use crate::failure::{Failure, Result};

/// Bytes that are read at once of what came before.
const CHUNK: usize = 64 * 1024;

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
    /// Beside the file that it becomes. `None` for standard output.
    part: Option<Part>,
    digest: Context,
    received: u64,
    size: u64,
}

/// What came of a file, on the disk.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    /// What came before of the export `id`, or nothing yet; nobody else takes it in meanwhile.
    fn open(path: &Path, id: &str) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder(path).join(format!("{name}.{id}.part"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // The texts of messages are nobody else's.
        options.mode(0o600);
        let opened = options.open(&beside);
        let file = opened.map_err(|error| unwritable(&beside, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, path: beside }),
            Err(TryLockError::WouldBlock) => {
                let text = format!("{} is being downloaded already", path.display());
                Err(Failure::new(text).advise("wait for that, or name another with --output"))
            }
            Err(TryLockError::Error(error)) => Err(unwritable(&beside, &error)),
        }
    }

    /// Hashes what came before; gives how much that is.
    fn take_up(&mut self, digest: &mut Context) -> io::Result<u64> {
        let mut chunk = vec![0; CHUNK];
        let mut length = 0;
        loop {
            let read = self.file.read(&mut chunk)?;
            if read == 0 {
                return Ok(length);
            }
            digest.update(&chunk[..read]);
            length += read as u64;
        }
    }

    /// Forgets what came before.
    fn begin_anew(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()
    }
}

impl Incoming {
    /// What is there of a file of `size` bytes, which the export `id` has: what came before, or nothing.
    pub(super) fn begin(place: Place, id: &str, size: u64) -> Result<Self> {
        let mut incoming = Self {
            part: match &place {
                Place::Output => None,
                Place::File { path, .. } => Some(Part::open(path, id)?),
            },
            place,
            digest: Context::new(&SHA256),
            received: 0,
            size,
        };
        let Some(part) = &mut incoming.part else {
            return Ok(incoming);
        };
        let taken = part.take_up(&mut incoming.digest).and_then(|length| {
            if length <= size {
                return Ok(length);
            }
            // Something else altogether.
            incoming.digest = Context::new(&SHA256);
            part.begin_anew().map(|()| 0)
        });
        incoming.received = taken.map_err(|error| unwritable(&part.path, &error))?;
        Ok(incoming)
    }

    /// Where what came so far is kept, if anything is.
    pub(super) fn kept(&self) -> Option<&Path> {
        let part = self.part.as_ref().filter(|_| self.received > 0);
        part.map(|part| part.path.as_path())
    }

    /// Removes what came: nothing will be made of it.
    pub(super) fn give_up(self) {
        if let Some(part) = self.part {
            let _ = std::fs::remove_file(part.path);
        }
    }

    /// How many bytes came.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Whether all bytes came.
    pub(super) fn is_whole(&self) -> bool {
        self.received == self.size
    }

    /// Whether it may have these bytes as well.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        self.received + bytes.len() as u64 <= self.size
    }

    /// Takes the bytes that follow.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(bytes)?;
        self.digest.update(bytes);
        self.received += bytes.len() as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match (&self.place, &mut self.part) {
            (Place::File { path, .. }, Some(part)) => part
                .file
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
            if let Some(part) = self.part {
                let _ = std::fs::remove_file(part.path);
            }
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
        part.file
            .sync_all()
            .map_err(|error| unwritable(&path, &error))?;
        let whole =
            TempPath::try_from_path(part.path).map_err(|error| unwritable(&path, &error))?;
        let kept = if force {
            whole.persist(&path)
        } else {
            whole.persist_noclobber(&path)
        };
        match kept {
            Ok(()) => Ok(Some(path)),
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
