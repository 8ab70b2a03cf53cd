//! Workspaces in and out.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::{self as wire, AttributionWindow, ExportLimits};
use acuse_store::workspaces::{NewWorkspace, Settings, Workspace};
use prost_types::FieldMask;

use super::setting::{FIELDS, Field};

const MAX_SLUG: usize = 63;
/// A workspace to create.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field that is wrong.
pub(super) fn new_workspace(wire: Option<wire::Workspace>) -> Result<NewWorkspace> {
    let wire = wire.ok_or_else(|| Error::invalid_field("workspace", "must be given"))?;
    let mut faults = Vec::new();
    if !is_slug(&wire.slug) {
        let right = format!(
            "must be 1 to {MAX_SLUG} of a-z, 0-9 and hyphens, beginning with a letter and ending with a letter or digit"
        );
        faults.push(FieldViolation::new("workspace.slug", right));
    }
    let mut settings = Settings::usual(wire.slug.clone());
    for (field, paths) in FIELDS {
        set(field, paths, &mut settings, &wire, &mut faults);
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    Ok(NewWorkspace {
        slug: wire.slug,
        settings,
    })
}

/// The change that an update asks for.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field and every path of the mask that is wrong.
pub(super) fn change(
    wire: wire::Workspace,
    mask: Option<FieldMask>,
) -> Result<impl FnOnce(&mut Settings) + Send + use<>> {
    let mut faults = Vec::new();
    let named = fields(&wire, &mask.unwrap_or_default(), &mut faults);
    // What is named and absent goes back to what is usual.
    let mut wanted = Settings::usual(wire.slug.clone());
    for (field, paths) in &named {
        set(*field, paths, &mut wanted, &wire, &mut faults);
    }
    if named.is_empty() && faults.is_empty() {
        let fault = "names no setting; give one, or leave it out and give a setting";
        faults.push(FieldViolation::new("update_mask", fault));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    Ok(move |settings: &mut Settings| {
        for (field, _) in named {
            field.copy(&wanted, settings);
        }
    })
}

/// A slug by which a workspace is looked up.
///
/// # Errors
///
/// INVALID_ARGUMENT where it is missing.
pub(super) fn named_slug(field: &str, slug: String) -> Result<String> {
    if slug.is_empty() {
        return Err(Error::invalid_field(field, "must be given"));
    }
    Ok(slug)
}

/// A workspace for the wire.
pub(super) fn to_wire(workspace: Workspace) -> wire::Workspace {
    let settings = workspace.settings();
    let since = workspace
        .attribution_windows
        .last()
        .map(|(since, _)| *since);
    let seconds = settings.attribution_window.as_secs();
    let window = AttributionWindow {
        length: Some(prost_types::Duration {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanos: 0,
        }),
        applies_from: since
            .filter(|since| *since > Timestamp::default())
            .map(timestamp),
    };
    wire::Workspace {
        slug: workspace.slug,
        display_name: Some(settings.display_name),
        time_zone: Some(settings.zone.name().to_owned()),
        language_code: Some(settings.language),
        data_available_from: settings.data_available_from.map(timestamp),
        attribution_window: Some(window),
        report_max_days: Some(settings.report_max_days),
        export_limits: Some(ExportLimits {
            max_concurrent: Some(settings.export_max_concurrent),
        }),
        retention_months: Some(settings.retention_months),
        not_understood_retention_days: Some(settings.not_understood_retention_days),
        created_at: Some(timestamp(workspace.created_at)),
        updated_at: Some(timestamp(workspace.updated_at)),
    }
}

fn is_slug(text: &str) -> bool {
    let known = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= MAX_SLUG
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(known)
        && bytes.iter().all(|byte| known(byte) || *byte == b'-')
}

/// The settings that a mask names; without one, those that are present.
fn fields(
    wire: &wire::Workspace,
    mask: &FieldMask,
    faults: &mut Vec<FieldViolation>,
) -> Vec<(Field, &'static [&'static str])> {
    if mask.paths.is_empty() {
        let present = FIELDS.into_iter();
        return present
            .filter(|(field, _)| field.is_present(wire))
            .collect();
    }
    let mut known = vec!["*"];
    known.extend(FIELDS.iter().flat_map(|(_, paths)| paths.iter()));
    for (index, path) in mask.paths.iter().enumerate() {
        if !known.contains(&path.as_str()) {
            let fault = format!("is no setting that can change; use {}", known.join(", "));
            faults.push(FieldViolation::new(
                format!("update_mask.paths[{index}]"),
                fault,
            ));
        }
    }
    let is_named = |paths: &[&str]| {
        let mut asked = mask.paths.iter();
        asked.any(|path| path == "*" || paths.contains(&path.as_str()))
    };
    FIELDS
        .into_iter()
        .filter(|(_, paths)| is_named(paths))
        .collect()
}

/// Sets what the wire says of a field; where it says nothing, the setting stays.
fn set(
    field: Field,
    paths: &[&str],
    settings: &mut Settings,
    wire: &wire::Workspace,
    faults: &mut Vec<FieldViolation>,
) {
    if let Err(fault) = field.set(settings, wire) {
        let path = paths.first().copied().unwrap_or_default();
        faults.push(FieldViolation::new(format!("workspace.{path}"), fault));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields_of(error: Error) -> Vec<String> {
        match error.kind {
            acuse_domain::error::ErrorKind::InvalidArgument(violations) => {
                violations.into_iter().map(|one| one.field).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn mask(paths: &[&str]) -> Option<FieldMask> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Some(FieldMask { paths })
    }

    fn changed(wire: wire::Workspace, mask: Option<FieldMask>) -> Settings {
        let mut settings = Settings {
            language: "pt".to_owned(),
            report_max_days: 7,
            ..Settings::usual("Acme")
        };
        change(wire, mask).unwrap()(&mut settings);
        settings
    }

    #[test]
    fn slugs_are_names_of_hosts() {
        for good in ["a", "acme", "a-1", "z9", &"a".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "1a",
            "-a",
            "a-",
            "A",
            "a_b",
            "ñ",
            "a.b",
            &"a".repeat(64),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn every_fault_of_a_new_workspace_is_told() {
        let wrong = wire::Workspace {
            slug: "No".to_owned(),
            display_name: Some(String::new()),
            time_zone: Some("America/Santigo".to_owned()),
            language_code: Some("fr".to_owned()),
            data_available_from: Some(prost_types::Timestamp::default()),
            attribution_window: Some(AttributionWindow::default()),
            report_max_days: Some(0),
            export_limits: Some(ExportLimits {
                max_concurrent: Some(101),
            }),
            retention_months: Some(-1),
            not_understood_retention_days: Some(3_651),
            ..wire::Workspace::default()
        };
        let error = new_workspace(Some(wrong)).unwrap_err();
        let expected: Vec<String> = std::iter::once("slug")
            .chain(FIELDS.iter().map(|(_, paths)| paths[0]))
            .map(|path| format!("workspace.{path}"))
            .collect();
        assert_eq!(fields_of(error), expected);
        assert_eq!(fields_of(new_workspace(None).unwrap_err()), ["workspace"]);
    }

    #[test]
    fn a_zone_that_is_none_is_told_what_was_meant() {
        let wire = wire::Workspace {
            slug: "acme".to_owned(),
            time_zone: Some("America/Santigo".to_owned()),
            ..wire::Workspace::default()
        };
        let error = new_workspace(Some(wire)).unwrap_err();
        assert!(error.message.contains("America/Santiago"), "{error}");
    }

    #[test]
    fn windows_have_bounds() {
        let minutes = |seconds, nanos| wire::Workspace {
            slug: "acme".to_owned(),
            attribution_window: Some(AttributionWindow {
                length: Some(prost_types::Duration { seconds, nanos }),
                applies_from: None,
            }),
            ..wire::Workspace::default()
        };
        for (seconds, nanos, good) in [
            (60, 0, true),
            (2_592_000, 0, true),
            (59, 0, false),
            (2_592_001, 0, false),
            (60, 1, false),
            (-60, 0, false),
        ] {
            let made = new_workspace(Some(minutes(seconds, nanos)));
            assert_eq!(made.is_ok(), good, "{seconds} s {nanos} ns");
        }
    }

    #[test]
    fn without_a_mask_what_is_present_changes() {
        let wire = wire::Workspace {
            language_code: Some("en".to_owned()),
            ..wire::Workspace::default()
        };
        for none in [None, mask(&[])] {
            let settings = changed(wire.clone(), none);
            assert_eq!(settings.language, "en");
            assert_eq!(
                (&*settings.display_name, settings.report_max_days),
                ("Acme", 7)
            );
        }
        let nothing = change(wire::Workspace::default(), None).map(drop);
        assert_eq!(fields_of(nothing.unwrap_err()), ["update_mask"]);
    }

    #[test]
    fn what_is_named_and_absent_is_as_usual_again() {
        let wire = wire::Workspace {
            slug: "acme".to_owned(),
            display_name: Some("ignored".to_owned()),
            ..wire::Workspace::default()
        };
        let settings = changed(wire.clone(), mask(&["language_code", "report_max_days"]));
        assert_eq!(settings, Settings::usual("Acme"));
        let settings = changed(wire, mask(&["*"]));
        assert_eq!(settings, Settings::usual("ignored"));
    }

    #[test]
    fn values_that_are_not_named_are_not_looked_at() {
        let wire = wire::Workspace {
            language_code: Some("en".to_owned()),
            report_max_days: Some(-5),
            ..wire::Workspace::default()
        };
        assert_eq!(changed(wire, mask(&["language_code"])).report_max_days, 7);
    }

    #[test]
    fn a_mask_names_what_can_change() {
        let paths = ["slug", "created_at", "language_code", "export_limits.size"];
        let error = change(wire::Workspace::default(), mask(&paths)).map(drop);
        assert_eq!(
            fields_of(error.unwrap_err()),
            [
                "update_mask.paths[0]",
                "update_mask.paths[1]",
                "update_mask.paths[3]"
            ]
        );
    }
}
