//! A stored message for the wire.

use acuse_proto::convert::message;
use acuse_proto::types::Message;

use crate::get_message::Found;

/// A message with everything that is shown of it.
pub(super) fn to_wire(found: Found) -> Message {
    let language = found.workspace.spoken();
    let (outbound, details) = found.view.into_details(found.is_unconfirmed);
    message(&outbound, details, language)
}
