//! `acuse schedule` and `acuse notification` against a running service.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_export::{Clock, Config, RedisConfig, Serving, start};
use acuse_rpc::Secret;
use acuse_store::workspaces::{self, NewWorkspace, Settings};
use acuse_store::{Database, PoolConfig};
use acuse_testkit::service::{self, Keys, connect};
use serde_json::Value;
use tokio::process::Command;

/// 2026-11-15, noon in UTC, a Sunday.
const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

/// An export service that makes no files, with one workspace.
struct Rig {
    serving: Serving,
    token: Secret,
    folder: PathBuf,
    // Dropped last, when nobody uses it any more.
    database: acuse_testkit::Database,
}

impl Drop for Rig {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Rig {
    async fn start() -> Self {
        let database = acuse_testkit::Database::new().await;
        let store = Database::new(&PoolConfig::new(database.address(), 2)).unwrap();
        let acme = NewWorkspace {
            slug: "acme".to_owned(),
            settings: Settings::usual("Acme"),
        };
        workspaces::create(&store, acme, NOW)
            .await
            .unwrap()
            .unwrap();
        let keys = Keys::new();
        let id = uuid::Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("acuse-test-{id}"));
        let redis = RedisConfig {
            prefix: format!("acuse:test:{id}"),
            ..RedisConfig::new(Secret::new(std::env::var("REDIS_URL").unwrap()))
        };
        let nowhere = (
            service::peer(([127, 0, 0, 1], 9).into()),
            keys.identity("export"),
        );
        let mut config = Config::new(
            keys.server_config(),
            database.address(),
            redis,
            nowhere,
            folder.clone(),
        );
        config.work.workers = 0;
        let serving = start(config, Clock::fixed(NOW), std::future::pending());
        Self {
            serving: serving.await.unwrap(),
            token: keys.allowed(Role::Analyst, "acme", &[Permission::Export]),
            folder,
            database,
        }
    }

    /// Runs `acuse`; gives whether it went well, and what it says: the answer, else why there is none.
    async fn acuse(&self, arguments: &[&str]) -> (bool, String) {
        let ran = Command::new(env!("CARGO_BIN_EXE_acuse"))
            .env_clear()
            .env("ACUSE_TOKEN", self.token.expose())
            .env("ACUSE_EXPORT", self.serving.address().to_string())
            .args(arguments)
            .output()
            .await
            .unwrap();
        let said = match ran.status.success() {
            true => ran.stdout,
            false => ran.stderr,
        };
        (ran.status.success(), String::from_utf8(said).unwrap())
    }

