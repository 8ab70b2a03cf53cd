//! The glossary: the words for states, stages and reasons, in the languages that reports are written in.

mod comment;

pub use comment::{FailureText, comment, provider_name};

use crate::dispatch::DispatchFailureReason;
use crate::kinds::{MessageState, Stage, StageStatus, vocabulary};

vocabulary! {
    /// A language that reports are written in, named by its ISO 639-1 code.
    Language {
        /// Spanish.
        Spanish = 1, "es";
        /// English.
        English = 2, "en";
        /// Portuguese, as in Brazil.
        Portuguese = 3, "pt";
    }
}

/// The name of a state, as a table shows it.
pub const fn state_name(language: Language, state: MessageState) -> &'static str {
    let names = match state {
        MessageState::Queued => ["En bandeja de salida", "In outbox", "Na caixa de saída"],
        MessageState::Dispatched => ["Salió", "Dispatched", "Saiu"],
        MessageState::Sent => ["Enviado", "Sent", "Enviada"],
        MessageState::Delivered => ["Entregado", "Delivered", "Entregue"],
        MessageState::Read => ["Leído", "Read", "Lida"],
        MessageState::DispatchFailed => ["Salida fallida", "Dispatch failed", "Falha na saída"],
        MessageState::Failed => [
            "Envío o entrega fallida",
            "Send or delivery failed",
            "Falha no envio ou na entrega",
        ],
    };
    in_language(language, names)
}

/// The name of a stage, as the heading of its column.
pub const fn stage_name(language: Language, stage: Stage) -> &'static str {
    let names = match stage {
        Stage::Dispatch => ["Salida", "Dispatch", "Saída"],
        Stage::Send => ["Envío", "Send", "Envio"],
        Stage::Delivery => ["Entrega", "Delivery", "Entrega"],
        Stage::Read => ["Lectura", "Read", "Leitura"],
    };
    in_language(language, names)
}

/// How a stage stands, in the gender of its column's heading: sending is masculine, the others feminine.
pub const fn stage_value(language: Language, stage: Stage, status: StageStatus) -> &'static str {
    let masculine = matches!(stage, Stage::Send);
    let words = match (status, masculine) {
        (StageStatus::Pending, _) => ["Pendiente", "Pending", "Pendente"],
        (StageStatus::Succeeded, true) => ["Exitoso", "Successful", "Bem-sucedido"],
        (StageStatus::Succeeded, false) => ["Exitosa", "Successful", "Bem-sucedida"],
        (StageStatus::Failed, true) => ["Fallido", "Failed", "Malsucedido"],
        (StageStatus::Failed, false) => ["Fallida", "Failed", "Malsucedida"],
        (StageStatus::NotApplicable, _) => ["N/A", "N/A", "N/A"],
    };
    in_language(language, words)
}

/// Why a message did not leave the platform.
pub const fn dispatch_reason(language: Language, reason: DispatchFailureReason) -> &'static str {
    let texts = match reason {
        DispatchFailureReason::InternalError => [
            "Error interno. Por favor, vuelve a enviar el mensaje.",
            "Internal error. Please send the message again.",
            "Erro interno. Por favor, envie a mensagem novamente.",
        ],
        DispatchFailureReason::HeaderTooLong => [
            "El encabezado del mensaje es muy largo. No debe superar los 60 caracteres.",
            "The header of the message is too long. It must not exceed 60 characters.",
            "O cabeçalho da mensagem é muito longo. Não deve ultrapassar 60 caracteres.",
        ],
        DispatchFailureReason::InvalidNumber => [
            "Número inválido. Comprueba si lo ingresaste correctamente.",
            "Invalid number. Check that you entered it correctly.",
            "Número inválido. Verifique se o digitou corretamente.",
        ],
        DispatchFailureReason::BodyTooLong => [
            "El cuerpo del mensaje es muy largo. No debe superar los 1024 caracteres.",
            "The body of the message is too long. It must not exceed 1024 characters.",
            "O corpo da mensagem é muito longo. Não deve ultrapassar 1024 caracteres.",
        ],
        DispatchFailureReason::InsufficientBalance => [
            "Saldo insuficiente. Realiza una carga y vuelve a enviar el mensaje.",
            "Insufficient balance. Top up and send the message again.",
            "Saldo insuficiente. Faça uma recarga e envie a mensagem novamente.",
        ],
        DispatchFailureReason::UnassignedVariables => [
            "Error en la configuración. Las variables tienen parámetros sin asignar.",
            "Configuration error. Variables have unassigned parameters.",
            "Erro na configuração. As variáveis têm parâmetros não atribuídos.",
        ],
    };
    in_language(language, texts)
}

/// The text of a language out of Spanish, English and Portuguese.
const fn in_language(language: Language, texts: [&'static str; 3]) -> &'static str {
    let [spanish, english, portuguese] = texts;
    match language {
        Language::Spanish => spanish,
        Language::English => english,
        Language::Portuguese => portuguese,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_values_agree_with_their_column() {
        let value = |stage, status| stage_value(Language::Spanish, stage, status);
        assert_eq!(value(Stage::Dispatch, StageStatus::Succeeded), "Exitosa");
        assert_eq!(value(Stage::Send, StageStatus::Succeeded), "Exitoso");
        assert_eq!(value(Stage::Send, StageStatus::Failed), "Fallido");
        assert_eq!(value(Stage::Delivery, StageStatus::Failed), "Fallida");
        assert_eq!(value(Stage::Read, StageStatus::Pending), "Pendiente");
        assert_eq!(value(Stage::Read, StageStatus::NotApplicable), "N/A");
    }

    #[test]
    fn states_have_their_names() {
        let names: Vec<&str> = MessageState::ALL
            .iter()
            .map(|state| state_name(Language::Spanish, *state))
            .collect();
        assert_eq!(
            names,
            [
                "En bandeja de salida",
                "Salió",
                "Enviado",
                "Entregado",
                "Leído",
                "Salida fallida",
                "Envío o entrega fallida",
            ]
        );
        assert_eq!(stage_name(Language::Portuguese, Stage::Read), "Leitura");
    }

    #[test]
    fn each_language_has_its_own_text_for_each_reason() {
        for reason in DispatchFailureReason::ALL.iter().copied() {
            let texts: std::collections::BTreeSet<&str> = Language::ALL
                .iter()
                .map(|language| dispatch_reason(*language, reason))
                .collect();
            assert_eq!(texts.len(), Language::ALL.len(), "{reason:?}");
        }
    }
}
