//! What the rows of files are, and the columns that they have. The help, the reading of files and the names of fields in
//! rejected rows all come from these tables.

mod tables;

use comfy_table::ContentArrangement;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind as FieldKind, MessageDescriptor};

pub(super) use tables::Column;
use tables::{INBOUND, REGISTRATIONS, STATUSES};

use super::names::nearest;
use crate::{
    failure::{Failure, Result},
    output::{descriptors, table},
};

/// How wide columns are described, in characters.
const WIDTH: u16 = 130;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(super) enum Kind {
    /// An outbound message, as its sender describes it
    Registrations,
    /// Something that happened to an outbound message
    Statuses,
    /// A message from a contact
    Inbound,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Registrations, Self::Statuses, Self::Inbound];

    /// As on the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Statuses => "statuses",
            Self::Inbound => "inbound",
        }
    }

    /// What the API calls one: the member of a JSON line that names it, and where the paths of its faults begin.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Registrations => "registration",
            Self::Statuses => "status",
            Self::Inbound => "inbound",
        }
    }

    fn message_name(self) -> &'static str {
        match self {
            Self::Registrations => "acuse.type.v1.OutboundRegistration",
            Self::Statuses => "acuse.type.v1.StatusEvidence",
            Self::Inbound => "acuse.type.v1.InboundMessage",
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Registrations => REGISTRATIONS,
            Self::Statuses => STATUSES,
            Self::Inbound => INBOUND,
        }
    }
}

/// The columns of a kind, with the fields that they stand for.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) message: MessageDescriptor,
    /// Each column with the fields from the item to it.
    columns: Vec<(&'static Column, Vec<FieldDescriptor>)>,
}

impl Shape {
    /// What rows of a kind are.
    pub(super) fn of(kind: Kind) -> Result<Self> {
        let faulty = |what: &str| Failure::new(format!("this build does not know {what}"));
        let pool = descriptors().ok_or_else(|| faulty("its own messages"))?;
        let message = message(pool, kind).ok_or_else(|| faulty(kind.message_name()))?;
        let resolved = kind.columns().iter().map(|column| {
            let fields = resolve(&message, column.path).ok_or_else(|| faulty(column.path))?;
            Ok((column, fields))
        });
        let columns = resolved.collect::<Result<_>>()?;
        Ok(Self {
            kind,
            message,
            columns,
        })
    }

    /// The column of that name, however it is written: `contact_phone`, `Contact Phone`, `contact.phone`, `contactPhone`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let name = snake(name);
        let by_name = self.columns.iter().position(|(one, _)| one.name == name);
        by_name.or_else(|| {
            let mut all = self.columns.iter();
            all.position(|(one, _)| one.path.replace('.', "_") == name)
        })
    }

    /// The fields from an item to a column.
    pub(super) fn fields(&self, column: usize) -> &[FieldDescriptor] {
        self.columns
            .get(column)
            .map_or(&[], |(_, fields)| fields.as_slice())
    }

    /// A column's name.
    pub(super) fn name(&self, column: usize) -> &'static str {
        self.columns.get(column).map_or("", |(one, _)| one.name)
    }

    /// The column for the path of a field, from the item on.
    pub(super) fn column_of(&self, path: &str) -> Option<&'static str> {
        let mut all = self.columns.iter();
        all.find(|(one, _)| one.path == path)
            .map(|(one, _)| one.name)
    }

    /// The known name that is most like one that is not known.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(&snake(name), self.columns.iter().map(|(one, _)| one.name))
    }
}

fn message(pool: &DescriptorPool, kind: Kind) -> Option<MessageDescriptor> {
    pool.get_message_by_name(kind.message_name())
}

fn resolve(message: &MessageDescriptor, path: &str) -> Option<Vec<FieldDescriptor>> {
    let mut message = Some(message.clone());
    let mut fields = Vec::new();
    for name in path.split('.') {
        let field = message?.get_field_by_name(name)?;
        message = field.kind().as_message().cloned();
        fields.push(field);
    }
    Some(fields)
}

/// A name as columns have it.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for one in name.trim().chars() {
        if one.is_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = one.is_lowercase() || one.is_numeric();
        match one {
            ' ' | '-' | '.' | '_' => snake.push('_'),
            _ => snake.extend(one.to_lowercase()),
        }
    }
    snake
}

/// The words of an enum's values, without what all of them begin with; the one for nothing is left out.
pub(super) fn words(field: &FieldKind) -> Vec<String> {
    let Some(kind) = field.as_enum() else {
        return Vec::new();
    };
    let values = kind.values().filter(|value| value.number() != 0);
    values
        .map(|value| value.name()[prefix(kind).len()..].to_lowercase())
        .collect()
}

/// What the names of an enum's values begin with.
pub(super) fn prefix(kind: &prost_reflect::EnumDescriptor) -> String {
    let nothing = kind.default_value();
    let name = nothing.name();
    name.strip_suffix("UNSPECIFIED").unwrap_or("").to_owned()
}

/// All columns of a kind, for people.
pub(super) fn described(kind: Kind) -> Result<String> {
    let shape = Shape::of(kind)?;
    let mut shown = table(&["column", "meaning", "values"], &[]);
    shown
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    for (column, fields) in &shape.columns {
        let values = fields.last().map_or_else(String::new, values);
        shown.add_row([column.name, column.meaning, &values]);
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
    use std::collections::BTreeSet;

    use super::*;

    /// The paths of all fields that hold a value.
    fn leaves(message: &MessageDescriptor, before: &str) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for field in message.fields() {
            let path = format!("{before}{}", field.name());
            match field.kind() {
                FieldKind::Message(inner) if inner.full_name() != "google.protobuf.Timestamp" => {
                    assert!(!field.is_list(), "{path}: no column can hold a list");
                    paths.extend(leaves(&inner, &format!("{path}.")));
                }
                _ => {
                    paths.insert(path);
                }
            }
        }
        paths
    }

    #[test]
    fn every_field_has_a_column_and_every_column_a_field() {
        for kind in Kind::ALL {
            let shape = Shape::of(kind).unwrap();
            let columns: BTreeSet<_> = kind.columns().iter().map(|one| one.path.into()).collect();
            assert_eq!(columns, leaves(&shape.message, ""), "{kind:?}");
            let names: BTreeSet<_> = kind.columns().iter().map(|one| one.name).collect();
            assert_eq!(names.len(), columns.len(), "{kind:?}: names are unique");
        }
    }

    #[test]
    fn a_column_is_found_however_it_is_written() {
        let shape = Shape::of(Kind::Registrations).unwrap();
        let named = |name: &str| shape.find(name).map(|column| shape.name(column));
        for name in [
            "contact_phone",
            "Contact Phone",
            "contact.phone",
            "contactPhone",
            "CONTACT-PHONE",
        ] {
            assert_eq!(named(name), Some("contact_phone"), "{name}");
        }
        assert_eq!(named("provider_message_id.provider"), Some("provider"));
        assert_eq!(named("teléfono"), None);
        assert_eq!(shape.nearest("contact_fone"), Some("contact_phone"));
        assert_eq!(shape.nearest("colour of the sky"), None);
    }

    #[test]
    fn all_columns_are_described() {
        for kind in Kind::ALL {
            let told = described(kind).unwrap();
            for column in kind.columns() {
                assert!(told.contains(column.name) && !column.meaning.is_empty());
            }
        }
        let told = described(Kind::Statuses).unwrap();
        assert!(told.contains("dispatch_failed") && told.contains("insufficient_balance"));
    }
}
