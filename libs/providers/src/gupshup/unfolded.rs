//! JSON that is written as text within a form or within JSON.

use serde_json::Value;

/// Members that hold JSON, which may be written as text. A message's own text is none of them: people may write anything.
const FOLDED: [&str; 17] = [
    "audio",
    "button",
    "contacts",
    "context",
    "document",
    "image",
    "interactive",
    "location",
    "nfm_reply",
    "order",
    "payload",
    "reaction",
    "referral",
    "response",
    "sticker",
    "video",
    "voice",
];

/// The body, or each of a list of them, with such text read; what is no JSON stays as it is.
pub(super) fn body(mut body: Value) -> Value {
    match &mut body {
        Value::Array(bodies) => bodies.iter_mut().for_each(members),
        one => members(one),
    }
    body
}

fn members(body: &mut Value) {
    let Some(body) = body.as_object_mut() else {
        return;
    };
    for key in FOLDED {
        let Some(member) = body.get_mut(key) else {
            continue;
        };
        let text = member.as_str().map(str::trim_start).unwrap_or_default();
        if !text.starts_with(['{', '[']) {
            continue;
        }
        if let Ok(read) = serde_json::from_str(text) {
            *member = read;
        }
    }
}
