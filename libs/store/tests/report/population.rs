//! A random population: what a business with several channels might tell of a few hundred messages.

use std::time::Duration;

use acuse_domain::contact::ContactRef;
use acuse_domain::event::Event;
use acuse_domain::evidence::{Conversation, FailureReport, Pricing};
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{
    Channel, ContentType, InboundKind, MessageType, Provider, Source, Stage, StatusKind,
    TemplateCategory,
};
use acuse_domain::registration::{NamedRef, Registration, TemplateRef};
use acuse_domain::time::{Timestamp, days};
use acuse_testkit::build::{self, IntoEvent};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use crate::fixture::NOW;

const CHANNELS: [Channel; 4] = [
    Channel::WhatsApp,
    Channel::Sms,
    Channel::Instagram,
    Channel::Telegram,
];

/// Everything told of `messages` outbound messages and about a third as many inbound ones, in a random order. What has
/// another seed tells of other messages of the same people.
pub(crate) fn events(seed: u64, messages: usize) -> Vec<Event> {
    let mut dice = Dice(StdRng::seed_from_u64(seed), seed);
    let mut events = Vec::new();
    for number in 0..messages {
        dice.message(number, &mut events);
        if dice.once_in(3) {
            events.push(dice.inbound(number, messages).event());
        }
    }
    events.shuffle(&mut dice.0);
    events
}

struct Dice(StdRng, u64);

