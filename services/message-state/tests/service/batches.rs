//! Several messages at once.

use acuse_proto::message_state::{
    BatchGetMessagesRequest, BatchGetMessagesResult, MessageKey, message_key,
};
use acuse_proto::types::StatusKind;
use acuse_rpc::Secret;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig, by_id, by_sender, get};
use crate::samples::{minute, registration, registrations, reply, status, wamid};

async fn batch(
    rig: &Rig,
    token: Secret,
    keys: Vec<MessageKey>,
) -> Result<Vec<BatchGetMessagesResult>, Status> {
    let mut client = rig.messages(token);
    let answer = client
        .batch_get_messages(BatchGetMessagesRequest { keys })
        .await?;
    Ok(answer.into_inner().results)
}

fn by_provider(id: &str) -> MessageKey {
    MessageKey {
        key: Some(message_key::Key::ProviderMessageId(wamid(id))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_answered_in_its_place_as_if_asked_for_alone() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 4)).await.unwrap();
    let events = vec![
        status("m1", StatusKind::Delivered, minute(3)),
        reply("m2", "Gracias", minute(4)),
    ];
    rig.apply(events).await.unwrap();
    let results = rig.apply_to(OTHER, vec![registration("theirs")]).await;
    let theirs = results.unwrap()[0].message_id.clone().unwrap();
    let third = rig.message("m3").await.unwrap().id;

    let keys = vec![
        by_provider("wamid.m2"),
        by_sender("nobody"),
        by_id(&third),
        by_sender("m1"),
        by_id(&theirs),
        by_sender("m2"),
        by_provider("wamid.m0"),
        // An inbound message is none of these.
        by_provider("wamid.in.Gracias"),
    ];
    let token = rig.anything(ACME);
    let results = batch(&rig, token.clone(), keys.clone()).await.unwrap();
    assert_eq!(results.len(), keys.len());
    let mut found = Vec::new();
    for (key, result) in keys.into_iter().zip(results) {
        assert_eq!(result.key.as_ref(), Some(&key));
        let alone = get(rig.messages(token.clone()), key).await;
        match (alone, result.message) {
            (Ok(alone), Some(message)) => {
                assert_eq!(alone, message);
                found.push(message.sender_message_id.unwrap());
            }
            (Err(missing), None) => assert_eq!(missing.code(), Code::NotFound),
            (alone, message) => panic!("{alone:?} alone, {message:?} among others"),
        }
    }
    assert_eq!(found, ["m2", "m3", "m1", "m2", "m0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_key_is_named() {
    let rig = Rig::start().await;
    let token = rig.anything(ACME);
    let keys = vec![
        by_id("no uuid"),
        by_sender("m1"),
        MessageKey { key: None },
        by_sender(""),
    ];
    let error = batch(&rig, token.clone(), keys).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let expected = [
        "keys[0].message_id",
        "keys[2].key",
        "keys[3].sender_message_id",
    ];
    assert_eq!(fields(&error), expected);
    for count in [0, 201] {
        let keys = vec![by_sender("m1"); count];
        let error = batch(&rig, token.clone(), keys).await.unwrap_err();
        assert_eq!(fields(&error), ["keys"]);
    }
    let keys = vec![by_sender("m1"); 200];
    assert_eq!(batch(&rig, token, keys).await.unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_hides_what_it_hides_elsewhere() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 2)).await.unwrap();
    let keys = vec![by_sender("m0"), by_provider("wamid.m1")];
    for (department, count) in [("ventas", 2), ("soporte", 0)] {
        let token = rig.supervisor(ACME, &[department]);
        let results = batch(&rig, token, keys.clone()).await.unwrap();
        let messages = results.iter().filter(|result| result.message.is_some());
        assert_eq!(messages.count(), count, "{department}");
    }
}
