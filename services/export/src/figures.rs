//! What reports of figures are asked beside the question: checked when an export is asked for, and completed.

use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;
use acuse_proto::export::export_request::Figures;
use acuse_proto::export::{ExportFormat, ExportRequest};
use acuse_proto::reporting::{
    Bucket, GetConsolidatedRequest, GetFunnelRequest, GetMessagesOverviewRequest, ProactiveSends,
};

use crate::files::{Report, figures as tables, is_readable};
use crate::pack;

/// What is wrong with it, by the paths of the request's fields.
pub(crate) fn violations(
    report: Report,
    request: &ExportRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    let mut add = |field: &str, text: &str| found.push(FieldViolation::new(field, text));
    match (report, &request.figures) {
        (Report::Breakdown, None) => add("breakdown", "must be given"),
        (Report::Ranking, None) => add("ranking", "must be given"),
        (_, None) => {}
        (_, Some(figures)) if report_of(figures) != report => {
            add(field(figures), "must be left out; it is of another report");
        }
        (_, Some(figures)) => {
            let faults = match figures {
                Figures::Consolidated(asked) => pack::consolidated_violations(asked, now),
                Figures::Breakdown(asked) => pack::breakdown_violations(asked, now),
                Figures::Ranking(asked) => pack::ranking_violations(asked, now),
                Figures::Pack(options) => pack::violations(options, now),
                Figures::MessagesOverview(asked) => pack::overview_violations(asked, now),
                Figures::Funnel(asked) => pack::funnel_violations(asked, now),
            };
            let at = field(figures);
            found.extend(faults.into_iter().map(|fault| fault.at(at)));
        }
    }
    if report == Report::Pack {
        let mut add = |field: &str, text: &str| found.push(FieldViolation::new(field, text));
        if !matches!(
            request.format(),
            ExportFormat::Xlsx | ExportFormat::Pdf | ExportFormat::Unspecified
        ) {
            add(
                "format",
                "must be EXPORT_FORMAT_XLSX or EXPORT_FORMAT_PDF for a report pack",
            );
        }
        if !request.columns.is_empty() {
            add(
                "columns",
                "must be left out; a report pack has none to choose",
            );
        }
    }
    found
}

/// It with what was left out, for a report; `None` where it has none.
pub(crate) fn completed(report: Report, figures: Option<Figures>) -> Option<Figures> {
    match (report, figures) {
        (Report::Consolidated, figures) => {
            let mut asked = match figures {
                Some(Figures::Consolidated(asked)) => asked,
                _ => GetConsolidatedRequest::default(),
            };
            asked.bucket.get_or_insert(Bucket::Day.into());
            Some(Figures::Consolidated(asked))
        }
        (Report::MessagesOverview, figures) => {
            let mut asked = match figures {
                Some(Figures::MessagesOverview(asked)) => asked,
                _ => GetMessagesOverviewRequest::default(),
            };
            asked.bucket.get_or_insert(Bucket::Day.into());
            Some(Figures::MessagesOverview(asked))
        }
        (Report::Funnel, figures) => {
            let mut asked = match figures {
                Some(Figures::Funnel(asked)) => asked,
                _ => GetFunnelRequest::default(),
            };
            asked.sends.get_or_insert(ProactiveSends::All.into());
            Some(Figures::Funnel(asked))
        }
        (Report::Pack, figures) => {
            let options = match figures {
                Some(Figures::Pack(options)) => Some(options),
                _ => None,
            };
            Some(Figures::Pack(pack::completed(options)))
        }
        (_, figures) => figures,
    }
}

/// The ids of the columns that a file has where none are named: all of them, but on paper those that there is room for.
pub(crate) fn usual_columns(
    report: Report,
    figures: Option<&Figures>,
    format: ExportFormat,
) -> Vec<&'static str> {
    let mut columns = columns(report, figures);
    if format == ExportFormat::Pdf && report.preset().is_none() {
        columns.retain(|id| is_readable(report, id));
    }
    columns
}

/// The ids of the columns that a report has, asked like that.
pub(crate) fn columns(report: Report, figures: Option<&Figures>) -> Vec<&'static str> {
    match (report, figures) {
        (Report::Consolidated, Some(Figures::Consolidated(asked))) => {
            tables::consolidated(asked).ids()
        }
        (Report::Consolidated, _) => tables::consolidated(&GetConsolidatedRequest::default()).ids(),
        (Report::Breakdown, Some(Figures::Breakdown(asked))) => tables::breakdown(asked).ids(),
        (Report::Ranking, Some(Figures::Ranking(asked))) => tables::ranking(asked).ids(),
        (report, _) => report.columns(),
    }
}

fn report_of(figures: &Figures) -> Report {
    match figures {
        Figures::Consolidated(_) => Report::Consolidated,
        Figures::Breakdown(_) => Report::Breakdown,
        Figures::Ranking(_) => Report::Ranking,
        Figures::Pack(_) => Report::Pack,
        Figures::MessagesOverview(_) => Report::MessagesOverview,
        Figures::Funnel(_) => Report::Funnel,
    }
}

/// How the request calls it.
pub(crate) fn field(figures: &Figures) -> &'static str {
    match figures {
        Figures::Consolidated(_) => "consolidated",
        Figures::Breakdown(_) => "breakdown",
        Figures::Ranking(_) => "ranking",
        Figures::Pack(_) => "pack",
        Figures::MessagesOverview(_) => "messages_overview",
        Figures::Funnel(_) => "funnel",
    }
}
