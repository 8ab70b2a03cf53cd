//! What tables have in their columns, as it was asked for: labels in Spanish, and of what each one tells.

use acuse_proto::export::ExportReport;
use acuse_tests::reference::report::{Said, TableRow};

use super::history::{CONTACT, email_of, name_of};

/// How a column tells what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// As it is said, of the name of the column or the one given.
    As(&'static str),
    /// The name of whom or what is said.
    Named(&'static str),
    /// The day of an instant.
    Day(&'static str),
    /// How a stage stands, in the gender of its name.
    Stage,
    /// Who sent it, where that is a user.
    User,
    /// The agent's address.
    Email,
    /// What the contact is called.
    Contact,
    /// When it was sent, else when it left.
    Sent,
    /// The state, with the reason where it failed.
    StateAndReason,
    /// Why it failed.
    Reason,
    /// The state in a sentence.
    Comment,
}

/// A table, and its columns: ids, labels and what they tell.
pub(crate) struct Table {
    pub(crate) report: ExportReport,
    pub(crate) columns: &'static [(&'static str, &'static str, Kind)],
}

/// A cell as it should be.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Said(Said),
    Day(Said),
    Stage(&'static str, Said),
    /// A state, and a code and a title.
    StateAndReason(Said, Said, Said),
    Reason(Said, Said, Said),
    Comment(Said, Said, Said),
}

use Kind::{As, Comment, Contact, Day, Email, Named, Reason, Sent, Stage, StateAndReason, User};

pub(crate) const TABLES: &[Table] = &[
    Table {
        report: ExportReport::HsmManagement,
        columns: &[
            ("agent", "Nombre del agente", Named("agent")),
            ("campaign", "Nombre de campaña", Named("campaign")),
            ("template_id", "ID del HSM", As("template_id")),
            ("template", "Nombre del HSM", As("template")),
            ("message_id", "ID mensaje", As("message_id")),
            ("content", "Contenido del mensaje", As("content")),
            ("destination", "Destino", As("destination")),
            ("state", "Estado del mensaje", As("state")),
            ("comment", "Comentario", Comment),
            ("dispatch", "Salida", Stage),
            ("send", "Envío", Stage),
            ("delivery", "Entrega", Stage),
            ("read", "Lectura", Stage),
            ("dispatched_at", "Fecha de salida", Day("dispatched_at")),
            ("sent_at", "Fecha de envío", Day("sent_at")),
            ("delivered_at", "Fecha de entrega", Day("delivered_at")),
            ("read_at", "Fecha de lectura", Day("read_at")),
            ("replied", "Respondido", As("replied")),
            ("replied_at", "Fecha de respuesta", Day("replied_at")),
        ],
    },
    Table {
        report: ExportReport::Outbound,
        columns: &[
            ("timestamp", "Timestamp", As("origin")),
            ("source", "Fuente", As("source")),
            ("user", "Usuario", User),
            ("contact_id", "ID de contacto", As("contact_id")),
            ("contact_name", "Nombre del contacto", Contact),
            (
                "delivered_at",
                "Marca de tiempo de entrega",
                As("reached_delivery"),
            ),
            ("read_at", "Marca de tiempo de lectura", As("reached_read")),
            ("channel", "Canal", As("channel")),
            ("type", "Tipo", As("type")),
            ("subtype", "Subtipo", As("subtype")),
            ("content", "Contenido", As("content")),
        ],
    },
    Table {
        report: ExportReport::Inbound,
        columns: &[
            ("timestamp", "Timestamp", As("received_at")),
            ("contact_id", "ID de contacto", As("contact_id")),
            ("contact_name", "Nombre del contacto", Contact),
            ("channel", "Canal", As("channel")),
            ("content", "Contenido", As("content")),
        ],
    },
    Table {
        report: ExportReport::Failed,
        columns: &[
            ("timestamp", "Timestamp", As("failed_at")),
            ("source", "Fuente", As("source")),
            ("user", "Usuario", User),
            ("contact_id", "ID de contacto", As("contact_id")),
            ("contact_name", "Nombre del contacto", Contact),
            ("channel", "Canal", As("channel")),
            ("type", "Tipo", As("type")),
            ("subtype", "Subtipo", As("subtype")),
            ("content", "Contenido", As("content")),
            ("error", "Error", Reason),
        ],
    },
    Table {
        report: ExportReport::DetailedSent,
        columns: &[
            ("sent_at", "Enviado", Sent),
            ("state", "Estado", StateAndReason),
            ("phone", "Teléfono", As("phone")),
            (
                "channel_account_phone",
                "ID de usuario de WhatsApp",
                As("channel_account"),
            ),
            ("account", "Subcuenta", Named("account")),
            ("campaign", "Campaña", Named("campaign")),
            ("user", "Usuario", Named("agent")),
            ("content_type", "Tipo de contenido", As("content_type")),
            ("content", "Mensaje enviado", As("content")),
            ("session_open", "Enviado con sesión", As("session_open")),
            ("correlation_id", "ID de correlación", As("correlation_id")),
            (
                "conversation_id",
                "ID de conversación",
                As("conversation_id"),
            ),
            (
                "conversation_type",
                "Tipo de conversación",
                As("conversation_type"),
            ),
            (
                "conversation_expires_at",
                "Fecha de caducidad de la conversación",
                As("conversation_expires_at"),
            ),
        ],
    },
    Table {
        report: ExportReport::DetailedReceived,
        columns: &[
            ("received_at", "Respondido", As("received_at")),
            ("phone", "Fuente", As("phone")),
            (
                "channel_account_phone",
                "ID de usuario de WhatsApp",
                As("channel_account"),
            ),
            ("campaign", "Campaña", Named("campaign")),
            ("user", "Usuario", Named("agent")),
            ("content_type", "Tipo de contenido", As("content_type")),
            ("content", "Mensaje recibido", As("content")),
        ],
    },
    Table {
        report: ExportReport::IndividualSends,
        columns: &[
            ("template", "Plantilla HSM", As("template")),
            (
                "template_category",
                "Tipo de plantilla",
                As("template_category"),
            ),
            ("sent_at", "Fecha y hora de envío", Sent),
            ("department", "Departamento del HSM", Named("department")),
            ("user_email", "Email del usuario", Email),
            ("user", "Nombre del usuario", Named("agent")),
            ("message_id", "ID del mensaje", As("message_id")),
            ("phone", "Teléfono del destinatario", As("phone")),
            ("state", "Estado del mensaje", As("state")),
            (
                "ticket_internal_id",
                "ID interno del ticket",
                As("ticket_id"),
            ),
            ("ticket_id", "Identificador del ticket", As("ticket_id")),
            (
                "channel_account_phone",
                "Teléfono de la cuenta emisora",
                As("channel_account"),
            ),
            (
                "channel_account",
                "Nombre de la cuenta emisora",
                As("channel_account"),
            ),
            ("reply", "Respuesta", As("reply")),
        ],
    },
];

/// The cell of a column in a row.
pub(crate) fn cell(id: &'static str, kind: Kind, row: &TableRow) -> Cell {
    let said = |name: &str| row.said.get(name).cloned().unwrap_or(Said::Nothing);
    let named = |name: &str, call: fn(&str) -> String| match said(name) {
        Said::Text(id) => Said::Text(call(&id)),
        _ => Said::Nothing,
    };
    let failure = || (said("state"), said("code"), said("title"));
    match kind {
        As(name) => Cell::Said(said(name)),
        Named(name) => Cell::Said(named(name, name_of)),
        Day(name) => Cell::Day(said(name)),
        Stage => Cell::Stage(id, said(id)),
        User => Cell::Said(match said("source") {
            Said::Word(_, source) if source == "user" => named("agent", name_of),
            _ => Said::Nothing,
        }),
        Email => Cell::Said(named("agent", email_of)),
        Contact => Cell::Said(match (said("contact_id"), said("registered")) {
            (Said::Nothing, _) => Said::Nothing,
            // Statuses alone need not tell what somebody is called.
            (_, Said::Flag(false)) => Said::OneOf([CONTACT.to_owned(), String::new()].into()),
            _ => Said::Text(CONTACT.to_owned()),
        }),
        Sent => Cell::Said(match said("reached_send") {
            Said::Nothing => said("reached_dispatch"),
            sent => sent,
        }),
        StateAndReason => {
            let (state, code, title) = failure();
            Cell::StateAndReason(state, code, title)
        }
        Reason => {
            let (state, code, title) = failure();
            Cell::Reason(state, code, title)
        }
        Comment => {
            let (state, code, title) = failure();
            Cell::Comment(state, code, title)
        }
    }
}
