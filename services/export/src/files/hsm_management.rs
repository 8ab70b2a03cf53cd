//! HSM management: one row for each template message, nineteen columns.

use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::glossary::{FailureText, comment, stage_value, state_name};
use acuse_domain::kinds::{MessageState, Provider, Stage, StageStatus};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::any_time;
use acuse_proto::reporting::HsmManagementRow;
use acuse_proto::types::{Failure, StageView};

use super::table::{Cell, Column, Words};

/// What an export of it is called where nobody gave it a name.
pub(crate) const REPORT_NAME: &str = "Reporte de gestión de HSM";

/// The columns, in their order.
pub(crate) const COLUMNS: &[Column<HsmManagementRow>] = &[
    column("Nombre del agente", |row, _| {
        let agent = row.agent.as_ref();
        Cell::text(agent.map(|agent| named(agent.name.as_deref(), &agent.id)))
    }),
    column("Nombre de campaña", |row, _| {
        let campaign = row.campaign.as_ref();
        Cell::text(campaign.map(|campaign| named(campaign.name.as_deref(), &campaign.id)))
    }),
    column("ID del HSM", |row, _| {
        let template = row.template.as_ref();
        Cell::text(template.and_then(|template| template.id.as_deref()))
    }),
    column("Nombre del HSM", |row, _| {
        let template = row.template.as_ref();
        Cell::text(template.map(|template| {
            let id = template.id.as_deref().unwrap_or_default();
            named(template.name.as_deref(), id)
        }))
    }),
    column("ID mensaje", |row, _| {
        Cell::text(Some(row.shown_id.as_str()))
    }),
    column("Contenido del mensaje", |row, _| {
        Cell::text(row.body.as_deref())
    }),
    column("Destino", |row, _| Cell::text(row.destination.as_deref())),
    column("Estado del mensaje", |row, words| {
        let language = words.labels.language();
        state(row).map_or(Cell::Nothing, |state| {
            Cell::Word(state_name(language, state))
        })
    }),
    column("Comentario", |row, words| {
        Cell::text(comment_on(row, words))
    }),
    column("Salida", |row, words| {
        how(words, Stage::Dispatch, row.dispatch.as_ref())
    }),
    column("Envío", |row, words| {
        how(words, Stage::Send, row.send.as_ref())
    }),
    column("Entrega", |row, words| {
        how(words, Stage::Delivery, row.delivery.as_ref())
    }),
    column("Lectura", |row, words| {
        how(words, Stage::Read, row.read.as_ref())
    }),
    column("Fecha de salida", |row, words| {
        when(words, row.dispatch.as_ref())
    }),
    column("Fecha de envío", |row, words| {
        when(words, row.send.as_ref())
    }),
    column("Fecha de entrega", |row, words| {
        when(words, row.delivery.as_ref())
    }),
    column("Fecha de lectura", |row, words| {
        when(words, row.read.as_ref())
    }),
    column("Respondido", |row, _| {
        Cell::Word(if row.replied_at.is_some() {
            "Sí"
        } else {
            "No"
        })
    }),
    column("Fecha de respuesta", |row, words| {
        words.day(instant(row.replied_at))
    }),
];

const fn column(
    spanish: &'static str,
    cell: for<'a> fn(&'a HsmManagementRow, &mut Words) -> Cell<'a>,
) -> Column<HsmManagementRow> {
    Column { spanish, cell }
}

/// The name where one is known, else the id.
fn named<'a>(name: Option<&'a str>, id: &'a str) -> &'a str {
    name.filter(|name| !name.is_empty()).unwrap_or(id)
}

fn state(row: &HsmManagementRow) -> Option<MessageState> {
    value(MessageState::ALL, row.state())
}

fn comment_on(row: &HsmManagementRow, words: &Words) -> Option<String> {
    let provider = value(Provider::ALL, row.provider()).unwrap_or(Provider::Other);
    let failure = row.failure.as_ref().map(failure_text).unwrap_or_default();
    state(row).map(|state| comment(words.labels.language(), state, provider, failure))
}

fn failure_text(failure: &Failure) -> FailureText<'_> {
    let reason = value(DispatchFailureReason::ALL, failure.dispatch_reason());
    FailureText {
        code: reason.map_or_else(|| failure.code(), |reason| reason.as_str()),
        title: failure.title(),
    }
}

/// How a stage stands.
fn how<'a>(words: &Words, stage: Stage, view: Option<&StageView>) -> Cell<'a> {
    let status = view.and_then(|view| value(StageStatus::ALL, view.status()));
    status.map_or(Cell::Nothing, |status| {
        Cell::Word(stage_value(words.labels.language(), stage, status))
    })
}

/// The day on which a stage was reached, or failed.
fn when<'a>(words: &mut Words, view: Option<&StageView>) -> Cell<'a> {
    words.day(instant(view.and_then(|view| view.at)))
}

fn instant(at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(|at| any_time(at).ok())
}

