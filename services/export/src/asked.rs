//! What an export was asked to be: checked and completed when it is asked for, and read again by whoever makes its file.

use acuse_domain::calendar::{UnknownZone, Zone};
use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::export::{CsvOptions, ExportFormat, ExportLanguage, ExportReport, ExportRequest};
use acuse_proto::reporting::Question;
use acuse_store::export::{Job, Workspace};
use prost::Message as _;

use crate::files::{Csv, Labels, REPORT_NAME, file_name};
use crate::question;

const LONGEST_NAME: usize = 200;

/// What separates values, as it may be asked for.
const DELIMITERS: [&str; 4] = [",", ";", "|", "\t"];

/// Checks what is asked for, and fills in what was left out.
///
/// # Errors
///
/// INVALID_ARGUMENT, naming every field that is wrong.
pub(crate) fn checked(
    request: Option<ExportRequest>,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<ExportRequest> {
    let Some(request) = request else {
        return Err(Error::invalid_field("export", "must be given"));
    };
    let violations: Vec<_> = violations(&request, now)
        .into_iter()
        .map(|violation| violation.at("export"))
        .collect();
    if !violations.is_empty() {
        return Err(Error::invalid(violations));
    }
    let labels = match request.language() {
        ExportLanguage::Unspecified => Labels::of_workspace(&workspace.language),
        ExportLanguage::Spanish => Labels::Spanish,
    };
    let csv = request.csv.unwrap_or_default();
    Ok(ExportRequest {
        name: request.name.or_else(|| Some(REPORT_NAME.to_owned())),
        language: match labels {
            Labels::Spanish => ExportLanguage::Spanish.into(),
        },
        question: Some(question::completed(request.question, &workspace.time_zone)),
        csv: Some(CsvOptions {
            delimiter: csv.delimiter.or_else(|| Some(",".to_owned())),
            byte_order_mark: csv.byte_order_mark,
        }),
        ..request
    })
}

fn violations(request: &ExportRequest, now: Timestamp) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    let mut add = |field: &str, text: &str| found.push(FieldViolation::new(field, text));
    if !matches!(
        ExportReport::try_from(request.report),
        Ok(ExportReport::HsmManagement)
    ) {
        add("report", "must be EXPORT_REPORT_HSM_MANAGEMENT");
    }
    if !matches!(
        ExportFormat::try_from(request.format),
        Ok(ExportFormat::Csv)
    ) {
        add("format", "must be EXPORT_FORMAT_CSV");
    }
    if let Some(name) = &request.name
        && !(1..=LONGEST_NAME).contains(&name.len())
    {
        add("name", "must have 1 to 200 bytes, or be left out");
    }
    if ExportLanguage::try_from(request.language).is_err() {
        add(
            "language",
            "must be EXPORT_LANGUAGE_SPANISH, or be left out",
        );
    }
    let delimiter = request
        .csv
        .as_ref()
        .and_then(|csv| csv.delimiter.as_deref());
    if delimiter.is_some_and(|delimiter| !DELIMITERS.contains(&delimiter)) {
        add(
            "csv.delimiter",
            "must be one of \",\" \";\" \"|\" and a tab",
        );
    }
    let question = request.question.as_ref();
    found.extend(
        question
            .into_iter()
            .flat_map(|asked| question::violations(asked, now)),
    );
    found
}

/// What whoever makes a job's file needs to know.
pub(crate) struct Asked {
    /// What reporting is asked.
    pub(crate) question: Question,
    /// Whose days dates are.
    pub(crate) zone: Zone,
    pub(crate) labels: Labels,
    pub(crate) csv: Csv,
    /// The name to store the file under.
    pub(crate) file_name: String,
}

/// What was asked for, as it was stored.
///
/// # Errors
///
/// INTERNAL for what cannot be read.
pub(crate) fn stored(job: &Job) -> Result<ExportRequest> {
    ExportRequest::decode(job.request.as_slice()).map_err(Error::internal)
}

impl Asked {
    /// What a job was asked to be.
    ///
    /// # Errors
    ///
    /// INTERNAL for what cannot be read.
    pub(crate) fn of(job: &Job) -> Result<Self> {
        let request = stored(job)?;
        let question = request.question.unwrap_or_default();
        let zone = question.time_zone.as_deref().unwrap_or_default();
        let zone: Zone = zone
            .parse()
            .map_err(|unknown: UnknownZone| Error::internal(unknown))?;
        let name = request.name.unwrap_or_default();
        let csv = request.csv.unwrap_or_default();
        let created: Timestamp = job.created_at;
        Ok(Self {
            file_name: file_name(&name, zone.day_of(created)),
            question: question::settled(question, created, &zone),
            zone,
            labels: Labels::Spanish,
            csv: Csv {
                delimiter: csv
                    .delimiter
                    .and_then(|text| text.bytes().next())
                    .unwrap_or(b','),
                byte_order_mark: csv.byte_order_mark,
            },
        })
    }
}
