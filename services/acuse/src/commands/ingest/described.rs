//! Columns, for people.

use comfy_table::ContentArrangement;
use prost_reflect::{FieldDescriptor, Kind as FieldKind};

use super::rows::{Kind, Shape, words};
use crate::{
    failure::{Failure, Result},
    output::{descriptors, table},
};

/// How wide columns are described, in characters.
const WIDTH: u16 = 130;

/// What rows of a kind are.
pub(super) fn shape(kind: Kind) -> Result<Shape> {
    let faulty = |what: &str| Failure::new(format!("this build does not know {what}"));
    let pool = descriptors().ok_or_else(|| faulty("its own messages"))?;
    Shape::of(pool, kind).map_err(faulty)
}

/// All columns of a kind.
pub(super) fn described(kind: Kind) -> Result<String> {
    let shape = shape(kind)?;
    let mut shown = table(&["column", "meaning", "values"], &[]);
    shown
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    for (column, field) in shape.columns() {
        shown.add_row([column.name, column.meaning, &values(field)]);
    }
    Ok(shown.to_string())
}

fn values(field: &FieldDescriptor) -> String {
    match field.kind() {
        FieldKind::Bool => "true, false".to_owned(),
        FieldKind::Message(_) => "a time".to_owned(),
        kind => words(&kind).join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_are_described() {
        for kind in Kind::ALL {
            let told = described(kind).unwrap();
            for (column, _) in shape(kind).unwrap().columns() {
                assert!(told.contains(column.name) && !column.meaning.is_empty());
            }
        }
        let told = described(Kind::Statuses).unwrap();
        assert!(told.contains("dispatch_failed") && told.contains("insufficient_balance"));
    }
}
