//! How far a file was taken in, kept beside it, so that the same command goes on from there.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tempfile::NamedTempFile;

use super::{row::Position, source::Identity, tally::Tally};
use crate::{
    failure::{Failure, Result},
    input::shown,
};

/// What the ending of a state file's name is.
const ENDING: &str = ".ingest-state";

/// The version of what is written.
const VERSION: u32 = 1;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// The file; `None` for a folder.
    pub(super) file: Option<Identity>,
    /// Everything that decides what the rows mean and where they go.
    pub(super) options: Map<String, Value>,
    /// Up to where rows are durable, or rejected and written down.
    pub(super) position: Position,
    pub(super) tally: Tally,
    /// The file of rejected rows.
    pub(super) rejected: PathBuf,
    /// How long that was.
    pub(super) rejected_bytes: u64,
}

impl State {
    /// Nothing was taken in yet.
    pub(super) fn new(
        file: Option<Identity>,
        options: Map<String, Value>,
        begins: Position,
        rejected: PathBuf,
    ) -> Self {
        Self {
            version: VERSION,
            file,
            options,
            position: begins,
            tally: Tally::default(),
            rejected,
            rejected_bytes: 0,
        }
    }

    /// Refuses to go on where this state is not of the same file and the same command.
    pub(super) fn fits(&self, fresh: &Self, state: &Path, file: &Path) -> Result<()> {
        let anew = format!(
            "to begin anew remove {}: what was taken in already is not counted twice",
            state.display()
        );
        if self.version != fresh.version {
            let text = format!("{} is of another version of acuse", state.display());
            return Err(Failure::new(text).advise(anew));
        }
        if self.file != fresh.file {
            let text = format!(
                "{} has changed since {} of its rows were taken in",
                shown(file),
                self.position.rows
            );
            return Err(Failure::new(text).advise(anew));
        }
        if self.rejected != fresh.rejected {
            let text = format!(
                "{} was begun with rejected rows in {}",
                shown(file),
                self.rejected.display()
            );
            return Err(Failure::new(text).advise(format!("give the same --rejected, or {anew}")));
        }
        for (name, value) in &fresh.options {
            let before = self.options.get(name).unwrap_or(&Value::Null);
            if before != value {
                let text = format!(
                    "{} was begun with another {name}: {before}, and now {value}",
                    shown(file)
                );
                return Err(Failure::new(text).advise(format!("give the same again, or {anew}")));
            }
        }
        Ok(())
    }
}

/// The file that keeps a state.
pub(super) struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// The one given, or the one beside `file`.
    pub(super) fn of(file: &Path, given: Option<&Path>) -> Self {
        let path = given.map(Path::to_owned).unwrap_or_else(|| {
            // A folder's name may end with a slash.
            let file: PathBuf = file.components().collect();
            let mut path = file.into_os_string();
            path.push(ENDING);
            path.into()
        });
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is kept; `None` for nothing.
    pub(super) fn load(&self) -> Result<Option<State>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("read", &error)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|_| {
            let shown = self.path.display();
            Failure::new(format!("{shown} does not say how far a file was taken in")).advise(
                format!(
                    "remove {shown} to begin anew: what was taken in already is not counted twice"
                ),
            )
        })
    }

    /// Keeps a state: all of it, or that before. It outlives this process; with `durably` a loss of power as well.
    pub(super) fn save(&self, state: &State, durably: bool) -> Result<()> {
        let save = || {
            let folder = match self.path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let mut part = NamedTempFile::with_prefix_in(".acuse-ingest-", folder)?;
            serde_json::to_writer_pretty(&mut part, state)?;
            part.write_all(b"\n")?;
            if durably {
                part.as_file().sync_all()?;
            }
            part.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        save().map_err(|error: io::Error| self.failed("written", &error))
    }

    /// Nothing is left to go on with.
    pub(super) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("removed", &error))
            }
            _ => Ok(()),
        }
    }

    fn failed(&self, what: &str, error: &io::Error) -> Failure {
        let shown = self.path.display();
        Failure::new(format!(
            "{shown}, which says how far a file was taken in, cannot be {what}: {error}"
        ))
        .advise("--resume FILE names another place for it")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(bytes: u64, zone: &str) -> State {
        let identity = Identity {
            bytes,
            head_sha256: "00".to_owned(),
        };
        let options = json!({"time zone": zone}).as_object().unwrap().clone();
        let rejected = "a.rejected.csv".into();
        State::new(Some(identity), options, Position::default(), rejected)
    }

    #[test]
    fn a_state_is_kept_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let kept = StateFile::of(&file, None);
        assert_eq!(kept.path(), folder.path().join("a.csv.ingest-state"));
        assert_eq!(kept.load().unwrap(), None);
        let state = state(7, "UTC");
        kept.save(&state, false).unwrap();
        kept.save(&state, true).unwrap();
        assert_eq!(kept.load().unwrap(), Some(state));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(kept.path(), "{").unwrap();
        let failure = kept.load().unwrap_err().to_string();
        assert!(failure.contains("begin anew"), "{failure}");
        kept.remove().unwrap();
        kept.remove().unwrap();
    }

    #[test]
    fn another_file_and_another_command_are_refused() {
        let (place, file) = (Path::new("a.csv.ingest-state"), Path::new("a.csv"));
        let begun = state(7, "UTC");
        begun.fits(&state(7, "UTC"), place, file).unwrap();
        for (other, told) in [
            (state(8, "UTC"), "has changed"),
            (state(7, "Asia/Tokyo"), "time zone"),
        ] {
            let failure = begun.fits(&other, place, file).unwrap_err().to_string();
            assert!(failure.contains(told), "{failure}");
            assert!(failure.contains("remove a.csv.ingest-state"), "{failure}");
        }
    }
}
