//! HSM management: one row for each template message, nineteen columns.

use std::borrow::Cow;

use super::cell::Cell;
use super::hsm_row::{HsmRow, Named, text};
use super::table::{Column, Kind, Table};
use super::told::{failure_text, instant, reached, stage_cell, state_cell, value};
use super::words::Words;
use acuse_domain::glossary::comment;
use acuse_domain::kinds::{MessageState, Provider, Stage};

/// The table.
pub(crate) const TABLE: Table<HsmRow> = Table {
    id: "hsm_management",
    columns: COLUMNS,
};

const COLUMNS: &[Column<HsmRow>] = &[
    Column::new("agent", Kind::Text, |row, _| {
        Cell::text(row.agent.as_ref().map(Named::shown))
    }),
    Column::new("campaign", Kind::Text, |row, _| {
        Cell::text(row.campaign.as_ref().map(Named::shown))
    }),
    Column::new("template_id", Kind::Code, |row, _| {
        let template = row.template.as_ref();
        Cell::code(template.map(|template| text(&template.id)))
    }),
    Column::new("template", Kind::Text, |row, _| {
        Cell::text(row.template.as_ref().map(Named::shown))
    }),
    Column::new("message_id", Kind::Code, |row, _| {
        Cell::code(Some(text(&row.shown_id)))
    }),
    Column::new("content", Kind::LongText, |row, _| {
        Cell::text(row.body.as_deref().map(text))
    }),
    Column::new("destination", Kind::Code, |row, _| {
        Cell::code(row.destination.as_deref().map(text))
    }),
    Column::new("state", Kind::Word, |row, words| {
        state_cell(words, state(row))
    }),
    Column::new("comment", Kind::LongText, |row, words| {
        Cell::text(comment_on(row, words))
    }),
    Column::new("dispatch", Kind::Word, |row, words| {
        stage_cell(words, Stage::Dispatch, row.dispatch.as_ref())
    }),
    Column::new("send", Kind::Word, |row, words| {
        stage_cell(words, Stage::Send, row.send.as_ref())
    }),
    Column::new("delivery", Kind::Word, |row, words| {
        stage_cell(words, Stage::Delivery, row.delivery.as_ref())
    }),
    Column::new("read", Kind::Word, |row, words| {
        stage_cell(words, Stage::Read, row.read.as_ref())
    }),
    Column::new("dispatched_at", Kind::Day, |row, words| {
        words.day(reached(row.dispatch.as_ref()))
    }),
    Column::new("sent_at", Kind::Day, |row, words| {
        words.day(reached(row.send.as_ref()))
    }),
    Column::new("delivered_at", Kind::Day, |row, words| {
        words.day(reached(row.delivery.as_ref()))
    }),
    Column::new("read_at", Kind::Day, |row, words| {
        words.day(reached(row.read.as_ref()))
    }),
    Column::new("replied", Kind::Word, |row, words| {
        words.flag(row.replied_at.is_some())
    }),
    Column::new("replied_at", Kind::Day, |row, words| {
        words.day(instant(row.replied_at))
    }),
];

fn state(row: &HsmRow) -> Option<MessageState> {
    value(MessageState::ALL, row.state())
}

fn comment_on(row: &HsmRow, words: &Words) -> Option<Cow<'static, str>> {
    let provider = value(Provider::ALL, row.provider()).unwrap_or(Provider::Other);
    let failure = row.failure.as_ref().map(failure_text).unwrap_or_default();
    state(row).map(|state| comment(words.language(), state, provider, failure))
}

#[cfg(test)]
pub(super) mod tests {
    use acuse_domain::calendar::Zone;
    use acuse_domain::glossary::Language;
    use acuse_proto::reporting::HsmManagementRow;
    use acuse_proto::types::{self, AgentRef, Failure, NamedRef, StageView, TemplateRef};
    use prost::Message as _;

    use super::*;

    fn at(text: &str) -> Option<prost_types::Timestamp> {
        let at = text.parse::<jiff::Timestamp>().unwrap();
        Some(acuse_proto::convert::timestamp(at.into()))
    }

