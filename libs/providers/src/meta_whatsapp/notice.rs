//! Notices that somebody is known by something else from now on.

use acuse_domain::contact::ContactRef;

use super::people::stated;
use crate::json::Node;
use crate::party;

/// The notices that somebody has another number or another business-scoped id, in Meta's words of all versions. Other
/// notices have members of the same names, and mean something else by them.
const CHANGES: [&str; 3] = [
    "user_changed_number",
    "customer_changed_number",
    "user_changed_user_id",
];

/// One contact of who a message is from and of who they are now, if it is a notice that this changed.
///
/// A contact states one phone number, and that is the one that the notice is from. The new one is stated as the id on
/// WhatsApp that it is, which is compared as a number too: so both are one contact, also in what comes from the new number
/// and in what is sent to it. Either may be somebody else's one day, as any number may, and what they write is then the
/// contact's; but a notice that names both says that they are one person, and nothing later says that they are two.
pub(super) fn joined(was: ContactRef, notice: Node<'_>) -> ContactRef {
    let word = notice.get("type").word();
    if !word.is_some_and(|word| CHANGES.contains(&word.as_str())) {
        return was;
    }
    let mut now = stated(
        notice.first(&["wa_id", "new_wa_id"]),
        notice.get("user_id"),
        notice.get("parent_user_id"),
    );
    if was.phone.is_some() {
        let number = now.phone.take();
        now.channel_user_id = number.filter(|number| was.phone.as_ref() != Some(number));
    }
    party::joined(was, now)
}
