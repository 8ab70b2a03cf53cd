//! How much memory a process takes while something goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::process::Process;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// Watches a process from now on.
pub(crate) struct Watched {
    before: usize,
    most: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Watched {
    pub(crate) fn new(process: &Process) -> Self {
        let id = process.id();
        let before = anonymous(id).unwrap();
        let most = Arc::new(AtomicUsize::new(before));
        let seen = Arc::clone(&most);
        let task = tokio::spawn(async move {
            while let Some(now) = anonymous(id) {
                seen.fetch_max(now, Ordering::SeqCst);
                tokio::time::sleep(INTERVAL).await;
            }
        });
        Self { before, most, task }
    }

    /// How many MiB more than in the beginning it had at most.
    pub(crate) fn growth(&self) -> usize {
        (self.most.load(Ordering::SeqCst) - self.before) >> 10
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// KiB that a process holds of its own, without the files that it is made of; `None` where it has ended.
fn anonymous(id: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.split_whitespace().next()?.parse().ok()
}