    fn stage(status: types::StageStatus, at: Option<prost_types::Timestamp>) -> Option<StageView> {
        let status = status.into();
        Some(StageView { status, at })
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    pub(in super::super) fn lima() -> Words {
        let zone: Zone = "America/Lima".parse().unwrap();
        Words::new(Language::Spanish, &zone)
    }

    /// A message as files take it off the wire.
    fn taken(row: &HsmManagementRow) -> HsmRow {
        HsmRow::decode(row.encode_to_vec().as_slice()).unwrap()
    }

    /// A message delivered on 2 October 2022 in Lima, not read and not replied to.
    pub(in super::super) fn delivered() -> HsmRow {
        taken(&told())
    }

    /// The same as reporting tells it.
    fn told() -> HsmManagementRow {
        let succeeded = types::StageStatus::Succeeded;
        HsmManagementRow {
            message_id: "0183917e-0000-7000-8000-000000000000".to_owned(),
            shown_id: "1795830683".to_owned(),
            agent: Some(AgentRef {
                id: "a1".to_owned(),
                name: some("Diana Huapaya"),
                ..AgentRef::default()
            }),
            campaign: Some(NamedRef {
                id: "c1".to_owned(),
                name: some("Campaña chattigo"),
            }),
            template: Some(TemplateRef {
                id: some("1795801177"),
                name: some("chattigo_bienvenida"),
                ..TemplateRef::default()
            }),
            body: some("Te damos la bienvenida…"),
            destination: some("51977452931"),
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

    fn cell<'a>(row: &'a HsmRow, id: &str) -> Cell<'a> {
        let column = COLUMNS.iter().find(|column| column.id == id);
        (column.unwrap().cell)(row, &mut lima())
    }

    #[test]
    fn an_id_stands_where_no_name_is_known() {
        let mut row = told();
        row.agent.as_mut().unwrap().name = None;
        row.campaign.as_mut().unwrap().name = some("");
        row.template.as_mut().unwrap().name = None;
        let row = taken(&row);
        let is = |column, id: &str| assert_eq!(cell(&row, column), Cell::text(Some(id.to_owned())));
        is("agent", "a1");
        is("campaign", "c1");
        is("template", "1795801177");
    }

    #[test]
    fn what_is_not_known_is_nothing() {
        let row = HsmRow::default();
        for column in COLUMNS.iter().filter(|column| column.id != "replied") {
            let found = (column.cell)(&row, &mut lima());
            assert_eq!(found, Cell::Nothing, "{}", column.id);
        }
    }

    #[test]
    fn a_failure_is_told_in_words() {
        let mut row = HsmRow {
            state: types::MessageState::Failed.into(),
            failure: Some(Failure {
                code: some("131026"),
                title: some("Message undeliverable"),
                ..Failure::default()
            }),
            send: stage(types::StageStatus::Failed, None),
            read: stage(types::StageStatus::NotApplicable, None),
            replied_at: at("2022-10-02T05:00:00Z"),
            ..delivered()
        };
        let told = "131026 - Message undeliverable".to_owned();
        assert_eq!(cell(&row, "comment"), Cell::text(Some(told)));
        let word = |name, word| Cell::Word { name, word };
        assert_eq!(
            cell(&row, "state"),
            word("failed", "Envío o entrega fallida")
        );
        assert_eq!(cell(&row, "send"), word("failed", "Fallido"));
        assert_eq!(cell(&row, "read"), word("not_applicable", "N/A"));
        let replied = Cell::Flag {
            is: true,
            word: "Sí",
        };
        assert_eq!(cell(&row, "replied"), replied);
        row.state = types::MessageState::DispatchFailed.into();
        row.failure = Some(Failure {
            dispatch_reason: Some(types::DispatchFailureReason::InvalidNumber.into()),
            ..Failure::default()
        });
        let told = "Número inválido. Comprueba si lo ingresaste correctamente.".to_owned();
        assert_eq!(cell(&row, "comment"), Cell::text(Some(told)));
    }
}
