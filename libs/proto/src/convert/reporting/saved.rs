//! Saved reports: what they may ask, and how that is kept.

use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;
use prost::Message as _;

use super::asked;
use super::columns::unfit_columns;
use super::question::Question;
use crate::convert::faults::Faults;
use crate::reporting as wire;
use crate::reporting::saved_report::Report;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 200;

/// The longest question of a report, in bytes as encoded: a page of so many reports is still an answer that every client takes.
const LONGEST_REPORT: usize = 32 * 1_024;

/// Paths of a mask at most.
const MOST_PATHS: usize = 16;

const PLACE: &str = "saved_report";

/// Declares what reports can be saved: how each is called in [`wire::SavedReport`], and who checks what it asks.
macro_rules! kinds {
    ($($kind:ident, $name:literal, $request:ident, $check:expr;)+) => {
        /// The names of the fields that hold what a saved report asks.
        const KINDS: &[&str] = &[$($name),+];

        /// Which report it is: the name of the field that holds what it asks.
        pub fn kind_of(report: &Report) -> &'static str {
            match report {
                $(Report::$kind(_) => $name,)+
            }
        }

        /// What a report asks, for keeping.
        pub fn encoded(report: &Report) -> Vec<u8> {
            match report {
                $(Report::$kind(request) => request.encode_to_vec(),)+
            }
        }

        /// What was kept of a report; `None` where this build does not know it.
        pub fn decoded(kind: &str, bytes: &[u8]) -> Option<Report> {
            match kind {
                $($name => wire::$request::decode(bytes).ok().map(Report::$kind),)+
                _ => None,
            }
        }

        /// What the report's own call would say; the question where that is nothing.
        fn check(report: Report, now: Timestamp) -> Result<Question, Vec<FieldViolation>> {
            match report {
                $(Report::$kind(request) => $check(request, now),)+
            }
        }
    };
}

kinds! {
    Consolidated, "consolidated", GetConsolidatedRequest, |it, now| {
        asked::consolidated(it, now).map(|asked| asked.question)
    };
    MessagesOverview, "messages_overview", GetMessagesOverviewRequest, |it, now| {
        asked::overview(it, now).map(|asked| asked.question)
    };
    Breakdown, "breakdown", GetBreakdownRequest, |it, now| {
        asked::breakdown(it, now).map(|asked| asked.question)
    };
    Ranking, "ranking", GetRankingRequest, |it, now| {
        asked::ranking(it, now).map(|asked| asked.question)
    };
    ReplyActivity, "reply_activity", GetReplyActivityRequest, asked::reply_activity;
    Rows, "rows", StreamRowsRequest, |it, now| {
        asked::rows(it, now).map(|asked| asked.question)
    };
    Funnel, "funnel", GetFunnelRequest, |it, now| {
        asked::funnel(it, now).map(|asked| asked.question)
    };
    OutboundMessages, "outbound_messages", ListOutboundMessagesRequest, |it: wire::ListOutboundMessagesRequest, now| {
        list(it.question, &it.page_token, now)
    };
    InboundMessages, "inbound_messages", ListInboundMessagesRequest, |it: wire::ListInboundMessagesRequest, now| {
        list(it.question, &it.page_token, now)
    };
    FailedMessages, "failed_messages", ListFailedMessagesRequest, |it: wire::ListFailedMessagesRequest, now| {
        list(it.question, &it.page_token, now)
    };
}

/// A list from its beginning: a place in it is one caller's, and of one moment.
fn list(
    question: Option<wire::Question>,
    page_token: &str,
    now: Timestamp,
) -> Result<Question, Vec<FieldViolation>> {
    let checked = asked::list(question, now);
    if page_token.is_empty() {
        return checked;
    }
    let mut faults = checked.err().unwrap_or_default();
    faults.push(FieldViolation::new(
        "page_token",
        "must be left out; a saved list begins at the newest",
    ));
    Err(faults)
}

/// A report that may be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Savable {
    /// What it asks.
    pub report: Report,
    /// Of which messages.
    pub question: Question,
}

impl Savable {
    /// The path of what it asks, in requests.
    pub fn path(&self) -> String {
        format!("{PLACE}.{}", kind_of(&self.report))
    }
}

/// A report to save.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedDraft {
    /// What it is to be called.
    pub name: String,
    /// Whether everybody of the workspace is to see it.
    pub shared: bool,
    /// What it asks.
    pub report: Savable,
    /// Which columns its exports are to have; all where there are none.
    pub columns: Vec<String>,
}

/// What is to be different about a saved report; `None` leaves a thing as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedChange {
    /// What it is called.
    pub name: Option<String>,
    /// Whether everybody of the workspace sees it.
    pub shared: Option<bool>,
    /// What it asks.
    pub report: Option<Savable>,
    /// Which columns its exports have; whether what it asks has them is for whoever knows that to look at.
    pub columns: Option<Vec<String>>,
}

