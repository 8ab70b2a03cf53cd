//! Values of dimensions as numbers: what rollups and rows hold.

use crate::ids::NameId;

/// A value: the number of a name, the code of a vocabulary, or [`NO_VALUE`].
pub type Value = i32;

/// What stands for messages without a value, shown as "(none)".
pub const NO_VALUE: Value = 0;

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
