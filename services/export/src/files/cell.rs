//! Cells: what stands in a table, typed, so that every format writes it as it should be.

use std::borrow::Cow;
use std::fmt::Write as _;

use acuse_domain::calendar::{LocalDay, LocalTime};
use acuse_domain::glossary::Language;

/// What stands where there is nothing, in every format that shows tables to people.
pub(crate) const NOTHING: &str = "-";

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Text that came from outside; never to be run as a formula.
    Text(Cow<'a, str>),
    /// A phone number or an id, from outside as well; it stays text in a spreadsheet though it looks like a number.
    Code(Cow<'a, str>),
    /// One of a fixed set of values: its stable name, and the word for it in the language of the file.
    Word {
        /// For other systems, in snake_case.
        name: &'static str,
        /// For people.
        word: &'static str,
    },
    /// Such a value with the reason for it, which came from outside.
    Stated {
        /// For other systems, in snake_case.
        name: &'static str,
        /// For people.
        word: &'static str,
        /// Why it is so.
        reason: Cow<'a, str>,
    },
    /// Yes or no, with the word for it.
    Flag {
        /// Which one.
        is: bool,
        /// For people.
        word: &'static str,
    },
    /// A local day.
    Day(LocalDay),
    /// A time of which people are shown the day alone.
    DayOf {
        /// The day of a report that the time belongs to.
        day: LocalDay,
        /// The time, for other systems.
        time: LocalTime,
    },
    /// A date and time.
    Moment(LocalTime),
    /// A whole number.
    Count(i64),
    /// A quotient, shown as a percentage where the format has them.
    Share(f64),
    /// A length of time in seconds.
    Seconds(f64),
    /// Nothing.
    Nothing,
}

impl<'a> Cell<'a> {
    /// Text, or nothing where it is absent or empty.
    pub(crate) fn text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        match text.map(Into::into) {
            Some(text) if !text.is_empty() => Self::Text(text),
            _ => Self::Nothing,
        }
    }

    /// A phone number or an id, or nothing where it is absent or empty.
    pub(crate) fn code(code: Option<impl Into<Cow<'a, str>>>) -> Self {
        match code.map(Into::into) {
            Some(code) if !code.is_empty() => Self::Code(code),
            _ => Self::Nothing,
        }
    }

    /// Adds it as people read it in plain text: days as D/M/YYYY, times as YYYY-MM-DD HH:MM:SS, numbers with a point.
    pub(crate) fn put(&self, out: &mut String) {
        // Memory takes what is written.
        let _ = match self {
            Self::Text(text) | Self::Code(text) => {
                out.push_str(text);
                Ok(())
            }
            Self::Word { word, .. } | Self::Flag { word, .. } => {
                out.push_str(word);
                Ok(())
            }
            Self::Stated { word, reason, .. } => write!(out, "{word}: {reason}"),
            Self::Day(day) | Self::DayOf { day, .. } => {
                put_day(*day, out);
                Ok(())
            }
            Self::Moment(time) => {
                put_date(time.date(), out);
                out.push(' ');
                put_time(*time, out);
                Ok(())
            }
            Self::Count(count) => write!(out, "{count}"),
            Self::Share(number) | Self::Seconds(number) => write!(out, "{}", rounded(*number)),
            Self::Nothing => {
                out.push_str(NOTHING);
                Ok(())
            }
        };
    }
}

impl Cell<'_> {
    /// Adds a day or a time as a document has them for people, both alike: D/M/YYYY in Spanish and Portuguese, YYYY-MM-DD in English,
    /// where the other could be taken for a date of another month. What is neither is added as by [`Cell::put`].
    pub(crate) fn put_dated(&self, language: Language, out: &mut String) {
        match (language, self) {
            (Language::English, Self::Day(day) | Self::DayOf { day, .. }) => put_date(*day, out),
            (Language::Spanish | Language::Portuguese, Self::Moment(time)) => {
                Cell::Day(time.date()).put(out);
                out.push(' ');
                put_time(*time, out);
            }
            _ => self.put(out),
        }
    }
}

