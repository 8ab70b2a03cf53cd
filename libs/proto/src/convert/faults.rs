//! Collecting every fault of an item, so that a caller can mend them all at once.

use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;

/// The longest id, name and other short text, in bytes.
pub(crate) const MAX_SHORT: usize = 256;

/// The longest title or detail of a failure, in bytes.
pub(crate) const MAX_DETAIL: usize = 1_024;

/// The longest part of a message's content, in bytes.
pub(crate) const MAX_TEXT: usize = 65_536;

/// What is wrong with one message of the wire. Checks add to it and answer `None`; [`Faults::finish`] decides.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The time of the call: times are held against it.
    pub(crate) now: Timestamp,
    found: Vec<FieldViolation>,
}

impl Faults {
    /// Nothing wrong so far, at `now`.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now,
            found: Vec::new(),
        }
    }

    /// Notes what is wrong with `field`; `description` says what would be right.
    pub(crate) fn add(&mut self, field: &str, description: impl Into<String>) {
        self.found.push(FieldViolation::new(field, description));
    }

    /// Checks a message inside `field`; its faults get paths that begin there.
    pub(crate) fn within<T>(&mut self, field: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let mut inner = Self::new(self.now);
        let value = check(&mut inner);
        let found = inner.found.into_iter().map(|violation| violation.at(field));
        self.found.extend(found);
        value
    }

    /// A message that may be absent, checked by `check`.
    pub(crate) fn optional<W, T>(
        &mut self,
        field: &str,
        value: Option<W>,
        check: impl FnOnce(&mut Self, W) -> Option<T>,
    ) -> Option<T> {
        let value = value?;
        self.within(field, |faults| check(faults, value))
    }

    /// A message that has to be there, checked by `check`.
    pub(crate) fn required<W, T>(
        &mut self,
        field: &str,
        value: Option<W>,
        check: impl FnOnce(&mut Self, W) -> Option<T>,
    ) -> Option<T> {
        if value.is_none() {
            self.add(field, "must be given");
        }
        self.optional(field, value, check)
    }

    /// The value if nothing was wrong, else everything that was.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldViolation>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.found),
        }
    }

    /// An id that has to be there: 1 to [`MAX_SHORT`] bytes.
    pub(crate) fn id(&mut self, field: &str, value: String) -> Option<String> {
        if value.is_empty() {
            self.add(field, format!("must be given: 1 to {MAX_SHORT} bytes"));
            return None;
        }
        self.bounded(field, value, MAX_SHORT)
    }

    /// An id that may be absent, but not empty: an empty one hides a mistake of the caller's.
    pub(crate) fn optional_id(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let value = value?;
        if value.is_empty() {
            self.add(field, "must not be empty; leave it out where there is none");
            return None;
        }
        self.bounded(field, value, MAX_SHORT)
    }

    /// Text of at most `limit` bytes; empty is the same as absent.
    pub(crate) fn text(
        &mut self,
        field: &str,
        value: Option<String>,
        limit: usize,
    ) -> Option<String> {
        let value = value.filter(|value| !value.is_empty())?;
        self.bounded(field, value, limit)
    }

    fn bounded(&mut self, field: &str, value: String, limit: usize) -> Option<String> {
        if value.len() > limit {
            let length = value.len();
            self.add(
                field,
                format!("has {length} bytes; at most {limit} are allowed"),
            );
            return None;
        }
        Some(without_nul(value))
    }
}

/// Postgres cannot keep NUL in text: it becomes the character that stands for what cannot be shown.
fn without_nul(value: String) -> String {
    if value.contains('\0') {
        value.replace('\0', "\u{FFFD}")
    } else {
        value
    }
}
