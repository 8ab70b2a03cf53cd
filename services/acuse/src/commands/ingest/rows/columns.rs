//! What the rows of files are, and the columns that they have. The help, the reading of files and the names of fields in
//! rejected rows all come from these tables.

mod tables;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind as FieldKind, MessageDescriptor};

pub(crate) use tables::Column;
use tables::{INBOUND, REGISTRATIONS, STATUSES};

use super::names::nearest;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(crate) enum Kind {
    /// An outbound message, as its sender describes it
    Registrations,
    /// Something that happened to an outbound message
    Statuses,
    /// A message from a contact
    Inbound,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Registrations, Self::Statuses, Self::Inbound];

    /// As on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Statuses => "statuses",
            Self::Inbound => "inbound",
        }
    }

    /// What the API calls one: the member of a JSON line that names it, and where the paths of its faults begin.
    pub(crate) fn member(self) -> &'static str {
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
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) message: MessageDescriptor,
    /// Each column with the fields from the item to it.
    columns: Vec<(&'static Column, Vec<FieldDescriptor>)>,
}

impl Shape {
    /// What rows of a kind are, by the descriptors of the API's messages.
    ///
    /// # Errors
    ///
    /// The message or field that they do not have.
    pub(crate) fn of(pool: &DescriptorPool, kind: Kind) -> Result<Self, &'static str> {
        let name = kind.message_name();
        let message = pool.get_message_by_name(name).ok_or(name)?;
        let resolved = kind.columns().iter().map(|column| {
            let fields = resolve(&message, column.path).ok_or(column.path)?;
            Ok((column, fields))
        });
        let columns = resolved.collect::<Result<_, &'static str>>()?;
        Ok(Self {
            kind,
            message,
            columns,
        })
    }

    /// Each column with what its field is.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&'static Column, &FieldDescriptor)> {
        let all = self.columns.iter();
        all.filter_map(|(column, fields)| Some((*column, fields.last()?)))
    }

    /// The column of that name, however it is written: `contact_phone`, `Contact Phone`, `contact.phone`, `contactPhone`.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let name = snake(name);
        let by_name = self.columns.iter().position(|(one, _)| one.name == name);
        by_name.or_else(|| {
            let mut all = self.columns.iter();
            let plain = |one: u8| if one == b'.' { b'_' } else { one };
            all.position(|(one, _)| one.path.bytes().map(plain).eq(name.bytes()))
        })
    }

    /// The fields from an item to a column.
    pub(crate) fn fields(&self, column: usize) -> &[FieldDescriptor] {
        self.columns
            .get(column)
            .map_or(&[], |(_, fields)| fields.as_slice())
    }

    /// A column's name.
    pub(crate) fn name(&self, column: usize) -> &'static str {
        self.columns.get(column).map_or("", |(one, _)| one.name)
    }

    /// The column for the path of a field, from the item on.
    pub(crate) fn column_of(&self, path: &str) -> Option<&'static str> {
        let mut all = self.columns.iter();
        all.find(|(one, _)| one.path == path)
            .map(|(one, _)| one.name)
    }

    /// The known name that is most like one that is not known.
    pub(crate) fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(&snake(name), self.columns.iter().map(|(one, _)| one.name))
    }
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
pub(crate) fn snake(name: &str) -> String {
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
pub(crate) fn words(field: &FieldKind) -> Vec<String> {
    let Some(kind) = field.as_enum() else {
        return Vec::new();
    };
    let values = kind.values().filter(|value| value.number() != 0);
    values
        .map(|value| value.name()[prefix(kind).len()..].to_lowercase())
        .collect()
}

/// What the names of an enum's values begin with.
pub(crate) fn prefix(kind: &prost_reflect::EnumDescriptor) -> String {
    let nothing = kind.default_value();
    let name = nothing.name();
    name.strip_suffix("UNSPECIFIED").unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::commands::ingest::described::shape;

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
            let shape = shape(kind).unwrap();
            let columns: BTreeSet<_> = kind.columns().iter().map(|one| one.path.into()).collect();
            assert_eq!(columns, leaves(&shape.message, ""), "{kind:?}");
            let names: BTreeSet<_> = kind.columns().iter().map(|one| one.name).collect();
            assert_eq!(names.len(), columns.len(), "{kind:?}: names are unique");
        }
    }

    #[test]
    fn a_column_is_found_however_it_is_written() {
        let shape = shape(Kind::Registrations).unwrap();
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
}
