//! The folder of the files is full.
//!
//! By a file system in memory that is as good as full, where this machine lets a process have one of its own; and everywhere by a
//! limit to what a process may write into one file, which fails its writes in the same place.

use std::path::PathBuf;
use std::process::Command;

use acuse_proto::export::{Export, ExportState};
use acuse_testkit::service::eventually;
use futures::future::join_all;

use crate::peer::Answer;
use crate::process::Process;
use crate::rig::{PATIENCE, Rig, ids, plain};

/// Rows of some 13 MiB.
const ROWS: usize = 30_000;

/// Starts a process that has a file system of 24 MiB of its own at `$0`, of which 6 MiB are free.
const FULL: &str = "mkdir -p \"$0\" && mount -t tmpfs -o size=24m tmpfs \"$0\" && \
                    head -c 18874368 /dev/zero >\"$0/ballast\" && exec \"$@\"";

/// Starts a process that may write 6 MiB into a file, and is told so instead of killed.
const LIMITED: &str = "trap '' XFSZ && ulimit -S -f 6144 && exec \"$@\"";

/// How room runs out, and comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Mounted,
    Limited,
}

impl Way {
    /// Those that there are on this machine; one is everywhere.
    fn all() -> Vec<Self> {
        let may = Command::new("unshare")
            .args(["-m", "sh", "-c", "mount -t tmpfs tmpfs /tmp"])
            .status();
        let mounted = may.is_ok_and(|status| status.success());
        let mounted = mounted.then_some(Self::Mounted);
        mounted.into_iter().chain([Self::Limited]).collect()
    }

    async fn start(self, rig: &Rig) -> Process {
        let folder = rig.folder.display().to_string();
        match self {
            Self::Mounted => {
                let around = ["unshare", "-m", "sh", "-c", FULL, &folder];
                Process::within(rig, &around).await
            }
            // bash counts in KiB.
            Self::Limited => Process::within(rig, &["bash", "-c", LIMITED, "-"]).await,
        }
    }

    /// Makes room again.
    fn relieve(self, rig: &Rig, process: &Process) {
        match self {
            Self::Mounted => std::fs::remove_file(seen(rig, process).join("ballast")).unwrap(),
            Self::Limited => {
                let mut prlimit = Command::new("prlimit");
                prlimit.args(["--pid", &process.id().to_string(), "--fsize=unlimited"]);
                assert!(prlimit.status().unwrap().success());
            }
        }
    }
}

/// The folder as the process sees it.
fn seen(rig: &Rig, process: &Process) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", process.id()));
    root.join(rig.folder.strip_prefix("/").unwrap())
}

async fn rig() -> Rig {
    let redis = std::env::var("REDIS_URL").unwrap();
    let none = |config: &mut acuse_export::Config| config.work.workers = 0;
    Rig::with(redis, |_| Ok(Answer::of(ROWS)), none).await
}

/// An export that failed once for want of room.
async fn failed_once(rig: &Rig) -> Export {
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let session = rig.session().await;
    let told = "SELECT failures, failure_message FROM export.jobs WHERE failures > 0";
    let row = eventually(PATIENCE, || async {
        session.query_opt(told, &[]).await.unwrap()
    })
    .await;
    let told: (i32, String) = (row.get(0), row.get(1));
    assert_eq!(told, (1, "there is no room for the file".to_owned()));
    rig.get(&ana, &id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_waits_for_room() {
    let waits = async |way: Way| {
        let rig = rig().await;
        let process = way.start(&rig).await;
        let export = failed_once(&rig).await;
        assert_eq!(export.failure, None, "{way:?}");
        way.relieve(&rig, &process);
        let ana = rig.analyst();
        let done = rig.until(&ana, &export.id, ExportState::Succeeded).await;
        assert!(done.attempts > 1, "{way:?}");
        let pieces = process.download(&rig, &ana, &export.id).await;
        assert!(ids(&pieces).into_iter().eq(0..ROWS), "{way:?}");
    };
    join_all(Way::all().into_iter().map(waits)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_without_room_is_given_up_and_leaves_none_of_it() {
    let is_given_up = async |way: Way| {
        let rig = rig().await;
        let process = way.start(&rig).await;
        let export = failed_once(&rig).await;
        // As if it had failed as often as it may but once.
        let session = rig.session().await;
        let often = "UPDATE export.jobs SET failures = 4, due_at = now() WHERE state = 1";
        eventually(PATIENCE, || async {
            (session.execute(often, &[]).await.unwrap() == 1).then_some(())
        })
        .await;
        let ana = rig.analyst();
        let failed = rig.until(&ana, &export.id, ExportState::Failed).await;
        let failure = failed.failure.unwrap();
        assert_eq!(failure.reason, "ATTEMPTS_EXHAUSTED", "{way:?}");
        assert_eq!(failure.message, "there is no room for the file");
        eventually(PATIENCE, || async {
            let mut left = Vec::new();
            let mut folders = vec![seen(&rig, &process)];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).into_iter().flatten() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else if !path.ends_with("ballast") {
                        left.push(path);
                    }
                }
            }
            left.is_empty().then_some(())
        })
        .await;
    };
    join_all(Way::all().into_iter().map(is_given_up)).await;
}
