//! Outbound messages: how they are registered, and under which ids they are spoken of.

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    ContactRef, Content, ContentType, MessageType, OutboundRegistration, ProviderMessageId, Source,
};
use rand::Rng;

use super::way::Way;
use super::world::{Account, Person, agent, named, provider_id};
use super::{DAY, NOW, SECOND, Writer, wire_time};

/// Ids under which an item may name a message: the sender's, a provider's, or both.
pub(super) type Names = (Option<String>, Option<ProviderMessageId>);

/// An outbound message, for what contacts do about it.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) account: Account,
    pub(super) person: Person,
    /// The earliest time that its origin may be: most often it is.
    pub(super) origin: i64,
    pub(super) provider_ids: Vec<ProviderMessageId>,
}

/// How a message is known.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Names in its registration; `None` for one that nobody registers.
    registered: Option<Names>,
    /// Names in its statuses.
    pub(super) statuses: Vec<Names>,
    /// Names that some status has to bear, lest the rest falls apart.
    pub(super) links: Vec<Names>,
    /// Whether only its end is told of.
    pub(super) end_only: bool,
}

impl Known {
    /// Whether its sender describes it.
    pub(super) fn is_registered(&self) -> bool {
        self.registered.is_some()
    }
}

const SOURCES: &[Source] = &[
    Source::User,
    Source::Bot,
    Source::Broadcast,
    Source::Workflow,
    Source::Api,
    Source::Zapier,
    Source::Echo,
];

/// The same registration under the provider's id alone.
fn by_provider(of: &OutboundRegistration, id: ProviderMessageId) -> OutboundRegistration {
    OutboundRegistration {
        sender_message_id: None,
        provider_message_id: Some(id),
        ..of.clone()
    }
}

