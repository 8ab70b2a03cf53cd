//! The SMS API (XMS): reports on recipients and on batches, and what contacts wrote. MMS come the same way.

pub(super) mod inbound;
pub(super) mod report;

use acuse_domain::identity::ProviderMessageId;
use acuse_domain::kinds::Provider;
use acuse_domain::phone;

/// The id of a message in the scope of the contact's number, in digits where it is a number: a batch has many recipients.
/// What a contact wrote has an id of its own, and the same scope, so that both are looked up alike.
fn message_id(id: String, number: String) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::SinchSms,
        scope: phone::canonical(&number).unwrap_or(number),
        id,
    }
}
