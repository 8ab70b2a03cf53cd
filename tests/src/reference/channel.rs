//! What each channel can say, and which phone numbers are one.

use std::collections::BTreeMap;

use acuse_proto::types::{Channel, Stage};

/// What channel accounts can report beside dispatch, where that was said of them, by channel and id.
pub type Reported = BTreeMap<(Channel, String), Vec<Stage>>;

/// The stages that can be reported of a message, in order; dispatch is the sender's own word. What was said of its channel
/// account goes before what its channel does.
pub(super) fn reportable(
    said: &Reported,
    channel: Option<Channel>,
    account: Option<&str>,
) -> Vec<Stage> {
    use Stage::{Delivery, Dispatch, Read, Send};
    let of_account = channel.zip(account.map(str::to_owned));
    if let Some(stages) = of_account.and_then(|account| said.get(&account)) {
        let all = [Dispatch, Send, Delivery, Read];
        let can = |stage: &Stage| *stage == Dispatch || stages.contains(stage);
        return all.into_iter().filter(can).collect();
    }
    match channel {
        Some(Channel::Sms) => vec![Dispatch, Send, Delivery],
        Some(Channel::Instagram) => vec![Dispatch, Send, Read],
        Some(Channel::Telegram | Channel::Line) => vec![Dispatch, Send],
        // All stages; so too where nothing is known that would rule one out.
        _ => vec![Dispatch, Send, Delivery, Read],
    }
}

/// What tells a sending identity from all others: its id is its own on its channel alone.
pub(super) fn line(channel: Channel, account: &str) -> String {
    format!("{}:{account}", i32::from(channel))
}

/// Whether the channel has sessions that a contact's message opens.
pub(super) fn has_sessions(channel: Option<Channel>) -> bool {
    channel == Some(Channel::Whatsapp)
}

/// Whether people are addressed by phone number there.
pub(super) fn is_phone_channel(channel: Channel) -> bool {
    matches!(channel, Channel::Whatsapp | Channel::Sms | Channel::Rcs)
}

/// Whether a number could exist at all: E.164, which is a plus and 7 to 15 digits of which the first is no zero.
pub(super) fn is_possible_phone(phone: &str) -> bool {
    let Some(digits) = phone.strip_prefix('+') else {
        return false;
    };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// One spelling for the numbers that reach one person: Brazil's mobiles without the ninth digit, Mexico's without the 1,
/// Argentina's without the 9.
pub(super) fn one_spelling(phone: &str) -> String {
    let digits = phone.trim_start_matches('+');
    let without = |at: usize| format!("{}{}", &digits[..at], &digits[at + 1..]);
    if digits.starts_with("55") && digits.len() == 13 && digits[4..].starts_with('9') {
        without(4)
    } else if (digits.starts_with("521") || digits.starts_with("549")) && digits.len() == 13 {
        without(2)
    } else {
        digits.to_owned()
    }
}
