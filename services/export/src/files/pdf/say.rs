//! What is said around figures: texts, numbers and dates of a language.

use acuse_domain::calendar::Zone;
use acuse_domain::glossary::{Language, state_name};
use acuse_domain::kinds::MessageState;
use acuse_domain::time::Timestamp;
use acuse_pages::{Instant, Numbers};
use acuse_proto::reporting::{Dimension, DimensionValue};

use super::super::cell::{Cell, NOTHING};
use super::super::filters::filled;
use super::super::messages::Messages;
use super::super::words::Words;

/// A language, on a zone's clock.
pub(super) struct Say {
    language: Language,
    zone: Zone,
    words: Words,
}

impl Say {
    pub(super) fn new(language: Language, zone: &Zone) -> Self {
        Self {
            language,
            zone: zone.clone(),
            words: Words::new(language, zone),
        }
    }

    /// As in BCP 47.
    pub(super) fn language(&self) -> &'static str {
        self.language.as_str()
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Its words.
    pub(super) fn words(&mut self) -> &mut Words {
        &mut self.words
    }

    /// The text of a key of the message files.
    pub(super) fn text(&self, key: &str) -> &'static str {
        Messages::of(self.language).get(key)
    }

    /// The same with what belongs into it.
    pub(super) fn fill(&self, key: &str, parts: &[&str]) -> String {
        filled(self.text(key), parts)
    }

    /// How numbers are written.
    pub(super) fn numbers(&self) -> Numbers {
        match self.language {
            Language::Spanish | Language::Portuguese => Numbers {
                decimal: ',',
                group: '.',
                percent: "\u{a0}%",
            },
            Language::English => Numbers {
                decimal: '.',
                group: ',',
                percent: "%",
            },
        }
    }

    pub(super) fn count(&self, count: i64) -> String {
        self.numbers().count(count as f64)
    }

    /// A cell as it is read.
    pub(super) fn cell(&self, cell: &Cell<'_>) -> String {
        match cell {
            Cell::Count(count) => self.count(*count),
            Cell::Share(share) => self.numbers().share(*share),
            Cell::Seconds(seconds) => self.seconds(*seconds),
            _ => {
                let mut text = String::new();
                cell.put_dated(self.language, &mut text);
                text
            }
        }
    }

    /// A length of time, in the greatest unit that it has one of.
    pub(super) fn seconds(&self, seconds: f64) -> String {
        let (number, unit) = match seconds {
            short if short < 60.0 => (short, "s"),
            middle if middle < 3_600.0 => (middle / 60.0, "min"),
            long if long < 172_800.0 => (long / 3_600.0, "h"),
            days => (days / 86_400.0, "d"),
        };
        let numbers = self.numbers();
        let rounded = (number * 10.0).round() / 10.0;
        let text = if rounded.fract() == 0.0 || rounded >= 100.0 {
            numbers.count(rounded)
        } else {
            numbers.decimals(rounded, 1)
        };
        format!("{text} {unit}")
    }

    /// The day that an instant belongs to.
    pub(super) fn day(&mut self, at: Timestamp) -> String {
        let cell = self.words.day(Some(at));
        self.cell(&cell)
    }

    /// Its day and month.
    pub(super) fn short_day(&self, at: Timestamp) -> String {
        let (_, month, day) = self.zone.day_of(at).ymd();
        match self.language {
            Language::English => format!("{month:02}-{day:02}"),
            Language::Spanish | Language::Portuguese => format!("{day}/{month}"),
        }
    }

    /// Its month and year.
    pub(super) fn month(&self, at: Timestamp) -> String {
        let (year, month, _) = self.zone.day_of(at).ymd();
        match self.language {
            Language::English => format!("{year}-{month:02}"),
            Language::Spanish | Language::Portuguese => format!("{month}/{year}"),
        }
    }

    /// Its day, month and hour.
    pub(super) fn hour(&self, at: Timestamp) -> String {
        let (_, hour) = self.zone.weekday_hour(at);
        format!("{} {hour}:00", self.short_day(at))
    }

    /// Date and time of an instant.
    pub(super) fn moment(&mut self, at: Timestamp) -> String {
        let cell = self.words.moment(Some(at));
        self.cell(&cell)
    }

    /// From when to when: by days where it is made of whole ones, the last one included.
    pub(super) fn interval(&mut self, start: Timestamp, end: Timestamp) -> String {
        let begins = |at: Timestamp| self.zone.day_start(self.zone.day_of(at)) == at;
        if begins(start) && begins(end) && start < end {
            let last = Timestamp::from_micros(end.micros() - 1);
            let (first, last) = (self.day(start), self.day(last));
            if first == last {
                first
            } else {
                format!("{first} – {last}")
            }
        } else {
            format!("{} – {}", self.moment(start), self.moment(end))
        }
    }

    /// A label amid a sentence: no capital at its beginning, unless it is all capitals.
    pub(super) fn amid(&self, label: &str) -> String {
        let mut letters = label.chars();
        let first = letters.next().unwrap_or_default();
        if letters.clone().next().is_some_and(char::is_uppercase) {
            label.to_owned()
        } else {
            first.to_lowercase().chain(letters).collect()
        }
    }

    /// What a dimension is called.
    pub(super) fn dimension(&self, dimension: Dimension) -> &'static str {
        self.text(&format!("dimension.{}", name_of(dimension)))
    }

    /// What a value of a dimension is called: a word of the language, a name, or the value itself.
    pub(super) fn value(&mut self, value: &DimensionValue) -> String {
        let Some(id) = value.id.as_deref() else {
            return self.text("row.none").to_owned();
        };
        let start = value.interval.as_ref().and_then(|one| one.start_at);
        if let Some(at) = start.and_then(|at| acuse_proto::convert::any_time(at).ok()) {
            return match value.dimension() {
                Dimension::Hour => self.hour(at),
                Dimension::Month => self.month(at),
                _ => self.day(at),
            };
        }
        match value.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => self.id(value.dimension(), id),
        }
    }

    /// The word for a value that a dimension writes so, else the value itself.
    pub(super) fn id(&self, dimension: Dimension, id: &str) -> String {
        let messages = Messages::of(self.language);
        match dimension {
            Dimension::State => MessageState::ALL
                .iter()
                .find(|state| state.as_str() == id)
                .map_or(id, |state| state_name(self.language, *state))
                .to_owned(),
            Dimension::SessionOpen | Dimension::Conflict if id == "yes" || id == "no" => {
                self.text(&format!("word.{id}")).to_owned()
            }
            _ => {
                let word = messages.find(&format!("{}.{id}", name_of(dimension)));
                word.unwrap_or(id).to_owned()
            }
        }
    }

    /// What stands where there is nothing.
    pub(super) fn nothing(&self) -> String {
        NOTHING.to_owned()
    }

    /// An instant as the file itself tells it.
    pub(super) fn instant(at: Timestamp) -> Instant {
        let day = Zone::UTC.day_of(at);
        let (year, month, date) = day.ymd();
        let seconds = at.micros().div_euclid(1_000_000).rem_euclid(86_400);
        let part = |number: i64| u8::try_from(number).unwrap_or(0);
        Instant {
            year: u16::try_from(year).unwrap_or(0),
            month: part(month.into()),
            day: part(date.into()),
            hour: part(seconds / 3_600),
            minute: part(seconds / 60 % 60),
            second: part(seconds % 60),
        }
    }
}

/// A dimension's name in the message files.
pub(super) fn name_of(dimension: Dimension) -> String {
    let name = dimension.as_str_name();
    name.trim_start_matches("DIMENSION_").to_lowercase()
}
