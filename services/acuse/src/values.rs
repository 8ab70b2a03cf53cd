//! Values as people type them.

use std::{str::FromStr, time::Duration};

use acuse_proto::types::{Channel, Provider};
use acuse_providers::Format;

/// A length of time: `90s`, `30m`, `8h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl FromStr for Length {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "not a length of time, such as 90s, 30m, 8h or 7d";
        let unit = text.chars().last().ok_or(SHAPE)?;
        let seconds: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(SHAPE),
        };
        let count: u64 = text[..text.len() - unit.len_utf8()]
            .parse()
            .map_err(|_| SHAPE)?;
        let total = count.checked_mul(seconds).filter(|total| *total > 0);
        Ok(Self(Duration::from_secs(total.ok_or(SHAPE)?)))
    }
}

/// A share of something: 0 to 1, or in percent with the sign for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share(pub(crate) f64);

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => text.parse(),
        };
        share
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .map(Self)
            .ok_or("not a share from 0 to 1, such as 0.08 or 8%")
    }
}

/// A provider by its name: `meta-whatsapp`, or `meta_whatsapp` as the API spells it; or by that of its format in URLs.
pub(crate) fn provider(text: &str) -> Result<Provider, &'static str> {
    let name = format!("PROVIDER_{}", text.to_uppercase().replace('-', "_"));
    let format = Format::parse(text).and_then(|format| format.providers().first());
    Provider::from_str_name(&name)
        .filter(|provider| *provider != Provider::Unspecified)
        .or_else(|| (text == "360dialog").then_some(Provider::Dialog360))
        .or_else(|| format.map(|provider| Provider::from(*provider)))
        .ok_or("not a provider's name, such as meta-whatsapp, twilio or sinch-sms")
}

/// A channel by its name: `whatsapp`, `web-chat`.
pub(crate) fn channel(text: &str) -> Result<Channel, &'static str> {
    let name = format!("CHANNEL_{}", text.to_uppercase().replace('-', "_"));
    Channel::from_str_name(&name)
        .filter(|channel| *channel != Channel::Unspecified)
        .ok_or("not a channel's name, such as whatsapp, messenger or sms")
}

/// The channel of a provider's accounts where nothing else is said.
pub(crate) fn channel_of(provider: Provider) -> Channel {
    match provider {
        Provider::MetaWhatsapp | Provider::Dialog360 | Provider::Gupshup => Channel::Whatsapp,
        Provider::MetaMessenger => Channel::Messenger,
        Provider::MetaInstagram => Channel::Instagram,
        Provider::Telegram => Channel::Telegram,
        _ => Channel::Sms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_have_names() {
        assert_eq!(provider("meta-whatsapp"), Ok(Provider::MetaWhatsapp));
        assert_eq!(provider("sinch_sms"), Ok(Provider::SinchSms));
        assert_eq!(provider("360dialog"), Ok(Provider::Dialog360));
        assert_eq!(channel("web-chat"), Ok(Channel::WebChat));
        assert!(channel("unspecified").is_err());
        assert!(provider("unspecified").is_err() && provider("nobody").is_err());
    }

    #[test]
    fn lengths_have_a_unit() {
        let seconds = |text: &str| text.parse().map(|Length(length)| length.as_secs()).ok();
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("8h"), Some(28_800));
        assert_eq!(seconds("7d"), Some(604_800));
        for wrong in [
            "",
            "8",
            "h",
            "0s",
            "-1s",
            "1 h",
            "99999999999999999999d",
            "8ñ",
            "9223372036854775807d",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shares_are_numbers_or_percentages() {
        let share = |text: &str| text.parse().map(|Share(share)| share).ok();
        assert_eq!(share("0.08"), Some(0.08));
        assert_eq!(share("8%"), Some(0.08));
        for wrong in ["", "1.1", "-0.1", "101%", "NaN", "many"] {
            assert_eq!(share(wrong), None, "{wrong}");
        }
    }
}
