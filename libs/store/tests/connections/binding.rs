//! Passwords are bound to the channel that they go over.

use acuse_testkit::Postgres;

use crate::between::stand_between;
use crate::{at, session};

#[tokio::test]
async fn a_password_is_no_good_to_who_stands_between() {
    let postgres = Postgres::start_over_tls();
    let admin = session(&postgres.url()).await;
    admin
        .batch_execute("CREATE ROLE guarded LOGIN PASSWORD 'hunter2'")
        .await
        .unwrap();
    let url = postgres.url().replace("acuse@", "guarded:hunter2@");
    let direct = format!("{url}?sslmode=require");
    assert_eq!(at(&direct).await, Ok(true));
    assert_eq!(
        at(&format!("{direct}&channel_binding=require")).await,
        Ok(true)
    );
    let wrong = at(&direct.replace("hunter2", "hunter3")).await.unwrap_err();
    assert!(wrong.contains("password authentication failed"), "{wrong}");
    let plain = at(&format!("{url}?sslmode=disable")).await.unwrap_err();
    assert!(plain.contains("no encryption"), "{plain}");

    // Nobody looks at the certificate here, and yet it matters.
    let between = stand_between(postgres.address()).await;
    let through = direct.replace(&postgres.address().to_string(), &between.to_string());
    let bound = at(&through).await.unwrap_err();
    assert!(bound.contains("channel binding"), "{bound}");
    // The proxy itself would pass everything on.
    let unbound = at(&format!("{through}&channel_binding=disable")).await;
    assert_eq!(unbound, Ok(true));
}
