//! An installation that is looked at, well and unwell.

use acuse_testkit::{Database, NOBODY};
use serde_json::Value;

use crate::{
    ingest::rig::Installation,
    rig::{Folder, keys},
};

/// What `acuse doctor` found.
struct Found {
    exit: Option<i32>,
    findings: Vec<Value>,
}

impl Found {
    fn of(installation: &Installation, arguments: &[&str]) -> Self {
        let output = installation.acuse(&[&["doctor", "--json"], arguments].concat());
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        Self {
            exit: output.status.code(),
            findings: told["findings"].as_array().unwrap().clone(),
        }
    }

    /// What is said, with how bad it is, about a part.
    fn about(&self, part: &str) -> Vec<(&str, &str)> {
        let found = self.findings.iter().filter(|one| one["about"] == part);
        let told = |one: &'_ Value, name: &str| one[name].as_str().unwrap().to_owned();
        found
            .map(|one| {
                let advised = one.get("advice").is_some();
                assert_eq!(told(one, "severity") == "fine", !advised, "{one}");
                (
                    one["severity"].as_str().unwrap(),
                    one["what"].as_str().unwrap(),
                )
            })
            .collect()
    }

    fn faults(&self) -> Vec<&str> {
        let found = self
            .findings
            .iter()
            .filter(|one| one["severity"] == "fault");
        found.map(|one| one["about"].as_str().unwrap()).collect()
    }
}

/// An installation in which every service has found what it needs.
async fn settled() -> Installation {
    let installation = Installation::start().await;
    // The services look every second for each other; each run takes a while.
    for _ in 0..1_000 {
        if Found::of(&installation, &[]).exit == Some(0) {
            return installation;
        }
    }
    let found = Found::of(&installation, &[]).findings;
    panic!("{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_well_is_said_to_be() {
    let installation = settled().await;
    let whole = [
        "--workspace",
        "acme",
        "--database-url",
        installation.database_url(),
    ];
    let found = Found::of(&installation, &whole);
    assert_eq!(
        (found.exit, found.faults()),
        (Some(0), vec![]),
        "{:?}",
        found.findings
    );
    for service in ["ingestion", "message-state", "reporting", "export"] {
        let told = found.about(service);
        assert!(
            told.iter().any(|(_, what)| {
                what.contains("serves at") && what.contains(env!("CARGO_PKG_VERSION"))
            }),
            "{told:?}"
        );
        assert!(
            told.iter()
                .any(|(_, what)| what.contains("trusts the token")),
            "{told:?}"
        );
        assert!(
            told.iter().all(|(severity, _)| *severity == "fine"),
            "{told:?}"
        );
    }
    let export = found.about("export");
    for part in ["reporting", "Redis", "the place for files"] {
        assert!(
            export.iter().any(|(_, what)| what.contains(part)),
            "{export:?}"
        );
    }
    let database = found.about("database");
    assert!(
        database
            .iter()
            .any(|(_, what)| what.contains("every migration")),
        "{database:?}"
    );
    for part in ["folding", "inbox", "upkeep", "providers"] {
        assert_eq!(found.about(part).len(), 1, "{part}");
    }

    let text = installation.acuse(&["doctor"]);
    let shown = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.status.code(), Some(0), "{shown}");
    assert!(shown.contains("give it with --database-url"), "{shown}");
    assert!(shown.contains(" 0 faults"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named() {
    let installation = settled().await;
    let found = Found::of(&installation, &["--export", NOBODY]);
    assert_eq!((found.exit, found.faults()), (Some(1), vec!["export"]));

    let folder = Folder::new();
    let strange = keys(&folder);
    let found = Found::of(&installation, &["--key", &strange]);
    assert_eq!(found.exit, Some(1));
    assert_eq!(
        found.faults(),
        ["ingestion", "message-state", "reporting", "export"]
    );

    let url = format!("postgres://nobody:hunter2@{NOBODY}/nothing");
    let found = Found::of(&installation, &["--database-url", &url]);
    assert_eq!((found.exit, found.faults()), (Some(1), vec!["database"]));
    assert!(!format!("{:?}", found.findings).contains("hunter2"));

    std::fs::remove_dir_all(installation.folder.join("home/exports")).unwrap();
    let mut found = Found::of(&installation, &[]);
    // The service looks every second; each run takes a while.
    for _ in 0..1_000 {
        if found.exit == Some(1) {
            break;
        }
        found = Found::of(&installation, &[]);
    }
    assert_eq!(found.faults(), ["export"], "{:?}", found.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_not_made_ready_lacks_its_migrations() {
    let installation = Installation::start().await;
    let empty = Database::with_schema("nothing at all".to_owned(), |_| async { Ok(()) }).await;
    let found = Found::of(&installation, &["--database-url", empty.url()]);
    assert_eq!((found.exit, found.faults()), (Some(1), vec!["database"]));
    let told = found.about("database");
    assert!(
        told.iter().any(|(_, what)| what.starts_with("lacks ")),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn services_whose_database_is_away_do_not_serve() {
    let installation = Installation::start().await;
    let url = installation.database_url();
    let (server, name) = url.rsplit_once('/').unwrap();
    let (client, connection) =
        tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    // As good as stopped, for this database alone: others test on the same server.
    let close = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false");
    client.batch_execute(&close).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'acuse'";
    client.execute(end, &[&name]).await.unwrap();
    let mut faults = Vec::new();
    for _ in 0..1_000 {
        let found = Found::of(&installation, &["--database-url", url]);
        faults = found.faults().into_iter().map(str::to_owned).collect();
        if faults.len() >= 5 {
            break;
        }
    }
    client
        .batch_execute(&format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true"))
        .await
        .unwrap();
    for part in [
        "ingestion",
        "message-state",
        "reporting",
        "export",
        "database",
    ] {
        assert!(faults.iter().any(|fault| fault == part), "{faults:?}");
    }
}
