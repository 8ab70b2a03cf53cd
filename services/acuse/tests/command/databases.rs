//! The database, where the command looks into it itself.

use std::fs;

use acuse_testkit::certificates::{AUTHORITY, OTHER_AUTHORITY};
use acuse_testkit::{Database, Postgres};
use serde_json::Value;

use crate::{
    ingest::rig::Installation,
    rig::{Folder, acuse, answer, fails},
};

async fn session(url: &str) -> tokio_postgres::Client {
    let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
    let (client, connection) = connecting.await.unwrap();
    tokio::spawn(connection);
    client
}

/// A file of that content.
fn file(folder: &Folder, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_server_that_is_not_certified_is_refused_with_what_helps() {
    let (postgres, folder) = (Postgres::start_over_tls(), Folder::new());
    let (right, other) = (
        file(&folder, "right.pem", AUTHORITY),
        file(&folder, "other.pem", OTHER_AUTHORITY),
    );
    let url = postgres.url();
    let elsewhere = format!(
        "{}?hostaddr=127.0.0.1",
        url.replace("127.0.0.1", "other.example")
    );
    for (url, ca, parts) in [
        (&url, &other, ["UnknownIssuer", "with --database-ca"]),
        (&elsewhere, &right, ["not valid for", "sslmode=verify-ca"]),
    ] {
        let (code, text) = fails(&["migrate", "--database-url", url, "--database-ca", ca]);
        assert_eq!(code, Some(3), "{text}");
        for part in parts {
            assert!(text.contains(part), "{text}");
        }
    }
    let plain = Postgres::start();
    let asking = format!("{}?sslmode=require", plain.url());
    let (code, text) = fails(&["migrate", "--pending", "--database-url", &asking]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("turn it on there"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_installation_speaks_tls_to_its_database() {
    let (postgres, folder) = (Postgres::start_over_tls(), Folder::new());
    let ca = file(&folder, "ca.pem", AUTHORITY);
    let admin = session(&postgres.url()).await;
    admin
        .batch_execute("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'hunter2'")
        .await
        .unwrap();
    let url = postgres.url().replace("acuse@", "guarded:hunter2@");
    let installation = Installation::on(&url, &["--database-ca", &ca]);
    let plain = "SELECT count(*), count(*) FILTER (WHERE NOT ssl) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) \
                 WHERE application_name = 'acuse'";
    let row = admin.query_one(plain, &[]).await.unwrap();
    let (all, plain): (i64, i64) = (row.get(0), row.get(1));
    assert!(all >= 4 && plain == 0, "{plain} of {all}");

    let database = ["--database-url", &url, "--database-ca", &ca];
    let doctor = || installation.acuse(&[&["doctor", "--json"], &database[..]].concat());
    let mut output = doctor();
    // A service says that it serves once its database has answered it; each run takes a while.
    for _ in 0..200 {
        if output.status.code() == Some(0) {
            break;
        }
        output = doctor();
    }
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let again = acuse(&[&["migrate"], &database[..]].concat());
    assert!(answer(&again).contains("up to date already"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_says_who_is_in_its_way() {
    let database = Database::with_schema("in the way".to_owned(), |_| async { Ok(()) }).await;
    let other = session(database.url()).await;
    other
        .batch_execute("BEGIN; CREATE SCHEMA message_state")
        .await
        .unwrap();
    let own: i32 = other
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let line = ["migrate", "--lock-wait", "1s", "--database-url"];
    let (code, text) = fails(&[&line[..], &[database.url()]].concat());
    assert_eq!(code, Some(3), "{text}");
    for part in [
        format!("process {own} "),
        format!("pg_terminate_backend({own})"),
        "idle in transaction".to_owned(),
    ] {
        assert!(text.contains(&part), "{text}");
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    let done = acuse(&["migrate", "--database-url", database.url()]);
    assert!(answer(&done).contains("migrations applied"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_not_shared_out_unasked() {
    let database = Database::new().await;
    let line = ["maintain", "distribute", "--database-url", database.url()];
    let (code, text) = fails(&line);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("say --yes"), "{text}");
    // Past that question it finds that there is nothing to share them out over.
    let (code, text) = fails(&[&line[..], &["--yes"]].concat());
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("no Citus"), "{text}");
}
