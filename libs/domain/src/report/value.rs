//! Values of dimensions as numbers: what rollups and rows hold.

use crate::ids::NameId;

/// A value: the number of a name, the code of a vocabulary, or [`NO_VALUE`].
pub type Value = i32;

/// What stands for messages without a value, shown as "(none)".
pub const NO_VALUE: Value = 0;

/// What tells the cells of a group apart: a value, or a pair of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(i64);

impl Key {
    /// How many bits of a key the second value of a pair takes.
    pub const SECOND_BITS: u32 = 32;

    /// The key of a pair of values; neither is negative.
    pub fn pair(first: Value, second: Value) -> Self {
        Self((i64::from(first) << Self::SECOND_BITS) | i64::from(second))
    }

    /// The pair of values; where the key is of one value alone, that is the second.
    pub fn values(self) -> [Value; 2] {
        // No value is negative, so that neither half is cut.
        let second = self.0 & i64::from(u32::MAX);
        [self.0 >> Self::SECOND_BITS, second]
            .map(|half| Value::try_from(half).unwrap_or(Value::MAX))
    }

    /// The value of a key of one.
    pub fn value(self) -> Value {
        let [_, value] = self.values();
        value
    }

    /// As it is told by a statement.
    pub const fn from_stored(stored: i64) -> Self {
        Self(stored)
    }
}

impl From<Value> for Key {
    fn from(value: Value) -> Self {
        Self(value.into())
    }
}

/// The value of a name.
pub(super) fn of_name(name: Option<NameId>) -> Value {
    name.map_or(NO_VALUE, |NameId(number)| number)
}

/// The value of a code.
pub(super) fn of_code(code: Option<i16>) -> Value {
    code.map_or(NO_VALUE, i32::from)
}

/// The value of a flag: 1 for no, 2 for yes.
pub(super) fn of_flag(flag: Option<bool>) -> Value {
    flag.map_or(NO_VALUE, |flag| 1 + i32::from(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_its_values() {
        for pair in [
            [0, 0],
            [0, 7],
            [7, 0],
            [Value::MAX, Value::MAX],
            [1, Value::MAX],
        ] {
            assert_eq!(Key::pair(pair[0], pair[1]).values(), pair);
        }
        assert_eq!(Key::from(9).value(), 9);
        assert!(Key::pair(1, 0) > Key::pair(0, Value::MAX));
    }
}
