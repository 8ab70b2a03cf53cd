//! One value, as text or JSON, as what a field holds.

use acuse_proto::types;
use acuse_providers::Format;
use jiff::tz::TimeZone;
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, Value as Field};
use serde_json::Value;

use super::{
    columns::{prefix, words},
    time,
};

/// How values are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// The zone of times without an offset.
    pub(crate) zone: Option<TimeZone>,
    /// Whether names that are not known are passed over.
    pub(crate) ignore_unknown: bool,
}

/// The value that a text stands for.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub(crate) fn of_text(
    field: &FieldDescriptor,
    text: &str,
    reading: &Reading,
) -> Result<Field, String> {
    if field.is_list() {
        let parts = text.split('|').map(str::trim);
        let parts = parts.map(|part| Field::String(part.to_owned()));
        return Ok(Field::List(parts.collect()));
    }
    match field.kind() {
        Kind::String => Ok(Field::String(text.to_owned())),
        Kind::Bool => truth(text).map(Field::Bool),
        Kind::Enum(kind) => number(&kind, text).map(Field::EnumNumber),
        Kind::Message(kind) => {
            let at = time::read(text.trim(), reading.zone.as_ref())?;
            let mut message = DynamicMessage::new(kind);
            let taken = message.transcode_from(&at);
            taken.map_err(|error| error.to_string())?;
            Ok(Field::Message(message))
        }
        _ => Err("is of a kind that no file can hold".to_owned()),
    }
}

/// The value that a JSON value stands for.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub(crate) fn of_json(
    field: &FieldDescriptor,
    value: &Value,
    reading: &Reading,
) -> Result<Field, String> {
    match (value, field.kind()) {
        (Value::Array(all), _) if field.is_list() => {
            let texts = all.iter().map(|one| match one {
                Value::String(text) => Ok(Field::String(text.clone())),
                _ => Err("must be a list of texts".to_owned()),
            });
            texts.collect::<Result<_, _>>().map(Field::List)
        }
        (_, _) if field.is_list() => Err("must be a list of texts".to_owned()),
        (Value::String(text), Kind::String) => Ok(Field::String(text.clone())),
        // Ids are often numbers elsewhere.
        (Value::Number(number), Kind::String) => Ok(Field::String(number.to_string())),
        (Value::Bool(is), Kind::Bool) => Ok(Field::Bool(*is)),
        (Value::String(text), _) => of_text(field, text, reading),
        (_, Kind::String) => Err("must be text".to_owned()),
        (_, Kind::Bool) => Err("must be true or false".to_owned()),
        (_, Kind::Enum(kind)) => Err(format!("must be one of {}", listed(&kind))),
        _ => Err("must be text: a time such as 2026-09-30T14:05:06Z".to_owned()),
    }
}

fn truth(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "0" => Ok(false),
        _ => Err(format!("is {text:?}; must be true or false")),
    }
}

/// The number of the value that a word names, with or without what all of them begin with, in any case.
fn number(kind: &EnumDescriptor, text: &str) -> Result<i32, String> {
    let word: String = text.trim().chars().map(plain).collect();
    let prefix = prefix(kind);
    let value = kind
        .values()
        .filter(|value| value.number() != 0)
        .find(|value| value.name() == word || value.name()[prefix.len()..] == word);
    if let Some(value) = value {
        return Ok(value.number());
    }
    // Providers go by the names of their formats as well.
    if kind.full_name() == "acuse.type.v1.Provider"
        && let Some(format) = Format::parse(&text.trim().to_lowercase())
        && let Some(provider) = format.providers().first()
    {
        return Ok(types::Provider::from(*provider).into());
    }
    Err(format!("is {text:?}; must be one of {}", listed(kind)))
}

fn plain(one: char) -> char {
    match one {
        ' ' | '-' => '_',
        one => one.to_ascii_uppercase(),
    }
}

fn listed(kind: &EnumDescriptor) -> String {
    words(&Kind::Enum(kind.clone())).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::descriptors;

    fn field(message: &str, name: &str) -> FieldDescriptor {
        let pool = descriptors().unwrap();
        let message = pool.get_message_by_name(message).unwrap();
        message.get_field_by_name(name).unwrap()
    }

    #[test]
    fn enums_go_by_their_words() {
        let kind = field("acuse.type.v1.StatusEvidence", "kind");
        let read = |text: &str| of_text(&kind, text, &Reading::default());
        for text in [
            "dispatch_failed",
            "DISPATCH-FAILED",
            "Dispatch failed",
            "STATUS_KIND_DISPATCH_FAILED",
        ] {
            assert_eq!(read(text), Ok(Field::EnumNumber(3)), "{text}");
        }
        for text in ["unspecified", "STATUS_KIND_UNSPECIFIED", "3", "eaten"] {
            let fault = read(text).unwrap_err();
            assert!(
                fault.contains("queued, dispatched, dispatch_failed"),
                "{fault}"
            );
        }
        let provider = field("acuse.type.v1.ProviderMessageId", "provider");
        for text in ["360dialog", "dialog360", "PROVIDER_DIALOG360"] {
            let read = of_text(&provider, text, &Reading::default());
            assert_eq!(read, Ok(Field::EnumNumber(11)), "{text}");
        }
    }

    #[test]
    fn truths_go_by_many_words() {
        for (text, expected) in [
            ("TRUE", Some(true)),
            ("0", Some(false)),
            ("no", Some(false)),
            ("2", None),
        ] {
            assert_eq!(truth(text).ok(), expected, "{text}");
        }
    }
}
