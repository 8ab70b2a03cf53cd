//! What people write to each other.

use acuse_proto::types::{Content, ContentType};

use crate::{business::Language, dice::Dice};

/// A list in each language.
struct Words {
    spanish: &'static [&'static str],
    portuguese: &'static [&'static str],
}

impl Words {
    fn any(&self, language: Language, dice: &mut Dice) -> Content {
        let list = match language {
            Language::Spanish => self.spanish,
            Language::Portuguese => self.portuguese,
        };
        text(dice.pick::<&str>(list))
    }
}

const OPENINGS: Words = Words {
    spanish: &[
        "Hola, buenos días",
        "Quisiera información por favor",
        "¿A qué hora atienden?",
        "Mi pedido todavía no llega",
        "No puedo entrar a mi cuenta",
        "¿Tienen stock?",
        "Necesito hablar con una persona",
    ],
    portuguese: &[
        "Olá, bom dia",
        "Gostaria de uma informação, por favor",
        "Qual o horário de atendimento?",
        "Meu pedido ainda não chegou",
        "Não consigo entrar na minha conta",
        "Tem em estoque?",
        "Preciso falar com um atendente",
    ],
};

const ANSWERS: Words = Words {
    spanish: &[
        "Sí",
        "No, gracias",
        "Ok",
        "Muchas gracias 🙏",
        "¿Cuánto cuesta?",
        "Ya pagué ayer",
        "Más tarde",
        "👍",
        "¿Dónde queda?",
        "BAJA",
    ],
    portuguese: &[
        "Sim",
        "Não, obrigado",
        "Ok",
        "Muito obrigada 🙏",
        "Quanto custa?",
        "Já paguei ontem",
        "Mais tarde",
        "👍",
        "Onde fica?",
        "SAIR",
    ],
};

const AGENTS: Words = Words {
    spanish: &[
        "Con gusto te ayudo.",
        "¿Me confirmas tu número de documento, por favor?",
        "Déjame revisar un momento.",
        "Ya quedó registrado, llega mañana antes de las 18 h.",
        "¿Hay algo más en lo que te pueda ayudar?",
        "Gracias por escribirnos, que tengas un buen día.",
    ],
    portuguese: &[
        "Claro, vou ajudar.",
        "Pode me confirmar o seu CPF, por favor?",
        "Um momento, vou verificar.",
        "Já está registrado, chega amanhã até as 18 h.",
        "Posso ajudar em algo mais?",
        "Obrigado pelo contato, tenha um bom dia.",
    ],
};

const BOT: Words = Words {
    spanish: &[
        "¡Hola! Soy el asistente virtual. Elige una opción:",
        "Te comunico con un asesor.",
        "No entendí, ¿puedes repetirlo?",
    ],
    portuguese: &[
        "Olá! Sou a assistente virtual. Escolha uma opção:",
        "Vou transferir para um atendente.",
        "Não entendi, pode repetir?",
    ],
};

/// How a contact begins.
pub(super) fn opening(language: Language, dice: &mut Dice) -> Content {
    OPENINGS.any(language, dice)
}

/// How a contact answers.
pub(super) fn answer(language: Language, dice: &mut Dice) -> Content {
    ANSWERS.any(language, dice)
}

/// What a bot says.
pub(super) fn bot(language: Language, dice: &mut Dice) -> (ContentType, Content) {
    (ContentType::Interactive, BOT.any(language, dice))
}

/// What an agent says: mostly text, sometimes a picture, a file, a voice message, a place.
pub(super) fn agent(language: Language, dice: &mut Dice) -> (ContentType, Content) {
    let kind = *dice.weigh(&[
        (80, ContentType::Text),
        (8, ContentType::Image),
        (6, ContentType::Document),
        (5, ContentType::Audio),
        (1, ContentType::Location),
    ]);
    let media = |kind: &str, name: Option<&str>, dice: &mut Dice| Content {
        media_id: Some(dice.between(10_u64.pow(14)..=10_u64.pow(15)).to_string()),
        media_type: Some(kind.to_owned()),
        file_name: name.map(str::to_owned),
        ..Content::default()
    };
    let content = match kind {
        ContentType::Image => media("image/jpeg", None, dice),
        ContentType::Document => media("application/pdf", Some("comprobante.pdf"), dice),
        ContentType::Audio => media("audio/ogg", None, dice),
        ContentType::Location => Content::default(),
        _ => AGENTS.any(language, dice),
    };
    (kind, content)
}

/// Plain text.
pub(super) fn text(body: &str) -> Content {
    Content {
        body: Some(body.to_owned()),
        ..Content::default()
    }
}
