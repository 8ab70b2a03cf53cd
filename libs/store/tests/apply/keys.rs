//! Rows of a batch are found by their keys, also in a month of which Postgres knows nothing.

use std::ops::Range;
use std::time::{Duration, Instant};

use acuse_domain::event::Event;
use acuse_domain::kinds::StatusKind;
use acuse_store::Database as Store;
use acuse_store::PoolConfig;
use acuse_store::apply::{Applier, Submission};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;
use tokio_postgres::Client;

use crate::fixture::{Fixture, NOON, is_applied, minutes};

/// Messages in the month: enough that to go through all of them for each row is not to be overlooked.
const MESSAGES: usize = 6_000;

/// Batches of statuses, and how many are in each. Of small ones no plan goes through a month.
const STATUS_BATCHES: usize = 3;
const STATUSES: usize = 1_000;

/// Rows that may be read of one table for each status, which finds its message by an id, loads it and changes it. To go through
/// the month once a batch is seven for each.
const FOR_EACH: i64 = 3;

/// Messages that come one by one before all others: a statement's plan is made for good after a few executions.
const FIRST: usize = 12;

/// Longer than it takes a session to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was read of one table.
#[derive(Debug)]
struct Read {
    table: String,
    inserted: i64,
    by_going_through: i64,
    by_key: i64,
    analysed: bool,
}

fn registration(number: usize) -> Event {
    let mut registration = build::registration(&format!("m{number}"), NOON);
    registration.names.provider = Some(build::wamid(&format!("w{number}")));
    registration.dispatched_at = Some(NOON);
    registration.contact = build::phone(&format!("+5197{number:07}"));
    registration.event()
}

/// Statuses of messages from all over the month; of each message one batch tells.
fn statuses(batch: usize) -> impl Iterator<Item = Event> {
    let step = MESSAGES / STATUSES;
    (0..STATUSES).map(move |index| status(index * step + batch, StatusKind::Delivered))
}

fn status(number: usize, kind: StatusKind) -> Event {
    let mut status = build::status(&format!("w{number}"), kind, NOON + minutes(1));
    status.recipient = None;
    status.event()
}

/// Has nothing of this schema analysed while nobody asks for it.
async fn leave_alone(client: &Client) {
    let day = NOON.to_string();
    let month = format!("SELECT message_state.ensure_partitions('{}')", &day[..10]);
    client.batch_execute(&month).await.unwrap();
    let each = "DO $$ DECLARE name text; BEGIN \
        FOR name IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                    WHERE n.nspname = 'message_state' AND c.relkind = 'r' LOOP \
            EXECUTE format('ALTER TABLE message_state.%I SET (autovacuum_enabled = off)', name); \
        END LOOP; END $$";
    client.batch_execute(each).await.unwrap();
}

/// What was read of the tables of messages, once every other session has told and is gone.
async fn reads(client: &Client) -> Vec<Read> {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let began = Instant::now();
    while client
        .query_one(others, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        > 0
    {
        assert!(began.elapsed() < PATIENCE, "a session stays");
        tokio::task::yield_now().await;
    }
    let query = "SELECT t.relname::text, t.n_tup_ins, t.seq_tup_read, coalesce(i.read, 0)::int8, \
                        coalesce(t.last_analyze, t.last_autoanalyze) IS NOT NULL \
                 FROM pg_stat_user_tables t LEFT JOIN \
                   (SELECT relid, sum(idx_tup_read) AS read FROM pg_stat_user_indexes GROUP BY relid) i USING (relid) \
                 WHERE t.schemaname = 'message_state' AND t.n_tup_ins >= $1 ORDER BY t.relname";
    let many = i64::try_from(MESSAGES).unwrap();
    let rows = client.query(query, &[&many]).await.unwrap();
    rows.iter()
        .map(|row| Read {
            table: row.get(0),
            inserted: row.get(1),
            by_going_through: row.get(2),
            by_key: row.get(3),
            analysed: row.get(4),
        })
        .collect()
}

/// Applies batches in one session, which keeps its plans if it may; gives what was read of which tables.
async fn told(batches: impl IntoIterator<Item = Vec<Event>>) -> Vec<Read> {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    leave_alone(&client).await;
    let Fixture {
        test,
        database,
        applier,
        workspace,
    } = fixture;
    drop((database, applier));
    let store = Store::new(&PoolConfig::new(test.address(), 1)).unwrap();
    let applier = Applier::new(store.clone());
    for events in batches {
        let workspace = workspace.id;
        let batch: Vec<Submission> = events
            .into_iter()
            .map(|event| Submission { workspace, event })
            .collect();
        let outcomes = applier.apply(&batch, NOON).await.unwrap();
        assert!(outcomes.iter().all(is_applied), "{outcomes:?}");
    }
    drop((applier, store));
    let reads = reads(&client).await;
    let messages = reads
        .iter()
        .find(|read| read.table.starts_with("messages_2"));
    assert_eq!(messages.unwrap().inserted, i64::try_from(MESSAGES).unwrap());
    for read in &reads {
        assert!(!read.analysed, "{read:?}");
        assert_eq!(read.by_going_through, 0, "{read:?}");
    }
    reads
}

/// Registrations of these messages, in batches.
fn registrations(numbers: Range<usize>) -> impl Iterator<Item = Vec<Event>> {
    let numbers: Vec<usize> = numbers.collect();
    let batches = numbers.chunks(STATUSES).map(<[usize]>::to_vec);
    let batches: Vec<Vec<usize>> = batches.collect();
    batches
        .into_iter()
        .map(|numbers| numbers.into_iter().map(registration).collect())
}

#[tokio::test]
async fn rows_are_found_by_key_in_a_month_that_was_never_analysed() {
    let statuses = (0..STATUS_BATCHES).map(|batch| statuses(batch).collect());
    let reads = told(registrations(0..MESSAGES).chain(statuses)).await;
    let statuses = i64::try_from(STATUS_BATCHES * STATUSES).unwrap();
    for read in &reads {
        assert!(
            read.by_key <= FOR_EACH * statuses,
            "{read:?} for {statuses} statuses"
        );
    }
}

#[tokio::test]
async fn no_plan_stays_that_was_made_while_a_month_was_nearly_empty() {
    let first = (0..FIRST).map(|number| vec![registration(number)]);
    // Small, as webhooks come.
    let statuses = (0..FIRST).map(|number| {
        let numbers = (0..STATUSES / FIRST).map(|index| number + index * FIRST);
        numbers
            .map(|number| status(number, StatusKind::Sent))
            .collect()
    });
    let reads = told(
        first
            .chain((0..FIRST).map(|number| vec![status(number, StatusKind::Read)]))
            .chain(registrations(FIRST..MESSAGES))
            .chain(statuses),
    )
    .await;
    // A message is looked up for its neighbours in the thread as well, and replaced versions count. To find the statuses' by
    // their workspace is a thousand times as many.
    let most = i64::try_from(10 * MESSAGES).unwrap();
    for read in &reads {
        assert!(read.by_key <= most, "{read:?}");
    }
}
