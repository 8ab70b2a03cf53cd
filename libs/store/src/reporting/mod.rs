//! The schema `reporting`: what people keep of reports. Every transaction sees the workspace of its caller alone.

mod saved_report;
mod saved_reports;

pub use saved_report::{Creation, NewSavedReport, SavedReport, Seen, Update};
pub use saved_reports::{
    create_saved_report, delete_saved_report, requested_saved_report, saved_report,
    saved_report_called, saved_reports, update_saved_report,
};
