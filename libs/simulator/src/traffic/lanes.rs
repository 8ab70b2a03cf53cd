//! Messages that nobody sends in person: broadcasts, programs, automations.

use acuse_proto::types::{Channel, ContentType, Source};

use super::{
    Happening, Story,
    course::wait,
    days::{AWAKE, Hours, OFFICE, instant, stratum},
    moment::{HOUR, MINUTE, SECOND},
    reply::Author,
    scene::{Broadcast, Scene},
    send::{Send, Sent, Style},
};
use crate::{
    business::{Contact, Purpose, Sender, Template},
    dice::Dice,
};

/// Rows of a broadcast's list whose number cannot exist.
const MISTYPED: f64 = 0.004;

/// Messages of a broadcast, in order.
pub(super) fn broadcast<'a>(
    scene: Scene<'a>,
    broadcast: Broadcast<'a>,
) -> impl Iterator<Item = Story> + 'a {
    (0..broadcast.messages).map(move |index| {
        let mut dice = scene.dice(broadcast.lane, index);
        let contact = broadcast.contact(&scene, index);
        let campaign = &broadcast.campaign;
        let by_phone = matches!(campaign.sender.channel, Channel::Whatsapp | Channel::Sms);
        let queued = broadcast.at(index);
        let send = Send {
            sender: campaign.sender,
            contact: &contact,
            source: Source::Broadcast,
            template: Some(campaign.template),
            content: campaign.template.filled(&contact, &mut dice),
            content_type: ContentType::Text,
            campaign: Some((campaign, broadcast.named.clone())),
            department: Some(campaign.department),
            agent: Some(campaign.agent),
            ticket: None,
            correlation: None,
            session_open: None,
            style: Style::Sent,
            run: scene.call(broadcast.lane, index / 100),
            is_mistyped: by_phone && dice.chance(MISTYPED),
            queued,
        };
        let mut told = Vec::with_capacity(4);
        let id = scene.id(&format!("b{}", broadcast.lane - 100), index);
        if let Some(sent) = send.tell(&id, &mut dice, &mut told) {
            let replies = Replies {
                scene: &scene,
                sender: campaign.sender,
                contact: &contact,
                template: campaign.template,
                share: 0.05,
            };
            replies.tell(&sent, &mut dice, &mut told);
        }
        Story::new(queued, told)
    })
}

/// What a lane of automatic messages is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Automatic {
    pub(super) lane: u64,
    pub(super) letter: &'static str,
    pub(super) source: Source,
    pub(super) purpose: Purpose,
    pub(super) style: Style,
    hours: &'static Hours,
    by_sms: f64,
    replies: f64,
}

/// Programs that call the platform's API: codes and confirmations, around the clock.
pub(super) const API: Automatic = Automatic {
    lane: 1,
    letter: "a",
    source: Source::Api,
    purpose: Purpose::Automatic,
    style: Style::Queued,
    hours: &AWAKE,
    by_sms: 0.3,
    replies: 0.004,
};

/// Automations of the platform.
pub(super) const WORKFLOW: Automatic = Automatic {
    lane: 2,
    letter: "w",
    source: Source::Workflow,
    purpose: Purpose::Workflow,
    style: Style::Sent,
    hours: &OFFICE,
    by_sms: 0.05,
    replies: 0.06,
};

/// Zapier, which tells no ids of its own.
pub(super) const ZAPIER: Automatic = Automatic {
    lane: 3,
    letter: "z",
    source: Source::Zapier,
    purpose: Purpose::Workflow,
    style: Style::Anonymous,
    hours: &AWAKE,
    by_sms: 0.0,
    replies: 0.03,
};

/// So many automatic messages, in order over the day.
pub(super) fn automatic(
    scene: Scene<'_>,
    kind: Automatic,
    messages: u64,
) -> impl Iterator<Item = Story> {
    (0..messages).map(move |index| {
        let mut dice = scene.dice(kind.lane, index);
        let queued = instant(&scene.day, kind.hours, stratum(index, messages, &mut dice));
        let contact = scene.somebody(&mut dice);
        let template = scene.business.templates.any(kind.purpose, &mut dice);
        let department = scene.business.staff.department(template.duty);
        let sender = if dice.chance(kind.by_sms) {
            scene.business.senders.sms(&mut dice)
        } else {
            scene.business.senders.whatsapp(&mut dice)
        };
        let send = Send {
            sender,
            contact: &contact,
            source: kind.source,
            template: Some(template),
            content: template.filled(&contact, &mut dice),
            content_type: ContentType::Text,
            campaign: None,
            // What programs send belongs to no department.
            department: (kind.source == Source::Workflow).then_some(department),
            agent: None,
            ticket: None,
            correlation: (kind.source == Source::Api)
                .then(|| format!("order-{}", dice.between(100_000..=999_999))),
            session_open: None,
            style: kind.style,
            run: scene.call(kind.lane, index),
            is_mistyped: false,
            queued,
        };
        let mut told = Vec::with_capacity(5);
        if let Some(sent) = send.tell(&scene.id(kind.letter, index), &mut dice, &mut told) {
            let replies = Replies {
                scene: &scene,
                sender,
                contact: &contact,
                template,
                share: kind.replies,
            };
            replies.tell(&sent, &mut dice, &mut told);
        }
        Story::new(queued, told)
    })
}

/// Whether and how a contact answers what was sent without being asked for.
struct Replies<'a> {
    scene: &'a Scene<'a>,
    sender: &'a Sender,
    contact: &'a Contact,
    template: &'a Template,
    /// Of those who got it.
    share: f64,
}

impl Replies<'_> {
    fn tell(&self, sent: &Sent, dice: &mut Dice, told: &mut Vec<Happening>) {
        let Some(seen) = sent.seen else { return };
        if !dice.chance(self.share) {
            return;
        }
        let pause = wait(
            &[
                (60, 10 * SECOND..=20 * MINUTE),
                (30, 20 * MINUTE..=5 * HOUR),
                (10, 5 * HOUR..=40 * HOUR),
            ],
            dice,
        );
        let author = Author {
            sender: self.sender,
            contact: self.contact,
            language: self.scene.business.language(),
        };
        let has_buttons = self.sender.channel == Channel::Whatsapp;
        let buttons = if has_buttons {
            self.template.buttons
        } else {
            &[]
        };
        author.answer(&sent.id, buttons, seen.after(pause), dice, told);
    }
}