impl Dice {
    fn once_in(&mut self, times: u32) -> bool {
        self.0.random_ratio(1, times)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.0).unwrap().clone()
    }

    fn named(&mut self, kind: &str, count: u32) -> Option<NamedRef> {
        let number = self.0.random_range(0..=count);
        (number > 0).then(|| NamedRef {
            name: Some(format!("The {kind} {number}")),
            ..build::named(&format!("{kind}-{number}"))
        })
    }

    fn text(&mut self, kind: &str, count: u32) -> Option<String> {
        self.named(kind, count).map(|named| named.id)
    }

    /// Within the last 75 days, at times exactly on a quarter hour.
    fn moment(&mut self) -> Timestamp {
        let micros = self.0.random_range(0..75 * 24 * 3_600 * 1_000_000i64);
        let at = Timestamp::from_micros(NOW.micros() - micros);
        if self.once_in(10) {
            acuse_domain::calendar::quarter_hour(at)
        } else {
            at
        }
    }

    /// From none to hours, seldom weeks; at times a whole number of seconds.
    fn while_passes(&mut self) -> Duration {
        let longest = self.one(&[0, 30, 30, 3_600, 3_600, 86_400, 40 * 86_400]);
        let seconds = self.0.random_range(0..=longest);
        let micros = if self.once_in(2) { 0 } else { 250_001 };
        Duration::from_micros(seconds * 1_000_000 + micros)
    }

    fn contact(&mut self, channel: Channel) -> ContactRef {
        let number = self.0.random_range(0..15);
        let mut contact = build::phone(&format!("+51 977 452 {number:03}"));
        match channel {
            Channel::Instagram => {
                contact.phone = None;
                contact.page_scoped_id = Some(format!("igsid-{number}"));
            }
            Channel::Telegram => contact.channel_user_id = Some(format!("chat-{number}")),
            _ => {}
        }
        if self.once_in(4) && contact.phone.is_some() {
            contact.external_id = Some(format!("customer-{number}"));
        }
        contact
    }

    fn message(&mut self, number: usize, events: &mut Vec<Event>) {
        let at = self.moment();
        let is_registered = !self.once_in(6);
        if is_registered {
            events.push(self.registration(number, at).event());
        }
        let mut when = at;
        for kind in [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read] {
            when = when + self.while_passes();
            let stops = self.once_in(5);
            if stops && self.once_in(2) {
                events.push(self.status(number, StatusKind::Failed, when));
            }
            // What was never sent, as far as anybody tells, is unattached unless it is registered.
            if !self.once_in(4) {
                events.push(self.status(number, kind, when));
            }
            if stops {
                return;
            }
        }
    }

    fn registration(&mut self, number: usize, at: Timestamp) -> Registration {
        let channel = self.one(&CHANNELS);
        let kind = self.one(&[
            MessageType::Session,
            MessageType::Template,
            MessageType::Template,
            MessageType::MessageTag,
        ]);
        let is_template = kind == MessageType::Template;
        let template = is_template.then(|| TemplateRef {
            id: self.text("template-id", 2),
            name: Some(self.one(&["welcome", "invoice", "reminder"]).to_owned()),
            language: Some("es".to_owned()),
            category: self.one(&[
                None,
                Some(TemplateCategory::Marketing),
                Some(TemplateCategory::Utility),
            ]),
        });
        let mut registration = build::registration(&format!("own-{}-{number}", self.1), at);
        registration.names.provider =
            (!self.once_in(10)).then(|| build::wamid(&self.wamid(number)));
        let is_tagged = kind == MessageType::MessageTag;
        Registration {
            channel,
            channel_account: build::named(&format!("{}-line", channel.as_str())),
            account: self.named("account", 2),
            contact: self.contact(channel),
            source: self.one(Source::ALL),
            kind,
            template,
            message_tag: is_tagged.then(|| "CONFIRMED_EVENT_UPDATE".to_owned()),
            campaign: self.named("campaign", 3),
            broadcast: self.named("broadcast", 2),
            agent: self.named("agent", 4),
            team: self.named("team", 2),
            department: self.named("department", 3),
            content_type: self.one(ContentType::ALL),
            ticket_id: self.text("ticket", 5),
            opened_ticket: self.once_in(5),
            conversation_id: self.text("conversation", 5),
            correlation_id: self.text("correlation", 3),
            session_open: self.one(&[None, Some(true), Some(false)]),
            dispatched_at: (!self.once_in(4)).then(|| at + self.while_passes()),
            ..registration
        }
    }

    fn status(&mut self, number: usize, kind: StatusKind, at: Timestamp) -> Event {
        let mut item = build::status(&self.wamid(number), kind, at);
        let evidence = &mut item.evidence;
        evidence.provider = self.one(&[Provider::MetaWhatsApp, Provider::Dialog360]);
        if kind == StatusKind::Failed {
            evidence.failure = Some(FailureReport {
                code: self
                    .one(&["131026", "131047", "131049", "999", ""])
                    .to_owned(),
                title: "Message undeliverable".to_owned(),
                detail: String::new(),
                stage: self.one(&[None, Some(Stage::Send), Some(Stage::Delivery)]),
            });
        }
        if self.once_in(3) {
            evidence.pricing = Some(Pricing {
                billable: self.one(&[None, Some(true), Some(false)]),
                category: self
                    .one(&[None, Some("service"), Some("marketing"), Some("new")])
                    .map(str::to_owned),
                price_type: self
                    .one(&[None, Some("regular"), Some("new")])
                    .map(str::to_owned),
                ..Pricing::default()
            });
        }
        if self.once_in(3) {
            evidence.conversation = Some(Conversation {
                id: self.text("conversation", 5),
                origin: self
                    .one(&[None, Some("service"), Some("marketing"), Some("new")])
                    .map(str::to_owned),
                expires_at: None,
            });
        }
        if self.once_in(3) {
            evidence.correlation_id = self.text("correlation", 3);
        }
        if self.once_in(3) {
            item.evidence.sender = None;
            item.recipient = None;
        } else {
            item.recipient = Some(self.contact(Channel::WhatsApp));
        }
        item.event()
    }

    fn inbound(&mut self, number: usize, messages: usize) -> InboundEvidence {
        let channel = self.one(&CHANNELS);
        let mut inbound = build::inbound(
            &format!("inbound-{}-{number}", self.1),
            self.moment() + days(1),
        );
        inbound.channel = channel;
        inbound.channel_account = build::named(&format!("{}-line", channel.as_str()));
        inbound.contact = self.contact(channel);
        inbound.content_type = self.one(ContentType::ALL);
        inbound.deleted = self.once_in(12);
        inbound.kind = if self.once_in(8) {
            self.one(InboundKind::ALL)
        } else {
            InboundKind::Regular
        };
        if self.once_in(2) {
            let quoted = self.0.random_range(0..messages);
            inbound.quoted = Some(build::wamid(&self.wamid(quoted)));
        }
        inbound
    }

    fn wamid(&self, number: usize) -> String {
        format!("wamid-{}-{number}", self.1)
    }
}
