//! A simulated business against an installation over real sockets, by calls and by Meta's webhooks: what is stored adds up to
//! what was told, every figure is what the messages say, and what is told again changes nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

mod rig;

use acuse_domain::kinds;
use acuse_proto::message_state::directory_service_client::DirectoryServiceClient;
use acuse_proto::message_state::{UpsertEntriesRequest, UpsertOutcome};
use acuse_proto::types::{InboundMessage, Provider, StatusEvidence};
use acuse_rpc::client::Call;
use acuse_simulator::drive::{Outcome, Speed, Target, drive};
use acuse_simulator::{Arrivals, Business, Disorder, Tally, Traffic, What};
use rig::{Installation, connections};

const SEED: u64 = 7;

/// Of each business.
const MESSAGES: [u64; 2] = [160, 80];

fn traffic(messages: u64) -> Traffic {
    Traffic {
        messages,
        days: 60,
        last_day: jiff::civil::date(2026, 6, 30),
        now: "2026-09-30T12:00:00Z".parse().unwrap(),
    }
}

async fn simulate(target: &Target, business: &Business, messages: u64) -> (Outcome, Tally) {
    let traffic = traffic(messages);
    let disorder = Disorder::BAD_WEEK;
    let now = traffic.now.into();
    let mut arrivals = Arrivals::new(business.stories(&traffic), disorder, SEED, now);
    let speed = Speed {
        batch: 200.try_into().unwrap(),
        connections: connections(),
        ..Speed::default()
    };
    let outcome = drive(target, arrivals.by_ref(), speed, SEED, |_| {})
        .await
        .unwrap();
    (outcome, arrivals.tally())
}

/// Of what a business is told in so many messages, what is stored in another way than the rest.
#[derive(Debug, Default)]
struct Special {
    /// Statuses that the business tells itself.
    own: u64,
    /// What contacts took back.
    gone: u64,
    /// What of that Meta tells, in a message of its own.
    revoked: u64,
}

fn special(business: &Business, messages: u64) -> Special {
    let mut found = Special::default();
    let stories = business.stories(&traffic(messages));
    for happening in stories.flat_map(|story| story.happenings) {
        match &happening.what {
            What::Status(status) if is_own(status) => found.own += 1,
            What::Inbound(message) if message.deleted => {
                found.gone += 1;
                found.revoked += u64::from(is_metas(message));
            }
            _ => {}
        }
    }
    found
}

fn is_own(status: &StatusEvidence) -> bool {
    status.provider() == Provider::Sender || status.provider_message_id.is_none()
}

fn is_metas(message: &InboundMessage) -> bool {
    let id = message.provider_message_id.as_ref();
    id.is_some_and(|id| id.provider() == Provider::MetaWhatsapp)
}

/// Compares what is stored of a business with what was told.
async fn adds_up(acuse: &Installation, business: &Business, messages: u64, tally: Tally) {
    acuse.drained().await;
    let count = async |query: String| acuse.count(business, &query).await;
    let special = special(business, messages);
    let outbound = "SELECT count(*) FROM message_state.messages WHERE workspace_id = $1";
    assert_eq!(count(outbound.to_owned()).await, tally.registrations);
    let unattached = format!("{outbound} AND source = {}", kinds::Source::Echo.code());
    assert_eq!(count(unattached).await, 0, "every message was registered");

    let system = kinds::InboundKind::System.code();
    let inbound = "SELECT count(*) FROM message_state.inbound_messages WHERE workspace_id = $1";
    let written = count(format!("{inbound} AND kind <> {system}")).await;
    assert_eq!(written, tally.inbound - special.gone, "{special:?}");
    let revoked = count(format!("{inbound} AND kind = {system}")).await;
    assert_eq!(revoked, special.revoked);
    let deleted = count(format!("{inbound} AND deleted")).await;
    assert_eq!(deleted, special.gone);

    let timeline =
        "SELECT count(*) FROM message_state.timeline WHERE workspace_id = $1 AND kind < 100";
    let sender = kinds::Provider::Sender.code();
    let reported = count(format!("{timeline} AND provider <> {sender}")).await;
    assert_eq!(reported, tally.statuses - special.own, "{special:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_adds_up_and_a_second_one_changes_nothing() {
    let acuse = Installation::start().await;
    let businesses = [Business::new(SEED, 0), Business::new(SEED, 2)];
    let targets = [
        acuse.target(&businesses[0]).await,
        acuse.target(&businesses[1]).await,
    ];
    let both = || {
        futures::future::join(
            simulate(&targets[0], &businesses[0], MESSAGES[0]),
            simulate(&targets[1], &businesses[1], MESSAGES[1]),
        )
    };

    let first = both().await;
    for (outcome, tally) in [&first.0, &first.1] {
        assert_eq!(outcome.rejected, 0, "{:?}", outcome.reasons);
        assert_eq!(outcome.acknowledged(), tally.arrivals());
        assert!(outcome.duplicate > 0 && outcome.duplicate < tally.duplicates);
        assert!(outcome.by_webhook > tally.statuses / 2, "{outcome:?}");
        assert!(outcome.webhooks < outcome.by_webhook, "some tell several");
    }
    let adds_up = async || {
        adds_up(&acuse, &businesses[0], MESSAGES[0], first.0.1).await;
        adds_up(&acuse, &businesses[1], MESSAGES[1], first.1.1).await;
        let found = acuse.verify().await;
        assert_eq!(found.len(), 2);
        for answer in found {
            assert_eq!(answer.difference_count, 0, "{:?}", answer.differences);
        }
    };
    adds_up().await;

    let second = both().await;
    for (outcome, tally) in [second.0, second.1] {
        assert_eq!(
            outcome.applied + outcome.late + outcome.rejected,
            0,
            "{outcome:?}"
        );
        assert_eq!(outcome.acknowledged(), tally.arrivals(), "{outcome:?}");
    }
    adds_up().await;
    acuse.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_is_introduced_once() {
    let acuse = Installation::start().await;
    let business = Business::new(SEED, 1);
    acuse.open(&business).await;
    let channel = acuse.directory(&business);
    let introduce = async || {
        let request = UpsertEntriesRequest {
            entries: business.directory(),
        };
        let mut client = DirectoryServiceClient::new(channel.clone());
        let answer = client
            .upsert_entries(Call::plain().request(request))
            .await
            .unwrap();
        let results = answer.into_inner().results;
        results
            .iter()
            .map(|result| result.outcome())
            .collect::<Vec<_>>()
    };
    let all =
        |outcomes: Vec<UpsertOutcome>, outcome| outcomes.iter().all(|found| *found == outcome);
    assert!(all(introduce().await, UpsertOutcome::Created));
    assert!(all(introduce().await, UpsertOutcome::Unchanged));
    acuse.end().await;
}
