//! The table of when contacts reply: a row a weekday, a column an hour.

use acuse_proto::reporting::{GetReplyActivityResponse, WeekdayReplies};

use super::cell::Cell;
use super::figures::values::{WEEKDAYS, word};
use super::table::{Column, Kind, Table, TableRow};
use super::words::Words;

/// When contacts reply.
pub(crate) static REPLY_ACTIVITY: Table<WeekdayReplies> = Table {
    id: "reply_activity",
    columns: &[
        Column::new("weekday", Kind::Word, weekday),
        Column::new("hour_0", Kind::Count, hour::<0>),
        Column::new("hour_1", Kind::Count, hour::<1>),
        Column::new("hour_2", Kind::Count, hour::<2>),
        Column::new("hour_3", Kind::Count, hour::<3>),
        Column::new("hour_4", Kind::Count, hour::<4>),
        Column::new("hour_5", Kind::Count, hour::<5>),
        Column::new("hour_6", Kind::Count, hour::<6>),
        Column::new("hour_7", Kind::Count, hour::<7>),
        Column::new("hour_8", Kind::Count, hour::<8>),
        Column::new("hour_9", Kind::Count, hour::<9>),
        Column::new("hour_10", Kind::Count, hour::<10>),
        Column::new("hour_11", Kind::Count, hour::<11>),
        Column::new("hour_12", Kind::Count, hour::<12>),
        Column::new("hour_13", Kind::Count, hour::<13>),
        Column::new("hour_14", Kind::Count, hour::<14>),
        Column::new("hour_15", Kind::Count, hour::<15>),
        Column::new("hour_16", Kind::Count, hour::<16>),
        Column::new("hour_17", Kind::Count, hour::<17>),
        Column::new("hour_18", Kind::Count, hour::<18>),
        Column::new("hour_19", Kind::Count, hour::<19>),
        Column::new("hour_20", Kind::Count, hour::<20>),
        Column::new("hour_21", Kind::Count, hour::<21>),
        Column::new("hour_22", Kind::Count, hour::<22>),
        Column::new("hour_23", Kind::Count, hour::<23>),
        Column::new("replied", Kind::Count, |day, _| Cell::Count(day.replied)),
    ],
};

impl TableRow for WeekdayReplies {
    fn is_total(&self) -> bool {
        self.weekday.is_empty()
    }
}

/// The days of the week, and all of them.
pub(crate) fn rows(answer: &GetReplyActivityResponse) -> Vec<WeekdayReplies> {
    let mut rows = answer.weekdays.clone();
    rows.push(WeekdayReplies {
        weekday: String::new(),
        replied: answer.replied,
        by_hour: answer.by_hour.clone(),
    });
    rows
}

fn weekday<'a>(day: &'a WeekdayReplies, words: &mut Words) -> Cell<'a> {
    match WEEKDAYS.into_iter().find(|name| *name == day.weekday) {
        Some(name) => Cell::Word {
            name,
            word: words.message("weekday", name),
        },
        None if day.is_total() => word(words, "total"),
        // A word that only a later version knows stands as it is.
        None => Cell::text(Some(day.weekday.as_str())),
    }
}

fn hour<'a, const HOUR: usize>(day: &'a WeekdayReplies, _: &mut Words) -> Cell<'a> {
    let count = day.by_hour.get(HOUR);
    count.map_or(Cell::Nothing, |count| Cell::Count(*count))
}
