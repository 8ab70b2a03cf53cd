//! What a row holds that other rows decide is derived anew when figures are verified, and told where it is not so.

use std::collections::BTreeSet;

use acuse_domain::event::Event;
use acuse_domain::evidence::{Conversation, Pricing};
use acuse_domain::kinds::{Channel, StatusKind};
use acuse_store::verify::verify;
use acuse_testkit::build::{self, IntoEvent};

use crate::fixture::{Fixture, NOON, minutes, up_to};

/// A message over WhatsApp in a session, answered twice, with ids that statuses tell; and one over Messenger, read.
fn events() -> Vec<Event> {
    let before = build::inbound("before", NOON - minutes(5));
    let mut sent = build::registration("a", NOON);
    sent.names.provider = Some(build::wamid("a"));
    let mut told = build::status("a", StatusKind::Sent, NOON + minutes(1));
    told.evidence.conversation = Some(Conversation {
        id: Some("conversation".to_owned()),
        ..Conversation::default()
    });
    let mut priced = build::status("a", StatusKind::Delivered, NOON + minutes(1));
    priced.evidence.pricing = Some(Pricing {
        billable: Some(true),
        category: Some("utility".to_owned()),
        price_type: Some("regular".to_owned()),
        ..Pricing::default()
    });
    let first = build::inbound("first", NOON + minutes(2));
    let second = build::inbound("second", NOON + minutes(3));
    let mut quoting = build::inbound("quoting", NOON + minutes(4));
    quoting.quoted = Some(build::wamid("a"));
    let mut messenger = build::registration("b", NOON);
    messenger.channel = Channel::Messenger;
    messenger.dispatched_at = Some(NOON);
    let mark = |kind| up_to(kind, NOON + minutes(5));
    vec![
        before.event(),
        sent.event(),
        told.event(),
        priced.event(),
        first.event(),
        second.event(),
        quoting.event(),
        messenger.event(),
        mark(StatusKind::Delivered),
        mark(StatusKind::Read),
    ]
}

/// What is told, but for what follows in figures.
async fn told(fixture: &Fixture) -> BTreeSet<(&'static str, &'static str)> {
    let found = verify(&fixture.database, &fixture.workspace, 1_000).await;
    let found = found.unwrap().differences.into_iter();
    found
        .map(|found| (found.rollup, found.count))
        .filter(|(rollup, count)| {
            matches!(*rollup, "messages" | "told_ids") && *count != "contribution"
        })
        .collect()
}

#[tokio::test]
async fn what_other_rows_decide_is_told_where_it_is_wrong() {
    let fixture = Fixture::new().await;
    fixture.apply(events()).await;
    fixture.verified().await;
    let client = fixture.client().await;
    for (tamper, expected) in [
        (
            "UPDATE message_state.messages SET read_mark_at = read_mark_at - interval '1 s'",
            ("messages", "read_mark_at"),
        ),
        (
            "UPDATE message_state.messages SET delivery_mark_at = NULL",
            ("messages", "delivery_mark_at"),
        ),
        (
            "UPDATE message_state.messages SET session_derived = false",
            ("messages", "session_derived"),
        ),
        (
            "UPDATE message_state.messages SET replied_at = replied_at + interval '1 s'",
            ("messages", "replied_at"),
        ),
        (
            "UPDATE message_state.messages SET reply_id = NULL, replied_at = NULL",
            ("messages", "replied_at"),
        ),
        (
            "UPDATE message_state.inbound_messages SET agent_id = 77 WHERE reply_to IS NOT NULL",
            ("messages", "reply"),
        ),
        (
            "UPDATE message_state.inbound_messages SET reply_to = NULL WHERE quoted IS NOT NULL",
            ("messages", "reply_to"),
        ),
        (
            "UPDATE message_state.messages SET pricing_category_id = pricing_category_id + 1 WHERE billable",
            ("messages", "pricing_category"),
        ),
        (
            "UPDATE message_state.messages SET pricing_type_id = NULL WHERE pricing_type_id IS NOT NULL",
            ("messages", "pricing_type"),
        ),
        ("DELETE FROM message_state.told_ids", ("told_ids", "rows")),
        (
            "UPDATE message_state.told_ids SET digest = gen_random_uuid()",
            ("told_ids", "rows"),
        ),
        (
            "INSERT INTO message_state.told_ids SELECT workspace_id, 3, digest, message_id FROM message_state.told_ids",
            ("told_ids", "rows"),
        ),
    ] {
        let kept = Kept::of(&client).await;
        let changed = client.execute(tamper, &[]).await.unwrap();
        assert!(changed > 0, "{tamper}");
        assert_eq!(told(&fixture).await, BTreeSet::from([expected]), "{tamper}");
        kept.put_back(&client).await;
        assert_eq!(told(&fixture).await, BTreeSet::new(), "{tamper}");
    }
    fixture.verified().await;
}

/// Tables as they were.
struct Kept;

impl Kept {
    const TABLES: [&'static str; 3] = ["messages", "inbound_messages", "told_ids"];

    async fn of(client: &tokio_postgres::Client) -> Self {
        for table in Self::TABLES {
            let keep = format!("CREATE TEMP TABLE kept_{table} AS TABLE message_state.{table}");
            client.batch_execute(&keep).await.unwrap();
        }
        Self
    }

    async fn put_back(self, client: &tokio_postgres::Client) {
        for table in Self::TABLES {
            let put_back = format!(
                "DELETE FROM message_state.{table}; INSERT INTO message_state.{table} TABLE kept_{table}; \
                 DROP TABLE kept_{table}"
            );
            client.batch_execute(&put_back).await.unwrap();
        }
    }
}

/// What comes of one more answer, batch by batch: each batch moves a reply, a session, an id that is told or a mark.
fn round(number: u64) -> [Vec<Event>; 4] {
    let start = NOON + minutes(10 * number);
    let id = |what: &str| format!("{what}{number}");
    let mut first = build::registration(&id("first"), start);
    first.names.provider = Some(build::wamid(&id("first")));
    let mut told = build::status(&id("first"), StatusKind::Sent, start + minutes(1));
    told.evidence.conversation = Some(Conversation {
        id: Some(id("conversation")),
        ..Conversation::default()
    });
    let second = build::registration(&id("second"), start + minutes(2));
    let mut messenger = build::registration(&id("messenger"), start);
    messenger.channel = Channel::Messenger;
    messenger.dispatched_at = Some(start);
    [
        vec![build::inbound(&id("answer"), start + minutes(5)).event()],
        vec![first.event(), told.event(), messenger.event()],
        vec![up_to(StatusKind::Read, start + minutes(5))],
        vec![second.event()],
    ]
}

#[tokio::test]
async fn nothing_is_told_while_they_are_written_to() {
    let fixture = Fixture::new().await;
    let write = async {
        for number in 0.. {
            for batch in round(number) {
                fixture.apply(batch).await;
            }
        }
    };
    tokio::pin!(write);
    for _ in 0..12 {
        tokio::select! {
            found = verify(&fixture.database, &fixture.workspace, 10) => {
                assert_eq!(found.unwrap().differences, []);
            }
            () = &mut write => unreachable!("it writes for ever"),
        }
    }
}
