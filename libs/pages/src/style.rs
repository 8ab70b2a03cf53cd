//! How single lines are set.

use crate::faces::Weight;
use crate::shape::Shaped;
use crate::wrap;

/// Which end of a text stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a single line is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    pub(crate) anchor: Anchor,
    /// In points, at most.
    pub(crate) room: f32,
}

impl Style {
    pub(crate) fn new(room: f32) -> Self {
        Self {
            weight: Weight::Regular,
            anchor: Anchor::Start,
            room,
        }
    }

    pub(crate) fn bold(self) -> Self {
        Self {
            weight: Weight::Bold,
            ..self
        }
    }

    pub(crate) fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// A single line of at most so many ems.
pub(crate) fn one(text: &str, weight: Weight, room: f32) -> Shaped {
    let mut lines = wrap::lines(text, weight, room, 1);
    lines.pop().unwrap_or_default()
}
