//! Saved reports: what one asks takes the place of the reference to it, when an export is asked for and whenever a schedule runs.

use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::export::export_request::Figures;
use acuse_proto::export::saved_report_reference::Which;
use acuse_proto::export::{ExportReport, ExportRequest};
use acuse_proto::reporting::get_saved_report_request::Which as Asked;
use acuse_proto::reporting::saved_report::Report as Kept;
use acuse_proto::reporting::{Question, SavedReport};
use acuse_store::export::{Asker, Workspace};
use uuid::Uuid;

use crate::files::Report;
use crate::parts::Parts;
use crate::{asked, figures};

/// Why there is no export of a saved report, whoever asks for it and when.
const NOT_FOUND: &str = "SAVED_REPORT_NOT_FOUND";
const NOT_UNDERSTOOD: &str = "SAVED_REPORT_NOT_UNDERSTOOD";

/// The request with what its saved report asks, as `asker` sees it now, checked and completed.
///
/// # Errors
///
/// INVALID_ARGUMENT naming every faulty field, NOT_FOUND where there is no such report for the asker, FAILED_PRECONDITION where
/// it is none that can be exported, UNAVAILABLE while reporting is.
pub(crate) async fn checked(
    parts: &Parts,
    asker: &Asker,
    request: ExportRequest,
    (workspace, now): (&Workspace, Timestamp),
) -> Result<ExportRequest> {
    asked::check(&request, now)?;
    let chosen = !request.columns.is_empty();
    let request = resolved(parts, asker, request).await?;
    asked::checked(Some(request), workspace, now).map_err(|error| outdated(error, chosen))
}

/// The request with what its saved report asks, as `asker` sees it now; as it is where it names none.
///
/// # Errors
///
/// NOT_FOUND where there is no such report for the asker, FAILED_PRECONDITION where it is none that can be exported,
/// UNAVAILABLE while reporting is.
pub(crate) async fn resolved(
    parts: &Parts,
    asker: &Asker,
    request: ExportRequest,
) -> Result<ExportRequest> {
    let Some(which) = request
        .saved_report
        .as_ref()
        .and_then(|it| it.which.clone())
    else {
        return Ok(request);
    };
    let which = match which {
        Which::Id(id) => Asked::Id(id),
        Which::Name(name) => Asked::Name(name),
    };
    match parts.reporting.saved_report(asker, which).await {
        Ok(saved) => with(request, saved),
        Err(error) if error.kind == ErrorKind::NotFound && error.reason == "NOT_FOUND" => {
            let message = "there is no such saved report, or not for who asks for it";
            Err(Error::new(ErrorKind::NotFound, NOT_FOUND, message))
        }
        Err(error) => Err(error),
    }
}

/// Why a saved report cannot be exported, where that is what is wrong: trying again does not help.
pub(crate) fn refusal(error: &Error) -> Option<&'static str> {
    [NOT_FOUND, NOT_UNDERSTOOD]
        .into_iter()
        .find(|reason| error.reason == *reason)
}

/// What is wrong with a request that has what its saved report asks: nothing that whoever named it has said, unless it is about
/// columns that they have chosen.
pub(crate) fn outdated(error: Error, chosen: bool) -> Error {
    let ErrorKind::InvalidArgument(violations) = error.kind else {
        return error;
    };
    let is_theirs = |violation: &FieldViolation| violation.field.contains("export.columns");
    if chosen && violations.iter().any(is_theirs) {
        let theirs = violations.into_iter().filter(is_theirs);
        return Error::invalid(theirs.collect());
    }
    let message = format!(
        "the saved report asks what is not taken any more: {}",
        error.message
    );
    refused("SAVED_REPORT_OUTDATED", &message)
}

