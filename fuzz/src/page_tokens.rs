//! Page tokens: any text as a token, and any bytes as the place that one names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use acuse_domain::scope::{Caller, Role, Scope};
use acuse_rpc::Secret;
use acuse_rpc::paging::{Listing, PageTokens, after, place_of};

static TOKENS: LazyLock<PageTokens> =
    LazyLock::new(|| PageTokens::new(&Secret::new("a secret that no input of a fuzzer has")));

static CALLER: LazyLock<Caller> = LazyLock::new(|| Caller {
    subject: "ana".to_owned(),
    role: Role::Administrator,
    permissions: BTreeSet::new(),
    scope: Some(Scope::whole("acme")),
});

/// The longest place that a token may name: its hash before it, all of it in base64 within the longest token.
const LONGEST_PLACE: usize = 2_048 / 4 * 3 - 32;

/// What was not issued is refused; what was issued names its place, for its own listing, and nothing once it is altered.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let caller = &*CALLER;
    let listing = Listing {
        method: "List",
        request: &[b"agents"],
        caller,
    };
    let text = String::from_utf8_lossy(bytes);
    let told = TOKENS.read(&listing, &text);
    assert_eq!(told.is_ok(), text.is_empty(), "a token was made up");
    let _ = after(&TOKENS, &listing, &text);
    let _ = place_of(&TOKENS, &listing, &text);

    let token = TOKENS.issue(&listing, bytes);
    if bytes.len() > LONGEST_PLACE {
        assert!(TOKENS.read(&listing, &token).is_err());
        return;
    }
    let place = TOKENS.read(&listing, &token).expect("it was issued");
    assert_eq!(place.as_deref(), Some(bytes));
    let _ = after(&TOKENS, &listing, &token);
    let _ = place_of(&TOKENS, &listing, &token);
    let other = Listing {
        request: &[bytes],
        ..listing
    };
    assert_eq!(TOKENS.read(&other, &token).is_ok(), bytes == b"agents");

    let mut altered = token.into_bytes();
    let at = bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() % altered.len();
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("it is still text");
    assert!(TOKENS.read(&listing, &altered).is_err(), "{altered}");
}
