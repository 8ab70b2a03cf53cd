//! Who and what there is in a workspace.

use acuse_proto::types::{
    AgentRef, Channel, ContactRef, NamedRef, Provider, ProviderMessageId, TemplateCategory,
    TemplateRef,
};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::Shape;

/// The channel accounts, each with the provider of its message ids. WhatsApp and Messenger have most of them.
const ACCOUNTS: &[(Channel, &str, Provider)] = &[
    (Channel::Whatsapp, "wa-1", Provider::MetaWhatsapp),
    (Channel::Whatsapp, "wa-1", Provider::MetaWhatsapp),
    (Channel::Whatsapp, "wa-2", Provider::MetaWhatsapp),
    (Channel::Whatsapp, "wa-3", Provider::Twilio),
    (Channel::Whatsapp, "wa-4", Provider::Gupshup),
    (Channel::Messenger, "page-1", Provider::MetaMessenger),
    (Channel::Messenger, "page-2", Provider::MetaMessenger),
    (Channel::Messenger, "page-2", Provider::MetaMessenger),
    (Channel::Instagram, "page-1", Provider::MetaInstagram),
    // The same number as on another channel, and a page with the id of another's account.
    (Channel::Sms, "wa-1", Provider::Twilio),
    (Channel::Sms, "sms-2", Provider::SinchSms),
    (Channel::Sms, "sms-3", Provider::Infobip),
    (Channel::Telegram, "tg-1", Provider::Telegram),
    (Channel::WebChat, "web-1", Provider::Other),
    (Channel::Email, "mail-1", Provider::Other),
    (Channel::Rcs, "rcs-1", Provider::Vonage),
    (Channel::Viber, "viber-1", Provider::Infobip),
    (Channel::Line, "line-1", Provider::Other),
    (Channel::Custom, "custom-1", Provider::Other),
];

/// A sending identity.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) channel: Channel,
    pub(super) id: String,
    pub(super) provider: Provider,
}

impl Account {
    /// Whether its channel tells watermarks.
    pub(super) fn tells_watermarks(&self) -> bool {
        matches!(self.channel, Channel::Messenger | Channel::Instagram)
    }
}

/// A person who gets and sends messages.
#[derive(Debug, Clone)]
pub(super) struct Person {
    number: usize,
    /// Spellings of one number; empty where it is never told.
    phones: Vec<String>,
    /// Whether nobody ever names two addresses of this person together.
    is_split: bool,
}

/// Who and what there is.
#[derive(Debug)]
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) templates: Vec<TemplateRef>,
    accounts: Vec<Account>,
}

impl World {
    /// A world for a history of a shape: few enough people that threads get long.
    pub(super) fn new(rng: &mut StdRng, shape: &Shape) -> Self {
        let mut accounts: Vec<Account> = ACCOUNTS
            .iter()
            .map(|(channel, id, provider)| Account {
                channel: *channel,
                id: (*id).to_owned(),
                provider: *provider,
            })
            .collect();
        if shape.marked {
            accounts.retain(|account| account.tells_watermarks());
        }
        let mut first = 0;
        let mut people = shape.messages / 8 + 4;
        if shape.close || shape.ties {
            // Else two messages of one thread would hardly ever be of one time.
            accounts = vec![accounts.choose(rng).unwrap().clone()];
            first = rng.random_range(0..24);
            people = if shape.close { 2 } else { 5 };
        }
        Self {
            people: (first..first + people)
                .map(|number| person(rng, number))
                .collect(),
            templates: templates(),
            accounts,
        }
    }

    pub(super) fn account(&self, rng: &mut StdRng) -> Account {
        self.accounts.choose(rng).unwrap().clone()
    }
}

