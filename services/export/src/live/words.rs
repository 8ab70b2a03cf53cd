//! What replicas tell each other of jobs, as Redis carries it.

use acuse_domain::ids::WorkspaceId;
use acuse_store::export::{Lease, Progress};
use uuid::Uuid;

/// Something that is told of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A claim is so far.
    Progress(Lease, Progress),
    /// Something else about the job has changed: whoever wants to know looks at the record.
    Changed(Uuid),
}

impl Word {
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Progress(lease, progress) => {
                let Lease {
                    workspace,
                    job,
                    fence,
                } = lease;
                format!("{job} {} {fence} {}", workspace.0, encode(*progress))
            }
            Self::Changed(job) => job.to_string(),
        }
    }

    /// The word of that text; `None` for one that nobody here says.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let Some((job, rest)) = text.split_once(' ') else {
            return Some(Self::Changed(Uuid::try_parse(text).ok()?));
        };
        let (workspace, rest) = rest.split_once(' ')?;
        let (fence, progress) = rest.split_once(' ')?;
        let lease = Lease {
            workspace: WorkspaceId(workspace.parse().ok()?),
            job: Uuid::try_parse(job).ok()?,
            fence: fence.parse().ok()?,
        };
        Some(Self::Progress(lease, decode(progress)?))
    }
}

/// Progress as it is kept: rows written, and those expected where that is known.
pub(super) fn encode(progress: Progress) -> String {
    let expected = progress.expected.map(|rows| rows.to_string());
    format!("{} {}", progress.rows, expected.unwrap_or_default())
}

/// The progress of that text; `None` for what is none.
pub(super) fn decode(text: &str) -> Option<Progress> {
    let (rows, expected) = text.split_once(' ')?;
    Some(Progress {
        rows: rows.parse().ok()?,
        expected: expected.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_it_was_told() {
        for expected in [None, Some(0), Some(7)] {
            let told = Progress { rows: 3, expected };
            assert_eq!(decode(&encode(told)), Some(told));
        }
        for other in ["", "3", "x 7"] {
            assert_eq!(decode(other), None);
        }
    }

    #[test]
    fn a_word_is_heard_as_it_was_said() {
        let lease = Lease {
            workspace: WorkspaceId(7),
            job: Uuid::from_u128(9),
            fence: 3,
        };
        for expected in [None, Some(7)] {
            let word = Word::Progress(lease, Progress { rows: 3, expected });
            assert_eq!(Word::decode(&word.encode()), Some(word));
        }
        let word = Word::Changed(lease.job);
        assert_eq!(Word::decode(&word.encode()), Some(word));
        for other in ["", "x", "x 7 3 1 ", "7", &format!("{} 7 3", lease.job)] {
            assert_eq!(Word::decode(other), None, "{other}");
        }
    }
}
