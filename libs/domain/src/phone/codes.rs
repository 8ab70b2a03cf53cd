//! The table of country calling codes.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Digits after each code, by code; codes have one to three digits, and none is the beginning of another.
static LENGTHS: LazyLock<Vec<Option<RangeInclusive<usize>>>> = LazyLock::new(|| {
    let mut lengths = vec![None; 1000];
    for line in include_str!("../../data/calling_codes.tsv").lines() {
        if let Some((code, range)) = parse(line) {
            lengths[code] = Some(range);
        }
    }
    lengths
});

/// Whether digits begin with an assigned code and go on for as long as numbers there do.
pub(super) fn has_plausible_length(digits: &str) -> bool {
    (1..=3).any(|length| {
        let code = digits
            .get(..length)
            .and_then(|code| code.parse::<usize>().ok());
        code.and_then(|code| LENGTHS[code].as_ref())
            .is_some_and(|range| range.contains(&(digits.len() - length)))
    })
}

/// A line's code and range; `None` for a comment.
fn parse(line: &str) -> Option<(usize, RangeInclusive<usize>)> {
    let mut fields = line.split('\t');
    let mut number = || fields.next()?.parse::<usize>().ok();
    let (code, least, most) = (number()?, number()?, number()?);
    (code < 1000).then_some((code, least..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../data/calling_codes.tsv");

    #[test]
    fn every_line_is_sound() {
        let mut codes = Vec::new();
        for line in FILE.lines().filter(|line| !line.starts_with('#')) {
            let (code, range) = parse(line).unwrap_or_else(|| panic!("{line:?}"));
            assert!(range.start() <= range.end(), "{line:?}");
            assert!(code.to_string().len() + range.end() <= 15, "{line:?}");
            assert!(
                line.split('\t').nth(3).is_some_and(|name| !name.is_empty()),
                "{line:?}"
            );
            codes.push(code.to_string());
        }
        assert!(
            codes.is_sorted(),
            "sorted as text, so that two of one code would stand together"
        );
        for pair in codes.windows(2) {
            assert!(!pair[1].starts_with(&pair[0]), "{pair:?}");
        }
        assert!(codes.len() > 200);
    }
}
