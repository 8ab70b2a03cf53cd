//! Which replica of message-state ingestion calls, where there are several.

use std::future::pending;

use acuse_message_state::{Clock, Running};
use acuse_proto::ingestion::RegisterMessagesRequest;
use acuse_rpc::config::PeerConfig;

use crate::calls::registration;
use crate::rig::Acuse;

/// Were each call to go to any of two replicas, as good as no workspace would have all of its own at one.
const CALLS: u64 = 10;
const WORKSPACES: usize = 6;

/// One more replica, which runs as long as the test.
async fn replica(acuse: &Acuse) -> Running {
    let server = acuse.keys.server_config();
    let config = acuse_message_state::Config::new(server, acuse.url.parse().unwrap());
    let started = acuse_message_state::start(config, Clock::system(), pending());
    started.await.unwrap()
}

/// Calls about one workspace share transactions at a replica, and wait for each other's locks at two.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_workspace_goes_to_one_replica() {
    let mut acuse = Acuse::start().await;
    let replicas = [replica(&acuse).await, replica(&acuse).await];
    let addresses = replicas.each_ref().map(|replica| {
        let address = format!("http://{}", replica.address());
        address.parse().unwrap()
    });
    let to_replicas = |config: &mut acuse_ingestion::Config| {
        config.message_state = PeerConfig::at(addresses.clone());
    };
    acuse.start_ingestion(to_replicas).await;
    // The one that was there calls elsewhere.
    acuse.stop_ingestion().await;
    let items = || {
        replicas
            .each_ref()
            .map(|replica: &Running| replica.commit_counts().items)
    };
    for workspace in 0..WORKSPACES {
        let slug = format!("workspace-{workspace}");
        acuse.open(&slug).await;
        let before = items();
        for number in 0..CALLS {
            let request = RegisterMessagesRequest {
                messages: vec![registration(&format!("m{number}"))],
            };
            let mut client = acuse.evidence_of(&slug);
            client.register_messages(request).await.unwrap();
        }
        let after = items();
        let mut gained = [after[0] - before[0], after[1] - before[1]];
        gained.sort_unstable();
        assert_eq!(gained, [0, CALLS], "{slug}");
    }
}
