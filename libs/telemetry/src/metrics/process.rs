//! The process itself, as Linux tells of it.

use std::fs;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use super::catalog;

/// Has the process looked at whenever somebody asks.
pub(super) fn watch(service: &str) {
    let began = Instant::now();
    let service = service.to_owned();
    catalog::BUILD.watch(move |tell| {
        tell(
            1.0,
            [service.clone().into(), env!("CARGO_PKG_VERSION").into()],
        );
    });
    catalog::UPTIME.watch(move |tell| tell(began.elapsed().as_secs_f64(), []));
    catalog::CPU.watch(|tell| tell(cpu_seconds(), []));
    catalog::MEMORY.watch(|tell| {
        if let Some(kilobytes) = status("VmRSS:") {
            tell(kilobytes * 1024.0, []);
        }
    });
    catalog::THREADS.watch(|tell| {
        if let Some(threads) = status("Threads:") {
            tell(threads, []);
        }
    });
    catalog::FILES.watch(|tell| {
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            // The folder itself is open while it is read.
            let open = u32::try_from(files.count().saturating_sub(1)).unwrap_or(u32::MAX);
            tell(open.into(), []);
        }
    });
}

fn cpu_seconds() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(
        clippy::cast_precision_loss,
        reason = "285 million years of seconds fit"
    )]
    let (seconds, nanos) = (used.tv_sec as f64, used.tv_nsec as f64);
    seconds + nanos / 1e9
}

/// A number that the kernel tells of this process.
fn status(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
