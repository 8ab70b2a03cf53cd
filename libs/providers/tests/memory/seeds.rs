//! Sound bodies of each format, from which fuzzing begins, and what they become where there is more of everything.

use std::collections::BTreeSet;
use std::path::Path;

use acuse_providers::Format;
use serde_json::Value;

/// The sound bodies of a format that are JSON, by name.
fn of(format: Format) -> Vec<(String, Value)> {
    let name = format.as_str().replace('-', "_");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let folder = folder.join(format!("webhook_{name}"));
    let files = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("{folder:?} is missing"));
    let mut seeds: Vec<(String, Value)> = files
        .map(|file| file.unwrap().path())
        .filter_map(|path| {
            let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).ok()?;
            Some((path.file_name()?.to_string_lossy().into_owned(), value))
        })
        .collect();
    seeds.sort_by(|(one, _), (other, _)| one.cmp(other));
    seeds
}

/// The sound bodies of a format with each kind of list grown until there are `length` bytes: once by what is in it, once by
/// next to nothing; and with all their texts grown.
///
/// # Panics
///
/// Where the format has no seeds.
pub(crate) fn blown_up(format: Format, length: usize) -> impl Iterator<Item = (String, Vec<u8>)> {
    let seeds = of(format);
    assert!(!seeds.is_empty(), "{format:?} has no seeds");
    let mut grown = BTreeSet::new();
    seeds.into_iter().flat_map(move |(name, seed)| {
        // Lists of one name are of one kind, however deep.
        let lists = lists(&seed, String::new()).into_iter();
        let kind = |pointer: &str| pointer.rsplit('/').next().map(str::to_owned);
        let fresh: Vec<String> = lists.filter(|it| grown.insert(kind(it))).collect();
        let mut plans: Vec<Option<(String, bool)>> = vec![None];
        plans.extend(
            fresh
                .into_iter()
                .flat_map(|it| [Some((it.clone(), true)), Some((it, false))]),
        );
        plans.into_iter().map(move |plan| match plan {
            None => (format!("{name} texts"), with_texts(&seed, length)),
            Some((pointer, own)) => {
                let list = seed.pointer(&pointer).and_then(Value::as_array);
                let piece = match own {
                    true => joined(list.unwrap()),
                    false => "{\"id\":\"m\",\"type\":\"text\"}".to_owned(),
                };
                let what = if own { "more" } else { "bare ids" };
                let body = with_list(&seed, &pointer, &piece, length);
                (format!("{name} {pointer} {what}"), body)
            }
        })
    })
}

fn joined(list: &[Value]) -> String {
    let elements: Vec<String> = list.iter().map(Value::to_string).collect();
    elements.join(",")
}

/// Where there are lists with something in them.
fn lists(value: &Value, pointer: String) -> Vec<String> {
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            let below = lists(&elements[0], format!("{pointer}/0"));
            std::iter::once(pointer).chain(below).collect()
        }
        Value::Object(members) => {
            let each = members.iter();
            each.flat_map(|(name, member)| lists(member, format!("{pointer}/{name}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn with_list(seed: &Value, pointer: &str, piece: &str, length: usize) -> Vec<u8> {
    const PLACE: &str = "here it grows";
    let mut body = seed.clone();
    *body.pointer_mut(pointer).unwrap() = Value::from(PLACE);
    let text = body.to_string();
    let (before, after) = text.split_once(&format!("\"{PLACE}\"")).unwrap();
    let room = length - before.len() - after.len() - 1;
    let pieces = vec![piece; room / (piece.len() + 1)].join(",");
    format!("{before}[{pieces}]{after}").into_bytes()
}

/// The body with all its texts longer, by as much as there is room for.
fn with_texts(seed: &Value, length: usize) -> Vec<u8> {
    let mut body = seed.clone();
    let count = texts(&mut body, "").max(1);
    let room = length - seed.to_string().len();
    texts(&mut body, &"x".repeat(room / count));
    body.to_string().into_bytes()
}

/// Adds something to every text; gives how many there are. What says of which kind something is stays.
fn texts(value: &mut Value, more: &str) -> usize {
    match value {
        Value::String(text) => {
            text.push_str(more);
            1
        }
        Value::Array(elements) => elements.iter_mut().map(|it| texts(it, more)).sum(),
        Value::Object(members) => {
            let kinds = [
                "type",
                "status",
                "field",
                "channel",
                "event",
                "message_type",
            ];
            let members = members.iter_mut();
            members
                .filter(|(name, _)| !kinds.contains(&name.as_str()))
                .map(|(_, it)| texts(it, more))
                .sum()
        }
        _ => 0,
    }
}
