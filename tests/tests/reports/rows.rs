//! Rows of the table of template messages.

use std::collections::BTreeMap;

use acuse_proto::reporting::{
    HsmManagementRow, RowPreset, StreamRowsRequest, stream_rows_response::Part,
};
use acuse_proto::types::StageView;
use acuse_tests::reference::Key;
use acuse_tests::reference::report::{Clock, Sums, TemplateRow};

use crate::compare::{Faults, basis};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{micros, question, time};

/// The rows that should come, each under all ids that it may be shown by.
pub(crate) struct Case<'a> {
    rows: Vec<&'a TemplateRow>,
    total: Sums,
}

impl<'a> Case<'a> {
    pub(crate) fn draw(ground: &Ground<'a>) -> Self {
        let population = ground.population;
        let covered = ground.covered.as_ref();
        let rows: Vec<&TemplateRow> = population
            .templates
            .iter()
            .filter(|template| {
                covered.is_some_and(|request| {
                    population.admits(request, &template.row, &Clock::named(&request.zone))
                })
            })
            .collect();
        let total = population.sum(
            rows.iter().map(|template| &template.row),
            ground.asked.request.now,
        );
        Self { rows, total }
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = StreamRowsRequest {
            question: Some(question(ground.asked)),
            preset: RowPreset::HsmManagement.into(),
            batch_size: Some(7),
        };
        let mut parts = client.stream_rows(request).await.unwrap().into_inner();
        let mut faults = Faults::default();
        let (mut header, mut rows) = (None, Vec::new());
        while let Some(answer) = parts.message().await.unwrap() {
            match answer.part.unwrap() {
                Part::Header(told) => {
                    faults.same(
                        "the header comes first",
                        &(true, true),
                        &(header.is_none(), rows.is_empty()),
                    );
                    header = Some(told);
                }
                Part::Messages(_) | Part::ReceivedMessages(_) => {
                    faults.0.push("rows of another table".to_owned());
                }
                Part::HsmManagement(batch) => {
                    faults.same(
                        "size of a batch",
                        &true,
                        &(1..=7).contains(&batch.rows.len()),
                    );
                    rows.extend(batch.decoded::<HsmManagementRow>().unwrap());
                }
            }
        }
        let header = header.unwrap_or_default();
        let count = i64::try_from(self.rows.len()).unwrap();
        faults.same("expected rows", &count, &header.expected_rows);
        faults.same("rows", &self.rows.len(), &rows.len());
        // As many as the figures say.
        faults.same("messages", &self.total.count("messages"), &count);
        basis(
            &mut faults,
            ground,
            &self.total,
            false,
            header.basis.as_ref(),
        );
        self.compare(&mut faults, &rows);
        faults
    }

    fn compare(&self, faults: &mut Faults, rows: &[HsmManagementRow]) {
        let mut by_id: BTreeMap<String, &TemplateRow> = BTreeMap::new();
        for template in &self.rows {
            by_id.extend(template.keys.iter().map(|key| (shown(key), *template)));
        }
        let origins: Vec<_> = rows
            .iter()
            .map(|row| micros(row.origin_at.as_ref()))
            .collect();
        faults.same("oldest first", &true, &origins.is_sorted());
        let mut ids: Vec<&String> = rows.iter().map(|row| &row.message_id).collect();
        ids.sort();
        ids.dedup();
        faults.same("distinct rows", &rows.len(), &ids.len());
        for row in rows {
            match by_id.get(&row.shown_id) {
                Some(template) => compare_row(faults, template, row),
                None => faults.0.push(format!("a row too many: {}", row.shown_id)),
            }
        }
    }
}

fn shown(key: &Key) -> String {
    match key {
        Key::Sender(id) | Key::Provider(_, _, id) => id.clone(),
    }
}

fn compare_row(faults: &mut Faults, expected: &TemplateRow, row: &HsmManagementRow) {
    let of = &row.shown_id;
    let sender = expected
        .keys
        .iter()
        .find(|key| matches!(key, Key::Sender(_)))
        .map(shown);
    faults.same(of, &sender.unwrap_or_else(|| of.clone()), of);
    let agent = row.agent.as_ref().map(|agent| agent.id.clone());
    let campaign = row.campaign.as_ref().map(|campaign| campaign.id.clone());
    let template = row.template.clone().unwrap_or_default();
    faults.same(&format!("{of}: agent"), &expected.agent, &agent);
    faults.same(&format!("{of}: campaign"), &expected.campaign, &campaign);
    faults.same(
        &format!("{of}: template"),
        &expected.template_id,
        &template.id,
    );
    faults.same(
        &format!("{of}: template's name"),
        &expected.template_name,
        &template.name,
    );
    faults.same(&format!("{of}: body"), &expected.body, &row.body);
    if let Some(phone) = &expected.phone {
        faults.same(
            &format!("{of}: destination"),
            &Some(phone),
            &row.destination.as_ref(),
        );
    }
    faults.same(&format!("{of}: state"), &expected.state, &row.state());
    faults.same(
        &format!("{of}: origin"),
        &Some(time(expected.row.at)),
        &row.origin_at,
    );
    faults.same(
        &format!("{of}: replied"),
        &expected.replied_at.map(time),
        &row.replied_at,
    );
    let stages = [&row.dispatch, &row.send, &row.delivery, &row.read];
    for (number, (cell, stage)) in expected.stages.iter().zip(stages).enumerate() {
        let view = StageView {
            status: cell.status.into(),
            at: cell.at.map(time),
        };
        faults.same(&format!("{of}: stage {number}"), &Some(view), stage);
    }
    compare_failure(faults, expected, row);
}

/// A failure's words: the reason for what could not leave, else the provider's code and title.
fn compare_failure(faults: &mut Faults, expected: &TemplateRow, row: &HsmManagementRow) {
    let of = &row.shown_id;
    let failure = row.failure.clone();
    faults.same(
        &format!("{of}: failed"),
        &expected.failure.is_some(),
        &failure.is_some(),
    );
    let (Some((code, title)), Some(failure)) = (&expected.failure, failure) else {
        return;
    };
    let reason = failure.dispatch_reason.map(|_| failure.dispatch_reason());
    faults.same(
        &format!("{of}: dispatch reason"),
        &expected.dispatch_reason,
        &reason,
    );
    if expected.dispatch_reason.is_none() {
        faults.same(
            &format!("{of}: code"),
            code,
            &failure.code.unwrap_or_default(),
        );
    }
    faults.same(
        &format!("{of}: title"),
        title,
        &failure.title.unwrap_or_default(),
    );
}
