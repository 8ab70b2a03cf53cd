//! Types of messages, by a provider's words for them.

use crate::json::Node;
use crate::limits::shown;

/// The type of a message, with the provider's word for it.
#[derive(Debug)]
pub(crate) struct Typed<T> {
    /// The word in lower case; empty where there is none.
    pub(crate) word: String,
    pub(crate) is: T,
}

/// The type of a message: as it says, else the first of `types` that the message has a member of; `unknown` where nothing tells
/// or the word is none of them.
pub(crate) fn of<T: Copy>(
    message: Node<'_>,
    given: Option<String>,
    types: &[(&str, T)],
    unknown: T,
) -> Typed<T> {
    let known = types.iter().find(|(word, _)| match &given {
        Some(given) => given == word,
        None => message.get(word).exists(),
    });
    match known {
        Some((word, is)) => Typed {
            word: (*word).to_owned(),
            is: *is,
        },
        None => Typed {
            word: given.unwrap_or_default(),
            is: unknown,
        },
    }
}

/// What to note of a message whose type is not known, by the word for it.
pub(crate) fn unknown(word: &str) -> String {
    match word {
        "" => "message without a type".to_owned(),
        word => format!("message of type {}", shown(word)),
    }
}
