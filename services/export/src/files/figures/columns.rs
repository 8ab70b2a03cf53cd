//! The columns of tables of figures.

use acuse_proto::reporting::{Dimension, Metrics, Quantiles, Times};

use super::super::cell::Cell;
use super::super::table::{Column, Kind};
use super::super::told::instant;
use super::super::words::Words;
use super::row::{Place, Row, RowKind};
use super::values::{figure, id, id_column, rate, value, word};

type One = Column<Row>;

/// What every table of figures tells of each row.
pub(super) const METRICS: &[One] = &[
    count("messages", |row, _| Cell::Count(row.metrics.messages)),
    count("tickets", |row, _| Cell::Count(row.metrics.tickets)),
    count("dispatched", |row, _| Cell::Count(row.metrics.dispatched)),
    count("sent", |row, _| Cell::Count(row.metrics.sent)),
    count("delivered", |row, _| Cell::Count(row.metrics.delivered)),
    count("read", |row, _| Cell::Count(row.metrics.read)),
    count("failed", |row, _| Cell::Count(row.metrics.failed)),
    count("failed_at_dispatch", |row, _| {
        let failed = row.metrics.failed_by_stage.as_ref();
        Cell::Count(failed.map_or(0, |failed| failed.dispatch))
    }),
    count("failed_at_send", |row, _| {
        let failed = row.metrics.failed_by_stage.as_ref();
        Cell::Count(failed.map_or(0, |failed| failed.send))
    }),
    count("failed_at_delivery", |row, _| {
        let failed = row.metrics.failed_by_stage.as_ref();
        Cell::Count(failed.map_or(0, |failed| failed.delivery))
    }),
    count("pending", |row, _| Cell::Count(row.metrics.pending)),
    count("unconfirmed", |row, _| Cell::Count(row.metrics.unconfirmed)),
    count("unattached", |row, _| Cell::Count(row.metrics.unattached)),
    count("replied", |row, _| Cell::Count(row.metrics.replied)),
    count("received", |row, words| match row.metrics.received {
        Some(received) => Cell::Count(received),
        None => word(words, "not_applicable"),
    }),
    count("billable", |row, _| Cell::Count(row.metrics.billable)),
    share("sent_rate", |row, words| {
        rate(words, row.metrics.sent_rate.as_ref())
    }),
    share("bounce_rate", |row, words| {
        rate(words, row.metrics.bounce_rate.as_ref())
    }),
    share("delivery_rate", |row, words| {
        rate(words, row.metrics.delivery_rate.as_ref())
    }),
    share("read_rate", |row, words| {
        rate(words, row.metrics.read_rate.as_ref())
    }),
    share("reply_rate", |row, words| {
        rate(words, row.metrics.reply_rate.as_ref())
    }),
    count("sent_rate_left_out", |row, _| {
        let rate = row.metrics.sent_rate.as_ref();
        Cell::Count(rate.map_or(0, |rate| rate.left_out))
    }),
    count("delivery_rate_left_out", |row, _| {
        let rate = row.metrics.delivery_rate.as_ref();
        Cell::Count(rate.map_or(0, |rate| rate.left_out))
    }),
    count("read_rate_left_out", |row, _| {
        let rate = row.metrics.read_rate.as_ref();
        Cell::Count(rate.map_or(0, |rate| rate.left_out))
    }),
    count("state_queued", |row, _| state(row, |states| states.queued)),
    count("state_dispatched", |row, _| {
        state(row, |states| states.dispatched)
    }),
    count("state_sent", |row, _| state(row, |states| states.sent)),
    count("state_delivered", |row, _| {
        state(row, |states| states.delivered)
    }),
    count("state_read", |row, _| state(row, |states| states.read)),
    count("state_dispatch_failed", |row, _| {
        state(row, |states| states.dispatch_failed)
    }),
    count("state_failed", |row, _| state(row, |states| states.failed)),
];

/// What they tell where it was asked how long messages took.
pub(super) const TIMES: &[One] = &[
    time("time_to_deliver_p50", |row, _| {
        seconds(row, |times| times.to_deliver, |taken| taken.p50_seconds)
    }),
    time("time_to_deliver_p90", |row, _| {
        seconds(row, |times| times.to_deliver, |taken| taken.p90_seconds)
    }),
    time("time_to_deliver_p99", |row, _| {
        seconds(row, |times| times.to_deliver, |taken| taken.p99_seconds)
    }),
    time("time_to_read_p50", |row, _| {
        seconds(row, |times| times.to_read, |taken| taken.p50_seconds)
    }),
    time("time_to_read_p90", |row, _| {
        seconds(row, |times| times.to_read, |taken| taken.p90_seconds)
    }),
    time("time_to_read_p99", |row, _| {
        seconds(row, |times| times.to_read, |taken| taken.p99_seconds)
    }),
    time("time_to_reply_p50", |row, _| {
        seconds(row, |times| times.to_reply, |taken| taken.p50_seconds)
    }),
    time("time_to_reply_p90", |row, _| {
        seconds(row, |times| times.to_reply, |taken| taken.p90_seconds)
    }),
    time("time_to_reply_p99", |row, _| {
        seconds(row, |times| times.to_reply, |taken| taken.p99_seconds)
    }),
];

