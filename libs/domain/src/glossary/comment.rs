//! Comments: what a message's state means, in a sentence.

use std::borrow::Cow;

use super::{Language, dispatch_reason, in_language};
use crate::dispatch::DispatchFailureReason;
use crate::kinds::{MessageState, Provider};

/// A failure as its provider tells it; both parts may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailureText<'a> {
    /// The provider's code, or the name of a [`DispatchFailureReason`].
    pub code: &'a str,
    /// The provider's short text.
    pub title: &'a str,
}

/// What a state means, in a sentence: the comment beside it.
///
/// `provider` is who confirms that the message was sent. `failure` is looked at in the two failed states alone: a
/// dispatch failure becomes the text of its reason, any other "CODE - TITLE". Empty where a failure has neither.
pub fn comment(
    language: Language,
    state: MessageState,
    provider: Provider,
    failure: FailureText<'_>,
) -> Cow<'static, str> {
    let texts = match state {
        MessageState::Queued => [
            "El mensaje será enviado pronto.",
            "The message will be sent soon.",
            "A mensagem será enviada em breve.",
        ],
        MessageState::Dispatched => return awaiting_confirmation(language, provider).into(),
        MessageState::Sent => [
            "Mensaje enviado a su destino. A la espera de confirmación de entrega.",
            "Message sent to its destination. Awaiting confirmation of delivery.",
            "Mensagem enviada ao destino. Aguardando confirmação de entrega.",
        ],
        MessageState::Delivered => [
            "Mensaje entregado. A la espera de confirmación de lectura.",
            "Message delivered. Awaiting confirmation of reading.",
            "Mensagem entregue. Aguardando confirmação de leitura.",
        ],
        MessageState::Read => ["Mensaje leído.", "Message read.", "Mensagem lida."],
        MessageState::DispatchFailed => {
            return DispatchFailureReason::parse(failure.code).map_or_else(
                || code_and_title(failure).into(),
                |reason| dispatch_reason(language, reason).into(),
            );
        }
        MessageState::Failed => return code_and_title(failure).into(),
    };
    in_language(language, texts).into()
}

/// The name of the company behind a provider; `None` where nobody in particular is meant.
pub const fn provider_name(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::MetaWhatsApp | Provider::MetaMessenger | Provider::MetaInstagram => Some("Meta"),
        Provider::Twilio => Some("Twilio"),
        Provider::SinchConversation | Provider::SinchSms | Provider::SinchLatam => Some("Sinch"),
        Provider::Vonage => Some("Vonage"),
        Provider::Infobip => Some("Infobip"),
        Provider::Dialog360 => Some("360dialog"),
        Provider::Gupshup => Some("Gupshup"),
        Provider::Telegram => Some("Telegram"),
        Provider::Sender | Provider::Other => None,
    }
}

fn awaiting_confirmation(language: Language, provider: Provider) -> String {
    let text = in_language(
        language,
        [
            "Enviamos el mensaje. A la espera de confirmación por parte",
            "We sent the message. Awaiting confirmation from",
            "Enviamos a mensagem. Aguardando confirmação por parte",
        ],
    );
    let who = match (language, provider_name(provider)) {
        (Language::Spanish, Some(name)) => format!("de {name}"),
        (Language::Spanish, None) => "del proveedor".to_owned(),
        (Language::English, Some(name)) => name.to_owned(),
        (Language::English, None) => "the provider".to_owned(),
        (Language::Portuguese, Some("Telegram")) => "do Telegram".to_owned(),
        (Language::Portuguese, Some(name)) => format!("da {name}"),
        (Language::Portuguese, None) => "do provedor".to_owned(),
    };
    format!("{text} {who}.")
}

fn code_and_title(failure: FailureText<'_>) -> String {
    match (failure.code, failure.title) {
        (one, "") | ("", one) => one.to_owned(),
        (code, title) => format!("{code} - {title}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: FailureText<'static> = FailureText {
        code: "",
        title: "",
    };

    fn spanish(state: MessageState, provider: Provider, failure: FailureText<'_>) -> String {
        comment(Language::Spanish, state, provider, failure).into_owned()
    }

    #[test]
    fn a_comment_says_what_a_state_means() {
        for (state, text) in [
            (MessageState::Queued, "El mensaje será enviado pronto."),
            (
                MessageState::Dispatched,
                "Enviamos el mensaje. A la espera de confirmación por parte de Meta.",
            ),
            (
                MessageState::Delivered,
                "Mensaje entregado. A la espera de confirmación de lectura.",
            ),
            (MessageState::Read, "Mensaje leído."),
        ] {
            assert_eq!(spanish(state, Provider::MetaWhatsApp, NONE), text);
        }
    }

    #[test]
    fn a_comment_names_the_provider() {
        let awaiting =
            |language, provider| comment(language, MessageState::Dispatched, provider, NONE);
        assert!(awaiting(Language::Spanish, Provider::SinchSms).ends_with("por parte de Sinch."));
        assert!(awaiting(Language::Spanish, Provider::Other).ends_with("por parte del proveedor."));
        assert!(awaiting(Language::English, Provider::Twilio).ends_with("from Twilio."));
        assert!(awaiting(Language::Portuguese, Provider::Twilio).ends_with("por parte da Twilio."));
        assert!(awaiting(Language::Portuguese, Provider::Telegram).ends_with("do Telegram."));
    }

    #[test]
    fn a_failure_is_told_in_the_providers_words() {
        let told = |code, title| {
            spanish(
                MessageState::Failed,
                Provider::MetaWhatsApp,
                FailureText { code, title },
            )
        };
        assert_eq!(
            told("408", "Message is not valid"),
            "408 - Message is not valid"
        );
        assert_eq!(told("408", ""), "408");
        assert_eq!(told("", "Message is not valid"), "Message is not valid");
        assert_eq!(told("", ""), "");
    }

    #[test]
    fn a_dispatch_failure_is_told_by_its_reason() {
        let told = |code, title| {
            spanish(
                MessageState::DispatchFailed,
                Provider::Sender,
                FailureText { code, title },
            )
        };
        assert_eq!(
            told("INVALID_NUMBER", "whatever"),
            "Número inválido. Comprueba si lo ingresaste correctamente."
        );
        assert_eq!(told("E7", "Queue is full"), "E7 - Queue is full");
    }
}
