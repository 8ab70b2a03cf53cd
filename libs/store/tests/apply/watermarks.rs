//! Watermarks and echoes: what callers are told, what is shown, and what is written.

use acuse_domain::event::{Echo, Event};
use acuse_domain::identity::{ProviderMessageId, sender_key};
use acuse_domain::kinds::{Channel, ContentType, MessageState, Provider, Source, StatusKind};
use acuse_domain::registration::{Content, Registration};
use acuse_domain::scope::Scope;
use acuse_domain::time::Timestamp;
use acuse_store::apply::Outcome;
use acuse_store::read::{Lookup, Piece, Scoped};
use acuse_testkit::build::{IntoEvent, registration, status};

use crate::fixture::{Fixture, NOON, minutes, up_to};

/// Sent over Messenger at `at`.
fn left(id: &str, at: Timestamp) -> Registration {
    Registration {
        channel: Channel::Messenger,
        dispatched_at: Some(at),
        ..registration(id, at)
    }
}

async fn timeline(fixture: &Fixture, id: &str) -> Vec<Piece> {
    let scoped = Scoped::open(&fixture.database, &Scope::whole("acme")).await;
    let scoped = scoped.unwrap().unwrap();
    let key = Lookup::Key(sender_key(id));
    let (_, pieces) = scoped.timeline(key).await.unwrap().unwrap();
    pieces
}

const NEWS: Outcome = Outcome::Watermark { is_new: true };
const KNOWN: Outcome = Outcome::Watermark { is_new: false };

#[tokio::test]
async fn a_watermark_is_kept_once_and_covers_what_comes_after_it() {
    let fixture = Fixture::new().await;
    let read = || up_to(StatusKind::Read, NOON + minutes(5));
    assert_eq!(fixture.apply([read(), read()]).await, [NEWS, KNOWN]);
    assert_eq!(fixture.apply([read()]).await, [KNOWN]);

    fixture
        .apply([
            left("a", NOON).event(),
            left("b", NOON + minutes(6)).event(),
        ])
        .await;
    let covered = fixture.sent_as("a").await.message;
    assert_eq!(covered.standing().state, MessageState::Read);
    assert_eq!(covered.marks.read, Some(NOON + minutes(5)));
    let later = fixture.sent_as("b").await.message;
    assert_eq!(later.standing().state, MessageState::Dispatched);
    fixture.verified().await;
}

#[tokio::test]
async fn the_timeline_of_a_message_shows_the_watermarks_that_cover_it() {
    let fixture = Fixture::new().await;
    fixture.apply([left("a", NOON).event()]).await;
    fixture
        .apply([
            up_to(StatusKind::Delivered, NOON + minutes(1)),
            up_to(StatusKind::Read, NOON + minutes(2)),
            up_to(StatusKind::Read, NOON - minutes(1)),
        ])
        .await;
    let marked = |pieces: &[Piece]| {
        let marks = pieces.iter().filter_map(|piece| piece.watermark);
        let mut up_to: Vec<Timestamp> = marks.map(|mark| mark.up_to).collect();
        up_to.sort_unstable();
        up_to
    };
    let pieces = timeline(&fixture, "a").await;
    assert_eq!(marked(&pieces), [NOON + minutes(1), NOON + minutes(2)]);
    // Queued and dispatched are said of this message alone.
    assert_eq!(pieces.len(), 4);

    // Known to have been sent later, it is covered by fewer.
    let mut sent = status("m", StatusKind::Sent, NOON + minutes(2));
    sent.names.sender = Some("a".to_owned());
    sent.evidence.sender = None;
    sent.recipient = None;
    fixture.apply([sent.event()]).await;
    let pieces = timeline(&fixture, "a").await;
    assert_eq!(marked(&pieces), [NOON + minutes(2)]);
    let message = fixture.sent_as("a").await.message;
    assert_eq!(message.marks.delivered, None);
    fixture.verified().await;
}

/// Of messages that an earlier watermark covers a new one rewrites none: a chat is read many times a day.
#[tokio::test]
async fn a_watermark_writes_what_it_changes() {
    let fixture = Fixture::new().await;
    let messages = (0..20u64).map(|at| left(&format!("m{at}"), NOON + minutes(at)).event());
    fixture.apply(messages).await;
    let client = fixture.client().await;
    let changes = async || {
        let row = client
            .query_one("SELECT count(*) FROM message_state.changes", &[])
            .await;
        row.unwrap().get::<_, i64>(0)
    };
    let registered = changes().await;
    fixture
        .apply([up_to(StatusKind::Read, NOON + minutes(9))])
        .await;
    assert_eq!(changes().await, registered + 10);
    fixture
        .apply([up_to(StatusKind::Read, NOON + minutes(11))])
        .await;
    assert_eq!(changes().await, registered + 12);
    fixture.verified().await;
}

/// A message that another platform sent, as its provider tells it.
fn echo(content_type: ContentType, body: &str) -> Event {
    let mut echo = status("m1", StatusKind::Sent, NOON);
    echo.echo = Some(Box::new(Echo {
        content_type,
        content: Content {
            body: Some(body.to_owned()),
            ..Content::default()
        },
    }));
    echo.event()
}

#[tokio::test]
async fn an_echo_shows_what_it_says_until_it_is_registered() {
    let fixture = Fixture::new().await;
    let plain = status("m1", StatusKind::Sent, NOON).event();
    let outcomes = fixture.apply([plain]).await;
    assert!(matches!(outcomes[..], [Outcome::Applied(_)]));
    // The same status again, which now says what was sent.
    let echoed = || echo(ContentType::Image, "Mira esta foto");
    let outcomes = fixture.apply([echoed()]).await;
    assert!(matches!(outcomes[..], [Outcome::Applied(_)]));
    let outcomes = fixture.apply([echoed()]).await;
    assert!(matches!(outcomes[..], [Outcome::Duplicate(_)]));

    let view = fixture.known_as("m1").await;
    let from = view.message.attribution();
    assert_eq!(from.source, Source::Echo);
    assert_eq!(from.content_type, Some(ContentType::Image));
    assert_eq!(view.content.body.as_deref(), Some("Mira esta foto"));
    fixture.verified().await;

    let mut registered = registration("s1", NOON);
    registered.names.provider = Some(ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: "m1".to_owned(),
    });
    registered.content = Content::default();
    fixture.apply([registered.event(), echoed()]).await;
    let view = fixture.known_as("m1").await;
    let from = view.message.attribution();
    assert_eq!(from.content_type, Some(ContentType::Text));
    assert_eq!(view.content, Content::default());
    fixture.verified().await;
}

/// What was said is in one table, from which it can be erased.
#[tokio::test]
async fn the_text_of_an_echo_is_kept_in_one_place() {
    let fixture = Fixture::new().await;
    fixture.apply([echo(ContentType::Text, "un secreto")]).await;
    let client = fixture.client().await;
    let tables = client
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'message_state'::regnamespace AND relkind = 'r'",
            &[],
        )
        .await
        .unwrap();
    let mut holding = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let query = format!(
            "SELECT count(*) FROM message_state.{table} AS stored WHERE stored::text LIKE '%un secreto%' \
             OR stored::text LIKE '%' || encode('un secreto', 'hex') || '%'"
        );
        if client
            .query_one(&query, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {
            holding.push(table);
        }
    }
    assert!(
        matches!(&holding[..], [one] if one.starts_with("contents_")),
        "{holding:?}"
    );
}
