//! Who holds up a migration.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel_async::AsyncPgConnection;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_postgres::Client;

use super::MigrationError;
use super::failure::Failure;
use crate::address::Address;
use crate::sql::Sql;

/// How often it is looked whom a migration waits for.
const LOOK: Duration = Duration::from_millis(250);

/// Whom a process waits for. What others are at is hidden from a user without `pg_read_all_stats`, all but that they are there.
const HOLDERS: &str = "SELECT pid, usename::text AS user, application_name AS program, host(client_addr) AS host, state, \
     extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds \
     FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(?)) ORDER BY xact_start, pid";

/// A session that holds a lock which a migration needs.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Holder {
    /// Number of its process, for `pg_terminate_backend`.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// Who is connected.
    #[diesel(sql_type = Nullable<Text>)]
    pub user: Option<String>,
    /// What it calls itself.
    #[diesel(sql_type = Nullable<Text>)]
    pub program: Option<String>,
    /// Where it is connected from; a socket of the machine has none.
    #[diesel(sql_type = Nullable<Text>)]
    pub host: Option<String>,
    /// What it is at, in Postgres's words.
    #[diesel(sql_type = Nullable<Text>)]
    pub state: Option<String>,
    /// How long its transaction has been open, in seconds.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seconds: Option<i64>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}", self.pid)?;
        let user = self.user.as_ref().map(|user| format!("user {user}"));
        let host = self.host.as_ref().map(|host| format!("from {host}"));
        let since = self.seconds.map(|seconds| format!("for {seconds} s"));
        let program = self.program.as_ref().filter(|program| !program.is_empty());
        let parts = [user, program.cloned(), host, self.state.clone(), since];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.as_slice() {
            [] => Ok(()),
            parts => write!(f, " ({})", parts.join(", ")),
        }
    }
}

/// What is said of a migration that got no lock.
pub(super) fn held(waited: &Duration, holders: &[Holder]) -> String {
    let seconds = waited.as_secs();
    let who: Vec<String> = holders.iter().map(ToString::to_string).collect();
    match who.as_slice() {
        [] => format!(
            "a migration needs locks that others hold, after {seconds} s still; who does was not seen"
        ),
        who => format!(
            "a migration needs locks that others hold, after {seconds} s still: {}",
            who.join("; ")
        ),
    }
}

/// Looks whom a session waits for.
pub(super) struct Watch {
    connection: Option<AsyncPgConnection>,
    watched: i32,
    looks: Interval,
    seen: Vec<Holder>,
}

impl Watch {
    /// Begins to watch a session. That there is no second connection to be had is no reason not to go on.
    pub(super) async fn of(address: &Address, session: &Client) -> Result<Self, MigrationError> {
        let own = session.query_one("SELECT pg_backend_pid()", &[]).await;
        let own = own.and_then(|row| row.try_get(0));
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            looks,
            connection: address.connect().await.ok(),
            watched: own.map_err(Failure::from)?,
            seen: Vec::new(),
        })
    }

    /// Looks a while after it last did.
    pub(super) async fn look_again(&mut self) {
        self.looks.tick().await;
        self.look().await;
    }

    /// Who it waited for when it last waited for anybody.
    pub(super) fn seen(self) -> Vec<Holder> {
        self.seen
    }

    async fn look(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        let found = Sql::new(HOLDERS).bind::<Integer, _>(self.watched);
        match found.fetch::<Holder>(connection).await {
            Ok(found) if !found.is_empty() => self.seen = found,
            Ok(_) => {}
            // What is not seen is said to be so.
            Err(_) => self.connection = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_told_as_far_as_it_is_known() {
        let hidden = Holder {
            pid: 7,
            user: None,
            program: Some(String::new()),
            host: None,
            state: None,
            seconds: None,
        };
        assert_eq!(hidden.to_string(), "process 7");
        let seen = Holder {
            user: Some("ana".to_owned()),
            program: Some("psql".to_owned()),
            host: Some("192.0.2.1".to_owned()),
            state: Some("idle in transaction".to_owned()),
            seconds: Some(312),
            ..hidden
        };
        assert_eq!(
            held(&Duration::from_secs(60), &[seen]),
            "a migration needs locks that others hold, after 60 s still: process 7 (user ana, psql, from 192.0.2.1, \
             idle in transaction, for 312 s)"
        );
    }
}