/// Which period a row of a comparison is of.
pub(super) const PERIOD: One = Column::new("period", Kind::Word, |row, words| {
    word(words, if row.previous { "previous" } else { "current" })
});

/// Which part of the period a row is of.
pub(super) const PARTS: &[One] = &[
    Column::new("part", Kind::Moment, |row, words| match row.kind {
        RowKind::Total => word(words, "total"),
        _ => part(row, words),
    }),
    Column::new("start_at", Kind::Moment, |row, words| {
        let start = row.interval.as_ref().and_then(|covers| covers.start_at);
        words.moment(instant(start))
    }),
    Column::new("end_at", Kind::Moment, |row, words| {
        let end = row.interval.as_ref().and_then(|covers| covers.end_at);
        words.moment(instant(end))
    }),
];

/// How many values a row is of.
pub(super) const VALUES: One = count("values", |row, _| match row.kind {
    RowKind::Value => Cell::Count(1),
    RowKind::Others(values) => Cell::Count(values),
    RowKind::Part | RowKind::Total => Cell::Nothing,
});

/// What part of all messages they are.
pub(super) const SHARE: One = share("share", |row, _| {
    row.share.map_or(Cell::Nothing, Cell::Share)
});

/// The place that stands before a value.
pub(super) const RANK: One = count("rank", |row, _| place(row, |place| Cell::Count(place.rank)));

/// Where those of a template or agent are.
pub(super) const DEPARTMENTS: One = Column::new("departments", Kind::Text, |row, words| {
    let departments = row.place.iter().flat_map(|place| &place.departments);
    let mut names = String::new();
    for department in departments {
        if !names.is_empty() {
            names.push_str(", ");
        }
        value(department, words).put(&mut names);
    }
    Cell::text(Some(names))
});

/// What the place rests on.
pub(super) const FIGURE: One = count("figure", |row, _| {
    place(row, |place| figure(place.metric, Some(place.figure)))
});

/// The bound that was compared instead.
pub(super) const SCORE: One = share("score", |row, _| {
    place(row, |place| Cell::Share(place.score))
});

/// The place in the period before.
pub(super) const BEFORE: &[One] = &[
    count("previous_rank", |row, _| {
        place(row, |place| {
            place.previous_rank.map_or(Cell::Nothing, Cell::Count)
        })
    }),
    count("previous_figure", |row, _| {
        place(row, |place| figure(place.metric, place.previous_figure))
    }),
    count("movement", |row, _| {
        place(row, |place| {
            place.movement.map_or(Cell::Nothing, Cell::Count)
        })
    }),
];

/// The columns of a dimension: its values, and their ids where they have names beside them.
pub(super) fn of_dimension(dimension: Dimension, second: bool) -> Vec<One> {
    let id_of = super::dimension_id(dimension);
    let shown: One = match second {
        false => Column::new(id_of, Kind::Text, |row, words| match row.kind {
            RowKind::Others(_) => word(words, "others"),
            RowKind::Total => word(words, "total"),
            RowKind::Value | RowKind::Part => at(row, 0, words),
        }),
        true => Column::new(id_of, Kind::Text, |row, words| at(row, 1, words)),
    };
    let mut columns = vec![shown];
    if let Some(column) = id_column(dimension) {
        columns.push(match second {
            false => Column::new(column, Kind::Code, |row, _| {
                row.values.first().map_or(Cell::Nothing, id)
            }),
            true => Column::new(column, Kind::Code, |row, _| {
                row.values.get(1).map_or(Cell::Nothing, id)
            }),
        });
    }
    columns
}

fn at<'a>(row: &'a Row, index: usize, words: &mut Words) -> Cell<'a> {
    let found = row.values.get(index);
    found.map_or(Cell::Nothing, |found| value(found, words))
}

fn part<'a>(row: &Row, words: &mut Words) -> Cell<'a> {
    let start = row.interval.as_ref().and_then(|covers| covers.start_at);
    if row.by_hour {
        words.moment(instant(start))
    } else {
        words.day(instant(start))
    }
}

fn place<'a>(row: &Row, tell: impl Fn(&Place) -> Cell<'a>) -> Cell<'a> {
    row.place.as_ref().map_or(Cell::Nothing, tell)
}

fn state<'a>(row: &Row, tell: impl Fn(&acuse_proto::reporting::StateCounts) -> i64) -> Cell<'a> {
    Cell::Count(row.metrics.states.as_ref().map_or(0, tell))
}

fn seconds<'a>(
    row: &Row,
    span: impl Fn(Times) -> Option<Quantiles>,
    quantile: impl Fn(Quantiles) -> Option<f64>,
) -> Cell<'a> {
    let Metrics { times, .. } = &row.metrics;
    let taken = times.as_ref().and_then(|times| span(*times));
    taken
        .and_then(quantile)
        .map_or(Cell::Nothing, Cell::Seconds)
}

const fn count(id: &'static str, cell: for<'a> fn(&'a Row, &mut Words) -> Cell<'a>) -> One {
    Column::new(id, Kind::Count, cell)
}

const fn share(id: &'static str, cell: for<'a> fn(&'a Row, &mut Words) -> Cell<'a>) -> One {
    Column::new(id, Kind::Share, cell)
}

const fn time(id: &'static str, cell: for<'a> fn(&'a Row, &mut Words) -> Cell<'a>) -> One {
    Column::new(id, Kind::Seconds, cell)
}
