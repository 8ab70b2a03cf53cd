//! The settings of a workspace, as people give them.

use acuse_proto::message_state::{AttributionWindow, ExportLimits, Workspace};
use clap::ValueEnum;
use jiff::Timestamp;

use crate::values::Length;

/// What a workspace may be set to. What is not given stays, or is what is usual where the workspace is new.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Settings {
    /// Name to show; usually the slug
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// IANA time zone that cuts reports into days; usually UTC. Another one counts at once, for days past as well
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Language of comments and labels: es, en or pt; usually es
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Since when the data are complete, as 2026-01-01T00:00:00Z: reports are cut there; usually they are not
    #[arg(long, value_name = "TIME")]
    data_available_from: Option<Timestamp>,
    /// How long after a message an answer that quotes nothing counts as its reply: 1m to 30d; usually 24h
    #[arg(long, value_name = "TIME")]
    attribution_window: Option<Length>,
    /// Longest interval of a report, in days: 1 to 3660; usually 90
    #[arg(long, value_name = "DAYS")]
    report_max_days: Option<i32>,
    /// Exports that run at the same time: 1 to 100; usually 4
    #[arg(long, value_name = "COUNT")]
    exports_max_concurrent: Option<i32>,
    /// How long messages are kept, in months: 1 to 120; usually 13
    #[arg(long, value_name = "MONTHS")]
    retention_months: Option<i32>,
    /// How long payloads of webhooks are kept that were not understood, in days: 1 to 3650; usually 90
    #[arg(long, value_name = "DAYS")]
    not_understood_retention_days: Option<i32>,
}

/// A setting that goes back to what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Setting {
    Name,
    TimeZone,
    Language,
    DataAvailableFrom,
    AttributionWindow,
    ReportMaxDays,
    ExportsMaxConcurrent,
    RetentionMonths,
    NotUnderstoodRetentionDays,
}

impl Setting {
    /// Its name in an update mask.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Name => "display_name",
            Self::TimeZone => "time_zone",
            Self::Language => "language_code",
            Self::DataAvailableFrom => "data_available_from",
            Self::AttributionWindow => "attribution_window",
            Self::ReportMaxDays => "report_max_days",
            Self::ExportsMaxConcurrent => "export_limits.max_concurrent",
            Self::RetentionMonths => "retention_months",
            Self::NotUnderstoodRetentionDays => "not_understood_retention_days",
        }
    }
}

impl Settings {
    /// A workspace that says what is given.
    pub(super) fn of(self, slug: String) -> Workspace {
        let since = self.data_available_from.map(|at| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        });
        let window = self
            .attribution_window
            .map(|Length(length)| AttributionWindow {
                length: Some(prost_types::Duration {
                    seconds: i64::try_from(length.as_secs()).unwrap_or(i64::MAX),
                    nanos: 0,
                }),
                applies_from: None,
            });
        Workspace {
            slug,
            display_name: self.name,
            time_zone: self.time_zone,
            language_code: self.language,
            data_available_from: since,
            attribution_window: window,
            report_max_days: self.report_max_days,
            export_limits: self.exports_max_concurrent.map(|count| ExportLimits {
                max_concurrent: Some(count),
            }),
            retention_months: self.retention_months,
            not_understood_retention_days: self.not_understood_retention_days,
            ..Workspace::default()
        }
    }

    /// Which settings are given.
    pub(super) fn given(&self) -> Vec<Setting> {
        let given = |is_given: bool, setting| is_given.then_some(setting);
        [
            given(self.name.is_some(), Setting::Name),
            given(self.time_zone.is_some(), Setting::TimeZone),
            given(self.language.is_some(), Setting::Language),
            given(
                self.data_available_from.is_some(),
                Setting::DataAvailableFrom,
            ),
            given(
                self.attribution_window.is_some(),
                Setting::AttributionWindow,
            ),
            given(self.report_max_days.is_some(), Setting::ReportMaxDays),
            given(
                self.exports_max_concurrent.is_some(),
                Setting::ExportsMaxConcurrent,
            ),
            given(self.retention_months.is_some(), Setting::RetentionMonths),
            given(
                self.not_understood_retention_days.is_some(),
                Setting::NotUnderstoodRetentionDays,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
