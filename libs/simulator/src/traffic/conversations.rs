//! One-to-one: agents who write first, contacts who do, and the talk that follows.

use acuse_proto::types::{Channel, ContentType, Source};

use super::{
    Happening, Story,
    course::wait,
    days::{OFFICE, instant, stratum},
    moment::{HOUR, MINUTE, Moment, SECOND},
    reply::Author,
    scene::{Broadcast, Scene},
    send::{Send, Sent, Style},
    words,
};
use crate::{
    business::{Agent, Campaign, Contact, Department, Duty, Purpose, Sender, Template},
    dice::Dice,
};

const LANE: u64 = 4;

/// The conversations of a day, in the order in which they begin; `messages` go out in all of them together.
pub(super) struct Conversations<'a> {
    scene: Scene<'a>,
    broadcasts: Vec<Broadcast<'a>>,
    messages: u64,
    sent: u64,
}

impl<'a> Conversations<'a> {
    pub(super) fn new(scene: Scene<'a>, broadcasts: Vec<Broadcast<'a>>, messages: u64) -> Self {
        Self {
            scene,
            broadcasts,
            messages,
            sent: 0,
        }
    }

    fn opened_by_agent(&self, begins: Moment, mut dice: Dice) -> Talk<'a> {
        let business = self.scene.business;
        let template = business.templates.any(Purpose::Personal, &mut dice);
        let department = business.staff.department(template.duty);
        Talk {
            scene: self.scene,
            contact: self.scene.somebody(&mut dice),
            sender: business.senders.whatsapp(&mut dice),
            department,
            agent: dice.pick(&department.agents),
            campaign: None,
            ticket: self.scene.id("t", self.sent),
            next: self.sent,
            left: self.messages - self.sent,
            now: begins,
            told: Vec::new(),
            dice,
        }
        .proposing(template)
    }

    fn opened_by_contact(&self, begins: Moment, mut dice: Dice) -> Talk<'a> {
        let business = self.scene.business;
        let broadcast = (!self.broadcasts.is_empty() && dice.chance(0.5))
            .then(|| dice.pick(&self.broadcasts))
            .filter(|broadcast| broadcast.sent_by(begins) > 0);
        // Half of those who write were written to today, and mean that.
        let (contact, sender, department, agent, campaign) = match broadcast {
            Some(broadcast) => {
                let index = dice.below(broadcast.sent_by(begins));
                let campaign = broadcast.campaign.clone();
                (
                    broadcast.contact(&self.scene, index),
                    campaign.sender,
                    campaign.department,
                    campaign.agent,
                    Some((campaign, broadcast.named.clone())),
                )
            }
            None => {
                let department = business.staff.department(Duty::Support);
                let contact = self.scene.somebody(&mut dice);
                let sender = business.senders.any(&mut dice);
                (
                    contact,
                    sender,
                    department,
                    dice.pick(&department.agents),
                    None,
                )
            }
        };
        Talk {
            scene: self.scene,
            contact,
            sender,
            department,
            agent,
            campaign,
            ticket: self.scene.id("t", self.sent),
            next: self.sent,
            left: self.messages - self.sent,
            now: begins,
            told: Vec::new(),
            dice,
        }
        .answering()
    }
}

impl Iterator for Conversations<'_> {
    type Item = Story;

    fn next(&mut self) -> Option<Story> {
        if self.sent >= self.messages {
            return None;
        }
        let mut dice = self.scene.dice(LANE, self.sent);
        let begins = instant(
            &self.scene.day,
            &OFFICE,
            stratum(self.sent, self.messages, &mut dice),
        );
        let talk = if dice.chance(0.4) {
            self.opened_by_agent(begins, dice)
        } else {
            self.opened_by_contact(begins, dice)
        };
        self.sent = talk.next;
        Some(Story::new(begins, talk.told))
    }
}

/// A conversation while it is being told.
struct Talk<'a> {
    scene: Scene<'a>,
    contact: Contact,
    sender: &'a Sender,
    department: &'a Department,
    agent: &'a Agent,
    campaign: Option<(Campaign<'a>, acuse_proto::types::NamedRef)>,
    ticket: String,
    /// Number of the next message that goes out.
    next: u64,
    /// How many may still go out.
    left: u64,
    now: Moment,
    told: Vec<Happening>,
    dice: Dice,
}