/// The value of a vocabulary that the wire writes so; `None` for one that is unspecified or not known here.
fn value<V: Copy, W: From<V> + PartialEq>(all: &[V], wire: W) -> Option<V> {
    all.iter().copied().find(|value| W::from(*value) == wire)
}

#[cfg(test)]
pub(super) mod tests {
    use acuse_domain::calendar::Zone;
    use acuse_proto::types::{self, AgentRef, NamedRef, TemplateRef};

    use super::super::Labels;
    use super::*;

    fn at(text: &str) -> Option<prost_types::Timestamp> {
        let at = text.parse::<jiff::Timestamp>().unwrap();
        Some(acuse_proto::convert::timestamp(at.into()))
    }

    fn stage(status: types::StageStatus, at: Option<prost_types::Timestamp>) -> Option<StageView> {
        let status = status.into();
        Some(StageView { status, at })
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    pub(in super::super) fn lima() -> Words {
        let zone: Zone = "America/Lima".parse().unwrap();
        Words::new(Labels::Spanish, &zone)
    }

    /// A message delivered on 2 October 2022 in Lima, not read and not replied to.
    pub(in super::super) fn delivered() -> HsmManagementRow {
        let succeeded = types::StageStatus::Succeeded;
        HsmManagementRow {
            message_id: "0183917e-0000-7000-8000-000000000000".to_owned(),
            shown_id: "1795830683".to_owned(),
            agent: Some(AgentRef {
                id: "a1".to_owned(),
                name: text("Diana Huapaya"),
                ..AgentRef::default()
            }),
            campaign: Some(NamedRef {
                id: "c1".to_owned(),
                name: text("Campaña chattigo"),
            }),
            template: Some(TemplateRef {
                id: text("1795801177"),
                name: text("chattigo_bienvenida"),
                ..TemplateRef::default()
            }),
            body: text("Te damos la bienvenida…"),
            destination: text("51977452931"),
            state: types::MessageState::Delivered.into(),
            provider: types::Provider::MetaWhatsapp.into(),
            dispatch: stage(succeeded, at("2022-10-02T04:59:58Z")),
            send: stage(succeeded, at("2022-10-02T04:59:59Z")),
            delivery: stage(succeeded, at("2022-10-02T05:00:00Z")),
            read: stage(types::StageStatus::Pending, None),
            origin_at: at("2022-10-02T04:59:57Z"),
            ..HsmManagementRow::default()
        }
    }

    fn cell<'a>(row: &'a HsmManagementRow, label: &str) -> Cell<'a> {
        let column = COLUMNS.iter().find(|column| column.spanish == label);
        (column.unwrap().cell)(row, &mut lima())
    }

    #[test]
    fn an_id_stands_where_no_name_is_known() {
        let mut row = delivered();
        row.agent.as_mut().unwrap().name = None;
        row.campaign.as_mut().unwrap().name = text("");
        row.template.as_mut().unwrap().name = None;
        let is = |label, id: &str| assert_eq!(cell(&row, label), Cell::text(Some(id.to_owned())));
        is("Nombre del agente", "a1");
        is("Nombre de campaña", "c1");
        is("Nombre del HSM", "1795801177");
    }

    #[test]
    fn what_is_not_known_is_nothing() {
        let row = HsmManagementRow::default();
        for column in COLUMNS
            .iter()
            .filter(|column| column.spanish != "Respondido")
        {
            let found = (column.cell)(&row, &mut lima());
            assert_eq!(found, Cell::Nothing, "{}", column.spanish);
        }
    }

    #[test]
    fn a_failure_is_told_in_words() {
        let mut row = HsmManagementRow {
            state: types::MessageState::Failed.into(),
            failure: Some(Failure {
                code: text("131026"),
                title: text("Message undeliverable"),
                ..Failure::default()
            }),
            send: stage(types::StageStatus::Failed, None),
            read: stage(types::StageStatus::NotApplicable, None),
            replied_at: at("2022-10-02T05:00:00Z"),
            ..delivered()
        };
        let told = "131026 - Message undeliverable".to_owned();
        assert_eq!(cell(&row, "Comentario"), Cell::text(Some(told)));
        assert_eq!(
            cell(&row, "Estado del mensaje"),
            Cell::Word("Envío o entrega fallida")
        );
        assert_eq!(cell(&row, "Envío"), Cell::Word("Fallido"));
        assert_eq!(cell(&row, "Lectura"), Cell::Word("N/A"));
        assert_eq!(cell(&row, "Respondido"), Cell::Word("Sí"));
        row.state = types::MessageState::DispatchFailed.into();
        row.failure = Some(Failure {
            dispatch_reason: Some(types::DispatchFailureReason::InvalidNumber.into()),
            ..Failure::default()
        });
        let told = "Número inválido. Comprueba si lo ingresaste correctamente.".to_owned();
        assert_eq!(cell(&row, "Comentario"), Cell::text(Some(told)));
    }
}
