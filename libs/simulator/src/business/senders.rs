//! Channel accounts: from where messages are sent, and through which provider.

use acuse_proto::{
    message_state::ChannelAccount,
    types::{Channel, Provider, ProviderMessageId},
};

use super::{contacts::Contact, countries::Country};
use crate::{cloud_api::Line, dice::Dice};

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
/// Tells throws for the line from others of the same seed.
const LINE: u64 = 0x6c69_6e65;
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A channel account.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) channel: Channel,
    pub(crate) provider: Provider,
    pub(crate) id: String,
    name: String,
    phone: Option<String>,
}

/// The channel accounts of a business, by what they are used for.
#[derive(Debug, Clone)]
pub(crate) struct Senders(Vec<(u32, Sender)>);

impl Senders {
    /// A business's own: two WhatsApp numbers of which one goes through a gateway, two senders of SMS, a page, and so on.
    pub(super) fn new(dice: &mut Dice, home: Country) -> Self {
        let gateway = *dice.pick(&[Provider::Dialog360, Provider::Gupshup]);
        let carrier = *dice.pick(&[Provider::SinchSms, Provider::Infobip]);
        // How much of the one-to-one and automatic traffic each has.
        let wanted = [
            (50, Channel::Whatsapp, Provider::MetaWhatsapp, "WhatsApp 1"),
            (20, Channel::Whatsapp, gateway, "WhatsApp 2"),
            (8, Channel::Sms, Provider::Twilio, "SMS 1"),
            (5, Channel::Sms, carrier, "SMS 2"),
            (7, Channel::Messenger, Provider::MetaMessenger, "Página"),
            (4, Channel::Instagram, Provider::MetaInstagram, "Instagram"),
            (2, Channel::Telegram, Provider::Telegram, "Telegram"),
            (2, Channel::Rcs, Provider::SinchConversation, "RCS"),
            (2, Channel::WebChat, Provider::Other, "Web"),
        ];
        let senders = wanted.map(|(weight, channel, provider, name)| {
            let by_phone = matches!(channel, Channel::Whatsapp | Channel::Sms);
            let phone = by_phone.then(|| home.mobile(dice.below(10_000_000), dice).noted);
            let sender = Sender {
                channel,
                provider,
                id: account_id(dice, channel, provider, phone.as_deref()),
                name: name.to_owned(),
                phone,
            };
            (weight, sender)
        });
        Self(senders.into())
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Sender> {
        self.0.iter().map(|(_, sender)| sender)
    }

    /// The WhatsApp number whose webhooks Meta itself sends.
    pub(super) fn line(&self, seed: u64) -> Line {
        let sender = &self.0[0].1;
        Line {
            account_id: format!("2{}", Dice::of(seed, &[LINE]).spell(DIGITS, 14)),
            phone_number_id: sender.id.clone(),
            display_phone_number: sender.phone.as_deref().map(digits).unwrap_or_default(),
        }
    }

    /// One of them, as often as it is used.
    pub(crate) fn any(&self, dice: &mut Dice) -> &Sender {
        dice.weigh(&self.0)
    }

    /// One of those that take templates.
    pub(crate) fn whatsapp(&self, dice: &mut Dice) -> &Sender {
        &self.0[usize::from(dice.chance(0.3))].1
    }

    /// One of those for SMS.
    pub(crate) fn sms(&self, dice: &mut Dice) -> &Sender {
        &self.0[2 + usize::from(dice.chance(0.4))].1
    }
}

impl Sender {
    /// How the directory knows it.
    pub(crate) fn entry(&self) -> ChannelAccount {
        ChannelAccount {
            channel: self.channel.into(),
            id: self.id.clone(),
            name: Some(self.name.clone()),
            phone: self.phone.clone(),
        }
    }

    /// The id that its provider gives to a message to or from a contact. `run` is the same for messages that were
    /// handed over in one call.
    pub(crate) fn message_id(
        &self,
        dice: &mut Dice,
        contact: &Contact,
        run: &str,
    ) -> ProviderMessageId {
        let (scope, id) = match self.provider {
            Provider::Twilio => (None, format!("SM{}", dice.spell(HEX, 32))),
            Provider::SinchSms => (Some(contact.network().to_owned()), run.to_owned()),
            Provider::Infobip => (None, dice.spell(DIGITS, 20)),
            Provider::MetaMessenger => (None, format!("m_{}", dice.spell(BASE64, 42))),
            Provider::MetaInstagram => (None, format!("aWdf{}", dice.spell(BASE64, 60))),
            Provider::Telegram => {
                let chat = contact.user_id(Channel::Telegram);
                (Some(chat), dice.between(1..=1 << 40).to_string())
            }
            Provider::SinchConversation => (None, format!("01{}", dice.spell(HEX, 24))),
            Provider::Other => (Some(self.id.clone()), dice.spell(HEX, 24)),
            _ => (None, wamid(dice)),
        };
        ProviderMessageId {
            provider: self.provider.into(),
            scope,
            id,
        }
    }

    /// Whether its provider tells no times.
    pub(crate) fn is_timeless(&self) -> bool {
        self.provider == Provider::Twilio
    }
}

/// An id of WhatsApp's for a message.
pub(crate) fn wamid(dice: &mut Dice) -> String {
    format!("wamid.HBgL{}", dice.spell(BASE64, 44))
}

fn account_id(
    dice: &mut Dice,
    channel: Channel,
    provider: Provider,
    phone: Option<&str>,
) -> String {
    match (channel, provider) {
        (Channel::Sms, Provider::Twilio) => format!("MG{}", dice.spell(HEX, 32)),
        (Channel::Sms, _) => phone.unwrap_or_default().to_owned(),
        (Channel::WebChat, _) => "web".to_owned(),
        (Channel::Rcs, _) => format!("rcs-{}", dice.spell(HEX, 8)),
        (Channel::Telegram, _) => format!("7{}", dice.spell(DIGITS, 9)),
        _ => format!("1{}", dice.spell(DIGITS, 14)),
    }
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}
