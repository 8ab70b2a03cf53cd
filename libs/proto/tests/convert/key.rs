//! By what a message is looked up.

use acuse_domain::error::FieldViolation;
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::Provider;
use acuse_proto::convert::{Key, message_key};
use acuse_proto::message_state::MessageKey;
use acuse_proto::message_state::message_key::Key as WireKey;
use acuse_proto::types;

use crate::samples::{self, NOW, text};

fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: id.to_owned(),
    }
}

#[test]
fn a_key_is_one_id() {
    let key = |key| message_key(Some(MessageKey { key: Some(key) }));
    let id = MessageId::new(NOW);
    let by_sender = MessageNames {
        sender: text("s-1"),
        provider: None,
    };
    let by_provider = MessageNames {
        sender: None,
        provider: Some(wamid("w")),
    };
    assert_eq!(key(WireKey::MessageId(id.to_string())), Ok(Key::Id(id)));
    assert_eq!(
        key(WireKey::SenderMessageId("s-1".to_owned())),
        Ok(Key::Names(by_sender))
    );
    assert_eq!(
        key(WireKey::ProviderMessageId(samples::wamid("w"))),
        Ok(Key::Names(by_provider))
    );

    let field = |result: Result<Key, Vec<FieldViolation>>| {
        result
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.field)
            .collect::<Vec<_>>()
    };
    assert_eq!(field(message_key(None)), ["key"]);
    assert_eq!(
        field(message_key(Some(MessageKey { key: None }))),
        ["key.key"]
    );
    assert_eq!(
        field(key(WireKey::MessageId("7".to_owned()))),
        ["key.message_id"]
    );
    assert_eq!(
        field(key(WireKey::SenderMessageId(String::new()))),
        ["key.sender_message_id"]
    );
    assert_eq!(
        field(key(WireKey::ProviderMessageId(
            types::ProviderMessageId::default()
        ))),
        [
            "key.provider_message_id.provider",
            "key.provider_message_id.id"
        ]
    );
}
