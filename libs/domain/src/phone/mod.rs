//! Phone numbers: the digits of a number as given, what its variants are compared by, and whether it can exist.

mod codes;

/// The fewest digits of a number with its country calling code.
const MIN_DIGITS: usize = 7;

/// The most digits of a number with its country calling code, as ITU-T E.164 sets it.
const MAX_DIGITS: usize = 15;

/// The digits of a number as people and providers write it: without a leading `+` or `00`, spaces, dashes, dots,
/// parentheses and invisible marks of direction.
///
/// `None` where anything else is in it, where it has fewer than 7 or more than 15 digits, or where it begins with a
/// zero, as no country calling code does: what is left then is a national number, or none.
pub fn canonical(raw: &str) -> Option<String> {
    let marked: String = raw.chars().filter(|c| !is_separator(*c)).collect();
    let digits = marked
        .strip_prefix('+')
        .or_else(|| marked.strip_prefix("00"))
        .unwrap_or(&marked);
    let well_formed = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
        && (MIN_DIGITS..=MAX_DIGITS).contains(&digits.len());
    well_formed.then(|| digits.to_owned())
}

/// What two canonical numbers are compared by. Networks write one and the same mobile in two ways, so the digit in
/// which they differ is left out: Brazil's ninth digit, Mexico's 1 and Argentina's 9 after the country calling code.
/// Every other number is its own key.
///
/// In Brazil only numbers from 6 up existed before the ninth digit; without theirs, later ones would be landlines'.
pub fn matching_key(digits: &str) -> String {
    match digits.as_bytes() {
        [b'5', b'5', _, _, b'9', b'6'..=b'9', ..] if digits.len() == 13 => without(digits, 4),
        [b'5', b'2', b'1', ..] | [b'5', b'4', b'9', ..] if digits.len() == 13 => without(digits, 2),
        _ => digits.to_owned(),
    }
}

/// What a number as given is compared by; what is no number, by itself.
pub fn compared(raw: &str) -> String {
    canonical(raw).map_or_else(|| raw.to_owned(), |digits| matching_key(&digits))
}

/// Whether a number as given could be somebody's: an assigned country calling code, and as many digits after it as
/// numbers there have. It says nothing about whether the number is in use.
pub fn is_possible(raw: &str) -> bool {
    canonical(raw).is_some_and(|digits| codes::has_plausible_length(&digits))
}

/// ASCII digits with one of them left out; anything else as it stands.
fn without(digits: &str, index: usize) -> String {
    let kept = |(position, digit)| (position != index).then_some(digit);
    digits.chars().enumerate().filter_map(kept).collect()
}

fn is_separator(c: char) -> bool {
    match c {
        '-' | '.' | '(' | ')' => true,
        // Hyphens and dashes that word processors put in, and the minus sign.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => true,
        // Marks of direction and width that come along when a number is copied from a contact card.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => true,
        _ => c.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writing_does_not_matter() {
        for raw in [
            "51977452931",
            "+51977452931",
            "0051977452931",
            "+51 977-452-931",
            "(51) 977.452.931",
            " 00 51 977 452 931 ",
            "\u{202a}+51\u{a0}977\u{2011}452\u{2011}931\u{202c}",
        ] {
            assert_eq!(canonical(raw).as_deref(), Some("51977452931"), "{raw:?}");
        }
    }

    #[test]
    fn what_is_no_number_has_no_digits() {
        for raw in [
            "",
            "+",
            "abc",
            "123456",
            "+1234567890123456",
            "51977+452931",
            "++51977452931",
            "51977452931x2",
            "0977452931",
            "+0051977452931",
            "٥١٩٧٧٤٥٢٩٣١",
        ] {
            assert_eq!(canonical(raw), None, "{raw:?}");
            assert!(!is_possible(raw), "{raw:?}");
        }
    }

    #[test]
    fn variants_of_one_mobile_have_one_key() {
        for (one, other) in [
            ("5531987654321", "553187654321"),
            ("5215512345678", "525512345678"),
            ("5491123456789", "541123456789"),
        ] {
            assert_eq!(matching_key(one), matching_key(other));
            assert!(is_possible(one) && is_possible(other));
        }
    }

    #[test]
    fn other_numbers_keep_theirs() {
        for digits in [
            // A Brazilian mobile that never had eight digits: without its nine it would be a landline.
            "5511931234567",
            "551131234567",
            "51977452931",
            "14155550123",
            "529811234567",
            "541123456789",
            "",
        ] {
            assert_eq!(matching_key(digits), digits);
        }
    }

    #[test]
    fn possible_numbers_have_a_country_and_its_length() {
        for raw in [
            "+51 977 452 931",
            "+1 415 555 0123",
            "+56 9 8765 4321",
            "+55 11 98765-4321",
            "+54 9 11 2345-6789",
            "+52 1 55 1234 5678",
            "+57 300 1234567",
            "+44 7911 123456",
            "+49 1512 3456789",
            "+290 22222",
            "+91 98765 43210",
            "+977 984 1234567",
            "+39 06 1234567",
        ] {
            assert!(is_possible(raw), "{raw}");
        }
        for raw in [
            "+51 977 452",
            "+1 415 555 012",
            "+1 415 555 01234",
            "+210 123456789",
            "+999 12345678",
            "+56 98765432101",
            "977452931",
        ] {
            assert!(!is_possible(raw), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_not(raw in "\\PC{0,24}") {
            if let Some(digits) = canonical(&raw) {
                prop_assert!((MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()));
                let again = canonical(&digits);
                prop_assert_eq!(again.as_deref(), Some(digits.as_str()));
            }
        }

        #[test]
        fn a_key_is_its_own_key(digits in "[0-9]{0,16}") {
            let key = matching_key(&digits);
            prop_assert_eq!(matching_key(&key), key);
        }

        #[test]
        fn a_key_keeps_what_tells_numbers_apart(area in "[1-9]{2}", rest in "[6-9][0-9]{7}") {
            let short = format!("55{area}{rest}");
            let long = format!("55{area}9{rest}");
            prop_assert_eq!(matching_key(&long), short.clone());
            prop_assert_eq!(matching_key(&short), short);
        }
    }
}
