//! A Redis that is spoken to over TLS.

use acuse_export::Config;
use acuse_proto::export::ExportState;
use acuse_rpc::client::Credentials;
use acuse_testkit::certificates::{AUTHORITY, OTHER_AUTHORITY};
use acuse_testkit::service::eventually;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::door;
use crate::outage::{assert_works, taken_apart};
use crate::peer::Answer;
use crate::rig::{PATIENCE, Rig, plain};

/// The tests' Redis, behind a door with TLS.
async fn behind_tls() -> String {
    let (host, elsewhere) = taken_apart();
    elsewhere("rediss", door::to(host).await)
}

/// Waits until health says this of Redis.
async fn until(rig: &Rig, expected: ServingStatus) {
    let client = HealthClient::new(rig.channel(Credentials::None));
    eventually(PATIENCE, || async {
        let request = HealthCheckRequest {
            service: "redis".to_owned(),
        };
        let told = client.clone().check(request).await.unwrap().into_inner();
        (told.status() == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_go_from_replica_to_replica_over_tls() {
    let trusting = |config: &mut Config| config.redis.authorities = Some(AUTHORITY.into());
    let script = |_| Ok(Answer::of(10));
    let rig = Rig::with(behind_tls().await, script, |config| {
        trusting(config);
        config.work.workers = 0;
    })
    .await;
    until(&rig, ServingStatus::Serving).await;
    // It looks for no job by itself, and has to be told.
    let told = rig
        .replica_with(|config| {
            trusting(config);
            config.work.poll = std::time::Duration::from_secs(3_600);
        })
        .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(done.attempts, 1);
    told.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_of_another_authority_is_as_good_as_away() {
    for authorities in [Some(OTHER_AUTHORITY.into()), None] {
        let script = |_| Ok(Answer::of(100));
        let rig = Rig::with(behind_tls().await, script, |config| {
            config.redis.authorities = authorities;
        })
        .await;
        until(&rig, ServingStatus::NotServing).await;
        assert_works(&rig, 100).await;
    }
}
