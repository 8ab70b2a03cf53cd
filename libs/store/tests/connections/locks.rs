//! Migrations that find somebody in their way.

use std::time::Duration;

use acuse_store::migrations::{self, MigrationError, Step};
use acuse_testkit::Database;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::session;

/// What the first migration makes: who has made it and not yet said whether that stands holds it up.
const IN_THE_WAY: &str = "BEGIN; CREATE SCHEMA message_state";

/// Longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn empty() -> Database {
    Database::with_schema("held up".to_owned(), |_| async { Ok(()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_the_way_is_told() {
    let database = empty().await;
    let other = session(database.url()).await;
    other
        .batch_execute(&format!(
            "SET application_name = 'in the way'; {IN_THE_WAY}"
        ))
        .await
        .unwrap();
    let own: i32 = other
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let address = database.address();
    let run = migrations::run_within(&address, Duration::ZERO, |step| panic!("{step:?}"));
    let error = timeout(PATIENCE, run).await.unwrap().unwrap_err();
    let text = error.to_string();
    let MigrationError::Locked { holders, .. } = error else {
        panic!("{text}");
    };
    let pids: Vec<_> = holders.iter().map(|holder| holder.pid).collect();
    assert_eq!(pids, [own]);
    for part in [
        &format!("process {own} "),
        "in the way",
        "idle in transaction",
    ] {
        assert!(text.contains(part), "{text}");
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    let applied = migrations::run(&address).await.unwrap();
    assert!(!applied.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_as_soon_as_nobody_is_in_the_way() {
    let database = empty().await;
    let address = database.address();
    let expected = migrations::pending(&address).await.unwrap();
    let other = session(database.url()).await;
    other.batch_execute(IN_THE_WAY).await.unwrap();
    let (waits, mut waiting) = mpsc::unbounded_channel();
    let leaving = tokio::spawn(async move {
        waiting.recv().await.unwrap();
        other.batch_execute("ROLLBACK").await.unwrap();
    });
    let mut applied = Vec::new();
    let run = migrations::run_within(&address, PATIENCE, |step| match step {
        Step::Applied(name) => applied.push(name),
        Step::Waits(holders) => waits.send(holders).unwrap(),
    });
    timeout(PATIENCE, run).await.unwrap().unwrap();
    leaving.await.unwrap();
    assert_eq!(applied, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_take_turns() {
    let database = empty().await;
    let address = database.address();
    let expected = migrations::pending(&address).await.unwrap();
    let (one, other) = tokio::join!(migrations::run(&address), migrations::run(&address));
    let mut applied = [one.unwrap(), other.unwrap()].concat();
    applied.sort();
    assert_eq!(applied, expected);
}

/// What comes of a lock that cannot be had, in the words of a server that speaks another language. An event trigger says it, as no
/// test can have a server whose language is installed.
const ELSEWHERE: &str = "CREATE TABLE in_the_way (code text, said text);
    CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
    DECLARE refusal record;
    BEGIN
        SELECT code, said INTO refusal FROM public.in_the_way;
        IF FOUND THEN RAISE EXCEPTION USING ERRCODE = refusal.code, MESSAGE = refusal.said; END IF;
    END $$;
    CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()";

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_known_by_its_code_in_any_language() {
    for (code, said) in [
        (
            "55P03",
            "cancelando la sentencia debido a que se agotó el tiempo de espera de candados (locks)",
        ),
        ("40P01", "se ha detectado un deadlock"),
    ] {
        let database = empty().await;
        let other = session(database.url()).await;
        other.batch_execute(ELSEWHERE).await.unwrap();
        let insert = "INSERT INTO in_the_way VALUES ($1, $2)";
        other.execute(insert, &[&code, &said]).await.unwrap();
        let (waits, mut waiting) = mpsc::unbounded_channel();
        let leaving = tokio::spawn(async move {
            waiting.recv().await.unwrap();
            other.batch_execute("DELETE FROM in_the_way").await.unwrap();
        });
        let address = database.address();
        let run = migrations::run_within(&address, PATIENCE, |step| {
            if let Step::Waits(_) = step {
                waits.send(()).unwrap();
            }
        });
        timeout(PATIENCE, run).await.unwrap().unwrap();
        leaving.await.unwrap();
        assert!(migrations::pending(&address).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_lock_is_told_at_once_with_what_failed() {
    let database = empty().await;
    let other = session(database.url()).await;
    other.batch_execute(ELSEWHERE).await.unwrap();
    let insert = "INSERT INTO in_the_way VALUES ('42501', 'permiso denegado; due to lock timeout')";
    other.execute(insert, &[]).await.unwrap();
    let address = database.address();
    let run = migrations::run_within(&address, PATIENCE, |step| panic!("{step:?}"));
    let error = timeout(PATIENCE, run).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("permiso denegado"), "{error}");
}
