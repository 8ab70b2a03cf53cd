//! The settings of a workspace, one by one.

use std::time::Duration;

use acuse_domain::calendar::Zone;
use acuse_domain::glossary::Language;
use acuse_domain::time::days;
use acuse_proto::convert::any_time;
use acuse_proto::message_state as wire;
use acuse_store::workspaces::Settings;

const MAX_NAME: usize = 256;
const SHORTEST_WINDOW: Duration = Duration::from_secs(60);
const LONGEST_WINDOW: Duration = days(30);
const MAX_REPORT_DAYS: i32 = 3_660;
const MAX_EXPORTS: i32 = 100;
const MAX_RETENTION_MONTHS: i32 = 120;
const MAX_NOT_UNDERSTOOD_DAYS: i32 = 3_650;

/// A setting that callers can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    DisplayName,
    TimeZone,
    LanguageCode,
    DataAvailableFrom,
    AttributionWindow,
    ReportMaxDays,
    ExportMaxConcurrent,
    RetentionMonths,
    NotUnderstoodRetentionDays,
}

/// Every setting, with the paths that a mask may name it by; the first is where its faults are told.
pub(super) const FIELDS: [(Field, &[&str]); 9] = [
    (Field::DisplayName, &["display_name"]),
    (Field::TimeZone, &["time_zone"]),
    (Field::LanguageCode, &["language_code"]),
    (Field::DataAvailableFrom, &["data_available_from"]),
    (
        Field::AttributionWindow,
        &["attribution_window.length", "attribution_window"],
    ),
    (Field::ReportMaxDays, &["report_max_days"]),
    (
        Field::ExportMaxConcurrent,
        &["export_limits.max_concurrent", "export_limits"],
    ),
    (Field::RetentionMonths, &["retention_months"]),
    (
        Field::NotUnderstoodRetentionDays,
        &["not_understood_retention_days"],
    ),
];

impl Field {
    /// Whether the wire says anything of it.
    pub(super) fn is_present(self, wire: &wire::Workspace) -> bool {
        match self {
            Field::DisplayName => wire.display_name.is_some(),
            Field::TimeZone => wire.time_zone.is_some(),
            Field::LanguageCode => wire.language_code.is_some(),
            Field::DataAvailableFrom => wire.data_available_from.is_some(),
            Field::AttributionWindow => wire.attribution_window.is_some(),
            Field::ReportMaxDays => wire.report_max_days.is_some(),
            Field::ExportMaxConcurrent => wire.export_limits.is_some(),
            Field::RetentionMonths => wire.retention_months.is_some(),
            Field::NotUnderstoodRetentionDays => wire.not_understood_retention_days.is_some(),
        }
    }

    /// Sets what the wire says of it; where it says nothing, the setting stays.
    ///
    /// # Errors
    ///
    /// What would be right.
    pub(super) fn set(self, settings: &mut Settings, wire: &wire::Workspace) -> Result<(), String> {
        match self {
            Field::DisplayName => {
                if let Some(name) = &wire.display_name {
                    settings.display_name = display_name(name)?;
                }
            }
            Field::TimeZone => {
                if let Some(name) = &wire.time_zone {
                    settings.zone = name
                        .parse::<Zone>()
                        .map_err(|unknown| unknown.to_string())?;
                }
            }
            Field::LanguageCode => {
                if let Some(code) = &wire.language_code {
                    let language =
                        Language::parse(code).ok_or("must be \"es\", \"en\" or \"pt\"")?;
                    settings.language = language.as_str().to_owned();
                }
            }
            Field::DataAvailableFrom => {
                settings.data_available_from =
                    wire.data_available_from.map(any_time).transpose()?;
            }
            Field::AttributionWindow => {
                if let Some(given) = &wire.attribution_window {
                    settings.attribution_window = window(given.length)?;
                }
            }
            Field::ReportMaxDays => {
                within(
                    wire.report_max_days,
                    MAX_REPORT_DAYS,
                    &mut settings.report_max_days,
                )?;
            }
            Field::ExportMaxConcurrent => {
                let given = wire.export_limits.and_then(|limits| limits.max_concurrent);
                within(given, MAX_EXPORTS, &mut settings.export_max_concurrent)?;
            }
            Field::RetentionMonths => {
                within(
                    wire.retention_months,
                    MAX_RETENTION_MONTHS,
                    &mut settings.retention_months,
                )?;
            }
            Field::NotUnderstoodRetentionDays => {
                within(
                    wire.not_understood_retention_days,
                    MAX_NOT_UNDERSTOOD_DAYS,
                    &mut settings.not_understood_retention_days,
                )?;
            }
        }
        Ok(())
    }

    /// Copies it alone.
    pub(super) fn copy(self, from: &Settings, to: &mut Settings) {
        match self {
            Field::DisplayName => to.display_name.clone_from(&from.display_name),
            Field::TimeZone => to.zone = from.zone.clone(),
            Field::LanguageCode => to.language.clone_from(&from.language),
            Field::DataAvailableFrom => to.data_available_from = from.data_available_from,
            Field::AttributionWindow => to.attribution_window = from.attribution_window,
            Field::ReportMaxDays => to.report_max_days = from.report_max_days,
            Field::ExportMaxConcurrent => to.export_max_concurrent = from.export_max_concurrent,
            Field::RetentionMonths => to.retention_months = from.retention_months,
            Field::NotUnderstoodRetentionDays => {
                to.not_understood_retention_days = from.not_understood_retention_days;
            }
        }
    }
}

fn display_name(name: &str) -> Result<String, String> {
    if !(1..=MAX_NAME).contains(&name.len()) || name.contains('\0') {
        return Err(format!(
            "must have 1 to {MAX_NAME} bytes, and none that is 0"
        ));
    }
    Ok(name.to_owned())
}

fn window(length: Option<prost_types::Duration>) -> Result<Duration, String> {
    let given = length.ok_or("must be given")?;
    let length = u64::try_from(given.seconds).map(Duration::from_secs);
    match length {
        Ok(length) if given.nanos == 0 && (SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&length) => {
            Ok(length)
        }
        _ => Err("must be 1 minute to 30 days, in whole seconds".to_owned()),
    }
}

fn within(given: Option<i32>, most: i32, setting: &mut i32) -> Result<(), String> {
    let Some(given) = given else {
        return Ok(());
    };
    if !(1..=most).contains(&given) {
        return Err(format!("must be 1 to {most}"));
    }
    *setting = given;
    Ok(())
}
