//! Templates: what the business may write first.

use acuse_proto::types::{Content, TemplateCategory, TemplateRef};

use super::{contacts::Contact, countries::Language, people::Duty};
use crate::dice::Dice;

/// When a template is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To many, in campaigns.
    Campaign,
    /// By an agent who opens a conversation.
    Personal,
    /// By a program.
    Automatic,
    /// By an automation of the platform.
    Workflow,
}

/// A template as it was approved, in the language of the business.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) named: TemplateRef,
    pub(crate) category: TemplateCategory,
    pub(crate) duty: Duty,
    /// What campaigns with it are called.
    pub(crate) theme: &'static str,
    pub(crate) buttons: &'static [&'static str],
    purpose: Purpose,
    header: Option<&'static str>,
    body: &'static str,
    footer: Option<&'static str>,
}

/// All templates of a business; some of each purpose.
#[derive(Debug, Clone)]
pub(crate) struct Templates(Vec<Template>);

impl Templates {
    pub(super) fn new(dice: &mut Dice, language: Language) -> Self {
        let drafts = match language {
            Language::Spanish => SPANISH,
            Language::Portuguese => PORTUGUESE,
        };
        let approved = drafts.iter().map(|draft| {
            // Some platforms know a template by its name and language alone.
            let id = (dice.chance(0.9))
                .then(|| dice.between(10_u64.pow(14)..=10_u64.pow(15)).to_string());
            draft.approved(id, language)
        });
        Self(approved.collect())
    }

    /// One that serves a purpose.
    pub(crate) fn any(&self, purpose: Purpose, dice: &mut Dice) -> &Template {
        let fit: Vec<_> = self
            .0
            .iter()
            .filter(|template| template.purpose == purpose)
            .collect();
        dice.pick::<&Template>(&fit)
    }
}

impl Template {
    /// Its text with the variables filled in.
    pub(crate) fn filled(&self, contact: &Contact, dice: &mut Dice) -> Content {
        let number = dice.between(100_000..=999_999).to_string();
        let body = self
            .body
            .replace("{{1}}", contact.first_name())
            .replace("{{2}}", &number);
        Content {
            header: self.header.map(str::to_owned),
            body: Some(body),
            footer: self.footer.map(str::to_owned),
            buttons: self.buttons.iter().map(|&title| title.to_owned()).collect(),
            ..Content::default()
        }
    }
}

struct Draft {
    purpose: Purpose,
    category: TemplateCategory,
    duty: Duty,
    name: &'static str,
    theme: &'static str,
    text: (Option<&'static str>, &'static str, Option<&'static str>),
    buttons: &'static [&'static str],
}

impl Draft {
    fn approved(&self, id: Option<String>, language: Language) -> Template {
        let code = match language {
            Language::Spanish => "es",
            Language::Portuguese => "pt_BR",
        };
        let (header, body, footer) = self.text;
        Template {
            named: TemplateRef {
                id,
                name: Some(self.name.to_owned()),
                language: Some(code.to_owned()),
                category: Some(self.category.into()),
            },
            category: self.category,
            duty: self.duty,
            theme: self.theme,
            buttons: self.buttons,
            purpose: self.purpose,
            header,
            body,
            footer,
        }
    }
}

use Duty::{Collections, Logistics, Sales, Support};
use Purpose::{Automatic, Campaign, Personal, Workflow};
use TemplateCategory::{Authentication, Marketing, Utility};

macro_rules! drafts {
    ($($purpose:ident $category:ident $duty:ident $name:literal $theme:literal $text:expr, $buttons:expr;)*) => {
        &[$(Draft {
            purpose: $purpose, category: $category, duty: $duty, name: $name, theme: $theme, text: $text, buttons: &$buttons,
        }),*]
    };
}