fn person(rng: &mut StdRng, number: usize) -> Person {
    let phones = match number % 8 {
        0 => vec![
            format!("+55119{:08}", 80_000_000 + number),
            format!("+5511{:08}", 80_000_000 + number),
        ],
        1 => vec![
            format!("+52155{:08}", 10_000_000 + number),
            format!("+5255{:08}", 10_000_000 + number),
        ],
        2 => vec![
            format!("+54911{:08}", 20_000_000 + number),
            format!("+5411{:08}", 20_000_000 + number),
        ],
        3 => Vec::new(),
        4 if rng.random_bool(0.5) => vec!["+12".to_owned() + &"0".repeat(number % 2)],
        _ => vec![format!("+519{:08}", 30_000_000 + number)],
    };
    Person {
        number,
        phones,
        is_split: number.is_multiple_of(3),
    }
}

impl Person {
    /// How an item names this person on a channel account.
    pub(super) fn named(&self, rng: &mut StdRng, account: &Account) -> ContactRef {
        let number = self.number;
        let phone = self.phones.choose(rng).cloned();
        let user = Some(format!("user-{}-{number}", account.channel.as_str_name()));
        let mut contact = ContactRef::default();
        match account.channel {
            Channel::Messenger | Channel::Instagram => {
                // Known by another id alone, and one with this one only once something names both.
                let by_other_id = !self.is_split && rng.random_bool(0.3);
                if by_other_id {
                    contact.external_id = Some(format!("contact-{number}"));
                } else {
                    contact.page_scoped_id = Some(format!("{}-{number}", account.id));
                }
            }
            Channel::Whatsapp | Channel::Sms | Channel::Rcs => match rng.random_range(0..10) {
                0..5 => contact.phone = phone,
                5..7 => contact.channel_user_id = user,
                7 => contact.business_scoped_user_id = Some(format!("US.{number}")),
                _ => {
                    contact.phone = phone;
                    contact.channel_user_id = user;
                }
            },
            _ => contact.channel_user_id = user,
        }
        let nameless = contact == ContactRef::default();
        if nameless || (!self.is_split && rng.random_bool(0.2)) {
            contact.external_id = Some(format!("contact-{number}"));
        }
        if self.is_split && contact.phone.is_some() {
            contact.channel_user_id = None;
        }
        contact.name = rng.random_bool(0.3).then(|| format!("Person {number}"));
        contact
    }
}

/// Templates known by id and name, by id alone, and by name and language.
fn templates() -> Vec<TemplateRef> {
    let text = |text: &str| Some(text.to_owned());
    let category = |category: TemplateCategory| Some(category.into());
    vec![
        TemplateRef {
            id: text("1795801177"),
            name: text("bienvenida"),
            language: text("es"),
            category: category(TemplateCategory::Utility),
        },
        TemplateRef {
            id: text("1795801178"),
            name: text("bienvenida"),
            language: text("pt_BR"),
            category: category(TemplateCategory::Marketing),
        },
        TemplateRef {
            id: text("1795801179"),
            ..TemplateRef::default()
        },
        TemplateRef {
            name: text("codigo"),
            language: text("es"),
            category: category(TemplateCategory::Authentication),
            ..TemplateRef::default()
        },
        TemplateRef {
            name: text("codigo"),
            language: text("en"),
            ..TemplateRef::default()
        },
    ]
}

/// One of a few things that have an id, or none.
pub(super) fn named(rng: &mut StdRng, what: &str, count: u32) -> Option<NamedRef> {
    let number = rng.random_range(0..=count);
    (number > 0).then(|| NamedRef {
        id: format!("{what}-{number}"),
        name: rng.random_bool(0.3).then(|| format!("The {what} {number}")),
    })
}

/// One of a few agents, or none.
pub(super) fn agent(rng: &mut StdRng) -> Option<AgentRef> {
    named(rng, "agent", 4).map(|NamedRef { id, name }| AgentRef {
        email: name.as_ref().map(|_| format!("{id}@example.com")),
        id,
        name,
    })
}

/// An id as the account's provider gives one.
pub(super) fn provider_id(account: &Account, person: &Person, id: String) -> ProviderMessageId {
    let scope = match account.provider {
        Provider::SinchSms | Provider::Telegram => Some(format!("chat-{}", person.number)),
        Provider::Other => Some(account.id.clone()),
        _ => None,
    };
    ProviderMessageId {
        provider: account.provider.into(),
        scope,
        id,
    }
}