/// What is wrong with naming a saved report in a request, by the paths of its fields.
pub(crate) fn violations(request: &ExportRequest) -> Vec<FieldViolation> {
    let mut faults = Vec::new();
    let Some(reference) = &request.saved_report else {
        return faults;
    };
    let mut fault = |field: &str, text: &str| faults.push(FieldViolation::new(field, text));
    let instead = "must be left out; the saved report says it";
    if request.report != 0 {
        fault("report", instead);
    }
    if request.question.is_some() {
        fault("question", instead);
    }
    if let Some(figures) = &request.figures {
        fault(figures::field(figures), instead);
    }
    match &reference.which {
        Some(Which::Id(id)) if Uuid::try_parse(id).is_err() => {
            let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
            fault("saved_report.id", right);
        }
        Some(Which::Name(name)) if name.is_empty() => {
            fault("saved_report.name", "must be given, or the report's id");
        }
        Some(_) => {}
        None => fault("saved_report", "must have the report's id or its name"),
    }
    faults
}

/// The request of what a saved report asks.
fn with(mut request: ExportRequest, saved: SavedReport) -> Result<ExportRequest> {
    let (report, question, figures) = match saved.report {
        Some(Kept::Consolidated(mut it)) => {
            let question = it.question.take();
            let figures = Figures::Consolidated(it);
            (ExportReport::Consolidated, question, Some(figures))
        }
        Some(Kept::Breakdown(mut it)) => {
            let question = it.question.take();
            let figures = Figures::Breakdown(it);
            (ExportReport::Breakdown, question, Some(figures))
        }
        Some(Kept::Ranking(mut it)) => {
            let question = it.question.take();
            (ExportReport::Ranking, question, Some(Figures::Ranking(it)))
        }
        Some(Kept::Rows(it)) => {
            let mut all = Report::ALL.iter();
            let of = all.find(|report| report.preset().map(i32::from) == Some(it.preset));
            let report = of.map_or(ExportReport::Unspecified, |report| report.to_wire());
            (report, it.question, None)
        }
        Some(Kept::OutboundMessages(it)) => (ExportReport::Outbound, it.question, None),
        Some(Kept::InboundMessages(it)) => (ExportReport::Inbound, it.question, None),
        Some(Kept::FailedMessages(it)) => (ExportReport::Failed, it.question, None),
        Some(Kept::MessagesOverview(mut it)) => {
            let question = it.question.take();
            let figures = Figures::MessagesOverview(it);
            (ExportReport::MessagesOverview, question, Some(figures))
        }
        Some(Kept::Funnel(mut it)) => {
            let question = it.question.take();
            (ExportReport::Funnel, question, Some(Figures::Funnel(it)))
        }
        Some(Kept::ReplyActivity(it)) => (ExportReport::ReplyActivity, it.question, None),
        None => {
            return Err(refused(
                NOT_UNDERSTOOD,
                "another version saved this report, and this one does not know what it asks",
            ));
        }
    };
    request.saved_report = None;
    request.set_report(report);
    request.question = question.or_else(|| Some(Question::default()));
    request.figures = figures;
    if request.columns.is_empty() {
        request.columns = saved.columns;
    }
    request.name.get_or_insert(saved.name);
    Ok(request)
}

fn refused(reason: &'static str, message: &str) -> Error {
    Error::new(ErrorKind::FailedPrecondition, reason, message)
}

#[cfg(test)]
mod tests {
    use acuse_proto::export::SavedReportReference;
    use acuse_proto::reporting as wire;

    use super::*;

    fn reference(which: Which) -> ExportRequest {
        ExportRequest {
            saved_report: Some(SavedReportReference { which: Some(which) }),
            ..ExportRequest::default()
        }
    }

    fn saved(report: Option<Kept>) -> SavedReport {
        SavedReport {
            name: "Semanal".to_owned(),
            columns: vec!["messages".to_owned()],
            report,
            ..SavedReport::default()
        }
    }

    fn question() -> Option<Question> {
        Some(Question {
            time_zone: Some("America/Lima".to_owned()),
            ..Question::default()
        })
    }

