//! Message-state is killed while it makes rollups anew, and while it erases a contact.

use std::time::Duration;

use acuse_proto::ingestion::{
    RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
};
use acuse_proto::types::{
    ContentType, InboundKind, InboundMessage, ItemOutcome, ItemResult, OutboundRegistration,
};
use acuse_rpc::client::Call;
use acuse_testkit::service::eventually;
use tokio_postgres::Client;

use crate::rig::load::Told;
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// Holds up whoever changes certain rows, at the end of what they did and before it is committed.
struct Hold {
    session: Client,
    table: &'static str,
}

impl Hold {
    /// Where rows of a table that are such are updated or deleted.
    async fn on(acuse: &Installation, table: &'static str, such: &str) -> Self {
        let session = acuse.session().await;
        let hold = format!(
            "SELECT pg_advisory_lock(1); \
             CREATE OR REPLACE FUNCTION public.held_up() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN coalesce(NEW, OLD); END $$; \
             CREATE TRIGGER held_up BEFORE UPDATE OR DELETE ON message_state.{table} \
             FOR EACH ROW WHEN ({such}) EXECUTE FUNCTION public.held_up()"
        );
        session.batch_execute(&hold).await.unwrap();
        Self { session, table }
    }

    /// Returns when somebody is held up.
    async fn reached(&self) {
        let held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        eventually(Duration::from_secs(30), || async {
            let held = self.session.query(held, &[]).await.unwrap();
            (!held.is_empty()).then_some(())
        })
        .await;
    }

    /// Lets go. Whoever is gone meanwhile has done nothing.
    async fn end(self) {
        let end = format!(
            "SELECT pg_advisory_unlock(1); DROP TRIGGER held_up ON message_state.{}",
            self.table
        );
        self.session.batch_execute(&end).await.unwrap();
    }
}

/// Phases of a rebuild, by their numbers: emptying, counting outbound and inbound messages, catching up, tidying up.
const PHASES: std::ops::Range<i16> = 0..5;

/// The phase at which some of the load comes while nobody is there.
const WRITTEN_AT: i16 = 1;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_phase_of_a_rebuild_it_ends_right() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.load_in_part(300, &mut dice, 0.5);
    load.rests().await;
    let (told, reporting) = (load.told, suite.reporting.address);
    let mut before = told.reported(&suite.acuse, reporting).await;
    for phase in PHASES {
        let hold = Hold::on(
            &suite.acuse,
            "rollup_rebuilds",
            &format!("OLD.phase = {phase}"),
        )
        .await;
        let state = suite.states[0].address;
        {
            let asking = suite.acuse.rebuild(state);
            tokio::pin!(asking);
            tokio::select! {
                ended = &mut asking => panic!("it ended: {ended:?}"),
                () = hold.reached() => {}
            }
            let meanwhile = told.reported(&suite.acuse, reporting).await;
            assert_eq!(meanwhile, before, "in phase {phase}");
            suite.states[0].kill();
            assert!(asking.await.is_err(), "it was not in its midst");
        }
        if phase == WRITTEN_AT {
            // It waits in the inbox.
            load.let_go();
            load.rests().await;
        }
        let without = told.reported(&suite.acuse, reporting).await;
        assert_eq!(without, before, "after phase {phase}");
        hold.end().await;
        suite.states[0].start().await;
        suite.acuse.rebuild(state).await.unwrap();
        suite.acuse.drained().await;
        let left = suite
            .acuse
            .count("SELECT count(*) FROM message_state.rollup_rebuilds");
        assert_eq!(left.await, 0, "after phase {phase}");
        suite.acuse.verify(state).await;
        let after = told.reported(&suite.acuse, reporting).await;
        if phase != WRITTEN_AT {
            assert_eq!(after, before, "after phase {phase}");
        }
        before = after;
    }
    load.acknowledged().await;
    suite.holds_once(&load).await;
}

/// Messages to the contact that is erased: more than two transactions take.
const TO_CONTACT: usize = 1_200;
const FROM_CONTACT: usize = 3;
const CONTACT: &str = "+56998765432";