/// That columns that are kept with a report are such as it has, as far as that is known before it is exported: see
/// [`wire::SavedReport::columns`]. `None` for a report that this build does not know.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn fitting_columns(
    report: Option<&Report>,
    columns: &[String],
) -> Result<(), Vec<FieldViolation>> {
    let found = unfit_columns(report, columns).into_iter();
    let found: Vec<_> = found.map(|fault| fault.at(PLACE)).collect();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// A report to save.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn saved_draft(
    wire: Option<wire::SavedReport>,
    now: Timestamp,
) -> Result<SavedDraft, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let draft = faults.required(PLACE, wire, |faults, wire| {
        if !wire.id.is_empty() {
            faults.add("id", "must be left out; Acuse gives it");
        }
        let name = faults.name(wire.name);
        if wire.report.is_none() {
            let fault = format!("must be given: one of {}", KINDS.join(", "));
            faults.add("report", fault);
        }
        for fault in unfit_columns(wire.report.as_ref(), &wire.columns) {
            faults.add(&fault.field, fault.description);
        }
        let report = wire.report.and_then(|report| faults.savable(report));
        Some(SavedDraft {
            name: name?,
            shared: wire.shared,
            report: report?,
            columns: wire.columns,
        })
    });
    faults.finish(draft)
}

/// What is to be different about a saved report: what the mask names, or without one what is set.
///
/// # Errors
///
/// Every fault, by its path in the request. Its id is for the caller to read.
pub fn saved_change(
    wire: wire::SavedReport,
    mask: Option<Vec<String>>,
    now: Timestamp,
) -> Result<SavedChange, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let kind = wire.report.as_ref().map(kind_of);
    let mask = mask.filter(|paths| !paths.is_empty());
    let paths = mask.as_ref().map_or(0, Vec::len);
    if paths > MOST_PATHS {
        let fault = format!("has {paths} paths; at most {MOST_PATHS} are allowed");
        faults.add("update_mask", fault);
        return faults.finish(None);
    }
    for (index, path) in mask.iter().flatten().enumerate() {
        let field = format!("update_mask.paths[{index}]");
        match path.as_str() {
            "*" | "name" | "shared" | "columns" => {}
            known if KINDS.contains(&known) && kind == Some(known) => {}
            known if KINDS.contains(&known) => {
                let fault = "is not what saved_report holds; give it there, or name what is there";
                faults.add(&field, fault);
            }
            _ => {
                let kinds = KINDS.join(", ");
                let fault =
                    format!("is no field that can change; use *, name, shared, columns, {kinds}");
                faults.add(&field, fault);
            }
        }
    }
    let names = |field: &str, is_set: bool| match &mask {
        Some(paths) => paths.iter().any(|path| path == "*" || path == field),
        None => is_set,
    };
    let all = names("*", false);
    let (name, shared, columns) = (
        names("name", !wire.name.is_empty()),
        names("shared", wire.shared),
        names("columns", !wire.columns.is_empty()),
    );
    let report = all || kind.is_some_and(|kind| names(kind, true));
    if !(name || shared || columns || report) {
        faults.add("update_mask", "names nothing to change, and nothing is set");
    }
    let change = faults.within(PLACE, |faults| {
        if all && wire.report.is_none() {
            let fault = format!("must be given: one of {}", KINDS.join(", "));
            faults.add("report", fault);
        }
        SavedChange {
            name: name.then(|| faults.name(wire.name)).flatten(),
            shared: shared.then_some(wire.shared),
            report: (wire.report.filter(|_| report)).and_then(|report| faults.savable(report)),
            columns: columns.then_some(wire.columns),
        }
    });
    faults.finish(Some(change))
}

impl Faults {
    /// A name for people.
    fn name(&mut self, name: String) -> Option<String> {
        let length = name.len();
        let fault = match length {
            0 => Some(format!("must be given: 1 to {LONGEST_NAME} bytes")),
            _ if length > LONGEST_NAME => Some(format!(
                "has {length} bytes; at most {LONGEST_NAME} are allowed"
            )),
            _ if name.chars().any(char::is_control) || name.trim().is_empty() => {
                Some("must have something to read, and no control characters".to_owned())
            }
            _ => None,
        };
        if let Some(fault) = fault {
            self.add("name", fault);
            return None;
        }
        Some(name)
    }

    /// A report that its own call would take.
    fn savable(&mut self, report: Report) -> Option<Savable> {
        let kind = kind_of(&report);
        let length = encoded(&report).len();
        if length > LONGEST_REPORT {
            let fault = format!("has {length} bytes; at most {LONGEST_REPORT} are allowed");
            self.add(kind, fault);
            return None;
        }
        match check(report.clone(), self.now) {
            Ok(question) => Some(Savable { report, question }),
            Err(found) => {
                for violation in found {
                    self.add(
                        &format!("{kind}.{}", violation.field),
                        violation.description,
                    );
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
