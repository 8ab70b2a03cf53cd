//! What a message says, as its sender or an echo tells it.

use acuse_proto::types::{Content, Echo};

use super::evidence::Piece;

/// Its text.
pub(super) fn body(content: Option<&Content>) -> Option<String> {
    content.and_then(|content| content.body.clone())
}

/// The echo that stands of several. Of those that one provider tells of one time it is the least by a digest, which is
/// nothing to be told by: histories make none that differ.
pub(super) fn least_echo(pieces: &[&Piece]) -> Option<Echo> {
    pieces
        .iter()
        .filter_map(|piece| Some(((piece.at, piece.provider), piece.echo.clone()?)))
        .min_by_key(|(order, _)| *order)
        .map(|(_, echo)| echo)
}
