//! Pages of a listing, and how many items a batch may have.

mod token;

use acuse_domain::error::{Error, Result};
use uuid::Uuid;

pub use token::{Listing, PageTokens, page_token_secret};

const USUAL: usize = 100;
const MOST: usize = 1_000;

/// How many entries a page has at most: as asked, within what is allowed.
///
/// # Errors
///
/// INVALID_ARGUMENT for a negative number, by the name of its field.
pub fn size(field: &str, asked: i32) -> Result<usize> {
    match usize::try_from(asked) {
        Ok(0) => Ok(USUAL),
        Ok(asked) => Ok(asked.min(MOST)),
        Err(_) => Err(Error::invalid_field(
            field,
            format!("must not be negative; 1 to {MOST}, or 0 for {USUAL}"),
        )),
    }
}

/// The text after which a listing by text goes on; empty at its beginning.
///
/// # Errors
///
/// INVALID_ARGUMENT for a token of anything else.
pub fn after(pages: &PageTokens, listing: &Listing<'_>, token: &str) -> Result<String> {
    let place = pages.read(listing, token)?.unwrap_or_default();
    // Only text is ever put into the tokens of such a listing.
    String::from_utf8(place).map_err(Error::internal)
}

/// The id after which a listing by ids goes on; `None` at the beginning.
///
/// # Errors
///
/// INVALID_ARGUMENT for a token that is none of this listing's.
pub fn place_of(pages: &PageTokens, listing: &Listing<'_>, token: &str) -> Result<Option<Uuid>> {
    let place = pages.read(listing, token)?;
    // Only ids are ever put into the tokens of such a listing.
    let id = place.map(|place| Uuid::from_slice(&place).map_err(Error::internal));
    id.transpose()
}

/// Cuts `found`, for which one more than `size` was asked, down to a page; gives the token to go on with, empty where
/// nothing follows.
pub fn cut<T>(
    pages: &PageTokens,
    listing: &Listing<'_>,
    found: &mut Vec<T>,
    size: usize,
    place: impl FnOnce(&T) -> &[u8],
) -> String {
    if found.len() <= size {
        return String::new();
    }
    found.truncate(size);
    found
        .last()
        .map(|last| pages.issue(listing, place(last)))
        .unwrap_or_default()
}

/// Checks how many items a batch has.
///
/// # Errors
///
/// INVALID_ARGUMENT for none and for more than `most`, naming `field` and the limit.
pub fn check_count(field: &str, count: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::invalid_field(
        field,
        format!("has {count} entries; 1 to {most} are allowed"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_size_within_bounds() {
        let sizes = [(0, 100), (1, 1), (1_000, 1_000), (i32::MAX, 1_000)];
        for (asked, given) in sizes {
            assert_eq!(size("page_size", asked).unwrap(), given);
        }
        assert!(size("page_size", -1).is_err());
    }

    #[test]
    fn counts_have_bounds() {
        assert!(check_count("events", 1, 5_000).is_ok());
        assert!(check_count("events", 5_000, 5_000).is_ok());
        for count in [0, 5_001] {
            let error = check_count("events", count, 5_000).unwrap_err();
            assert!(error.message.contains("events") && error.message.contains("5000"));
        }
    }
}
