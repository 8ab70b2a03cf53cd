//! What an export was asked to be: checked and completed when it is asked for, and read again by whoever makes its file.

use acuse_domain::calendar::{UnknownZone, Zone};
use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_domain::glossary::Language;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::reporting::wrong_columns;
use acuse_proto::export::export_request::Figures;
use acuse_proto::export::{ExportCompression, ExportFormat, ExportLanguage, ExportRequest};
use acuse_proto::reporting::{Question, RowPreset};
use acuse_store::export::{Job, Workspace};
use prost::Message as _;

use crate::files::{About, Csv, Format, Layout, Report, file_name};
use crate::names::Names;
use crate::{figures, question, saved};

const LONGEST_NAME: usize = 200;

/// The longest request for an export, in bytes as encoded: a page of so many exports or schedules is still an answer that every
/// client takes.
const LONGEST: usize = 32 * 1_024;

/// What separates values, as it may be asked for.
const DELIMITERS: [&str; 4] = [",", ";", "|", "\t"];

/// What is wrong with a request that is too long; `None` where it is not.
pub(crate) fn too_long(request: &ExportRequest) -> Option<String> {
    let length = request.encoded_len();
    (length > LONGEST).then(|| format!("has {length} bytes; at most {LONGEST} are allowed"))
}

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
    check(&request, now)?;
    Ok(completed(request, workspace))
}

/// That nothing is wrong with what is asked for. Of a request that names a saved report that is all but what the report asks.
///
/// # Errors
///
/// INVALID_ARGUMENT, naming every field that is wrong.
pub(crate) fn check(request: &ExportRequest, now: Timestamp) -> Result<()> {
    let violations = violations(request, now).into_iter();
    let violations: Vec<_> = violations.map(|violation| violation.at("export")).collect();
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid(violations)),
    }
}

/// The request with what was left out of it, which has no faults.
fn completed(mut request: ExportRequest, workspace: &Workspace) -> ExportRequest {
    let language = language(request.language())
        .or_else(|| Language::parse(&workspace.language))
        .unwrap_or(Language::Spanish);
    request.set_language(match language {
        Language::Spanish => ExportLanguage::Spanish,
        Language::English => ExportLanguage::English,
        Language::Portuguese => ExportLanguage::Portuguese,
    });
    if let Some(report) = Report::from_wire(request.report) {
        request
            .name
            .get_or_insert_with(|| report.title(language).to_owned());
        request.figures = figures::completed(report, request.figures.take());
        if request.columns.is_empty() {
            let figures = request.figures.as_ref();
            let columns = figures::usual_columns(report, figures, request.format());
            request.columns = columns.into_iter().map(str::to_owned).collect();
        }
    }
    let question = request.question.take();
    request.question = Some(question::completed(question, &workspace.time_zone));
    if request.format() == ExportFormat::Csv {
        let csv = request.csv.get_or_insert_default();
        csv.delimiter.get_or_insert_with(|| ",".to_owned());
    }
    if request.compression() == ExportCompression::Unspecified {
        request.set_compression(ExportCompression::None);
    }
    request
}

/// A language that was asked for.
fn language(asked: ExportLanguage) -> Option<Language> {
    match asked {
        ExportLanguage::Unspecified => None,
        ExportLanguage::Spanish => Some(Language::Spanish),
        ExportLanguage::English => Some(Language::English),
        ExportLanguage::Portuguese => Some(Language::Portuguese),
    }
}

fn violations(request: &ExportRequest, now: Timestamp) -> Vec<FieldViolation> {
    let mut found = saved::violations(request);
    let mut add = |field: &str, text: String| found.push(FieldViolation::new(field, text));
    let is_saved = request.saved_report.is_some();
    let report = Report::from_wire(request.report).filter(|_| !is_saved);
    if report.is_none() && !is_saved {
        add("report", format!("must be one of {}", Report::names()));
    }
    let format = ExportFormat::try_from(request.format);
    if matches!(format, Err(_) | Ok(ExportFormat::Unspecified)) {
        let formats = "must be EXPORT_FORMAT_CSV, EXPORT_FORMAT_JSON_LINES, EXPORT_FORMAT_XLSX or EXPORT_FORMAT_PDF";
        add("format", formats.to_owned());
    }
    // It is shown to others, at terminals as well.
    if let Some(name) = &request.name
        && (!(1..=LONGEST_NAME).contains(&name.len()) || name.chars().any(char::is_control))
    {
        add(
            "name",
            "must have 1 to 200 bytes without control characters, or be left out".to_owned(),
        );
    }
    if ExportLanguage::try_from(request.language).is_err() {
        let languages = "must be EXPORT_LANGUAGE_SPANISH, EXPORT_LANGUAGE_ENGLISH or EXPORT_LANGUAGE_PORTUGUESE, \
                         or be left out";
        add("language", languages.to_owned());
    }
    if request.csv.is_some() && format.is_ok_and(|format| format != ExportFormat::Csv) {
        add("csv", "must be left out for any format but CSV".to_owned());
    }
    let delimiter = request
        .csv
        .as_ref()
        .and_then(|csv| csv.delimiter.as_deref());
    if delimiter.is_some_and(|delimiter| !DELIMITERS.contains(&delimiter)) {
        let delimiters = "must be one of \",\" \";\" \"|\" and a tab";
        add("csv.delimiter", delimiters.to_owned());
    }
    if ExportCompression::try_from(request.compression).is_err() {
        let compressions =
            "must be EXPORT_COMPRESSION_NONE or EXPORT_COMPRESSION_GZIP, or be left out";
        add("compression", compressions.to_owned());
    }
    if request.compression() == ExportCompression::Gzip
        && format.is_ok_and(|format| matches!(format, ExportFormat::Xlsx | ExportFormat::Pdf))
    {
        let compressed = "must be left out; the format is compressed in itself";
        add("compression", compressed.to_owned());
    }
    if let Some(report) = report {
        let faults = figures::violations(report, request, now);
        let columns = figures::columns(report, request.figures.as_ref());
        // What columns there are depends on what is asked.
        if faults.is_empty() {
            found.extend(wrong_columns(&request.columns, &columns));
        }
        found.extend(faults);
    }
    let preset = report.and_then(Report::preset);
    // Whatever is made of it, a question is the same.
    let preset = preset.unwrap_or(RowPreset::HsmManagement);
    let question = request.question.as_ref().filter(|_| !is_saved);
    found.extend(
        question
            .into_iter()
            .flat_map(|asked| question::violations(asked, preset, now)),
    );
    found
}

