//! Large exports: whatever their size, memory stays as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use acuse_proto::export::{DownloadExportRequest, ExportState};
use acuse_testkit::service::eventually;

use crate::rig::{Rig, plain};

const ROWS: usize = 200_000;

/// What the process may grow by, in KiB: some parts of the file, some batches, and what the allocator keeps.
const MOST_GROWTH: u64 = 64 * 1024;

/// Memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_thousand_rows_take_no_more_memory_than_a_few() {
    let rig = Rig::of(ROWS).await;
    let ana = rig.analyst();
    let before = resident();
    let highest = Arc::new(AtomicU64::new(before));
    let watched = Arc::clone(&highest);
    let watch = tokio::spawn(async move {
        loop {
            watched.fetch_max(resident(), Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let began = Instant::now();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let done = eventually(Duration::from_secs(120), || async {
        let found = rig.get(&ana, &id).await.unwrap();
        (found.state() == ExportState::Succeeded).then_some(found)
    })
    .await;
    let made = began.elapsed();
    let file = done.file.unwrap();
    assert_eq!((file.rows, done.attempts), (200_000, 1));

    // Read piece by piece: lines are counted, and nothing is kept.
    let request = DownloadExportRequest { id, offset: 0 };
    let answer = rig.client(&ana).download_export(request).await.unwrap();
    let mut stream = answer.into_inner();
    let (mut bytes, mut lines) = (0, 0);
    while let Some(piece) = stream.message().await.unwrap() {
        bytes += piece.chunk.len();
        lines += piece.chunk.iter().filter(|byte| **byte == b'\n').count();
    }
    watch.abort();
    assert_eq!(i64::try_from(bytes).unwrap(), file.size_bytes);
    assert_eq!(lines, ROWS + 1);
    let growth = highest.load(Ordering::SeqCst) - before;
    println!(
        "{ROWS} rows, {} MiB: made in {made:?}; memory grew by {} KiB from {before} KiB",
        bytes >> 20,
        growth
    );
    assert!(bytes as u64 / 1024 > MOST_GROWTH, "the file would fit");
    assert!(growth < MOST_GROWTH, "grew by {growth} KiB");
}
