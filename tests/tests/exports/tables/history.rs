//! A history with names that say whose they are, and with texts as people write them.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{AgentRef, ContactRef, NamedRef};

/// What every contact is called.
pub(crate) const CONTACT: &str = "Ñandú \u{202e}שלום";

/// What messages say in place of "Hola".
const TEXTS: [&str; 6] = [
    "Hola",
    "=1+1",
    "+51 977 452 931",
    "línea\r\n\"otra\", y una más",
    "👩‍👩‍👧 مرحبا; a|b\tc",
    "-",
];

/// What something with this id is called.
pub(crate) fn name_of(id: &str) -> String {
    format!("@{id}; ñ 👋")
}

/// The same events, in which all have the names that their ids give them.
pub(crate) fn renamed(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for event in &mut events {
        match &mut event.event {
            Some(Item::Registration(item)) => {
                contact(item.contact.as_mut());
                let parts = [
                    &mut item.account,
                    &mut item.campaign,
                    &mut item.broadcast,
                    &mut item.team,
                    &mut item.department,
                ];
                parts.into_iter().flatten().for_each(named);
                item.agent.iter_mut().for_each(agent);
                // The same for a registration that is told again.
                let queued = item.queued_at.unwrap_or_default().nanos / 1_000;
                let index = usize::try_from(queued).unwrap() / 10 % TEXTS.len();
                let content = item.content.as_mut();
                if let Some(body) = content.and_then(|content| content.body.as_mut())
                    && body == "Hola"
                {
                    TEXTS[index].clone_into(body);
                }
            }
            Some(Item::Status(item)) => contact(item.recipient.as_mut()),
            Some(Item::Inbound(item)) => contact(item.contact.as_mut()),
            Some(Item::Watermark(item)) => contact(item.contact.as_mut()),
            None => {}
        }
    }
    events
}

fn contact(contact: Option<&mut ContactRef>) {
    if let Some(contact) = contact {
        contact.name = Some(CONTACT.to_owned());
    }
}

fn named(named: &mut NamedRef) {
    named.name = Some(name_of(&named.id));
}

fn agent(agent: &mut AgentRef) {
    agent.name = Some(name_of(&agent.id));
    agent.email = Some(email_of(&agent.id));
}

/// The address of an agent.
pub(crate) fn email_of(id: &str) -> String {
    format!("{id}@example.com")
}
