//! Messages of the interface, from any bytes.
//!
//! An input is a message as it goes over the wire, or as JSON: of JSON the mutator keeps the shape.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(acuse_proto::FILE_DESCRIPTOR_SET).expect("descriptors of the protos")
});

/// The message `name` that these bytes are; `None` where they are none.
///
/// # Panics
///
/// Where there is no such message.
pub fn message<M: Message + Default>(name: &str, bytes: &[u8]) -> Option<M> {
    if bytes.first() != Some(&b'{') {
        return M::decode(bytes).ok();
    }
    M::decode(encoded(name, bytes)?.as_slice()).ok()
}

fn encoded(name: &str, json: &[u8]) -> Option<Vec<u8>> {
    let kind = POOL.get_message_by_name(name).expect("its descriptor");
    let mut json = serde_json::Deserializer::from_slice(json);
    let options = prost_reflect::DeserializeOptions::new().deny_unknown_fields(false);
    let message = DynamicMessage::deserialize_with_options(kind, &mut json, &options).ok()?;
    Some(message.encode_to_vec())
}