/// What whoever makes a job's file needs to know.
pub(crate) struct Asked {
    /// What the file holds.
    pub(crate) report: Report,
    /// Which columns, by their ids.
    pub(crate) columns: Vec<String>,
    /// What reporting is asked.
    pub(crate) question: Question,
    /// What a report of figures is asked beside it.
    pub(crate) figures: Option<Figures>,
    /// Whose days dates are.
    pub(crate) zone: Zone,
    /// The language of labels and words.
    pub(crate) language: Language,
    /// How the file is laid out.
    pub(crate) layout: Layout,
    /// What the file says of itself.
    pub(crate) about: About,
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
        let report = Report::from_wire(request.report)
            .ok_or_else(|| Error::internal("the report is not known here"))?;
        let language = language(request.language()).unwrap_or(Language::Spanish);
        let layout = layout(&request)?;
        let zone = zone(&request)?;
        let question = request.question.unwrap_or_default();
        let name = request.name.unwrap_or_default();
        let created: Timestamp = job.created_at;
        let question = question::settled(question, created, &zone);
        let day = zone.day_of(created);
        Ok(Self {
            file_name: file_name(&name, (report, language), day, layout.extension()),
            report,
            columns: request.columns,
            figures: request.figures,
            about: About {
                title: name,
                workspace: job.asker.scope.workspace.clone(),
                created,
                zone: zone.clone(),
                question: question.clone(),
                names: Names::default(),
                covered: None,
                as_of: None,
            },
            question,
            zone,
            language,
            layout,
        })
    }
}

/// The zone that a completed request is answered in.
fn zone(request: &ExportRequest) -> Result<Zone> {
    let question = request.question.as_ref();
    let name = question.and_then(|question| question.time_zone.as_deref());
    let zone = name.unwrap_or_default().parse();
    zone.map_err(|unknown: UnknownZone| Error::internal(unknown))
}

/// What reporting is asked by a completed request that was made at `now`.
///
/// # Errors
///
/// INTERNAL for what cannot be read.
pub(crate) fn settled(request: &ExportRequest, now: Timestamp) -> Result<Question> {
    let question = request.question.clone().unwrap_or_default();
    Ok(question::settled(question, now, &zone(request)?))
}

/// Why an export is refused that has more rows than its format holds: the reason.
pub(crate) const TOO_MANY_ROWS: &str = "TOO_MANY_ROWS";

/// Whether a file of that format holds so many rows.
///
/// # Errors
///
/// FAILED_PRECONDITION where it does not, naming the format that does.
pub(crate) fn fits(format: Format, rows: u64) -> Result<()> {
    match format.most_rows() {
        Some(most) if rows > most => Err(Error::new(
            ErrorKind::FailedPrecondition,
            TOO_MANY_ROWS,
            format!(
                "there are {rows} rows, and the format holds {most}; ask for EXPORT_FORMAT_CSV, or for fewer"
            ),
        )),
        _ => Ok(()),
    }
}

/// How the file that was asked for is laid out.
pub(crate) fn layout(request: &ExportRequest) -> Result<Layout> {
    let csv = request.csv.as_ref();
    let delimiter = csv.and_then(|csv| csv.delimiter.as_deref());
    let format = match request.format() {
        ExportFormat::Unspecified => {
            return Err(Error::internal("the format is not known here"));
        }
        ExportFormat::Csv => Format::Csv(Csv {
            delimiter: delimiter
                .and_then(|text| text.bytes().next())
                .unwrap_or(b','),
            byte_order_mark: csv.is_some_and(|csv| csv.byte_order_mark),
        }),
        ExportFormat::JsonLines => Format::JsonLines,
        ExportFormat::Xlsx => Format::Xlsx,
        ExportFormat::Pdf => Format::Pdf,
    };
    Ok(Layout {
        format,
        gzip: request.compression() == ExportCompression::Gzip,
    })
}
