//! Cells as each format should have them.

use acuse_domain::glossary::Language;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use crate::opened::Opened;

macro_rules! messages {
    ($language:literal) => {
        [
            include_str!(concat!(
                "../../../../services/export/src/files/messages/",
                $language,
                ".toml"
            )),
            include_str!(concat!(
                "../../../../services/export/src/files/messages/figures.",
                $language,
                ".toml"
            )),
        ]
    };
}

/// What a cell should say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Nothing,
    /// A word of a section of the message files, whose name other systems are told.
    Word(&'static str, String),
    /// One that other systems are told by another name.
    Called(&'static str, String, &'static str),
    Text(String),
    Count(i64),
    Share(f64),
    Moment(Timestamp),
    /// The day of an instant.
    Day(Timestamp),
}

/// The words of a language, looked up where people edit them, and the clock of a zone.
pub(super) struct Words {
    messages: [toml::Table; 2],
    zone: TimeZone,
}

impl Words {
    pub(super) fn of(language: Language, zone: &str) -> Self {
        let messages = match language {
            Language::Spanish => messages!("es"),
            Language::English => messages!("en"),
            Language::Portuguese => messages!("pt"),
        };
        Self {
            messages: messages.map(|file| file.parse().unwrap()),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    fn word(&self, section: &str, name: &str) -> &str {
        let found = self
            .messages
            .iter()
            .find_map(|of| of.get(section)?.get(name));
        let word = found.and_then(toml::Value::as_str);
        word.unwrap_or_else(|| panic!("{section}.{name} is no word"))
    }

    fn at(&self, time: Timestamp) -> Zoned {
        time.to_zoned(self.zone.clone())
    }

    /// As a CSV file shows it.
    pub(super) fn shown(&self, cell: &Cell) -> String {
        match cell {
            Cell::Nothing => "-".to_owned(),
            Cell::Word(section, name) | Cell::Called(section, name, _) => {
                self.word(section, name).to_owned()
            }
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => count.to_string(),
            Cell::Share(share) => rounded(*share).to_string(),
            Cell::Moment(time) => self.at(*time).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Cell::Day(time) => self.at(*time).strftime("%-d/%-m/%Y").to_string(),
        }
    }

    /// Whether a value of a JSON line tells it.
    pub(super) fn is_told(&self, cell: &Cell, is: &Value) -> bool {
        match cell {
            Cell::Nothing => is.is_null(),
            Cell::Word(_, name) => is == name,
            Cell::Called(_, _, name) => is == name,
            Cell::Text(text) => is == text,
            Cell::Count(count) => is == count,
            Cell::Share(share) => is.as_f64().map(rounded) == Some(rounded(*share)),
            Cell::Moment(time) | Cell::Day(time) => {
                let local = self.at(*time);
                *is == local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
        }
    }

    /// Whether a cell of a workbook holds it.
    pub(super) fn is_opened(&self, cell: &Cell, is: &Opened) -> bool {
        match (cell, is) {
            (Cell::Count(count), Opened::Number(number)) => *number == *count as f64,
            (Cell::Share(share), Opened::Number(number)) => rounded(*number) == rounded(*share),
            (Cell::Moment(_), Opened::Time(time)) => *time == self.shown(cell),
            (Cell::Day(_), Opened::Day(day)) => *day == self.shown(cell),
            (
                Cell::Nothing | Cell::Word(..) | Cell::Called(..) | Cell::Text(_),
                Opened::Text(text),
            ) => *text == self.shown(cell),
            _ => false,
        }
    }

    /// Whether a cell is what stands above a section of an overview.
    pub(super) fn is_title(&self, is: &Opened) -> bool {
        let titles = [
            "received_by_channel",
            "by_channel",
            "by_source",
            "by_type",
            "by_subtype",
            "delivery",
            "delivery_cumulative",
        ];
        let Opened::Text(text) = is else {
            return false;
        };
        let mut titles = titles.iter();
        titles.any(|title| self.word("messages_overview", title) == text)
    }
}

/// As exact as all formats are.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