impl Talk<'_> {
    /// An agent writes first, with a template, and opens a ticket.
    fn proposing(mut self, template: &Template) -> Self {
        let content = template.filled(&self.contact, &mut self.dice);
        let sent = self.send(
            Source::User,
            Some(template),
            (ContentType::Text, content),
            true,
        );
        let Some(seen) = sent.as_ref().and_then(|sent| sent.seen) else {
            return self;
        };
        if !self.dice.chance(0.45) {
            return self;
        }
        self.now = seen.after(wait(
            &[
                (70, 10 * SECOND..=15 * MINUTE),
                (30, 15 * MINUTE..=4 * HOUR),
            ],
            &mut self.dice,
        ));
        self.reply(sent, template.buttons);
        self.exchange()
    }

    /// A contact writes first: a bot answers, or an agent does.
    fn answering(mut self) -> Self {
        let author = Author {
            sender: self.sender,
            contact: &self.contact,
            language: self.scene.business.language(),
        };
        author.write(self.now, &mut self.dice, &mut self.told);
        if self.dice.chance(0.5) {
            let words = words::bot(self.scene.business.language(), &mut self.dice);
            self.now = self.now.after(self.dice.between(SECOND..=4 * SECOND));
            let sent = self.send(Source::Bot, None, words, false);
            if self.left == 0 || self.dice.chance(0.4) {
                return self;
            }
            self.pause_and_reply(sent);
        }
        self.exchange()
    }

    /// The agent answers, and the contact, until one has enough.
    fn exchange(mut self) -> Self {
        let mut opens_ticket = true;
        while self.left > 0 {
            self.now = self.now.after(wait(
                &[
                    (80, 20 * SECOND..=5 * MINUTE),
                    (20, 5 * MINUTE..=40 * MINUTE),
                ],
                &mut self.dice,
            ));
            let words = words::agent(self.scene.business.language(), &mut self.dice);
            let sent = self.send(Source::User, None, words, opens_ticket);
            opens_ticket = false;
            if self.dice.chance(0.35) {
                break;
            }
            self.pause_and_reply(sent);
        }
        self
    }

    fn pause_and_reply(&mut self, sent: Option<Sent>) {
        let pause = self.dice.between(15 * SECOND..=12 * MINUTE);
        self.now = self.now.after(pause);
        self.reply(sent, &[]);
    }

    /// The contact answers, unless the message never reached them.
    fn reply(&mut self, sent: Option<Sent>, buttons: &[&str]) {
        let Some(sent) = sent else { return };
        let Some(seen) = sent.seen else { return };
        self.now = self.now.max(seen);
        let author = Author {
            sender: self.sender,
            contact: &self.contact,
            language: self.scene.business.language(),
        };
        author.answer(&sent.id, buttons, self.now, &mut self.dice, &mut self.told);
    }

    fn send(
        &mut self,
        source: Source,
        template: Option<&Template>,
        (content_type, content): (ContentType, acuse_proto::types::Content),
        opens_ticket: bool,
    ) -> Option<Sent> {
        let in_person = source == Source::User;
        let send = Send {
            sender: self.sender,
            contact: &self.contact,
            source,
            template,
            content,
            content_type,
            campaign: self
                .campaign
                .as_ref()
                .map(|(campaign, broadcast)| (campaign, broadcast.clone())),
            department: Some(self.department),
            agent: in_person.then_some(self.agent),
            ticket: in_person.then(|| (self.ticket.clone(), opens_ticket)),
            correlation: None,
            session_open: match (self.sender.channel, template) {
                (Channel::Whatsapp, Some(_)) => Some(false),
                (Channel::Whatsapp, None) => Some(true),
                // Some agents answer on Messenger after a day, which needs a tag.
                (Channel::Messenger, _) => Some(!self.dice.chance(0.1)),
                _ => None,
            },
            style: if self.dice.chance(0.2) {
                Style::Queued
            } else {
                Style::Sent
            },
            run: self.scene.call(LANE, self.next),
            is_mistyped: false,
            queued: self.now,
        };
        let id = self.scene.id("c", self.next);
        self.next += 1;
        self.left -= 1;
        send.tell(&id, &mut self.dice, &mut self.told)
    }
}