/// Adds a date as D/M/YYYY. Digit by digit, here and below: what formats any number takes longer than all else of a cell.
fn put_day(day: LocalDay, out: &mut String) {
    let (year, month, day) = day.ymd();
    for number in [day, month].map(|number| u32::from(number.unsigned_abs())) {
        if number < 10 {
            put_digit(number, out);
        } else {
            put_two(number, out);
        }
        out.push('/');
    }
    match year {
        1_000.. => put_year(year, out),
        // Years of fewer digits, or before the first.
        _ => out.push_str(&year.to_string()),
    }
}

/// Adds a year with four digits.
fn put_year(year: i16, out: &mut String) {
    let year = year.unsigned_abs();
    for two in [year / 100, year % 100] {
        put_two(u32::from(two), out);
    }
}

/// Adds a date as YYYY-MM-DD.
pub(super) fn put_date(day: LocalDay, out: &mut String) {
    let (year, month, day) = day.ymd();
    put_year(year, out);
    for two in [month, day] {
        out.push('-');
        put_two(u32::from(two.unsigned_abs()), out);
    }
}

/// Adds what the clock shows as HH:MM:SS.
pub(super) fn put_time(time: LocalTime, out: &mut String) {
    let time = time.time();
    put_two(time.hour, out);
    for two in [time.minute, time.second] {
        out.push(':');
        put_two(two, out);
    }
}

/// Adds a number below 100 with two digits.
pub(super) fn put_two(number: u32, out: &mut String) {
    put_digit(number / 10 % 10, out);
    put_digit(number % 10, out);
}

fn put_digit(digit: u32, out: &mut String) {
    out.push(char::from_digit(digit, 10).unwrap_or('0'));
}

/// Six decimals are enough for what is counted.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use acuse_domain::calendar::Clock;

    use super::*;

    fn shown(cell: &Cell<'_>) -> String {
        let mut text = String::new();
        cell.put(&mut text);
        text
    }

    #[test]
    fn a_document_has_days_and_times_of_one_form() {
        let at: jiff::Timestamp = "2022-10-02T04:09:08Z".parse().unwrap();
        let time = Clock::new(&"America/Lima".parse().unwrap()).read(at.into());
        let both = |language| {
            [Cell::Day(time.date()), Cell::Moment(time), Cell::Count(7)].map(|cell| {
                let mut text = String::new();
                cell.put_dated(language, &mut text);
                text
            })
        };
        let spanish = ["1/10/2022", "1/10/2022 23:09:08", "7"];
        assert_eq!(both(Language::Spanish), spanish);
        assert_eq!(both(Language::Portuguese), spanish);
        let english = ["2022-10-01", "2022-10-01 23:09:08", "7"];
        assert_eq!(both(Language::English), english);
    }

    #[test]
    fn any_day_has_its_numbers() {
        for (year, month, day) in [
            (-1, 12, 31),
            (0, 1, 1),
            (999, 9, 9),
            (1_000, 10, 10),
            (2024, 2, 29),
            (9_999, 12, 31),
        ] {
            let cell = Cell::Day(LocalDay::from_ymd(year, month, day).unwrap());
            assert_eq!(shown(&cell), format!("{day}/{month}/{year}"));
        }
    }

    #[test]
    fn cells_are_shown_as_people_read_them() {
        let at: jiff::Timestamp = "2022-10-02T04:09:08.765Z".parse().unwrap();
        let time = Clock::new(&"America/Lima".parse().unwrap()).read(at.into());
        let day = time.date();
        let failed = Cell::Stated {
            name: "dispatch_failed",
            word: "Salida fallida",
            reason: "Saldo insuficiente.".into(),
        };
        for (cell, text) in [
            (Cell::text(Some("hola")), "hola"),
            (Cell::text(Some("")), "-"),
            (Cell::code(Some("+51977452931")), "+51977452931"),
            (Cell::code(None::<&str>), "-"),
            (failed, "Salida fallida: Saldo insuficiente."),
            (Cell::Day(day), "1/10/2022"),
            (Cell::DayOf { day, time }, "1/10/2022"),
            (Cell::Moment(time), "2022-10-01 23:09:08"),
            (Cell::Count(-1_000), "-1000"),
            (Cell::Share(1.0 / 3.0), "0.333333"),
            (Cell::Seconds(90.0), "90"),
            (Cell::Nothing, "-"),
        ] {
            assert_eq!(shown(&cell), text);
        }
    }
}
