//! The data of the taxonomy, read into a table.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Classification, FailureAction, FailureCategory};
use crate::kinds::Provider;

/// The data, read once.
pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("../../data/failures.tsv")));

/// Meanings by code.
#[derive(Default)]
pub(super) struct Table {
    whole: HashMap<(Provider, &'static str), Classification>,
    /// Longest first, so that the first that fits is the closest.
    prefixes: Vec<(Provider, &'static str, Classification)>,
}

impl Table {
    /// Reads the data; a line that is not an entry is left out, which a test makes sure happens to none.
    fn read(data: &'static str) -> Self {
        let mut table = Self::default();
        for (provider, code, classification) in data.lines().filter_map(entry) {
            match code.strip_suffix('*') {
                Some(prefix) => table.prefixes.push((provider, prefix, classification)),
                None => {
                    table.whole.insert((provider, code), classification);
                }
            }
        }
        let length = |(_, prefix, _): &(Provider, &str, Classification)| prefix.len();
        table
            .prefixes
            .sort_by_key(|entry| std::cmp::Reverse(length(entry)));
        table
    }

    /// The meaning of a provider's code.
    pub(super) fn find(&self, provider: Provider, code: &str) -> Option<Classification> {
        let by_prefix = || {
            self.prefixes
                .iter()
                .find(|(owner, prefix, _)| *owner == provider && code.starts_with(prefix))
                .map(|(_, _, classification)| *classification)
        };
        self.whole
            .get(&(provider, code))
            .copied()
            .or_else(by_prefix)
    }
}

/// The entry of a line: provider, code, meaning.
fn entry(line: &'static str) -> Option<(Provider, &'static str, Classification)> {
    let mut fields = line.split('\t');
    let provider = Provider::parse(fields.next()?)?;
    let code = fields.next()?;
    let category = FailureCategory::parse(fields.next()?)?;
    let action = FailureAction::parse(fields.next()?)?;
    Some((provider, code, Classification { category, action }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::VERSION;
    use super::*;

    const DATA: &str = include_str!("../../data/failures.tsv");

    #[test]
    fn every_line_is_an_entry_and_none_comes_twice() {
        let mut lines = DATA
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.next(), Some(format!("version\t{VERSION}").as_str()));
        let mut seen = BTreeSet::new();
        for line in lines {
            let (provider, code, _) = entry(line).unwrap_or_else(|| panic!("{line:?}"));
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 5, "{line:?}");
            assert!(
                fields
                    .iter()
                    .all(|field| !field.is_empty() && field.trim() == *field),
                "{line:?}"
            );
            assert!(
                code != "*" && !code[..code.len() - 1].contains('*'),
                "{line:?}"
            );
            assert!(seen.insert((provider, code)), "twice: {line:?}");
        }
        assert_eq!(seen.len(), TABLE.whole.len() + TABLE.prefixes.len());
    }

    #[test]
    fn a_whole_code_beats_a_prefix_and_a_longer_prefix_a_shorter() {
        let table = Table::read(concat!(
            "other\t1*\texpired\tretry\t\n",
            "other\t123\tbilling\ttop_up\t\n",
            "other\t12*\trate_limit\twait\t\n",
            "twilio\t1234*\tunknown\tretry\t\n",
            "other\t5\tno_such_category\tretry\t\n",
        ));
        let found = |code| {
            table
                .find(Provider::Other, code)
                .map(|found| found.category)
        };
        assert_eq!(found("123"), Some(FailureCategory::Billing));
        assert_eq!(found("1234"), Some(FailureCategory::RateLimit));
        assert_eq!(found("19"), Some(FailureCategory::Expired));
        assert_eq!(found("2"), None);
        assert_eq!(found("5"), None);
    }
}
