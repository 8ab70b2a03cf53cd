//! Which zone was meant by a name that is none.

use super::zone::{DATABASE, LONGEST_NAME};

/// The zone whose name, or whose city, differs from `name` in the fewest letters.
pub(super) fn likely_meant(name: &str) -> String {
    const USUAL: &str = "America/Santiago";
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return USUAL.to_owned();
    }
    let wanted: Vec<char> = name
        .chars()
        .map(|c| {
            if c == ' ' {
                '_'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    // Further off than half of its letters, a name is not meant.
    let worth_naming = wanted.len() / 2;
    DATABASE
        .available()
        .map(|known| {
            let known = known.as_str().to_owned();
            let lower = known.to_ascii_lowercase();
            let city = lower.rsplit('/').next().unwrap_or(&lower);
            let distance = distance(&wanted, &lower).min(distance(&wanted, city));
            (distance, known)
        })
        .min()
        .filter(|(distance, _)| *distance <= worth_naming)
        .map_or_else(|| USUAL.to_owned(), |(_, known)| known)
}

/// How many letters must be put in, left out or replaced to make one word the other (Levenshtein).
fn distance(one: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=one.len()).collect();
    for letter in other.chars() {
        let mut diagonal = row[0];
        row[0] += 1;
        for (index, own) in one.iter().enumerate() {
            let replaced = diagonal + usize::from(*own != letter);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[one.len()]
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    #[test]
    fn an_unknown_name_is_told_what_was_meant() {
        for (given, meant) in [
            ("America/Santigo", "America/Santiago"),
            ("bogota", "America/Bogota"),
            ("Buenos Aires", "America/Argentina/Buenos_Aires"),
            ("", "America/Santiago"),
            ("qwertyuiopasdfghjkl", "America/Santiago"),
        ] {
            let error = given.parse::<Zone>().unwrap_err();
            assert_eq!(error.suggestion, meant, "{error}");
        }
        assert!("Etc/Unknown".parse::<Zone>().is_err());
        let long = "Ñ".repeat(1000).parse::<Zone>().unwrap_err();
        assert_eq!(long.name.chars().count(), LONGEST_NAME);
    }
}
