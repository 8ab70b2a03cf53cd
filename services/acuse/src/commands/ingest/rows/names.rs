//! Names that are nearly right.

/// The one of `known` that is most like `name`, if any is like it at all.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let enough = (length / 3).max(2);
    known
        // As many letters as one is longer have to be put in: to count further takes long for a long name.
        .filter(|one| one.chars().count().abs_diff(length) <= enough)
        .map(|one| (distance(name, one), one))
        .filter(|(distance, _)| *distance <= enough)
        .min()
        .map(|(_, one)| one)
}

/// How many letters have to be put in, left out or changed to make one of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut corner = line;
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("año", "ano"), 1);
    }

    #[test]
    fn what_is_like_nothing_has_no_nearest() {
        let known = || ["queued_at", "dispatched_at"].into_iter();
        assert_eq!(nearest("queue_at", known()), Some("queued_at"));
        assert_eq!(nearest("price", known()), None);
        assert_eq!(nearest(&"queued_at".repeat(100_000), known()), None);
    }
}
