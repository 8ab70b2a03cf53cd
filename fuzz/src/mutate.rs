//! Other inputs made of those that there are. What is JSON, or a form, stays one: a change is made to what it holds. Now and
//! then, and to all else, it is made to the bytes.

use serde_json::{Map, Value};

/// Of so many changes one is made to the bytes, whatever they are.
const PLAIN: usize = 4;

/// The most changes at once.
const MOST: usize = 4;

/// The most values that one change may add.
const ROOM: usize = 200;

/// libFuzzer's own way: changes the first bytes of a buffer, as many as the first number says, to at most as many as the
/// second; gives how many there are then.
pub type Plain = fn(&mut [u8], usize, usize) -> usize;

/// Changes the first `size` bytes of `data` into at most `max_size`; gives how many there are then.
pub fn input(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    words: &[String],
    plain: Plain,
) -> usize {
    let mut change = Change {
        state: u64::from(seed),
        words,
        plain,
    };
    let changed = if change.below(PLAIN) == 0 {
        None
    } else {
        Shape::of(&data[..size]).and_then(|shape| shape.changed(&mut change))
    };
    match changed {
        Some(bytes) if bytes.len() <= max_size => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        _ => plain(data, size, max_size),
    }
}

/// What an input is, beyond bytes.
enum Shape {
    Json(Value),
    Form(Map<String, Value>),
}

impl Shape {
    fn of(bytes: &[u8]) -> Option<Self> {
        if let Ok(value) = serde_json::from_slice(bytes) {
            return Some(Self::Json(value));
        }
        let is_form = std::str::from_utf8(bytes).is_ok_and(|text| text.contains('='));
        is_form.then(|| {
            let members = form_urlencoded::parse(bytes).into_owned();
            Self::Form(members.map(|(name, text)| (name, text.into())).collect())
        })
    }

    fn changed(self, change: &mut Change<'_>) -> Option<Vec<u8>> {
        let (mut value, is_form) = match self {
            Self::Json(value) => (value, false),
            Self::Form(members) => (Value::Object(members), true),
        };
        for _ in 0..=change.below(MOST) {
            change.value(&mut value);
        }
        match value {
            Value::Object(members) if is_form => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, member) in members {
                    let text = match member {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    form.append_pair(&name, &text);
                }
                Some(form.finish().into_bytes())
            }
            value => serde_json::to_vec(&value).ok(),
        }
    }
}

/// Where chance comes from, and words and bytes.
struct Change<'a> {
    state: u64,
    words: &'a [String],
    plain: Plain,
}

impl Change<'_> {
    /// A number below `end`: SplitMix64.
    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) as usize) % end.max(1)
    }

    /// Changes one of the values within.
    fn value(&mut self, root: &mut Value) {
        let count = count(root);
        let at = self.below(count);
        let graft = {
            let other = self.below(count);
            nth(root, other).clone()
        };
        let node = nth_mut(root, at);
        match self.below(8) {
            0 => *node = self.leaf(),
            1 if self::count(&graft) <= ROOM => *node = graft,
            2 => *node = Value::Array(vec![node.take()]),
            3 => *node = written_out(node),
            _ => self.within(node),
        }
    }

    /// Changes what a value holds.
    fn within(&mut self, node: &mut Value) {
        match node {
            Value::Object(members) => self.members(members),
            Value::Array(elements) if !elements.is_empty() => {
                let at = self.below(elements.len());
                match self.below(3) {
                    0 => {
                        elements.remove(at);
                    }
                    1 => elements.reverse(),
                    _ if count(&elements[at]) <= ROOM => elements.push(elements[at].clone()),
                    _ => {}
                }
            }
            Value::String(text) => *text = self.text(text),
            Value::Number(number) => {
                let text = self.text(&number.to_string());
                *node = serde_json::from_str(&text).unwrap_or(Value::String(text));
            }
            _ => *node = self.leaf(),
        }
    }

    /// Takes a member out, puts one in, or gives one another name.
    fn members(&mut self, members: &mut Map<String, Value>) {
        let at = self.below(members.len());
        let name = members.keys().nth(at).cloned();
        match (self.below(3), name) {
            (0, Some(name)) => {
                members.remove(&name);
            }
            (1, Some(name)) => {
                let member = members.remove(&name).unwrap_or_default();
                let name = self.word();
                members.insert(name, member);
            }
            _ => {
                let name = self.word();
                let member = self.leaf();
                members.insert(name, member);
            }
        }
    }

    fn leaf(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => Value::from(0),
            3 => Value::from(i64::MIN),
            4 => Value::from(u64::MAX),
            5 => Value::from(1e300),
            6 => Value::from(1_777_895_000 + self.below(2_000)),
            7 => Value::from("x".repeat(self.below(600))),
            8 => Value::from("\u{0}ñ\u{1F600}"),
            9 => Value::Array(Vec::new()),
            10 => Value::Object(Map::new()),
            _ => Value::from(self.word()),
        }
    }

    fn word(&mut self) -> String {
        let at = self.below(self.words.len());
        self.words.get(at).cloned().unwrap_or_default()
    }

    /// Another text, made by libFuzzer, which knows what the last ones were compared with.
    fn text(&mut self, text: &str) -> String {
        if self.below(4) == 0 {
            return self.word();
        }
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(text.len() + 64, 0);
        let length = (self.plain)(&mut bytes, text.len(), text.len() + 64);
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }
}

/// A value as text that holds it, or what such a text holds.
fn written_out(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => Value::String(other.to_string()),
    }
}

/// How many values there are, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place in the order in which they are written.
fn nth(value: &Value, at: usize) -> &Value {
    let mut left = at;
    if left == 0 {
        return value;
    }
    left -= 1;
    let below: Vec<&Value> = match value {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    for inner in below {
        let count = count(inner);
        if left < count {
            return nth(inner, left);
        }
        left -= count;
    }
    value
}

fn nth_mut(value: &mut Value, at: usize) -> &mut Value {
    if at == 0 {
        return value;
    }
    let mut left = at - 1;
    let counts: Vec<usize> = match &*value {
        Value::Array(elements) => elements.iter().map(count).collect(),
        Value::Object(members) => members.values().map(count).collect(),
        _ => Vec::new(),
    };
    let mut index = 0;
    while index < counts.len() && left >= counts[index] {
        left -= counts[index];
        index += 1;
    }
    if index >= counts.len() {
        return value;
    }
    match value {
        Value::Array(elements) => nth_mut(&mut elements[index], left),
        Value::Object(members) => {
            let inner = members.values_mut().nth(index);
            nth_mut(inner.expect("there are that many"), left)
        }
        _ => unreachable!("it has something below it"),
    }
}
