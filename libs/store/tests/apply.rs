//! The apply transaction against a real Postgres: one test for each thing that it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use acuse_domain::contribution::{Contribution, Measures};
use acuse_domain::event::Event;
use acuse_domain::identity::sender_key;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{MessageState, ReplyAttribution, StatusKind};
use acuse_domain::ledger::Refusal;
use acuse_domain::scope::Scope;
use acuse_domain::time::{Timestamp, days, hours};
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::read::{Lookup, MessageView, Scoped};
use acuse_store::verify::verify;
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig};
use acuse_testkit::build::{self, IntoEvent};

const NOON: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn minutes(count: u64) -> std::time::Duration {
    std::time::Duration::from_secs(60 * count)
}

struct Fixture {
    // Dropped with the fixture, after the pool.
    _database: acuse_testkit::Database,
    database: Database,
    applier: Applier,
    workspace: Workspace,
}

impl Fixture {
    async fn new() -> Self {
        let test = acuse_testkit::Database::new().await;
        let database = Database::new(&PoolConfig::new(test.url(), 4)).unwrap();
        let new = NewWorkspace {
            slug: "acme".to_owned(),
            settings: Settings::usual("Acme"),
        };
        let workspace = workspaces::create(&database, new, NOON)
            .await
            .unwrap()
            .unwrap();
        Self {
            applier: Applier::new(database.clone()),
            _database: test,
            database,
            workspace,
        }
    }

    async fn apply(&self, events: impl IntoIterator<Item = Event>) -> Vec<Outcome> {
        self.apply_in(self.workspace.id, events).await
    }

    async fn apply_in(
        &self,
        workspace: WorkspaceId,
        events: impl IntoIterator<Item = Event>,
    ) -> Vec<Outcome> {
        let batch: Vec<Submission> = events
            .into_iter()
            .map(|event| Submission { workspace, event })
            .collect();
        self.applier.apply(&batch, NOON).await.unwrap()
    }

    async fn message(&self, lookup: Lookup) -> Option<MessageView> {
        let scope = Scope::whole("acme");
        let scoped = Scoped::open(&self.database, &scope).await.unwrap().unwrap();
        scoped.message(lookup).await.unwrap()
    }

    async fn sent_as(&self, id: &str) -> MessageView {
        self.message(Lookup::Key(sender_key(id)))
            .await
            .expect("the message exists")
    }

    async fn known_as(&self, wamid: &str) -> MessageView {
        self.message(Lookup::Key(build::wamid(wamid).outbound_key()))
            .await
            .expect("the message exists")
    }

    /// Folds in pieces and checks that rollups are what the messages say.
    async fn verified(&self) -> u64 {
        let found = verify(&self.database, &self.workspace, 10).await.unwrap();
        assert_eq!(found.differences, [], "before folding");
        Folder::new(self.database.clone()).fold_all().await.unwrap();
        let found = verify(&self.database, &self.workspace, 10).await.unwrap();
        assert_eq!(found.differences, [], "after folding");
        found.messages
    }
}

fn is_applied(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied(_))
}

fn linked(mut item: acuse_domain::event::StatusItem, sender: &str) -> Event {
    item.names.sender = Some(sender.to_owned());
    item.event()
}

#[tokio::test]
async fn a_message_goes_its_way() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.dispatched_at = Some(NOON + minutes(1));
    let outcomes = fixture.apply([registration.event()]).await;
    assert!(outcomes.iter().all(is_applied));
    let statuses = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read]
        .map(|kind| linked(build::status("w1", kind, NOON + minutes(2)), "m1"));
    assert!(fixture.apply(statuses.clone()).await.iter().all(is_applied));
    let view = fixture.known_as("w1").await;
    assert_eq!(view.message.standing().state, MessageState::Read);
    assert_eq!(view.message.origin(), NOON + minutes(1));
    assert_eq!(view.sender_message_id.as_deref(), Some("m1"));
    assert_eq!(view.provider_message_id, Some(build::wamid("w1")));
    assert_eq!(view.contact.phone.as_deref(), Some(build::PHONE));
    let again = fixture.apply(statuses).await;
    assert!(
        again
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Duplicate(_)))
    );
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_repetition_within_one_batch_is_told() {
    let fixture = Fixture::new().await;
    let event = build::registration("m1", NOON).event();
    let outcomes = fixture.apply([event.clone(), event]).await;
    assert!(matches!(outcomes[..], [Outcome::Applied(a), Outcome::Duplicate(b)] if a == b));
}