fn all_applied(results: &[ItemResult]) {
    let applied = results.iter().map(ItemResult::outcome);
    assert!(applied.eq(std::iter::repeat_n(ItemOutcome::Applied, results.len())));
}

/// Has many messages to and from one contact.
async fn correspond(suite: &Suite, told: Told) {
    let to_contact = |number| {
        let mut message: OutboundRegistration = told.registration(number);
        message.contact.as_mut().unwrap().phone = Some(CONTACT.to_owned());
        message
    };
    let messages: Vec<_> = (0..TO_CONTACT).map(to_contact).collect();
    let from_contact = |number| InboundMessage {
        provider_message_id: told.inbound_id(number),
        channel: messages[0].channel,
        channel_account_id: messages[0].channel_account_id.clone(),
        contact: messages[0].contact.clone(),
        content: messages[0].content.clone(),
        received_at: messages[0].queued_at,
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        ..InboundMessage::default()
    };
    let inbound = (0..FROM_CONTACT).map(from_contact).collect();
    let statuses = (0..TO_CONTACT)
        .map(|number| told.delivery(number))
        .collect();
    let mut calls = suite.ways.calls();
    let request = Call::plain().request(RegisterMessagesRequest {
        messages: messages.clone(),
    });
    let answer = calls.register_messages(request).await.unwrap();
    all_applied(&answer.into_inner().results);
    let request = Call::plain().request(RecordStatusesRequest { statuses });
    let answer = calls.record_statuses(request).await.unwrap();
    all_applied(&answer.into_inner().results);
    let request = Call::plain().request(RecordInboundMessagesRequest { messages: inbound });
    let answer = calls.record_inbound_messages(request).await.unwrap();
    all_applied(&answer.into_inner().results);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_erasing_a_contact_it_goes_on_to_the_end() {
    let mut suite = Suite::start().await;
    let told = Told::of(TO_CONTACT).at_length(200, 1);
    correspond(&suite, told).await;
    let (state, reporting) = (suite.states[0].address, suite.reporting.address);
    let before = told.reported(&suite.acuse, reporting).await;
    assert_eq!(before.messages, i64::try_from(TO_CONTACT).unwrap());
    let all = i64::try_from(TO_CONTACT + FROM_CONTACT).unwrap();
    let texts = "SELECT count(*) FROM message_state.contents WHERE content IS NOT NULL";
    assert_eq!(suite.acuse.count(texts).await, all);

    // The first transaction is through, the second is not.
    let second = format!("OLD.after_id <> '{}'", uuid::Uuid::nil());
    let hold = Hold::on(&suite.acuse, "erasures", &second).await;
    {
        let asking = suite.acuse.erase(state, CONTACT);
        tokio::pin!(asking);
        tokio::select! {
            ended = &mut asking => panic!("it ended: {ended:?}"),
            () = hold.reached() => {}
        }
        assert_eq!(told.reported(&suite.acuse, reporting).await, before);
        suite.states[0].kill();
        assert!(asking.await.is_err(), "it was not in its midst");
    }
    let left = suite.acuse.count(texts).await;
    println!("killed with {left} of {all} texts left");
    assert!(0 < left && left < all);
    let addresses = "SELECT count(*) FROM message_state.contact_addresses";
    assert_eq!(suite.acuse.count(addresses).await, 0);
    assert_eq!(told.reported(&suite.acuse, reporting).await, before);
    hold.end().await;

    suite.states[0].start().await;
    let again = suite.acuse.erase(state, CONTACT).await.unwrap();
    // Nobody is known by it any more. Of the messages some are erased by this call, some by the service itself.
    assert_eq!(again.contacts_erased, 0);
    assert!(again.messages_erased <= left);
    for rest in [texts, "SELECT count(*) FROM message_state.erasures"] {
        assert_eq!(suite.acuse.count(rest).await, 0, "{rest}");
    }
    let stored = "SELECT (SELECT count(*) FROM message_state.messages) + (SELECT count(*) FROM message_state.inbound_messages)";
    assert_eq!(suite.acuse.count(stored).await, all);
    suite.acuse.verify(state).await;
    assert_eq!(told.reported(&suite.acuse, reporting).await, before);
}
