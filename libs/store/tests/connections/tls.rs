//! What each `sslmode` asks of a server.

use std::io::Write as _;
use std::time::Duration;

use acuse_store::{Address, Authorities, Database, PoolConfig, migrations, workspaces};
use acuse_testkit::Postgres;
use acuse_testkit::certificates::{AUTHORITY, OTHER_AUTHORITY};
use tempfile::NamedTempFile;
use tokio::time::{sleep, timeout};

use crate::{at, encrypted, session};

fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn a_server_with_tls_is_asked_what_the_url_says() {
    let postgres = Postgres::start_over_tls();
    let url = postgres.url();
    let (right, other) = (file(AUTHORITY), file(OTHER_AUTHORITY));
    let (right, other) = (right.path().display(), other.path().display());
    // The certificate is for the number alone, and for a name that stands for it.
    let named =
        |name: &str| url.replace("127.0.0.1", name).to_owned() + "?hostaddr=127.0.0.1&sslmode=";
    let (good, bad) = (named("probe.example"), named("other.example"));
    let port = url.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    let nameless =
        format!("postgres:///postgres?user=acuse&hostaddr=127.0.0.1&port={port}&sslmode=");
    const UNKNOWN: &str = "UnknownIssuer";
    const ANOTHER: &str = "not valid for";
    for (url, expected) in [
        (url.clone(), Ok(true)),
        (format!("{url}?sslmode=disable"), Ok(false)),
        (format!("{url}?sslmode=prefer"), Ok(true)),
        (format!("{url}?sslmode=require"), Ok(true)),
        // With an authority, require checks that as libpq does.
        (
            format!("{url}?sslmode=require&sslrootcert={right}"),
            Ok(true),
        ),
        (
            format!("{url}?sslmode=require&sslrootcert={other}"),
            Err(UNKNOWN),
        ),
        (format!("{bad}require&sslrootcert={right}"), Ok(true)),
        (
            format!("{url}?sslmode=verify-ca&sslrootcert={right}"),
            Ok(true),
        ),
        (format!("{bad}verify-ca&sslrootcert={right}"), Ok(true)),
        (
            format!("{url}?sslmode=verify-ca&sslrootcert={other}"),
            Err(UNKNOWN),
        ),
        (
            format!("{url}?sslmode=verify-full&sslrootcert={right}"),
            Ok(true),
        ),
        (format!("{good}verify-full&sslrootcert={right}"), Ok(true)),
        (
            format!("{bad}verify-full&sslrootcert={right}"),
            Err(ANOTHER),
        ),
        (
            format!("{url}?sslmode=verify-full&sslrootcert={other}"),
            Err(UNKNOWN),
        ),
        // As libpq does where there is no name to call the host by.
        (format!("{nameless}prefer"), Ok(true)),
        (format!("{nameless}require"), Ok(true)),
        (format!("{nameless}verify-ca&sslrootcert={right}"), Ok(true)),
        // No machine trusts the tests' authority.
        (format!("{url}?sslmode=verify-full"), Err(UNKNOWN)),
        (format!("{url}?sslrootcert=system"), Err(UNKNOWN)),
        // Who names an authority wants it to be looked at.
        (format!("{url}?sslrootcert={right}"), Ok(true)),
        (format!("{url}?sslrootcert={other}"), Err(UNKNOWN)),
    ] {
        let found = at(&url).await;
        match expected {
            Ok(encrypted) => assert_eq!(found, Ok(encrypted), "{url}"),
            Err(part) => {
                let error = found.unwrap_err();
                assert!(error.contains(part), "{url}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn authorities_may_be_told_beside_the_url() {
    let postgres = Postgres::start_over_tls();
    let authorities = |pem: &str| Authorities::from_pem(pem.as_bytes()).unwrap();
    let (right, other) = (authorities(AUTHORITY), authorities(OTHER_AUTHORITY));
    let both = authorities(&format!("{OTHER_AUTHORITY}{AUTHORITY}"));
    for trusted in [&right, &both] {
        let address = Address::new(&postgres.url(), Some(trusted)).unwrap();
        assert!(address.checks_certificates());
        assert_eq!(encrypted(&address).await, Ok(true));
    }
    let address = Address::new(&postgres.url(), Some(&other)).unwrap();
    assert!(
        encrypted(&address)
            .await
            .unwrap_err()
            .contains("UnknownIssuer")
    );
    // The URL's own go before them.
    let file = file(AUTHORITY);
    let url = format!("{}?sslrootcert={}", postgres.url(), file.path().display());
    let address = Address::new(&url, Some(&other)).unwrap();
    assert_eq!(encrypted(&address).await, Ok(true));
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let postgres = Postgres::start();
    let url = postgres.url();
    assert_eq!(at(&url).await, Ok(false));
    assert_eq!(at(&format!("{url}?sslmode=prefer")).await, Ok(false));
    let file = file(AUTHORITY);
    let authority = file.path().display();
    for required in [
        "sslmode=require".to_owned(),
        "sslmode=verify-full".to_owned(),
        format!("sslmode=verify-ca&sslrootcert={authority}"),
        format!("sslrootcert={authority}"),
    ] {
        let error = at(&format!("{url}?{required}")).await.unwrap_err();
        assert!(
            error.contains("server does not support TLS"),
            "{required}: {error}"
        );
    }
}

#[tokio::test]
async fn who_is_let_in_without_tls_alone_is_let_in_where_tls_is_preferred() {
    let postgres = Postgres::start_over_tls();
    let admin = session(&postgres.url()).await;
    admin
        .batch_execute("CREATE ROLE plain LOGIN")
        .await
        .unwrap();
    let url = postgres.url().replace("acuse@", "plain@");
    assert_eq!(at(&url).await, Ok(false));
    let error = at(&format!("{url}?sslmode=require")).await.unwrap_err();
    assert!(error.contains("pg_hba.conf"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_whose_caller_is_gone_is_stopped_over_tls() {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
         WHERE application_name = 'acuse' AND wait_event_type = 'Lock'";
    /// Shorter than the wait for a lock, by which the query would end anyway.
    const SOON: Duration = Duration::from_secs(4);

    let postgres = Postgres::start_over_tls();
    let authorities = Authorities::from_pem(AUTHORITY.as_bytes()).unwrap();
    let address = Address::new(&postgres.url(), Some(&authorities)).unwrap();
    migrations::run(&address).await.unwrap();
    let database = Database::new(&PoolConfig::new(address, 1)).unwrap();
    let mut admin = session(&postgres.url()).await;
    let watching = session(&postgres.url()).await;
    let waiting = async || -> i64 { watching.query_one(WAITING, &[]).await.unwrap().get(0) };
    let held = admin.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE message_state.workspaces")
        .await
        .unwrap();

    let listing = workspaces::find(&database, "acme");
    let arrived = async {
        while waiting().await == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        found = listing => panic!("it did not wait: {found:?}"),
        () = arrived => {}
    }
    let stopped = timeout(SOON, async {
        while waiting().await > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    });
    stopped.await.expect("nobody stopped it");
}
