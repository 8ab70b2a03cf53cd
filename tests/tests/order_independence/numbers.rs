//! Phone numbers of channel accounts, which their providers tell with what happens there.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{Channel, InboundMessage, StatusEvidence, StatusKind};
use acuse_tests::history::Workspace;

use crate::traps::{BEGIN, SECOND, check, event, inbound, status, text};

/// What is told: numbers in several writings, what is none, and nothing.
const TOLD: [Option<&str>; 6] = [
    None,
    Some("15550783882"),
    Some("+1 555-078-3882"),
    Some("15550783881"),
    Some("555"),
    None,
];

/// Tells numbers with the events of a history: the same each time, and with what is told again another one.
pub(crate) fn tell_numbers(workspace: &mut Workspace) {
    for (index, event) in workspace.events.iter_mut().enumerate() {
        let number = TOLD[index % TOLD.len()].map(str::to_owned);
        match &mut event.event {
            Some(Item::Status(status)) if status.channel_account_id.is_some() => {
                status.channel_account_phone = number;
            }
            Some(Item::Inbound(inbound)) => inbound.channel_account_phone = number,
            _ => {}
        }
    }
}

/// The line of a dump for each channel account whose number is told: the least of its numbers.
pub(crate) fn expected_numbers(workspace: &Workspace) -> BTreeSet<String> {
    let mut numbers: BTreeMap<String, String> = BTreeMap::new();
    for event in &workspace.events {
        let told = match &event.event {
            Some(Item::Status(it)) => it
                .channel_account_id
                .as_ref()
                .map(|id| (it.channel(), id, &it.channel_account_phone)),
            Some(Item::Inbound(it)) => Some((
                it.channel(),
                &it.channel_account_id,
                &it.channel_account_phone,
            )),
            _ => None,
        };
        let Some((channel, id, Some(number))) = told else {
            continue;
        };
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < 7 {
            continue;
        }
        let channel = channel.as_str_name().trim_start_matches("CHANNEL_");
        let least = numbers
            .entry(format!("{}:{id}", channel.to_lowercase()))
            .or_insert_with(|| digits.clone());
        if digits < *least {
            *least = digits;
        }
    }
    let slug = &workspace.slug;
    numbers
        .into_iter()
        .map(|(account, digits)| format!("{slug} directory {account:?} told_phone=\"+{digits}\""))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_number_stays() {
    let sent = |id: &str, number: &str| {
        event(Item::Status(StatusEvidence {
            channel: Some(Channel::Whatsapp.into()),
            channel_account_id: text("wa"),
            channel_account_phone: text(number),
            ..status(id, StatusKind::Sent, BEGIN)
        }))
    };
    let wrote = event(Item::Inbound(InboundMessage {
        channel_account_phone: text("15550783881"),
        ..inbound("i", BEGIN + SECOND)
    }));
    let events: Vec<Event> = vec![
        sent("m", "15550783883"),
        sent("m", "+1 (555) 078-3882"),
        sent("n", "0"),
        wrote,
    ];
    check(events).await;
}
