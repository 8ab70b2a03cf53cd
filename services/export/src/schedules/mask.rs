//! Which fields of a schedule change.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::export::Schedule as Wire;
use acuse_proto::export::schedule::Cadence;
use acuse_store::export::{Schedule, Workspace};

use super::asked::{Definition, checked};

/// Paths of a mask at most.
const MOST_PATHS: usize = 16;

/// The fields that a mask may name; those of days, which come last, exclude each other.
const FIELDS: [&str; 8] = [
    "name",
    "export",
    "time_of_day",
    "time_zone",
    "preset",
    "daily",
    "weekly",
    "monthly",
];

/// The fields of days.
const DAYS: &[&str] = FIELDS.split_at(5).1;

/// Which fields of a schedule change: those that a mask names, or without one those that are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mask {
    named: Vec<&'static str>,
}

impl Mask {
    /// What a mask names, or what is set.
    ///
    /// # Errors
    ///
    /// Every fault, by its path in the request.
    pub(crate) fn new(
        paths: Option<Vec<String>>,
        wire: &Wire,
    ) -> std::result::Result<Self, Vec<FieldViolation>> {
        let paths = paths.filter(|paths| !paths.is_empty());
        let named = match paths {
            None => Self::set(wire),
            Some(paths) if paths.len() > MOST_PATHS => {
                let fault = format!(
                    "has {} paths; at most {MOST_PATHS} are allowed",
                    paths.len()
                );
                return Err(vec![FieldViolation::new("update_mask", fault)]);
            }
            Some(paths) => Self::named(&paths, wire)?,
        };
        if named.is_empty() {
            let fault = "names nothing to change, and nothing is set";
            return Err(vec![FieldViolation::new("update_mask", fault)]);
        }
        Ok(Self { named })
    }

    fn set(wire: &Wire) -> Vec<&'static str> {
        let set = [
            ("name", !wire.name.is_empty()),
            ("export", wire.export.is_some()),
            ("time_of_day", wire.time_of_day.is_some()),
            ("time_zone", wire.time_zone.is_some()),
            ("preset", wire.preset.is_some()),
        ];
        let set = set.into_iter().filter(|(_, set)| *set);
        set.map(|(field, _)| field).chain(days(wire)).collect()
    }

    fn named(
        paths: &[String],
        wire: &Wire,
    ) -> std::result::Result<Vec<&'static str>, Vec<FieldViolation>> {
        let (mut named, mut found) = (Vec::new(), Vec::new());
        for (index, path) in paths.iter().enumerate() {
            let fault = match FIELDS.into_iter().find(|field| field == path) {
                Some(field) if DAYS.contains(&field) && days(wire) != Some(field) => {
                    "is not what schedule holds; give it there, or name what is there".to_owned()
                }
                Some(field) => {
                    named.push(field);
                    continue;
                }
                None if path == "*" => {
                    named.extend(FIELDS);
                    continue;
                }
                None => format!("is no field that can change; use *, {}", FIELDS.join(", ")),
            };
            found.push(FieldViolation::new(
                format!("update_mask.paths[{index}]"),
                fault,
            ));
        }
        match found.is_empty() {
            true => Ok(named),
            false => Err(found),
        }
    }

    fn names(&self, field: &str) -> bool {
        self.named.contains(&field)
    }

    /// A schedule as it is, with what is named as it is to be; checked as when it is created.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT, naming every field that is wrong.
    pub(crate) fn apply(
        &self,
        present: &Schedule,
        wanted: &Wire,
        workspace: &Workspace,
        now: Timestamp,
    ) -> Result<Definition> {
        let mut wire = Definition::wire_of(present)?;
        if self.names("name") {
            wire.name.clone_from(&wanted.name);
        }
        if self.names("export") {
            wire.export.clone_from(&wanted.export);
        }
        if self.names("time_of_day") {
            wire.time_of_day = wanted.time_of_day;
        }
        if self.names("time_zone") {
            wire.time_zone.clone_from(&wanted.time_zone);
        }
        if self.names("preset") {
            wire.preset = wanted.preset;
        }
        if DAYS.iter().any(|days| self.names(days)) {
            wire.cadence.clone_from(&wanted.cadence);
        }
        checked(wire, workspace, now).map_err(Error::invalid)
    }
}

/// By which field a schedule says its days.
fn days(wire: &Wire) -> Option<&'static str> {
    wire.cadence.as_ref().map(|cadence| match cadence {
        Cadence::Daily(_) => "daily",
        Cadence::Weekly(_) => "weekly",
        Cadence::Monthly(_) => "monthly",
    })
}

#[cfg(test)]
mod tests {
    use acuse_proto::export::DailyCadence;

    use super::*;

    fn daily() -> Wire {
        Wire {
            name: "a".to_owned(),
            cadence: Some(Cadence::Daily(DailyCadence {})),
            ..Wire::default()
        }
    }

    fn fields(paths: &[&str], wire: &Wire) -> Vec<String> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = Mask::new(Some(paths), wire).err().unwrap_or_default();
        found.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn without_a_mask_what_is_set_changes() {
        let mask = Mask::new(None, &daily()).unwrap();
        assert_eq!(mask.named, ["name", "daily"]);
        assert_eq!(Mask::new(Some(Vec::new()), &daily()).unwrap(), mask);
        assert!(Mask::new(None, &Wire::default()).is_err());
    }

    #[test]
    fn every_path_that_names_nothing_is_told() {
        assert!(fields(&["*"], &Wire::default()).is_empty());
        assert!(fields(&["daily", "preset", "name"], &daily()).is_empty());
        let wrong = fields(&["weekly", "name", "paused", ""], &daily());
        let expected = [0, 2, 3].map(|index| format!("update_mask.paths[{index}]"));
        assert_eq!(wrong, expected);
        assert_eq!(fields(&["name"; 17], &daily()), ["update_mask"]);
    }
}
