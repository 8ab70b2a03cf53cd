//! Who a contact was is taken out of every column, and what is counted stays.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Echo, Event};
use acuse_domain::evidence::FailureReport;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{Channel, ContentType, Provider, StatusKind};
use acuse_domain::registration::Content;
use acuse_store::apply::Outcome;
use acuse_store::erase::{self, Ambiguous};
use acuse_testkit::build::{self, IntoEvent};
use tokio_postgres::Client;

use crate::fixture::{Fixture, NOON, is_applied, minutes};

/// What is in everything that is personal here, but for the number.
const MARK: &str = "ERASE-ME";

/// The columns that can hold text, and whether something of a contact's may be in it. One that is not here fails the test:
/// whoever adds it has to say which.
const COLUMNS: &[(&str, bool)] = &[
    ("changes.after", false),
    ("changes.before", false),
    // The channel or the page on which an address is unique.
    ("contact_addresses.scope", false),
    ("contact_addresses.value", true),
    ("contacts.name", true),
    ("contents.button", true),
    ("contents.content", true),
    // Ids of the business's own processes.
    ("contents.conversation_id", false),
    ("contents.correlation_id", false),
    ("contents.destination", true),
    ("contents.provider_message_id", true),
    ("contents.provider_scope", true),
    ("contents.sender_message_id", false),
    ("contents.ticket_id", false),
    // Of the business: its agents, campaigns and the like.
    ("directory.external_id", false),
    ("directory.label", false),
    // A zone, as in workspaces.
    ("fold_positions.dropped_zone", false),
    // Numbers, in arrays.
    ("histograms.bins", false),
    ("histograms.counts", false),
    ("histograms_dropped.bins", false),
    ("histograms_dropped.counts", false),
    ("histograms_spare.bins", false),
    ("histograms_spare.counts", false),
    // Digests of addresses, gone when the erasure is done.
    ("member_erasures.digests", false),
    ("messages.stated", true),
    // Counts.
    ("provider_lags.bins", false),
    ("rollup_rebuilds.reason", false),
    ("rollup_rebuilds.zone", false),
    ("timeline.detail", true),
    ("workspaces.attribution_windows", false),
    ("workspaces.display_name", false),
    ("workspaces.facet_zone", false),
    ("workspaces.language", false),
    ("workspaces.reported_stages", false),
    ("workspaces.slug", false),
    ("workspaces.time_zone", false),
];

/// The columns that hold a contact's number, and why they keep it. It leads to a row of `contacts` without name and addresses,
/// and by it messages stay in their thread and under their watermarks.
const NUMBERS: &[(&str, &str)] = &[
    ("contact_addresses.contact_id", "gone with the address"),
    ("contacts.contact_id", "the contact itself, nameless"),
    ("erasures.contact_id", "gone when the erasure is done"),
    ("inbound_messages.contact_id", "its thread"),
    ("messages.contact_id", "its thread"),
    (
        "watermarks.contact_id",
        "what they say of the messages of its thread",
    ),
    ("workspace_heads.last_contact", "counts them"),
];

fn marked(what: &str) -> Option<String> {
    Some(format!("{MARK} {what}"))
}

fn person() -> ContactRef {
    ContactRef {
        external_id: marked("external"),
        name: marked("name"),
        phone: Some("+51 977 452 931".to_owned()),
        channel_user_id: marked("user"),
        business_scoped_user_id: marked("business"),
        page_scoped_id: marked("page"),
    }
}

fn words() -> Content {
    Content {
        header: marked("header"),
        body: marked("body"),
        footer: marked("footer"),
        buttons: vec![format!("{MARK} button")],
        media_id: marked("media"),
        media_type: None,
        file_name: marked("file"),
    }
}

/// Everything that can be told of a person.
fn events() -> Vec<Event> {
    let mut sent = build::registration("sent", NOON);
    sent.contact = person();
    sent.content = words();
    sent.names.provider = Some(build::wamid(&format!("{MARK} wamid")));
    sent.correlation_id = Some("lote 7".to_owned());
    let mut scoped = build::registration("scoped", NOON + minutes(1));
    scoped.contact = person();
    scoped.channel = Channel::Sms;
    scoped.names.provider = Some(ProviderMessageId {
        provider: Provider::SinchSms,
        scope: format!("{MARK} scope"),
        id: "batch".to_owned(),
    });
    let mut failed = build::status(
        &format!("{MARK} wamid"),
        StatusKind::Failed,
        NOON + minutes(2),
    );
    failed.recipient = Some(person());
    failed.evidence.participant = marked("participant");
    failed.evidence.failure = Some(FailureReport {
        code: "131026".to_owned(),
        title: format!("{MARK} has no account"),
        detail: format!("{MARK} cannot be reached"),
        stage: None,
    });
    // Of a message that nobody registered; its recipient is known by the status alone.
    let mut echo = build::status(&format!("{MARK} echo"), StatusKind::Sent, NOON + minutes(3));
    echo.recipient = Some(person());
    echo.echo = Some(Box::new(Echo {
        content_type: ContentType::Image,
        content: words(),
    }));
    let mut reply = build::inbound(&format!("{MARK} reply"), NOON + minutes(5));
    reply.contact = ContactRef {
        phone: None,
        ..person()
    };
    reply.content = words();
    reply.button = Some(ButtonClick {
        id: marked("button id"),
        title: marked("button title"),
    });
    vec![
        sent.event(),
        scoped.event(),
        failed.event(),
        echo.event(),
        reply.event(),
    ]
}

