//! Asking: the tables of one report, each planned piece by piece, as of one moment.

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Counted, Group, Query, Windows};
use acuse_domain::time::Timestamp;
use acuse_store::read::{self, Asked, Path};

use super::Inquiry;
use crate::basis::AsOf;
use crate::config::Sources;
use crate::cut::remaining;
use crate::plan::{self, Needs, Piece};
use crate::table::Table;

/// A table that is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// What it covers; nothing where that is `None`.
    pub(crate) interval: Option<Interval>,
    /// What it has cells for.
    pub(crate) group: Group,
    /// Whether it tells how long messages took.
    pub(crate) durations: bool,
    /// Whether it tells from which departments messages were sent.
    pub(crate) departments: bool,
}

/// Tables of what can be told whole, see [`Inquiry::whole`].
#[derive(Debug)]
pub(crate) struct Whole(Vec<Wanted>);

/// How often it is looked, where rows lack, for an earlier instant than that from which on none do.
const EARLIER: usize = 2;

/// Tables, as of one moment.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) as_of: AsOf,
    /// In the order in which they were wanted.
    pub(crate) tables: Vec<Table>,
}

impl Inquiry {
    /// The tables that `build` wants of what is covered, with what it makes beside them. Where some of them need rows that were
    /// dropped, less is covered from then on: what rollups tell as well, so that all of an answer is about the same messages.
    ///
    /// # Errors
    ///
    /// Those of `build`.
    pub(crate) fn whole<T>(
        &mut self,
        build: impl Fn(&Self) -> Result<(Vec<Wanted>, T)>,
    ) -> Result<(Whole, T)> {
        let mut times = 0;
        loop {
            let (wanted, beside) = build(self)?;
            let Some(earliest) = self.lacking(&wanted) else {
                return Ok((Whole(wanted), beside));
            };
            // From when on nothing lacks may be different with less to cover: other days are whole then.
            let from = Some(earliest).filter(|_| times < EARLIER);
            self.whole_from = self.whole_from.max(from.or(self.kept.rows_from));
            times += 1;
        }
    }

    /// The same of one table.
    pub(crate) fn whole_of(&mut self, build: impl Fn(&Self) -> Wanted) -> Result<Whole> {
        let (whole, ()) = self.whole(|inquiry| Ok((vec![build(inquiry)], ())))?;
        Ok(whole)
    }

    /// From when on no table lacks rows that it needs; `None` where none does.
    fn lacking(&self, wanted: &[Wanted]) -> Option<Timestamp> {
        let kept_from = self.kept.rows_from?;
        let intervals = wanted.iter().filter_map(|wanted| wanted.interval);
        if intervals.map(|interval| interval.start).min()? >= kept_from {
            return None;
        }
        let asked = self.of_all(wanted).into_iter();
        let of_rows = asked.filter(|(_, asked)| asked.path == Path::Rows);
        let intervals = of_rows.map(|(_, asked)| asked.question.query().interval);
        let lacking = intervals.filter(|interval| interval.start < kept_from);
        lacking.map(|interval| interval.end.min(kept_from)).max()
    }

    /// Asks for tables, all as of one moment.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn ask(&self, Whole(wanted): Whole) -> Result<Told> {
        let asked = self.of_all(&wanted).into_iter();
        let (of_tables, asked): (Vec<_>, Vec<_>) = asked.unzip();
        let answer = self.scoped.answer(asked).await?;
        let mut tables = vec![Table::default(); wanted.len()];
        for ((index, direction), answered) in of_tables.into_iter().zip(answer.answered) {
            tables[index].add(direction, answered);
        }
        Ok(Told {
            as_of: AsOf {
                newest: answer.as_of,
                provider_lags: answer.provider_lags,
            },
            tables,
        })
    }

    /// What is to be asked for tables, each with the table's index and the direction of its messages.
    fn of_all(&self, wanted: &[Wanted]) -> Vec<((usize, Direction), Asked)> {
        let mut all = Vec::new();
        for (index, wanted) in wanted.iter().enumerate() {
            for direction in self.directions().filter(|of| has_cells(&wanted.group, *of)) {
                if let Some(interval) = wanted.interval {
                    let pieces = self.asked(wanted, interval, direction).into_iter();
                    all.extend(pieces.map(|asked| ((index, direction), asked)));
                }
            }
        }
        all
    }

    /// The directions of which there can be figures.
    pub(super) fn directions(&self) -> impl Iterator<Item = Direction> {
        let inbound = self.not_inbound.is_empty().then_some(Direction::Inbound);
        [Direction::Outbound].into_iter().chain(inbound)
    }

    /// What is to be asked for a table, piece by piece.
    fn asked(&self, wanted: &Wanted, interval: Interval, direction: Direction) -> Vec<Asked> {
        let outbound = direction == Direction::Outbound;
        let question = self.question(interval, wanted.group.clone(), direction);
        let durations = wanted.durations && outbound;
        let pieces = match self.sources {
            Sources::Planned => self.planned(&question, durations),
            Sources::RowsAlone => vec![Piece {
                interval,
                path: Path::Rows,
            }],
        };
        pieces
            .into_iter()
            .map(|piece| Asked {
                question: question.within(piece.interval),
                path: piece.path,
                durations,
                departments: wanted.departments && outbound,
            })
            .collect()
    }

    /// Where to read the answer to a question.
    fn planned(&self, question: &read::Question, durations: bool) -> Vec<Piece> {
        let zone = self.scoped.workspace().facet_zone();
        let Interval { start, end } = question.query().interval;
        let until = self.kept.days_from.unwrap_or(start);
        let until = until.min(end).max(start);
        let parts = [(start, until, false), (until, end, true)].into_iter();
        let parts = parts.filter(|(start, end, _)| start < end);
        parts
            .flat_map(|(start, end, facets)| {
                let question = question.within(Interval::new(start, end));
                let needs = Needs {
                    query: question.query(),
                    ids: !question.ids().is_empty(),
                    durations,
                    facets,
                };
                plan::pieces(needs, &zone)
            })
            .collect()
    }

    /// The question for the messages of one direction in an interval.
    fn question(&self, interval: Interval, group: Group, direction: Direction) -> read::Question {
        self.question_of(interval, group, direction, self.counted.clone())
    }

    /// The same for those that count in something else.
    pub(crate) fn question_of(
        &self,
        interval: Interval,
        group: Group,
        direction: Direction,
        counted: Vec<Counted>,
    ) -> read::Question {
        let windows = (!self.times.is_empty())
            .then(|| Windows::new(remaining(interval, &self.zone, &self.times)));
        let query = Query {
            direction,
            interval,
            windows,
            conditions: self.conditions.clone(),
            counted,
            replied: self.replied.clone(),
            group,
            unconfirmed_before: self.unconfirmed_before,
        };
        self.scoped.question(query, self.ids.clone())
    }
}

/// Whether messages of a direction have what is grouped by.
fn has_cells(group: &Group, direction: Direction) -> bool {
    match group {
        Group::ReplyHours(_) | Group::Proactive => direction == Direction::Outbound,
        group => group
            .dimensions()
            .all(|dimension| dimension.applies_to(direction)),
    }
}