    #[test]
    fn what_a_reference_excludes_is_named() {
        let everything = ExportRequest {
            report: ExportReport::Outbound.into(),
            question: question(),
            figures: Some(Figures::Ranking(wire::GetRankingRequest::default())),
            ..reference(Which::Id("7".to_owned()))
        };
        let faults = violations(&everything);
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["report", "question", "ranking", "saved_report.id"]);
        let named = |name: &str| violations(&reference(Which::Name(name.to_owned())));
        assert_eq!((named("Semanal").len(), named("").len()), (0, 1));
        assert!(violations(&ExportRequest::default()).is_empty());
    }

    #[test]
    fn what_a_saved_report_asks_is_no_fault_of_who_names_it() {
        let of = |fields: &[&str], chosen| {
            let faults = fields.iter().map(|field| FieldViolation::new(*field, "x"));
            let error = outdated(Error::invalid(faults.collect()), chosen);
            match error.kind {
                ErrorKind::InvalidArgument(faults) => faults[0].field.clone(),
                _ => error.reason.to_owned(),
            }
        };
        let (theirs, its) = ("schedule.export.columns[0]", "export.breakdown.limit");
        assert_eq!(of(&[its, theirs], true), theirs);
        assert_eq!(of(&[its], true), "SAVED_REPORT_OUTDATED");
        assert_eq!(of(&[theirs], false), "SAVED_REPORT_OUTDATED");
    }

    #[test]
    fn what_is_saved_takes_the_place_of_the_reference() {
        let named = reference(Which::Name("Semanal".to_owned()));
        let breakdown = wire::GetBreakdownRequest {
            question: question(),
            dimensions: vec![wire::Dimension::Agent.into()],
            ..wire::GetBreakdownRequest::default()
        };
        let made = with(named.clone(), saved(Some(Kept::Breakdown(breakdown)))).unwrap();
        assert_eq!(made.report(), ExportReport::Breakdown);
        assert_eq!((made.question, made.saved_report), (question(), None));
        assert_eq!(made.name.as_deref(), Some("Semanal"));
        assert_eq!(made.columns, ["messages"]);
        let Some(Figures::Breakdown(figures)) = made.figures else {
            unreachable!()
        };
        assert_eq!(figures.question, None);
        let rows = wire::StreamRowsRequest {
            question: question(),
            preset: wire::RowPreset::DetailedReceived.into(),
            batch_size: None,
        };
        let own = ExportRequest {
            name: Some("mine".to_owned()),
            columns: vec!["content".to_owned()],
            ..named.clone()
        };
        let made = with(own, saved(Some(Kept::Rows(rows)))).unwrap();
        assert_eq!(made.report(), ExportReport::DetailedReceived);
        assert_eq!(made.name.as_deref(), Some("mine"));
        assert_eq!(made.columns, ["content"]);
        let error = with(named.clone(), saved(None)).unwrap_err();
        assert_eq!(error.reason, "SAVED_REPORT_NOT_UNDERSTOOD");
    }

    #[test]
    fn every_kind_of_report_can_be_exported() {
        let overview = wire::GetMessagesOverviewRequest {
            question: question(),
            cumulative: true,
            ..wire::GetMessagesOverviewRequest::default()
        };
        let funnel = wire::GetFunnelRequest {
            question: question(),
            sends: Some(wire::ProactiveSends::Individual.into()),
        };
        let replies = wire::GetReplyActivityRequest {
            question: question(),
        };
        for (kept, report) in [
            (
                Kept::MessagesOverview(overview),
                ExportReport::MessagesOverview,
            ),
            (Kept::Funnel(funnel), ExportReport::Funnel),
            (Kept::ReplyActivity(replies), ExportReport::ReplyActivity),
        ] {
            let made = with(reference(Which::Name("S".to_owned())), saved(Some(kept))).unwrap();
            assert_eq!(made.report(), report);
            assert_eq!(made.question, question());
            let is_told = match made.figures {
                Some(Figures::MessagesOverview(it)) => it.cumulative && it.question.is_none(),
                Some(Figures::Funnel(it)) => it.sends.is_some() && it.question.is_none(),
                figures => figures.is_none(),
            };
            assert!(is_told, "{report:?}");
        }
    }
}