async fn texts(client: &Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The columns that hold something with the mark, as text or as the bytes of it.
async fn marked_columns(client: &Client) -> Vec<String> {
    let mut found = Vec::new();
    for (name, _) in COLUMNS {
        let (table, column) = name.split_once('.').unwrap();
        let sql = format!(
            "SELECT stored.{column}::text FROM message_state.{table} AS stored WHERE stored.{column} IS NOT NULL"
        );
        let hex: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
        let cells = texts(client, &sql).await;
        if cells
            .iter()
            .any(|cell| cell.contains(MARK) || cell.contains(&hex))
        {
            found.push((*name).to_owned());
        }
    }
    found
}

async fn rollups(client: &Client) -> Vec<String> {
    let of =
        |table| format!("SELECT '{table} ' || stored::text FROM message_state.{table} AS stored");
    let all = ["totals", "facets", "histograms"]
        .map(of)
        .join(" UNION ALL ");
    texts(client, &format!("{all} ORDER BY 1")).await
}

#[tokio::test]
async fn every_column_that_can_hold_text_is_accounted_for() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let columns = texts(
        &client,
        "SELECT table_name || '.' || column_name FROM information_schema.columns JOIN pg_class ON oid = \
           format('%I.%I', table_schema, table_name)::regclass \
         WHERE table_schema = 'message_state' AND NOT relispartition \
           AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY') ORDER BY 1",
    )
    .await;
    let known: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    assert_eq!(columns, known);
}

#[tokio::test]
async fn every_column_with_a_contacts_number_is_accounted_for() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let columns = texts(
        &client,
        "SELECT table_name || '.' || column_name FROM information_schema.columns JOIN pg_class ON oid = \
           format('%I.%I', table_schema, table_name)::regclass \
         WHERE table_schema = 'message_state' AND NOT relispartition AND column_name LIKE '%contact%' ORDER BY 1",
    )
    .await;
    let known: Vec<&str> = NUMBERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(columns, known);
}

