//! What all tests here end with would show a loss, and something that is there twice.

use crate::rig::dice;
use crate::rig::suite::Suite;

/// What is done to the rows, one after the other; each shows as a fault of its own.
const DAMAGES: [&str; 4] = [
    "DELETE FROM message_state.timeline WHERE (message_id, digest) = \
     (SELECT message_id, digest FROM message_state.timeline LIMIT 1)",
    "INSERT INTO message_state.timeline SELECT workspace_id, message_id, gen_random_uuid(), at, received_at, kind, \
     provider, at_is_receipt, detail FROM message_state.timeline LIMIT 1",
    "DELETE FROM message_state.inbound_messages WHERE message_id = \
     (SELECT min(message_id::text)::uuid FROM message_state.inbound_messages)",
    "UPDATE message_state.messages SET attached = false WHERE message_id = \
     (SELECT min(message_id::text)::uuid FROM message_state.messages)",
];

#[tokio::test(flavor = "multi_thread")]
async fn they_would_be_seen() {
    let suite = Suite::start().await;
    let mut load = suite.load(20, &mut dice());
    load.acknowledged().await;
    suite.holds_once(&load).await;
    let session = suite.acuse.session().await;
    let mut before = Vec::new();
    for damage in DAMAGES {
        assert_eq!(session.execute(damage, &[]).await.unwrap(), 1, "{damage}");
        let faults = load.told.faults(&suite.acuse).await;
        println!("{faults:?}");
        assert_ne!(faults, before, "{damage}");
        before = faults;
    }
}
