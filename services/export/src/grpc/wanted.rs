//! Which exports of the history a caller wants.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_proto::export::{ExportReport, ExportState, ListExportsRequest};
use acuse_store::export::{JobState, Wanted};

/// Longest subject that is looked for, in bytes.
const LONGEST_SUBJECT: usize = 256;

/// What a listing asks for.
///
/// # Errors
///
/// INVALID_ARGUMENT, naming every faulty field.
pub(super) fn wanted(request: &ListExportsRequest) -> Result<Wanted> {
    let mut faults = Vec::new();
    let mut fault = |field: String, text: &str| faults.push(FieldViolation::new(field, text));
    let mut wanted = Wanted {
        requested_by: request.requested_by.clone(),
        ..Wanted::default()
    };
    for (index, number) in request.states.iter().enumerate() {
        match state(*number) {
            Some(state) => wanted.states.push(state),
            None => fault(
                format!("states[{index}]"),
                "must be a state other than EXPORT_STATE_UNSPECIFIED",
            ),
        }
    }
    for (index, number) in request.reports.iter().enumerate() {
        let known = ExportReport::try_from(*number).unwrap_or_default();
        match i16::try_from(*number) {
            Ok(number) if known != ExportReport::Unspecified => wanted.reports.push(number),
            _ => fault(
                format!("reports[{index}]"),
                "must be a report other than EXPORT_REPORT_UNSPECIFIED",
            ),
        }
    }
    if let Some(subject) = &request.requested_by
        && (!(1..=LONGEST_SUBJECT).contains(&subject.len()) || subject.contains('\0'))
    {
        fault(
            "requested_by".to_owned(),
            "must have 1 to 256 bytes, none of them NUL, or be left out",
        );
    }
    if faults.is_empty() {
        Ok(wanted)
    } else {
        Err(Error::invalid(faults))
    }
}

/// What a listing asks for, as its page tokens are bound to it.
pub(super) fn signed(request: &ListExportsRequest) -> [Vec<u8>; 3] {
    let numbers = |numbers: &[i32]| numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
    let subject = request.requested_by.as_deref().unwrap_or_default();
    [
        numbers(&request.states),
        subject.as_bytes().to_vec(),
        numbers(&request.reports),
    ]
}

fn state(number: i32) -> Option<JobState> {
    let state = match ExportState::try_from(number).ok()? {
        ExportState::Unspecified => return None,
        ExportState::Queued => JobState::Queued,
        ExportState::Running => JobState::Running,
        ExportState::Succeeded => JobState::Succeeded,
        ExportState::Failed => JobState::Failed,
        ExportState::Expired => JobState::Expired,
        ExportState::Cancelled => JobState::Cancelled,
    };
    Some(state)
}