#[tokio::test]
async fn who_they_were_goes_and_every_figure_stays() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let outcomes = fixture.apply(events()).await;
    assert!(outcomes.iter().all(is_applied), "{outcomes:?}");
    let mut bystander = build::registration("bystander", NOON);
    bystander.contact = build::phone("+51 900 000 001");
    fixture.apply([bystander.event()]).await;
    let messages = fixture.verified().await;
    // The seeds reach every column that can be personal: none of them is erased for want of anything in it.
    let personal = COLUMNS.iter().filter(|(_, personal)| *personal);
    let personal: Vec<&str> = personal.map(|(name, _)| *name).collect();
    assert_eq!(marked_columns(&client).await, personal);
    let told =
        "SELECT encode(stated, 'escape') FROM message_state.messages WHERE stated IS NOT NULL";
    let told = async || texts(&client, told).await.concat().contains("977 452 931");
    assert!(
        told().await,
        "what a status gives as the number of its recipient"
    );
    let before = rollups(&client).await;
    let contact = fixture.sent_as("bystander").await;

    let id = fixture.workspace.id;
    let nobody = erase::begin(&fixture.database, id, "nobody".to_owned(), false, NOON).await;
    assert_eq!(nobody.unwrap(), Ok(0));
    // By any address, written in any way.
    let number = "0051977452931".to_owned();
    let begun = erase::begin(&fixture.database, id, number.clone(), false, NOON).await;
    assert_eq!(begun.unwrap(), Ok(1));
    assert_eq!(
        erase::go_on(&fixture.database, Some(id), NOON)
            .await
            .unwrap(),
        4
    );
    assert_eq!(marked_columns(&client).await, Vec::<String>::new());
    let numbers = "SELECT value FROM message_state.contact_addresses \
         UNION ALL SELECT destination FROM message_state.contents WHERE destination IS NOT NULL";
    let numbers = texts(&client, numbers).await;
    assert!(
        numbers.iter().all(|number| !number.contains("977")),
        "{numbers:?}"
    );
    assert_eq!(numbers.len(), 2);
    assert!(!told().await);

    assert_eq!(fixture.verified().await, messages);
    assert_eq!(rollups(&client).await, before);
    let shown = fixture.sent_as("bystander").await;
    assert_eq!(
        (shown.contact, shown.content),
        (contact.contact, contact.content)
    );
    let echo = fixture.known_as(&format!("{MARK} echo")).await;
    assert_eq!(echo.contact, ContactRef::default());
    let shown = fixture.sent_as("sent").await;
    assert_eq!(shown.contact, ContactRef::default());
    assert_eq!(shown.content, Content::default());
    // Ids of providers find their messages still, and replies stay where they were.
    let answered = fixture.known_as(&format!("{MARK} echo")).await;
    assert!(answered.message.first_reply.is_some());
    assert_eq!(
        (answered.reply_content, answered.reply_button),
        (None, None)
    );
    assert_eq!(shown.correlation_id.as_deref(), Some("lote 7"));
    let failure = shown.message.standing().failure.unwrap().report;
    assert_eq!((&*failure.code, &*failure.detail), ("131026", ""));

    // Again: there is nobody, and nothing is left to do.
    let again = erase::begin(&fixture.database, id, number, false, NOON).await;
    assert_eq!(again.unwrap(), Ok(0));
    assert_eq!(
        erase::go_on(&fixture.database, None, NOON).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn what_comes_later_is_of_somebody_new() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    fixture.apply(events()).await;
    let id = fixture.workspace.id;
    let begun = erase::begin(&fixture.database, id, format!("{MARK} page"), false, NOON).await;
    assert_eq!(begun.unwrap(), Ok(1));
    erase::go_on(&fixture.database, None, NOON).await.unwrap();

    // All of it once more, as providers do: nothing of it is taken for news.
    let outcomes = fixture.apply(events()).await;
    let is_known = |outcome: &Outcome| matches!(outcome, Outcome::Duplicate(_));
    assert!(outcomes.iter().all(is_known), "{outcomes:?}");
    let contents = marked_columns(&client).await;
    assert!(
        !contents.contains(&"contents.content".to_owned()),
        "{contents:?}"
    );
    assert!(
        !contents.contains(&"timeline.detail".to_owned()),
        "{contents:?}"
    );
    fixture.verified().await;

    let mut inbound = build::inbound("new", NOON + minutes(90));
    inbound.contact = person();
    fixture.apply([inbound.event()]).await;
    let contacts = "SELECT DISTINCT contact_id::text FROM message_state.inbound_messages";
    assert_eq!(texts(&client, contacts).await.len(), 2);
    // Not a reply to what the one before was sent.
    let replies =
        "SELECT count(*)::text FROM message_state.inbound_messages WHERE reply_to IS NOT NULL";
    assert_eq!(texts(&client, replies).await, ["1"]);
    fixture.verified().await;
}

#[tokio::test]
async fn several_contacts_of_one_id_go_together_or_not_at_all() {
    let fixture = Fixture::new().await;
    let mut first = build::registration("first", NOON);
    first.contact.external_id = Some("same".to_owned());
    let mut second = build::inbound("second", NOON);
    second.contact = ContactRef {
        channel_user_id: Some("same".to_owned()),
        ..ContactRef::default()
    };
    fixture.apply([first.event(), second.event()]).await;
    let (database, id) = (&fixture.database, fixture.workspace.id);
    let begin = async |all| {
        erase::begin(database, id, "same".to_owned(), all, NOON)
            .await
            .unwrap()
    };
    assert_eq!(begin(false).await, Err(Ambiguous(2)));
    assert_eq!(
        fixture
            .sent_as("first")
            .await
            .contact
            .external_id
            .as_deref(),
        Some("same")
    );
    assert_eq!(begin(true).await, Ok(2));
    assert_eq!(erase::go_on(database, None, NOON).await.unwrap(), 2);
    assert_eq!(begin(true).await, Ok(0));
    fixture.verified().await;
}

#[tokio::test]
async fn a_long_history_is_erased_page_by_page_and_by_whoever_comes() {
    let fixture = Fixture::new().await;
    let mine =
        |number: u64| build::registration(&format!("m{number}"), NOON + minutes(number)).event();
    fixture.apply((0..1_200).map(mine)).await;
    let (database, id) = (&fixture.database, fixture.workspace.id);
    let begun = erase::begin(database, id, build::PHONE.to_owned(), false, NOON).await;
    assert_eq!(begun.unwrap(), Ok(1));
    let (first, second) = tokio::join!(
        erase::go_on(database, None, NOON),
        erase::go_on(database, None, NOON)
    );
    assert_eq!(first.unwrap() + second.unwrap(), 1_200);
    let client = fixture.client().await;
    let left = "SELECT count(*)::text FROM message_state.contents WHERE content IS NOT NULL";
    assert_eq!(texts(&client, left).await, ["0"]);
    let left = "SELECT count(*)::text FROM message_state.erasures";
    assert_eq!(texts(&client, left).await, ["0"]);
}
