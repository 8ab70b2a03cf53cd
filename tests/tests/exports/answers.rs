//! Exports of what has a course or a shape, as readers of another language read them: in every format each cell is what reporting
//! answers, in the words of the file's language and by the clock of the report's zone.

mod cells;
mod expected;

use std::collections::BTreeSet;

use acuse_domain::glossary::Language;
use acuse_domain::time::Timestamp;
use acuse_proto::export::export_request::Figures;
use acuse_proto::export::{ExportFormat, ExportLanguage, ExportReport, ExportRequest};
use acuse_proto::message_state::Workspace;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{
    Bucket, Dimension, Filter, GetConsolidatedRequest, GetFunnelRequest,
    GetMessagesOverviewRequest, GetReplyActivityRequest, Period, Preset, ProactiveSends, Question,
    ValueSet, filter::Condition, period,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::channel;
use acuse_tests::history::{NOW, Shape, generate, seeds};

use crate::opened::{Opened, Readers};
use crate::rig::Rig;
use cells::Words;
use expected::{Expected, Section};

/// Outbound messages in the history, and about half as many inbound ones.
const MESSAGES: usize = 250;

/// What a file is asked for, and what it has to hold.
struct Case {
    report: ExportReport,
    figures: Option<Figures>,
    question: Question,
    expected: Expected,
}

/// All of the history.
fn everything() -> Question {
    let preset = period::Period::Preset(Preset::Last90Days.into());
    Question {
        period: Some(Period {
            period: Some(preset),
        }),
        ..Question::default()
    }
}

/// What reporting answers to all that is exported here.
async fn cases(rig: &Rig, token: &Secret) -> Vec<Case> {
    let to = channel(rig.reporting, Credentials::Bearer(token.clone()));
    let mut client = ReportingServiceClient::new(to);
    let by_user = Question {
        filters: vec![Filter {
            dimension: Dimension::Source.into(),
            condition: Some(Condition::AnyOf(ValueSet {
                values: vec!["user".to_owned()],
                none: false,
            })),
        }],
        ..Question::default()
    };
    let mut cases = Vec::new();
    for (question, bucket, cumulative, limit) in [
        (everything(), Bucket::Day, false, None),
        (Question::default(), Bucket::Hour, true, Some(1)),
        (by_user, Bucket::Week, true, None),
    ] {
        let asked = GetMessagesOverviewRequest {
            question: Some(question.clone()),
            bucket: Some(bucket.into()),
            cumulative,
            limit,
        };
        let answer = client.get_messages_overview(asked.clone()).await;
        cases.push(Case {
            report: ExportReport::MessagesOverview,
            expected: Expected::of_overview(&answer.unwrap().into_inner(), &asked),
            figures: Some(Figures::MessagesOverview(asked.unasked())),
            question,
        });
    }
    for sends in [ProactiveSends::All, ProactiveSends::Individual] {
        let asked = GetFunnelRequest {
            question: Some(everything()),
            sends: Some(sends.into()),
        };
        let answer = client.get_funnel(asked.clone()).await;
        cases.push(Case {
            report: ExportReport::Funnel,
            expected: Expected::of_funnel(&answer.unwrap().into_inner()),
            figures: Some(Figures::Funnel(asked.unasked())),
            question: everything(),
        });
    }
    cases.push(of_replies(&mut client).await);
    for (question, bucket) in [
        (everything(), Bucket::Day),
        (Question::default(), Bucket::Hour),
    ] {
        let asked = GetConsolidatedRequest {
            question: Some(question.clone()),
            bucket: Some(bucket.into()),
            ..GetConsolidatedRequest::default()
        };
        let answer = client.get_consolidated(asked.clone()).await;
        cases.push(Case {
            report: ExportReport::Consolidated,
            expected: Expected::of_consolidated(&answer.unwrap().into_inner(), bucket),
            figures: Some(Figures::Consolidated(asked.unasked())),
            question,
        });
    }
    cases
}

async fn of_replies(client: &mut ReportingServiceClient<Channel>) -> Case {
    let asked = GetReplyActivityRequest {
        question: Some(everything()),
    };
    let answer = client.get_reply_activity(asked).await.unwrap().into_inner();
    Case {
        report: ExportReport::ReplyActivity,
        expected: Expected::of_replies(&answer),
        figures: None,
        question: everything(),
    }
}

/// A request as exports have it, who say beside it what it is about.
trait Unasked {
    fn unasked(self) -> Self;
}

macro_rules! unasked {
    ($($request:ident),+) => {
        $(impl Unasked for $request {
            fn unasked(self) -> Self {
                Self { question: None, ..self }
            }
        })+
    };
}

unasked!(
    GetMessagesOverviewRequest,
    GetFunnelRequest,
    GetConsolidatedRequest
);

/// The files of a case in one language, held against what they should be.
struct Files<'a> {
    rig: &'a Rig,
    token: &'a Secret,
    case: &'a Case,
    words: &'a Words,
    language: ExportLanguage,
}

