//! Counting what is asserted.

use std::fmt::Debug;

use acuse_corpus::matches;

/// What was asserted, and what was not as it should be.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) asserted: usize,
    pub(crate) faults: Vec<String>,
}

impl Facts {
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.asserted += 1;
        if !holds {
            self.faults.push(what());
        }
    }

    /// That there is nothing beside what was asserted, which by itself is no fact of the index.
    pub(crate) fn nothing_else<T: PartialEq + Debug>(
        &mut self,
        name: &str,
        actual: &T,
        expected: &T,
    ) {
        if actual != expected {
            self.faults
                .push(format!("{name}: {actual:?}, not {expected:?}"));
        }
    }

    pub(crate) fn equal<T: PartialEq + Debug>(&mut self, name: &str, actual: &T, expected: &T) {
        self.check(actual == expected, || {
            format!("{name}: {actual:?}, not {expected:?}")
        });
    }

    /// Whether a text is what the index says, which cuts long ones.
    pub(crate) fn text(&mut self, name: &str, actual: Option<&str>, expected: Option<&str>) {
        let holds = same(actual, expected);
        self.check(holds, || format!("{name}: {actual:?}, not {expected:?}"));
    }
}

pub(crate) fn same(actual: Option<&str>, expected: Option<&str>) -> bool {
    match (expected, actual) {
        (Some(expected), Some(actual)) => matches(expected, actual),
        (None, None) => true,
        _ => false,
    }
}

/// Whether an address is the one that the index gives; phone numbers may have a plus.
pub(crate) fn is_address(actual: &str, expected: &str) -> bool {
    let bare = |address: &str| address.trim_start_matches('+').to_owned();
    bare(actual) == bare(expected)
}
