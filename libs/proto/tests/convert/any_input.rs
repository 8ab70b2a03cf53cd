//! Nothing that can be sent makes a conversion panic.

use acuse_proto::convert::{entry, event, message_key};
use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::message_state::{DirectoryEntry, Event, MessageKey};
use acuse_proto::types::Failure;
use proptest::prelude::*;
use prost::Message as _;
use prost_types::Timestamp;

use crate::samples::{self, NOW};

/// A sound event with some of its bytes changed: what decodes is close enough to sound to reach every check.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let sound = prop::sample::select(vec![
        samples::event(Wire::Registration(samples::registration())).encode_to_vec(),
        samples::event(Wire::Status(samples::status())).encode_to_vec(),
        samples::event(Wire::Inbound(samples::inbound())).encode_to_vec(),
        samples::event(Wire::Watermark(samples::watermark())).encode_to_vec(),
    ]);
    let blows = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (sound, blows).prop_map(|(mut bytes, blows)| {
        for (index, byte) in blows {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn no_event_panics(bytes in damaged(), now in any::<i64>()) {
        let now = acuse_domain::time::Timestamp::from_micros(now);
        let result = Event::decode(bytes.as_slice()).map(|wire| event(wire, now));
        if let Ok(Err(faults)) = result {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = bytes.as_slice();
        let _ = Event::decode(bytes).map(|wire| event(wire, NOW));
        let _ = DirectoryEntry::decode(bytes).map(|wire| entry(wire, NOW));
        let _ = MessageKey::decode(bytes).map(|wire| message_key(Some(wire)));
    }

    #[test]
    fn no_time_and_no_number_panics(seconds: i64, nanos: i32, kind: i32, channel: i32, stage: i32) {
        let mut status = samples::status();
        status.happened_at = Some(Timestamp { seconds, nanos });
        status.kind = kind;
        status.channel = Some(channel);
        status.failure = Some(Failure { stage: Some(stage), ..Failure::default() });
        let _ = event(samples::event(Wire::Status(status)), NOW);
    }
}