const SPANISH: &[Draft] = drafts! {
    Campaign Marketing Sales "ofertas_del_mes" "Ofertas"
        (Some("Ofertas del mes"), "Hola {{1}}, este mes tienes hasta 40 % de descuento con el cupón {{2}}.", Some("Responde BAJA para no recibir más ofertas")),
        ["Ver ofertas", "No me interesa"];
    Campaign Marketing Sales "lanzamiento" "Lanzamiento"
        (None, "{{1}}, ya llegó lo nuevo. Sé de los primeros en conocerlo: reserva {{2}}.", None), ["Quiero saber más"];
    Campaign Marketing Support "te_extranamos" "Reactivación"
        (None, "Hola {{1}}, hace tiempo que no sabemos de ti. ¿Te ayudamos en algo?", Some("Tu asesor de siempre")),
        ["Sí, por favor", "Ahora no"];
    Campaign Utility Collections "recordatorio_de_pago" "Recordatorio de pago"
        (Some("Tu pago está por vencer"), "Hola {{1}}, tu cuota {{2}} vence en 3 días. Si ya pagaste, ignora este mensaje.", None),
        ["Ya pagué", "Hablar con un asesor"];
    Campaign Utility Logistics "encuesta_de_entrega" "Encuesta"
        (None, "{{1}}, ¿cómo fue la entrega de tu pedido {{2}}?", None), ["Buena", "Regular", "Mala"];
    Personal Utility Support "seguimiento_de_caso" "Seguimiento"
        (None, "Hola {{1}}, te escribo por tu caso {{2}}. ¿Tienes un momento?", None), ["Sí", "Más tarde"];
    Personal Marketing Sales "cotizacion" "Cotización"
        (None, "Hola {{1}}, te envío la cotización {{2}} que conversamos.", None), [];
    Personal Utility Collections "acuerdo_de_pago" "Acuerdo"
        (None, "{{1}}, podemos ofrecerte un acuerdo para tu cuenta {{2}}.", None), ["Conversemos"];
    Automatic Authentication Support "codigo_de_acceso" "Acceso"
        (None, "{{2}} es tu código de acceso. No lo compartas con nadie.", None), [];
    Automatic Utility Logistics "pedido_confirmado" "Pedido"
        (Some("Gracias por tu compra"), "{{1}}, tu pedido {{2}} está confirmado.", None), [];
    Workflow Utility Logistics "pedido_en_camino" "Envío"
        (None, "{{1}}, tu pedido {{2}} va en camino y llega hoy.", None), ["Seguir mi pedido"];
    Workflow Marketing Sales "carrito_abandonado" "Carrito"
        (None, "{{1}}, dejaste algo en tu carrito. Te lo guardamos 24 horas con el código {{2}}.", None), ["Terminar compra"];
};

const PORTUGUESE: &[Draft] = drafts! {
    Campaign Marketing Sales "ofertas_do_mes" "Ofertas"
        (Some("Ofertas do mês"), "Olá {{1}}, este mês você tem até 40 % de desconto com o cupom {{2}}.", Some("Responda SAIR para não receber mais ofertas")),
        ["Ver ofertas", "Não tenho interesse"];
    Campaign Marketing Support "sentimos_sua_falta" "Reativação"
        (None, "Olá {{1}}, faz tempo que não nos falamos. Podemos ajudar?", None), ["Sim, por favor", "Agora não"];
    Campaign Utility Collections "lembrete_de_pagamento" "Lembrete de pagamento"
        (Some("Seu boleto vence em breve"), "Olá {{1}}, a parcela {{2}} vence em 3 dias. Se já pagou, desconsidere.", None),
        ["Já paguei", "Falar com atendente"];
    Campaign Utility Logistics "pesquisa_de_entrega" "Pesquisa"
        (None, "{{1}}, como foi a entrega do pedido {{2}}?", None), ["Boa", "Regular", "Ruim"];
    Personal Utility Support "acompanhamento" "Acompanhamento"
        (None, "Olá {{1}}, escrevo sobre o seu caso {{2}}. Tem um momento?", None), ["Sim", "Mais tarde"];
    Personal Marketing Sales "orcamento" "Orçamento"
        (None, "Olá {{1}}, segue o orçamento {{2}} que combinamos.", None), [];
    Automatic Authentication Support "codigo_de_acesso" "Acesso"
        (None, "{{2}} é o seu código de acesso. Não compartilhe com ninguém.", None), [];
    Automatic Utility Logistics "pedido_confirmado" "Pedido"
        (Some("Obrigado pela compra"), "{{1}}, seu pedido {{2}} está confirmado.", None), [];
    Workflow Utility Logistics "pedido_a_caminho" "Envio"
        (None, "{{1}}, seu pedido {{2}} está a caminho e chega hoje.", None), ["Acompanhar pedido"];
    Workflow Marketing Sales "carrinho_abandonado" "Carrinho"
        (None, "{{1}}, você deixou algo no carrinho. Guardamos por 24 horas com o código {{2}}.", None), ["Concluir compra"];
};