impl Writer<'_> {
    pub(super) fn write_outbound(&mut self, number: usize) {
        let queued = self.moment(number);
        let (account, person, queued) = match self.sent.last().cloned() {
            // More to the same person, so that an answer may be to several.
            Some(last) if self.chance(35) => {
                let after = self.rng.random_range(-2..10) * 3_600 * SECOND;
                let whole = last.origin - last.origin.rem_euclid(SECOND);
                let own = queued.rem_euclid(SECOND);
                (
                    last.account,
                    last.person,
                    (whole + after).min(NOW - DAY) + own,
                )
            }
            _ => {
                let account = self.world.account(self.rng);
                (account, self.pick(&self.world.people.clone()), queued)
            }
        };
        let sender_id = format!("out-{number}");
        let provider_id = provider_id(&account, &person, format!("mid-{number}"));
        let known = self.known(&sender_id, &provider_id);
        let way = self.way(queued, &known);
        if let Some(names) = known.registered.clone() {
            self.register(&account, &person, names, &way, provider_id);
        }
        self.write_statuses(&account, &person, &known, &way, number);
        let origin = way.origin(&known);
        let ids = known.statuses.iter().chain(&known.links);
        let mut provider_ids: Vec<_> = ids.filter_map(|(_, id)| id.clone()).collect();
        provider_ids.extend(known.registered.and_then(|(_, id)| id));
        self.sent.push(Sent {
            account,
            person,
            origin,
            provider_ids,
        });
    }

    fn known(&mut self, sender_id: &str, provider_id: &ProviderMessageId) -> Known {
        let sender = Some(sender_id.to_owned());
        let provider = Some(provider_id.clone());
        let by_sender = (sender.clone(), None);
        let by_provider = (None, provider.clone());
        let by_both = (sender.clone(), provider);
        let known = |registered, statuses, links| Known {
            registered,
            statuses,
            links,
            end_only: false,
        };
        match self.rng.random_range(0..100) {
            0..25 => known(
                Some(by_both.clone()),
                vec![by_provider, by_sender, by_both],
                vec![],
            ),
            25..40 => known(Some(by_sender.clone()), vec![by_sender], vec![by_both]),
            40..52 => known(Some(by_provider.clone()), vec![by_provider], vec![]),
            // Registered under one id, spoken of under the other, linked by a single status: two rows that unite.
            52..70 => known(Some(by_sender), vec![by_provider], vec![by_both]),
            // The sender tried again, and the provider gave a second id.
            70..76 => {
                let second = ProviderMessageId {
                    id: format!("{}-again", provider_id.id),
                    ..provider_id.clone()
                };
                let both_again = (sender, Some(second.clone()));
                let again = (None, Some(second));
                known(Some(by_both), vec![by_provider, again], vec![both_again])
            }
            76..86 => known(Some(by_sender.clone()), vec![by_sender], vec![]),
            86..91 => known(None, vec![by_provider], vec![]),
            91..94 => known(None, vec![by_provider, by_sender], vec![by_both]),
            _ => Known {
                end_only: true,
                ..known(None, vec![by_provider], vec![])
            },
        }
    }

    /// Tells the registration, at times again: as it was, with an id more or less, with other names for the same ids.
    fn register(
        &mut self,
        account: &Account,
        person: &Person,
        names: Names,
        way: &Way,
        provider_id: ProviderMessageId,
    ) {
        let first = self.registration(account, person, names, way);
        let at = way.queued;
        self.tell(Item::Registration(first.clone()), at);
        if self.chance(20) {
            self.tell(Item::Registration(first.clone()), at);
        }
        if self.chance(15) {
            let mut again = first;
            if again.sender_message_id.is_some() {
                again.provider_message_id = match again.provider_message_id.take() {
                    Some(id) => {
                        if self.chance(50) {
                            // Under each of its ids alone: in some orders two messages, until both are named together.
                            self.tell(Item::Registration(by_provider(&again, id)), at);
                        }
                        None
                    }
                    // Only an id that other items tell as well: else a link of its own would be lost to quotes.
                    None => Some(provider_id).filter(|_| way.tells_provider_id),
                };
            }
            if let Some(ContactRef { name, .. }) = &mut again.contact {
                *name = Some("Another name".to_owned());
            }
            if let Some(agent) = &mut again.agent {
                agent.name = Some("Renamed".to_owned());
            }
            self.tell(Item::Registration(again), at);
        }
    }

    fn registration(
        &mut self,
        account: &Account,
        person: &Person,
        names: Names,
        way: &Way,
    ) -> OutboundRegistration {
        let kind = self.pick(&[
            MessageType::Session,
            MessageType::Template,
            MessageType::Template,
            MessageType::MessageTag,
        ]);
        let subtype = match kind {
            MessageType::Template => {
                Some(Subtype::Template(self.pick(&self.world.templates.clone())))
            }
            MessageType::MessageTag => Some(Subtype::MessageTag(
                self.pick(&["ACCOUNT_UPDATE", "HUMAN_AGENT"]).to_owned(),
            )),
            _ => None,
        };
        let ticket_id = self
            .chance(20)
            .then(|| format!("ticket-{}", way.queued % 7));
        let rng = &mut *self.rng;
        OutboundRegistration {
            sender_message_id: names.0,
            provider_message_id: names.1,
            channel: account.channel.into(),
            channel_account_id: account.id.clone(),
            contact: Some(person.named(rng, account)),
            account: named(rng, "account", 2),
            campaign: named(rng, "campaign", 3),
            broadcast: named(rng, "broadcast", 3),
            agent: agent(rng),
            team: named(rng, "team", 2),
            department: named(rng, "department", 3),
            source: self.pick(SOURCES).into(),
            r#type: kind.into(),
            subtype,
            content_type: match kind {
                MessageType::Template => ContentType::Template.into(),
                _ => self
                    .pick(&[ContentType::Text, ContentType::Image, ContentType::Audio])
                    .into(),
            },
            content: self.content(),
            opened_ticket: ticket_id.is_some() && self.chance(50),
            ticket_id,
            conversation_id: way.conversation_id.clone().filter(|_| self.chance(50)),
            correlation_id: way.correlation_id.clone().filter(|_| self.chance(50)),
            session_open: self.chance(30).then(|| self.chance(50)),
            queued_at: Some(wire_time(way.queued)),
            dispatched_at: way.registered_dispatch.map(wire_time),
        }
    }

    /// What it says. Now and then its header or its body is longer than a template's may be.
    fn content(&mut self) -> Option<Content> {
        let long = |count: usize| Some("ñ".repeat(count));
        let body = Some("Hola".to_owned());
        match self.rng.random_range(0..20) {
            0 => None,
            1 => Some(Content {
                header: long(61),
                body,
                ..Content::default()
            }),
            2 => Some(Content {
                header: long(60),
                body: long(1024),
                ..Content::default()
            }),
            3 => Some(Content {
                footer: long(3),
                body: long(1025),
                ..Content::default()
            }),
            4 => Some(Content {
                body: long(1025),
                ..Content::default()
            }),
            _ => Some(Content {
                body,
                buttons: vec!["Sí".to_owned()],
                ..Content::default()
            }),
        }
    }
}
