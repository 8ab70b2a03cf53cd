//! Who is erased goes out of what statuses of messages to groups tell of their members.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Event, Item};
use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::StatusKind;
use acuse_domain::registration::Registration;
use acuse_domain::time::Timestamp;
use acuse_store::apply::Outcome;
use acuse_store::erase;
use acuse_testkit::build::{self, IntoEvent};
use tokio_postgres::Client;

use crate::fixture::{Fixture, NOON, is_applied, linked, minutes};

/// As WhatsApp names a member whose number is +51 977 452 931, in digits.
const MEMBER: &str = "51977452931";

/// Another member, who stays.
const OTHER: &str = "51900000001";

/// The group's id on the channel.
const GROUP: &str = "120363025246125486";

fn group() -> ContactRef {
    ContactRef {
        channel_user_id: Some(GROUP.to_owned()),
        ..ContactRef::default()
    }
}

/// A registration of a message to the group.
fn to_group(id: &str, at: Timestamp) -> Registration {
    let mut sent = build::registration(id, at);
    sent.contact = group();
    sent.names.provider = Some(build::wamid(id));
    sent
}

fn of(member: &str, wamid: &str, kind: StatusKind, at: Timestamp) -> Event {
    let mut status = build::status(wamid, kind, at);
    status.recipient = Some(group());
    status.evidence.participant = Some(member.to_owned());
    if kind == StatusKind::Failed {
        status.evidence.failure = Some(FailureReport {
            code: "131026".to_owned(),
            title: "undeliverable".to_owned(),
            detail: format!("{member} cannot be reached"),
            stage: None,
        });
    }
    status.event()
}

/// A message that both read, one that failed for the one first, and one that failed for the other first.
fn events() -> Vec<Event> {
    use StatusKind::{Failed, Read, Sent};
    vec![
        to_group("read", NOON).event(),
        of(MEMBER, "read", Sent, NOON + minutes(1)),
        of(MEMBER, "read", Read, NOON + minutes(2)),
        of(OTHER, "read", Read, NOON + minutes(3)),
        to_group("theirs", NOON + minutes(10)).event(),
        of(MEMBER, "theirs", Failed, NOON + minutes(11)),
        of(OTHER, "theirs", Failed, NOON + minutes(12)),
        to_group("others", NOON + minutes(20)).event(),
        of(OTHER, "others", Failed, NOON + minutes(21)),
        of(MEMBER, "others", Failed, NOON + minutes(22)),
    ]
}

/// What evidence and messages tell, and how often this is in it.
async fn told_of(client: &Client, number: &str) -> usize {
    let texts = "SELECT detail::text FROM message_state.timeline WHERE detail IS NOT NULL \
         UNION ALL SELECT encode(stated, 'escape') FROM message_state.messages WHERE stated IS NOT NULL";
    let rows = client.query(texts, &[]).await.unwrap();
    let texts = rows.iter().map(|row| row.get::<_, String>(0));
    texts.filter(|text| text.contains(number)).count()
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

async fn begin(fixture: &Fixture, address: &str) -> u64 {
    let begun = erase::begin(
        &fixture.database,
        fixture.workspace.id,
        address.to_owned(),
        false,
        NOON,
    );
    begun.await.unwrap().unwrap()
}

async fn go_on(fixture: &Fixture) -> u64 {
    let only = Some(fixture.workspace.id);
    erase::go_on_with_members(&fixture.database, only, NOON)
        .await
        .unwrap()
}

const LEFT: &str = "SELECT count(*) FROM message_state.member_erasures";

const CHANGES: &str = "SELECT max(last_sequence) FROM message_state.workspace_heads";

#[tokio::test]
async fn a_member_goes_and_the_others_and_every_figure_stay() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let outcomes = fixture.apply(events()).await;
    assert!(outcomes.iter().all(is_applied), "{outcomes:?}");
    // The same person as somebody who is written to, known by a number and by an id of the business's own.
    let mut direct = build::registration("direct", NOON);
    direct.contact = build::phone("+51 977 452 931");
    direct.contact.external_id = Some("ana".to_owned());
    fixture.apply([direct.event()]).await;
    let messages = fixture.verified().await;
    let others = told_of(&client, OTHER).await;
    // Four pieces, and the message that failed for them.
    assert_eq!((told_of(&client, MEMBER).await, others), (5, 4));
    let changes = number(&client, CHANGES).await;

    assert_eq!(begin(&fixture, "ana").await, 1);
    let only = Some(fixture.workspace.id);
    let own = erase::go_on(&fixture.database, only, NOON).await;
    assert_eq!((own.unwrap(), go_on(&fixture).await), (1, 4));
    assert_eq!(told_of(&client, MEMBER).await, 0);
    assert_eq!(told_of(&client, OTHER).await, others);
    assert_eq!(number(&client, LEFT).await, 0);
    // The contact's own message, and the three that lost a member.
    assert_eq!(number(&client, CHANGES).await, changes + 4);
    assert_eq!(fixture.verified().await, messages);
    let failure = async |id: &str| {
        let shown = fixture.sent_as(id).await;
        shown.message.standing().failure.unwrap().report
    };
    let theirs = failure("theirs").await;
    assert_eq!(
        (&*theirs.code, &*theirs.title, &*theirs.detail),
        ("131026", "", "")
    );
    let other = failure("others").await;
    assert_eq!(other.detail, format!("{OTHER} cannot be reached"));

    // Evidence that comes again is known, and what is new is of somebody new.
    let again = fixture.apply(events()).await;
    let is_known = |outcome: &Outcome| matches!(outcome, Outcome::Duplicate(_));
    assert!(again.iter().all(is_known), "{again:?}");
    assert_eq!(told_of(&client, MEMBER).await, 0);
    let news = of(MEMBER, "read", StatusKind::Delivered, NOON + minutes(30));
    fixture.apply([news]).await;
    assert_eq!(told_of(&client, MEMBER).await, 1);
    fixture.verified().await;
}

