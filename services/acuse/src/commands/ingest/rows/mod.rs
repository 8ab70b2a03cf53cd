//! What a row of a file says: an item of the API, or why it is none.
//!
//! Nothing here knows of files or of the command around it: the fuzz target of rows is compiled of this folder by itself.

mod columns;
mod csv;
mod item;
mod json;
mod names;
pub(crate) mod time;
mod value;

pub(crate) use columns::{Kind, Shape, words};
pub(crate) use csv::{BUFFER, columns, guess, is_note, of_record, reader};
pub(crate) use item::{Fault, Item, NOTES};
pub(crate) use json::{TEXT, object, of_object};
pub(crate) use value::Reading;

/// The longest row, in bytes: longer than all texts of a message together. A quote that nobody closes ends here.
pub(crate) const MAX_ROW: u64 = 1024 * 1024;

/// Why a row is not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Stable, in UPPER_SNAKE_CASE: those of the API, and NOT_READABLE.
    pub(crate) reason: String,
    /// What is wrong.
    pub(crate) faults: Vec<Fault>,
}

impl Unfit {
    /// The row is none.
    pub(crate) fn unreadable(problem: impl Into<String>) -> Self {
        Self {
            reason: "NOT_READABLE".to_owned(),
            faults: vec![Fault::new("", problem)],
        }
    }

    /// Fields of it are wrong.
    pub(crate) fn invalid(faults: Vec<Fault>) -> Self {
        Self {
            reason: "INVALID_ARGUMENT".to_owned(),
            faults,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::commands::ingest::described::shape;

    /// A row is an item, or has faults; the same each time.
    fn check(read: impl Fn() -> Result<Item, Unfit>) -> Result<(), TestCaseError> {
        let first = read();
        prop_assert_eq!(&read(), &first);
        if let Err(unfit) = first {
            prop_assert!(!unfit.faults.is_empty());
            prop_assert!(unfit.faults.iter().all(|fault| !fault.problem.is_empty()));
        }
        Ok(())
    }

    /// Names of columns and members, and others.
    fn name() -> impl Strategy<Value = String> {
        let shapes = Kind::ALL.map(|kind| shape(kind).unwrap());
        let columns = shapes.iter().flat_map(|shape| shape.columns());
        let known = columns.flat_map(|(column, _)| [column.name, column.path]);
        let more = ["registration", "status", "inbound", "contact", "content"];
        let known: Vec<&str> = known.chain(more).chain([NOTES, TEXT]).collect();
        prop_oneof![
            9 => prop::sample::select(known).prop_map(str::to_owned),
            1 => ".{0,12}",
        ]
    }

    const WORDS: &[&str] = &[
        "whatsapp",
        "read",
        "yes",
        "2026-05-04T11:59:00Z",
        "a|b",
        "360dialog",
    ];

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(WORDS).prop_map(str::to_owned),
            ".{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn any_record_can_be_read(fields in prop::collection::vec((name(), cell()), 1..12), ignore_unknown: bool) {
            let (names, cells): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
            let reading = Reading { ignore_unknown, zone: None };
            for kind in Kind::ALL {
                let shape = shape(kind).unwrap();
                let Ok(columns) = columns(&names.clone().into(), &shape, &reading) else {
                    continue;
                };
                prop_assert_eq!(columns.len(), names.len());
                let record = cells.clone().into();
                check(|| of_record(&record, &columns, &shape, &reading))?;
            }
        }

        #[test]
        fn any_object_can_be_read(
            members in prop::collection::btree_map(name(), cell(), 0..8),
            inner in prop::collection::btree_map(name(), cell(), 0..8),
            holder in name(),
        ) {
            let shapes = Kind::ALL.map(|kind| shape(kind).unwrap());
            let mut line = serde_json::json!(members);
            for nested in [false, true] {
                if nested {
                    line[&holder] = serde_json::json!(inner);
                }
                let line = line.to_string();
                for kind in Kind::ALL.into_iter().map(Some).chain([None]) {
                    check(|| of_object(&object(line.as_bytes())?, kind, &shapes, &Reading::default()))?;
                }
            }
        }
    }
}
