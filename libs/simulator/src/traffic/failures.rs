//! What providers say when they give up, in their own words and about as often as they say it.

use acuse_proto::types::{Failure, Provider, Stage};

use super::course::Temper;
use crate::dice::Dice;

/// One of a provider's failures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    /// Whether it comes after the message was sent.
    pub(super) is_delivery: bool,
    /// Whether the provider itself says at which stage.
    names_stage: bool,
}

impl Fault {
    /// The failure as the wire writes it.
    pub(super) fn wire(&self) -> Failure {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let stage = self.names_stage.then_some(Stage::Delivery.into());
        Failure {
            code: told(self.code),
            title: told(self.title),
            detail: told(self.detail),
            stage,
            dispatch_reason: None,
        }
    }
}

/// A failure that this provider reports of such messages.
pub(super) fn fault(provider: Provider, temper: Temper, dice: &mut Dice) -> Fault {
    let table = match (provider, temper) {
        (Provider::Twilio, _) => TWILIO,
        (Provider::SinchSms, _) => SINCH_SMS,
        (Provider::SinchConversation, _) => SINCH_CONVERSATION,
        (Provider::Infobip, _) => INFOBIP,
        (Provider::MetaMessenger | Provider::MetaInstagram, _) => PAGES,
        (Provider::Telegram, _) => TELEGRAM,
        (Provider::Other, _) => OTHER,
        (_, Temper::Session) => WHATSAPP_SESSION,
        (_, Temper::Marketing) => WHATSAPP_MARKETING,
        (_, Temper::Utility | Temper::Code) => WHATSAPP_UTILITY,
    };
    *dice.weigh(table)
}

type Table = &'static [(u32, Fault)];

/// Before the message was sent.
const fn at_send(code: &'static str, title: &'static str, detail: &'static str) -> Fault {
    Fault {
        code,
        title,
        detail,
        is_delivery: false,
        names_stage: false,
    }
}

/// After it.
const fn at_delivery(code: &'static str, title: &'static str) -> Fault {
    Fault {
        code,
        title,
        detail: "",
        is_delivery: true,
        names_stage: false,
    }
}

/// After it, and the provider says so.
const fn undelivered(code: &'static str) -> Fault {
    Fault {
        names_stage: true,
        ..at_delivery(code, "")
    }
}

const UNDELIVERABLE: Fault = at_send("131026", "Message undeliverable", "Message Undeliverable.");
const SOMETHING: Fault = at_send("131000", "Something went wrong", "");
const UNPAID: Fault = at_send(
    "131042",
    "Business eligibility payment issue",
    "Message failed to send because there were one or more errors related to your payment method.",
);

const WHATSAPP_MARKETING: Table = &[
    (
        46,
        at_send(
            "131049",
            "This message was not delivered to maintain healthy ecosystem engagement.",
            "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
        ),
    ),
    (32, UNDELIVERABLE),
    (
        5,
        at_send("130472", "User's number is part of an experiment", ""),
    ),
    (
        4,
        at_send(
            "131050",
            "User has stopped marketing messages from this business",
            "",
        ),
    ),
    (
        3,
        at_send(
            "130429",
            "Rate limit hit",
            "Cloud API message throughput has been reached.",
        ),
    ),
    (3, at_send("131053", "Media upload error", "")),
    (3, at_send("132015", "Template is paused", "")),
    (1, UNPAID),
    (3, SOMETHING),
];

const WHATSAPP_UTILITY: Table = &[
    (78, UNDELIVERABLE),
    (
        6,
        at_send(
            "132000",
            "Number of parameters does not match the expected number of params",
            "",
        ),
    ),
    (
        4,
        at_send(
            "131056",
            "(Business Account, Consumer Account) pair rate limit hit",
            "",
        ),
    ),
    (2, UNPAID),
    (10, SOMETHING),
];

const WHATSAPP_SESSION: Table = &[
    (
        60,
        at_send(
            "131047",
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        ),
    ),
    (20, UNDELIVERABLE),
    (14, at_send("131053", "Media upload error", "")),
    (6, SOMETHING),
];

const TWILIO: Table = &[
    (45, undelivered("30003")),
    (22, undelivered("30005")),
    (12, undelivered("30006")),
    (9, undelivered("30007")),
    (8, undelivered("30008")),
    (4, at_send("21610", "", "")),
];

const SINCH_SMS: Table = &[
    (50, at_delivery("417", "")),
    (20, at_delivery("408", "")),
    (20, at_delivery("406", "")),
    (10, at_send("402", "", "")),
];

const SINCH_CONVERSATION: Table = &[
    (
        60,
        at_send(
            "RECIPIENT_NOT_REACHABLE",
            "",
            "The underlying channel reported: recipient not reachable",
        ),
    ),
    (25, at_delivery("MESSAGE_EXPIRED", "")),
    (15, at_send("CHANNEL_FAILURE", "", "")),
];

const INFOBIP: Table = &[
    (50, at_delivery("EC_ABSENT_SUBSCRIBER", "Absent Subscriber")),
    (
        25,
        at_delivery("EC_UNKNOWN_SUBSCRIBER", "Unknown Subscriber"),
    ),
    (
        15,
        at_delivery("EC_SM_DELIVERY_FAILURE", "SM Delivery Failure"),
    ),
    (10, at_delivery("EC_CALL_BARRED", "Call Barred")),
];

const PAGES: Table = &[
    (
        55,
        at_send("551", "This person isn't available right now.", ""),
    ),
    (
        35,
        at_send("10", "This message is sent outside of allowed window.", ""),
    ),
    (
        10,
        at_send("613", "Calls to this api have exceeded the rate limit.", ""),
    ),
];

const TELEGRAM: Table = &[
    (
        80,
        at_send("403", "Forbidden: bot was blocked by the user", ""),
    ),
    (20, at_send("400", "Bad Request: chat not found", "")),
];

const OTHER: Table = &[(1, at_send("offline", "The visitor has left", ""))];

#[cfg(test)]
mod tests {
    use acuse_domain::{kinds, taxonomy};

    use super::*;

    #[test]
    fn what_providers_say_has_a_meaning() {
        use kinds::Provider as Known;
        let tables = [
            (
                Known::MetaWhatsApp,
                [WHATSAPP_MARKETING, WHATSAPP_UTILITY, WHATSAPP_SESSION].concat(),
            ),
            (Known::Twilio, TWILIO.to_vec()),
            (Known::SinchSms, SINCH_SMS.to_vec()),
            (Known::SinchConversation, SINCH_CONVERSATION.to_vec()),
            (Known::Infobip, INFOBIP.to_vec()),
            (Known::MetaMessenger, PAGES.to_vec()),
            (Known::MetaInstagram, PAGES.to_vec()),
            (Known::Telegram, TELEGRAM.to_vec()),
        ];
        for (provider, table) in tables {
            for (_, fault) in table {
                let category = taxonomy::classify(provider, fault.code).category;
                // The carrier gave no cause, and that is what this code means.
                let is_known =
                    category != taxonomy::FailureCategory::Unknown || fault.code == "30008";
                assert!(is_known, "{provider:?} {}", fault.code);
            }
        }
    }
}
