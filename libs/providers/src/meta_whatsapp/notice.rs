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
/// A contact states one phone number and one business-scoped id, and those are the ones that the notice is from. What is new,
/// or was before where the notice is from the new number, is stated as the id on WhatsApp that it is, which is compared as a
/// number or as a business-scoped id too: so both are one contact, also in what comes from the new one and in what is sent to
/// it. Where both number and id are new the number is stated: who shows it needs no other. Either may be somebody else's one day, as any number may, and what they write is then the
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
    let before = stated(notice.get("customer"), Node::default(), Node::default());
    let other = |was: &Option<String>, others: [Option<String>; 2]| {
        let mut others = others.into_iter().flatten();
        others.find(|other| was.as_ref().is_some_and(|was| was != other))
    };
    let number = other(&was.phone, [now.phone.clone(), before.phone]);
    let scoped = other(
        &was.business_scoped_user_id,
        [
            now.business_scoped_user_id.clone(),
            before.business_scoped_user_id,
        ],
    );
    now.channel_user_id = number.or(scoped).or(now.channel_user_id);
    party::joined(was, now)
}