    async fn answer(&self, arguments: &[&str]) -> String {
        let (succeeded, said) = self.acuse(arguments).await;
        assert!(succeeded, "{arguments:?}: {said}");
        said
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let said = self.answer(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&said).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_kept_at_a_terminal() {
    let rig = Rig::start().await;
    let none = rig.answer(&["schedule", "list"]).await;
    assert!(none.contains("no schedule yet"), "{none}");
    let create = "schedule create Semanal --weekly mon,friday --at 08:30 --zone America/Lima --filter department=ventas --bom";
    let create: Vec<&str> = create.split(' ').collect();
    let said = rig.answer(&create).await;
    for words in [
        "mon, fri at 08:30 America/Lima",
        "the week before",
        "2026-11-16 13:30:00.000",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let kept = rig.json(&["schedule", "list"]).await;
    let id = kept["id"].as_str().unwrap();
    assert_eq!(kept["export"]["csv"]["byteOrderMark"], true);
    assert_eq!(
        kept["export"]["question"]["filters"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(rig.json(&["schedule", "show", id]).await, kept);

    let change = [
        "schedule",
        "change",
        id,
        "--monthly",
        "31",
        "--covering",
        "this_month",
        "--name",
        "Mes",
    ];
    let said = rig.answer(&change).await;
    assert!(
        said.contains("Mes") && said.contains("day 31 of the month at 08:30"),
        "{said}"
    );
    assert!(
        said.contains("this_month") && said.contains("2026-11-30 13:30"),
        "{said}"
    );
    let said = rig
        .answer(&["schedule", "change", id, "--covering-before"])
        .await;
    assert!(said.contains("the month before"), "{said}");
    let (succeeded, said) = rig
        .acuse(&["schedule", "change", id, "--zone", "Lima"])
        .await;
    assert!(!succeeded && said.contains("schedule.time_zone"), "{said}");
    let said = rig.answer(&["schedule", "pause", id]).await;
    assert!(said.contains("paused"), "{said}");
    let listed = rig.answer(&["schedule", "list"]).await;
    assert!(
        listed.contains("paused") && listed.contains("Mes"),
        "{listed}"
    );
    let said = rig.answer(&["schedule", "resume", id]).await;
    assert!(said.contains("2026-11-30 13:30"), "{said}");

    let none = rig.answer(&["schedule", "runs", id]).await;
    assert_eq!(none, "it has not run yet\n");
    let said = rig.answer(&["schedule", "run", id]).await;
    assert!(
        said.contains("2026-10-01 05:00") && said.contains("acuse export download"),
        "{said}"
    );
    let runs = rig.answer(&["schedule", "runs", id]).await;
    assert!(
        runs.contains("by hand") && runs.contains("QUEUED"),
        "{runs}"
    );
    let said = rig.answer(&["schedule", "delete", id]).await;
    assert_eq!(said, format!("deleted {id}\n"));
    let (succeeded, said) = rig.acuse(&["schedule", "show", id]).await;
    assert!(!succeeded && said.contains("schedule not found"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_may_come_from_a_file() {
    let rig = Rig::start().await;
    let file = rig.folder.join("export.json");
    let path = file.to_str().unwrap();
    let create = [
        "schedule",
        "create",
        "Diario",
        "--daily",
        "--at",
        "5:00",
        "--request",
        path,
    ];
    let request = r#"{"report": "EXPORT_REPORT_HSM_MANAGEMENT", "format": "EXPORT_FORMAT_CSV", "name": "Gestión"}"#;
    std::fs::write(&file, request).unwrap();
    rig.answer(&create).await;
    let kept = rig.json(&["schedule", "list"]).await;
    assert_eq!(kept["export"]["name"], "Gestión");
    for (text, problem) in [
        ("{", "is no acuse"),
        (r#"{"reprt": 1}"#, "reprt"),
        ("{} x", "is no acuse"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (succeeded, said) = rig.acuse(&create).await;
        assert!(!succeeded && said.contains(problem), "{text}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_told_read_and_cleared() {
    let rig = Rig::start().await;
    let none = rig.answer(&["notification", "list"]).await;
    assert_eq!(none, "there is nothing to tell\n");
    // A run whose owner has left tells of itself.
    let create = "schedule create Diario --daily --at 08:00 --zone America/Lima";
    rig.answer(&create.split(' ').collect::<Vec<_>>()).await;
    let subject = rig.json(&["schedule", "list"]).await["owner"]
        .as_str()
        .unwrap()
        .to_owned();
    let session = connect(rig.database.url()).await;
    let left = "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id, label) \
                SELECT workspace_id, 3, 1, $1, '{\"has_left\": [0, true]}' FROM message_state.workspaces";
    session.execute(left, &[&subject]).await.unwrap();
    // The clock stands still here: it is the time that comes to it, eight in the morning of the day before in Lima.
    let due = "UPDATE export.schedules SET next_due_at = to_timestamp($1::int8 - 82800), \
               look_at = to_timestamp($1::int8 - 82800)";
    let now = NOW.micros() / 1_000_000;
    session.execute(due, &[&now]).await.unwrap();
    let told = service::eventually(std::time::Duration::from_secs(20), || async {
        let told = rig.answer(&["notification", "list"]).await;
        told.contains("Diario").then_some(told)
    })
    .await;
    assert!(
        told.contains("could not be asked for") && told.contains("left"),
        "{told}"
    );
    let unread = rig.json(&["notification", "list", "--unread"]).await;
    let id = unread["id"].as_str().unwrap();
    assert_eq!(
        rig.answer(&["notification", "read", id]).await,
        "1 marked as read\n"
    );
    assert_eq!(
        rig.answer(&["notification", "read", "--all"]).await,
        "0 marked as read\n"
    );
    let (succeeded, _) = rig.acuse(&["notification", "clear"]).await;
    assert!(!succeeded, "nothing says which");
    assert_eq!(
        rig.answer(&["notification", "clear", "--all"]).await,
        "1 cleared\n"
    );
}
