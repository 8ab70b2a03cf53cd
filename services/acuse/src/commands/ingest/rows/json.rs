//! Rows of JSON Lines: the objects that they are, and what those say.

use serde_json::{Map, Value};

use super::{
    Unfit,
    columns::{Kind, Shape},
    item::{Draft, Item, NOTES},
    value::Reading,
};

/// The member of a rejected line that could not be read: it is read instead of the line.
pub(crate) const TEXT: &str = "rejected_text";

/// The object that a line is.
///
/// # Errors
///
/// Why it is none.
pub(crate) fn object(line: &[u8]) -> Result<Map<String, Value>, Unfit> {
    let read = |text: &[u8]| match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Unfit::unreadable("is no JSON object")),
        Err(error) => Err(Unfit::unreadable(format!("is no JSON: {error}"))),
    };
    let object = read(line)?;
    match object.get(TEXT) {
        Some(Value::String(text)) => read(text.as_bytes()),
        _ => Ok(object),
    }
}

/// What an object says, which is of that kind, or names its own; `shapes` are those of all kinds.
///
/// # Errors
///
/// Why it is not taken in.
pub(crate) fn of_object(
    object: &Map<String, Value>,
    wanted: Option<Kind>,
    shapes: &[Shape],
    reading: &Reading,
) -> Result<Item, Unfit> {
    let (kind, object) = kind_of(object, wanted)?;
    let shape = shapes.iter().find(|shape| shape.kind == kind);
    let shape = shape.ok_or_else(|| Unfit::unreadable("is of a kind that is not known"))?;
    let mut draft = Draft::new(shape, reading);
    draft.object(object);
    draft.finish().map_err(Unfit::invalid)
}

/// What a row is, and the object that says it: that of the one member which names the kind, or else the row itself.
fn kind_of(
    object: &Map<String, Value>,
    wanted: Option<Kind>,
) -> Result<(Kind, &Map<String, Value>), Unfit> {
    let mut members = object.iter().filter(|(name, _)| !name.starts_with(NOTES));
    if let (Some((name, Value::Object(inner))), None) = (members.next(), members.next())
        && let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.member() == name)
    {
        return match wanted {
            Some(wanted) if wanted != kind => Err(Unfit::unreadable(format!(
                "holds {} where --kind says {}",
                kind.word(),
                wanted.word()
            ))),
            _ => Ok((kind, inner)),
        };
    }
    let kind = wanted.ok_or_else(|| {
        Unfit::unreadable(
            "does not say what it is: --kind does for all rows, or one member each: registration, status or inbound",
        )
    })?;
    Ok((kind, object))
}
