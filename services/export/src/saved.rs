//! Saved reports: what one asks takes the place of the reference to it when an export is asked for.

use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_proto::export::export_request::Figures;
use acuse_proto::export::saved_report_reference::Which;
use acuse_proto::export::{ExportReport, ExportRequest};
use acuse_proto::reporting::get_saved_report_request::Which as Asked;
use acuse_proto::reporting::saved_report::Report as Kept;
use acuse_proto::reporting::{Question, SavedReport};
use acuse_store::export::Asker;
use uuid::Uuid;

use crate::figures;
use crate::files::Report;
use crate::parts::Parts;

/// The request with what its saved report asks, as `asker` sees it now; as it is where it names none.
///
/// # Errors
///
/// INVALID_ARGUMENT naming what the reference excludes, NOT_FOUND where there is no such report for the asker,
/// FAILED_PRECONDITION where it is none that can be exported, UNAVAILABLE while reporting is.
pub(crate) async fn settled(
    parts: &Parts,
    asker: &Asker,
    request: ExportRequest,
) -> Result<ExportRequest> {
    let Some(which) = asked(&request)? else {
        return Ok(request);
    };
    let saved = parts.reporting.saved_report(asker, which).await?;
    with(request, saved)
}

/// Which saved report a request is about; `None` where it names none.
fn asked(request: &ExportRequest) -> Result<Option<Asked>> {
    let Some(reference) = &request.saved_report else {
        return Ok(None);
    };
    let mut faults = Vec::new();
    let mut fault = |field: &str, text: &str| {
        faults.push(FieldViolation::new(format!("export.{field}"), text));
    };
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
    let which = match &reference.which {
        Some(Which::Id(id)) if Uuid::try_parse(id).is_err() => {
            let right = "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057";
            fault("saved_report.id", right);
            None
        }
        Some(Which::Id(id)) => Some(Asked::Id(id.clone())),
        Some(Which::Name(name)) => Some(Asked::Name(name.clone())),
        None => {
            fault("saved_report", "must have the report's id or its name");
            None
        }
    };
    match which {
        Some(which) if faults.is_empty() => Ok(Some(which)),
        _ => Err(Error::invalid(faults)),
    }
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
        Some(Kept::MessagesOverview(_) | Kept::ReplyActivity(_) | Kept::Funnel(_)) => {
            return Err(refused(
                "SAVED_REPORT_NOT_EXPORTABLE",
                "there is no table of such a report; consolidated, breakdown, ranking, rows and the lists of \
                 messages can be exported",
            ));
        }
        None => {
            return Err(refused(
                "SAVED_REPORT_NOT_UNDERSTOOD",
                "another version saved this report, and this one does not know what it asks",
            ));
        }
    };
    request.saved_report = None;
    request.set_report(report);
    request.question = question.or_else(|| Some(Question::default()));
    request.figures = figures;
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
        let ErrorKind::InvalidArgument(faults) = asked(&everything).unwrap_err().kind else {
            unreachable!()
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let expected = ["report", "question", "ranking", "saved_report.id"];
        assert_eq!(fields, expected.map(|field| format!("export.{field}")));
        let named = reference(Which::Name("Semanal".to_owned()));
        assert_eq!(
            asked(&named).unwrap(),
            Some(Asked::Name("Semanal".to_owned()))
        );
        assert_eq!(asked(&ExportRequest::default()).unwrap(), None);
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
            ..named.clone()
        };
        let made = with(own, saved(Some(Kept::Rows(rows)))).unwrap();
        assert_eq!(made.report(), ExportReport::DetailedReceived);
        assert_eq!(made.name.as_deref(), Some("mine"));
        let funnel = Kept::Funnel(wire::GetFunnelRequest::default());
        for (report, reason) in [
            (Some(funnel), "SAVED_REPORT_NOT_EXPORTABLE"),
            (None, "SAVED_REPORT_NOT_UNDERSTOOD"),
        ] {
            let error = with(named.clone(), saved(report)).unwrap_err();
            assert_eq!(error.reason, reason);
        }
    }
}