#[tokio::test]
async fn statuses_before_the_registration_make_an_echo_that_it_fills_in() {
    let fixture = Fixture::new().await;
    let delivered = build::status("w1", StatusKind::Delivered, NOON + minutes(5));
    fixture.apply([delivered.event()]).await;
    let view = fixture.known_as("w1").await;
    assert!(!view.message.is_attached());
    let unattached = Contribution::of_outbound(&view.message);
    assert_eq!(unattached.measures, Measures::Unattached);
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let view = fixture.known_as("w1").await;
    assert!(view.message.is_attached());
    assert_eq!(view.message.standing().state, MessageState::Delivered);
    assert_eq!(view.message.origin(), NOON);
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_link_unites_what_came_under_two_ids() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    let sent = build::status("w1", StatusKind::Sent, NOON + minutes(1));
    fixture
        .apply([
            sent.event(),
            build::inbound("i1", NOON + minutes(9)).event(),
        ])
        .await;
    assert_ne!(
        fixture.sent_as("m1").await.message.id,
        fixture.known_as("w1").await.message.id
    );
    let delivered = build::status("w1", StatusKind::Delivered, NOON + minutes(2));
    fixture.apply([linked(delivered, "m1")]).await;
    let (by_own, by_provider) = (fixture.sent_as("m1").await, fixture.known_as("w1").await);
    assert_eq!(by_own.message, by_provider.message);
    assert_eq!(by_own.message.standing().state, MessageState::Delivered);
    assert!(by_own.message.first_reply.is_some());
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_contradicting_registration_is_refused_and_the_first_stands() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    let mut other = build::registration("m1", NOON);
    other.content.body = Some("Otro texto".to_owned());
    let outcomes = fixture
        .apply([other.event(), build::registration("m2", NOON).event()])
        .await;
    assert_eq!(
        outcomes[0],
        Outcome::Refused(Refusal::ContradictsRegistration)
    );
    assert!(is_applied(&outcomes[1]));
    let view = fixture.sent_as("m1").await;
    assert_eq!(view.content.body.as_deref(), Some("Tu pedido va en camino"));
    let link = build::status("w1", StatusKind::Sent, NOON);
    fixture.apply([linked(link.clone(), "m1")]).await;
    let outcomes = fixture.apply([linked(link, "m2")]).await;
    assert_eq!(outcomes, [Outcome::Refused(Refusal::IdsOfTwoMessages)]);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_reply_moves_to_the_message_that_turns_out_to_be_the_latest() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    fixture
        .apply([build::inbound("i1", NOON + hours(2)).event()])
        .await;
    let first = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(first.how, ReplyAttribution::Window);
    // Sent in between, registered late: it takes the reply over.
    fixture
        .apply([build::registration("m2", NOON + hours(1)).event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    assert_eq!(
        fixture.sent_as("m2").await.message.first_reply.unwrap().id,
        first.id
    );
    // It failed: the reply goes back.
    let mut failed = build::status("w2", StatusKind::Failed, NOON + hours(1) + minutes(1));
    failed.names.sender = Some("m2".to_owned());
    fixture.apply([failed.event()]).await;
    assert_eq!(
        fixture.sent_as("m1").await.message.first_reply.unwrap().id,
        first.id
    );
    assert_eq!(fixture.sent_as("m2").await.message.first_reply, None);
    assert_eq!(fixture.verified().await, 3);
}

#[tokio::test]
async fn a_quote_waits_for_the_message_that_it_quotes() {
    let fixture = Fixture::new().await;
    let mut quoting = build::inbound("i1", NOON + days(3));
    quoting.quoted = Some(build::wamid("w1"));
    fixture.apply([quoting.event()]).await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.how, ReplyAttribution::Quote);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn evidence_beyond_the_window_is_kept_and_counts_nowhere() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let late = build::status("w1", StatusKind::Read, NOON + days(30) + minutes(1));
    let outcomes = fixture.apply([late.clone().event()]).await;
    assert!(matches!(outcomes[..], [Outcome::Late(_)]));
    assert!(matches!(
        fixture.apply([late.event()]).await[..],
        [Outcome::Duplicate(_)]
    ));
    assert_eq!(
        fixture.sent_as("m1").await.message.standing().state,
        MessageState::Queued
    );
    // Dispatched a day later than queued: now it is within the window.
    let dispatched = build::status("w1", StatusKind::Dispatched, NOON + days(1));
    fixture.apply([dispatched.event()]).await;
    assert_eq!(
        fixture.sent_as("m1").await.message.standing().state,
        MessageState::Read
    );
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn addresses_that_one_item_names_together_are_one_contact_from_then_on() {
    let fixture = Fixture::new().await;
    let mut hidden = build::inbound("i1", NOON + hours(1));
    hidden.contact = acuse_domain::contact::ContactRef {
        business_scoped_user_id: Some("PE.1349".to_owned()),
        ..Default::default()
    };
    fixture
        .apply([build::registration("m1", NOON).event(), hidden.event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    let mut both = build::inbound("i2", NOON + days(9));
    both.contact.business_scoped_user_id = Some("PE.1349".to_owned());
    fixture.apply([both.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.at, NOON + hours(1));
    assert_eq!(fixture.verified().await, 3);
}

#[tokio::test]
async fn a_session_is_open_for_a_day_after_the_contact_wrote() {
    let fixture = Fixture::new().await;
    fixture
        .apply([
            build::registration("inside", NOON + hours(23)).event(),
            build::registration("outside", NOON + hours(24)).event(),
            build::registration("before", NOON - hours(1)).event(),
        ])
        .await;
    fixture.apply([build::inbound("i1", NOON).event()]).await;
    for (id, open) in [("inside", true), ("outside", false), ("before", false)] {
        assert_eq!(
            fixture.sent_as(id).await.message.session_open(),
            Some(open),
            "{id}"
        );
    }
    fixture.verified().await;
}

#[tokio::test]
async fn an_impossible_number_is_a_dispatch_failure_at_once() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.contact = build::phone("12");
    fixture.apply([registration.event()]).await;
    let standing = fixture.sent_as("m1").await.message.standing();
    assert_eq!(standing.state, MessageState::DispatchFailed);
    assert_eq!(standing.failure.unwrap().report.code, "INVALID_NUMBER");
    fixture.verified().await;
}

#[tokio::test]
async fn workspaces_share_a_transaction_and_nothing_else() {
    let fixture = Fixture::new().await;
    let new = NewWorkspace {
        slug: "other".to_owned(),
        settings: Settings::usual("Other"),
    };
    let other = workspaces::create(&fixture.database, new, NOON)
        .await
        .unwrap()
        .unwrap();
    let batch: Vec<Submission> = [fixture.workspace.id, other.id]
        .map(|workspace| Submission {
            workspace,
            event: build::registration("m1", NOON).event(),
        })
        .into();
    let outcomes = fixture.applier.apply(&batch, NOON).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Applied(a), Outcome::Applied(b)] if a != b));
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_quote_that_was_too_old_counts_once_the_message_turns_out_younger() {
    let fixture = Fixture::new().await;
    let mut quoting = build::inbound("i1", NOON + days(31));
    quoting.quoted = Some(build::wamid("w1"));
    fixture.apply([quoting.event()]).await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    let dispatched = build::status("w1", StatusKind::Dispatched, NOON + days(2));
    fixture.apply([dispatched.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.how, ReplyAttribution::Quote);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_role_without_privileges_of_its_own_is_enough() {
    let fixture = Fixture::new().await;
    let (client, connection) =
        tokio_postgres::connect(fixture._database.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let name = format!("plain_{}", std::process::id());
    client
        .batch_execute(&format!("CREATE ROLE {name} LOGIN; GRANT acuse_message_state, acuse_message_state_reader TO {name}"))
        .await
        .unwrap();
    let url = fixture
        ._database
        .url()
        .replacen("acuse@", &format!("{name}@"), 1);
    let database = Database::new(&PoolConfig::new(url, 2)).unwrap();
    let batch = [Submission {
        workspace: fixture.workspace.id,
        event: build::registration("m1", NOON).event(),
    }];
    let outcomes = Applier::new(database.clone()).apply(&batch, NOON).await;
    let folded = Folder::new(database).fold_all().await;
    client
        .batch_execute(&format!("DROP ROLE {name}"))
        .await
        .unwrap();
    assert!(is_applied(&outcomes.unwrap()[0]));
    assert_eq!(folded.unwrap(), 1);
    assert_eq!(fixture.verified().await, 1);
}