#[tokio::test]
async fn who_is_known_as_a_member_alone_is_erased_too() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    fixture.apply(events()).await;
    // One more, by an id that holds for all numbers of one business.
    let scoped = of("PE.12ab", "read", StatusKind::Delivered, NOON + minutes(4));
    fixture.apply([scoped]).await;
    assert_eq!(begin(&fixture, "nobody").await, 0);
    assert_eq!(go_on(&fixture).await, 0);
    assert_eq!(begin(&fixture, "0051 977 452 931").await, 0);
    assert_eq!(begin(&fixture, "0051 977 452 931").await, 0);
    assert_eq!(go_on(&fixture).await, 4);
    assert_eq!(told_of(&client, MEMBER).await, 0);
    assert_eq!(begin(&fixture, "PE.12ab").await, 0);
    assert_eq!(go_on(&fixture).await, 1);
    assert_eq!(told_of(&client, "PE.12ab").await, 0);
    assert_eq!(told_of(&client, OTHER).await, 4);
    fixture.verified().await;
}

#[tokio::test]
async fn a_large_group_is_gone_through_page_by_page_and_by_whoever_comes() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let mut events = vec![to_group("one", NOON).event()];
    for count in 0..2_400 {
        let member = if count % 2 == 0 { MEMBER } else { OTHER };
        let at = NOON + minutes(1 + count);
        events.push(of(member, "one", StatusKind::Read, at));
    }
    fixture.apply(events).await;
    begin(&fixture, MEMBER).await;
    let (first, second) = tokio::join!(go_on(&fixture), go_on(&fixture));
    assert_eq!(first + second, 1_200);
    assert_eq!(told_of(&client, MEMBER).await, 0);
    assert_eq!(told_of(&client, OTHER).await, 1_200);
    assert_eq!(number(&client, LEFT).await, 0);
}

/// Two messages become one while an erasure is behind the first and before the second: in both orders of their making.
#[tokio::test]
async fn what_a_message_takes_in_meanwhile_is_erased_as_well() {
    for registered_first in [true, false] {
        for is_member in [true, false] {
            taken_in_meanwhile(registered_first, is_member).await;
        }
    }
}

async fn taken_in_meanwhile(registered_first: bool, is_member: bool) {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let mut sent = to_group("m", NOON);
    sent.names.provider = None;
    let mut events = vec![
        vec![sent.event()],
        vec![
            of(MEMBER, "wamid", StatusKind::Sent, NOON + minutes(1)),
            of(MEMBER, "wamid", StatusKind::Read, NOON + minutes(2)),
        ],
    ];
    if !registered_first {
        events.rotate_left(1);
    }
    for batch in events {
        fixture.apply(batch).await;
    }
    let messages = "SELECT count(*) FROM message_state.messages";
    assert_eq!(number(&client, messages).await, 2);
    let (address, table) = if is_member {
        (MEMBER, "member_erasures")
    } else {
        (GROUP, "erasures")
    };
    begin(&fixture, address).await;
    // Past all of the first.
    let behind = format!(
        "UPDATE message_state.{table} SET after_id = \
           (SELECT message_id FROM message_state.messages ORDER BY message_id LIMIT 1)"
    );
    client.batch_execute(&behind).await.unwrap();
    if is_member {
        let digest = "UPDATE message_state.member_erasures SET after_digest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
        client.batch_execute(digest).await.unwrap();
    }
    let mut both = build::status("wamid", StatusKind::Delivered, NOON + minutes(3));
    both.recipient = None;
    fixture.apply([linked(both, "m")]).await;
    assert_eq!(number(&client, messages).await, 1);
    assert_eq!(told_of(&client, MEMBER).await, 2);
    let texts = "SELECT count(*) FROM message_state.contents WHERE content IS NOT NULL";
    let own = erase::go_on(&fixture.database, None, NOON).await.unwrap();
    if is_member {
        assert_eq!(go_on(&fixture).await, 2);
    } else {
        assert_eq!(
            (own, go_on(&fixture).await),
            (1, 0),
            "gone with the group's"
        );
        assert_eq!(number(&client, texts).await, 0);
    }
    assert_eq!(told_of(&client, MEMBER).await, 0);
    fixture.verified().await;
}

/// Of a status without a time the receipt that is kept in the timeline need not be the one that stands with the message.
#[tokio::test]
async fn words_go_whenever_they_were_received() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let failed = |minute| {
        let mut event = of(MEMBER, "m", StatusKind::Failed, NOON + minutes(minute));
        if let Item::Status(status) = &mut event.item {
            std::sync::Arc::make_mut(status).evidence.at_is_receipt = true;
        }
        event
    };
    fixture.apply([to_group("m", NOON).event()]).await;
    fixture.apply([failed(5)]).await;
    fixture.apply([failed(4)]).await;
    assert_eq!(told_of(&client, MEMBER).await, 2);
    begin(&fixture, MEMBER).await;
    assert_eq!(go_on(&fixture).await, 1);
    assert_eq!(told_of(&client, MEMBER).await, 0);
    fixture.verified().await;
}