impl Files<'_> {
    async fn of(&self, format: ExportFormat) -> Vec<u8> {
        let asked = ExportRequest {
            report: self.case.report.into(),
            format: format.into(),
            language: self.language.into(),
            question: Some(self.case.question.clone()),
            figures: self.case.figures.clone(),
            ..ExportRequest::default()
        };
        let (export, file) = self.rig.exported_as(self.token, asked).await;
        let rows = usize::try_from(export.file.unwrap().rows).unwrap();
        assert_eq!(rows, self.case.expected.rows.len());
        file
    }

    /// Opens the files; `places` says where columns are, by the labels of the first that is opened. Gives how many cells were
    /// compared.
    async fn are_right(&self, readers: &mut Readers, places: &mut Vec<usize>, what: &str) -> usize {
        let expected = &self.case.expected;
        let plain = readers.csv(&self.of(ExportFormat::Csv).await);
        let (header, rows) = plain.split_first().unwrap();
        let labels: Vec<&str> = header.iter().collect();
        let distinct: BTreeSet<&str> = labels.iter().copied().collect();
        assert_eq!(distinct.len(), labels.len(), "{what}");
        if places.is_empty() {
            let place = |label: &String| labels.iter().position(|one| one == label);
            let found = expected.columns.iter().map(|(_, label)| place(label));
            *places = found.map(|place| place.unwrap()).collect();
        }
        if expected.is_whole {
            assert!(places.iter().copied().eq(0..labels.len()), "{what}");
        }
        assert_eq!(rows.len(), expected.rows.len(), "{what}");
        for (row, should) in rows.iter().zip(&expected.rows) {
            for (place, should) in places.iter().zip(should) {
                let shown = self.words.shown(should);
                assert_eq!(row[*place], shown, "{what}, {}", labels[*place]);
            }
        }

        let lines = readers.json_lines(&self.of(ExportFormat::JsonLines).await);
        assert_eq!(lines.len(), expected.rows.len(), "{what}");
        for (line, should) in lines.iter().zip(&expected.rows) {
            let keys = line.as_object().unwrap().len();
            assert!(!expected.is_whole || keys == expected.columns.len());
            for ((id, _), should) in expected.columns.iter().zip(should) {
                let is = &line[id.as_str()];
                assert!(
                    self.words.is_told(should, is),
                    "{what}, {id}: {is}, {should:?}"
                );
            }
        }

        let sheet = readers.sheet(&self.of(ExportFormat::Xlsx).await);
        let labels: Vec<&str> = places.iter().map(|place| labels[*place]).collect();
        let sections = expected.sections();
        for section in &sections {
            self.has_section(&sheet, section, &labels, what);
        }
        let titles = sheet.iter().filter(|row| self.words.is_title(&row[0]));
        let titled = sections.iter().filter(|section| section.title.is_some());
        assert_eq!(titles.count(), titled.count(), "{what}");
        2 * rows.len() * places.len()
    }

    /// That a sheet has a section with its rows, whose labels are those of the plain file but of what its values are of.
    fn has_section(&self, sheet: &[Vec<Opened>], section: &Section, labels: &[&str], what: &str) {
        let text = |text: &str| Opened::Text(text.to_owned());
        let filled = |row: &[Opened]| row.iter().filter(|cell| **cell != Opened::Nothing).count();
        // Below a title the next row of several cells is the header; without one, what begins as that does.
        let begin = match &section.title {
            Some(title) => {
                let title = text(&self.words.shown(title));
                let title = sheet.iter().position(|row| row[0] == title).unwrap();
                title
                    + sheet[title..]
                        .iter()
                        .position(|row| filled(row) > 1)
                        .unwrap()
            }
            None => {
                let label = text(labels[section.columns[0]]);
                sheet.iter().position(|row| row[0] == label).unwrap()
            }
        };
        let table = &sheet[begin..];
        // What stands beside the columns that are looked at is none of this.
        let places: Vec<usize> = match self.case.expected.is_whole {
            true => (0..section.columns.len()).collect(),
            false => {
                let found = section.columns.iter().map(|column| {
                    let label = text(labels[*column]);
                    table[0].iter().position(|cell| *cell == label).unwrap()
                });
                found.collect()
            }
        };
        if self.case.expected.is_whole {
            assert_eq!(filled(&table[0]), places.len(), "{what}, {:?}", table[0]);
        }
        for (place, column) in places.iter().zip(&section.columns) {
            let label = match section.values.as_ref().filter(|_| *place == 0) {
                Some(of) => self.words.shown(of),
                None => labels[*column].to_owned(),
            };
            assert_eq!(table[0][*place], text(&label), "{what}");
        }
        for (row, should) in table[1..].iter().zip(&section.rows) {
            for (place, column) in places.iter().zip(&section.columns) {
                let (is, should) = (&row[*place], &should[*column]);
                assert!(
                    self.words.is_opened(should, is),
                    "{what}: {is:?}, {should:?}"
                );
            }
        }
        let after = table.get(section.rows.len() + 1);
        assert!(
            after.is_none_or(|row| filled(row) <= 1),
            "{what}: {after:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_is_what_reporting_answers_in_every_format() {
    let seed = seeds(1)[0];
    let history = generate(seed, &Shape::large(MESSAGES));
    let of = &history.workspaces[0];
    let workspace = Workspace {
        time_zone: Some(of.time_zone.to_owned()),
        ..Workspace::default()
    };
    let rig = Rig::told_of(Timestamp::from_micros(NOW), workspace, of.events.clone()).await;
    let mut readers = Readers::start();
    let mut compared = 0;
    for (token, who) in [
        (rig.analyst(), "all"),
        (rig.supervisor("department-1"), "some"),
    ] {
        let cases = cases(&rig, &token).await;
        // In a week, or of a department, there may be next to nothing.
        let of_all = |case: &&Case| case.question == everything() && who == "all";
        for case in cases.iter().filter(of_all) {
            let counts = case.expected.counts_some();
            assert!(counts, "ACUSE_TEST_SEED={seed} {:?}", case.report);
        }
        for (number, case) in cases.iter().enumerate() {
            let mut places = Vec::new();
            for (language, wire) in [
                (Language::English, ExportLanguage::English),
                (Language::Spanish, ExportLanguage::Spanish),
                (Language::Portuguese, ExportLanguage::Portuguese),
            ] {
                // What a supervisor sees less is the same in every language.
                if who == "some" && language != Language::English {
                    continue;
                }
                let files = Files {
                    rig: &rig,
                    token: &token,
                    case,
                    words: &Words::of(language, of.time_zone),
                    language: wire,
                };
                let what = format!(
                    "ACUSE_TEST_SEED={seed} {:?}, {number}, {language:?}, {who}",
                    case.report
                );
                compared += files.are_right(&mut readers, &mut places, &what).await;
            }
        }
    }
    assert!(compared > 10_000, "little was compared: {compared}");
}
