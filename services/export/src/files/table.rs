//! Tables: columns with labels, and cells.

use std::borrow::Cow;

use acuse_domain::calendar::{DayCutter, LocalDay, Zone};
use acuse_domain::glossary::Language;
use acuse_domain::time::Timestamp;

/// A language that tables have labels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Labels {
    /// Spanish.
    Spanish,
}

impl Labels {
    /// The labels of a workspace that speaks `language`: its own where there are some, else Spanish.
    pub(crate) fn of_workspace(language: &str) -> Self {
        match Language::parse(language) {
            Some(Language::Spanish | Language::English | Language::Portuguese) | None => {
                Self::Spanish
            }
        }
    }

    /// The language of the words beside the labels.
    pub(super) fn language(self) -> Language {
        match self {
            Self::Spanish => Language::Spanish,
        }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Text that came from outside; never to be run as a formula.
    Text(Cow<'a, str>),
    /// A word of ours.
    Word(&'static str),
    /// A local day.
    Day(LocalDay),
    /// Nothing.
    Nothing,
}

impl<'a> Cell<'a> {
    /// Text, or nothing where it is absent or empty.
    pub(super) fn text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        match text.map(Into::into) {
            Some(text) if !text.is_empty() => Self::Text(text),
            _ => Self::Nothing,
        }
    }
}

/// What cells are put into: a language, and a zone's days.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(super) labels: Labels,
    days: DayCutter,
}

impl Words {
    pub(crate) fn new(labels: Labels, zone: &Zone) -> Self {
        Self {
            labels,
            days: DayCutter::new(zone),
        }
    }

    /// The day that an instant belongs to, or nothing where it is absent.
    pub(super) fn day<'a>(&mut self, at: Option<Timestamp>) -> Cell<'a> {
        at.map_or(Cell::Nothing, |at| Cell::Day(self.days.day_of(at)))
    }
}

/// A column of a table of `R`.
pub(crate) struct Column<R> {
    /// Its label in Spanish.
    pub(super) spanish: &'static str,
    /// Its cell of a row.
    pub(super) cell: for<'a> fn(&'a R, &mut Words) -> Cell<'a>,
}

impl<R> Column<R> {
    /// Its label.
    pub(super) fn label(&self, labels: Labels) -> &'static str {
        match labels {
            Labels::Spanish => self.spanish,
        }
    }
}
