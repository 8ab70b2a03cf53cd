//! A ranking of the values of a dimension.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use acuse_domain::calendar::{Interval, previous};
use acuse_domain::error::Result;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Dimension, Group, NO_VALUE, Value};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::Ranking as Asked;
use acuse_proto::reporting::Metric;

use crate::basis::Basis;
use crate::figures::{Figures, less_is_better, time_of};
use crate::inquiry::{Inquiry, Wanted};
use crate::naming::{self, Shown, Slot, by_figure};
use crate::parts::Parts;
use crate::table::Table;

/// A ranking.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) basis: Basis,
    /// The period before.
    pub(crate) previous: Interval,
    /// What of it is covered.
    pub(crate) previous_covered: Option<Interval>,
    pub(crate) rows: Vec<(Shown, Place)>,
    pub(crate) ranked: usize,
    pub(crate) unranked: usize,
    pub(crate) total: Figures,
}

/// The place of one value.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    value: Value,
    /// From 1.
    pub(crate) rank: usize,
    pub(crate) figure: f64,
    /// What was compared.
    pub(crate) score: f64,
    pub(crate) figures: Figures,
    pub(crate) previous_rank: Option<usize>,
    pub(crate) previous_figure: Option<f64>,
    pub(crate) departments: Vec<Shown>,
}

/// A ranking, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is
/// away.
pub(crate) async fn get_ranking(parts: &Parts, scope: &Scope, asked: Asked) -> Result<Ranking> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question.clone()).await?;
    let dimension = asked.dimension;
    if !dimension.applies_to(Direction::Inbound) {
        inquiry.leave_inbound_out(dimension.as_str());
    }
    let before = previous(inquiry.requested, inquiry.now, &inquiry.zone);
    let timed = time_of(asked.metric).is_some();
    let wanted = |interval, durations, departments| Wanted {
        interval,
        group: Group::values(dimension),
        durations,
        departments,
    };
    let names_departments = matches!(dimension, Dimension::Template | Dimension::Agent);
    let (both, before_covered) = inquiry.whole(|inquiry| {
        let covered = inquiry.covered(inquiry.requested);
        let before_covered = inquiry.covered(before);
        // Of a part of the period before there is nothing that a place could be compared with.
        let compared = before_covered.filter(|covered| *covered == before);
        let now = wanted(covered, asked.with_times || timed, names_departments);
        Ok((vec![now, wanted(compared, timed, false)], before_covered))
    })?;
    let told = inquiry.ask(both).await?;
    let mut tables = told.tables.into_iter();
    let (now, then) = (
        tables.next().unwrap_or_default(),
        tables.next().unwrap_or_default(),
    );
    let total = now.total();
    // Where inbound messages are left out there is no figure of them, not 0.
    let has_figure = asked.metric != Metric::Received || inquiry.not_inbound.is_empty();
    let places = match has_figure {
        true => places(&asked, &now, &then),
        false => Vec::new(),
    };
    let (ranked, valued) = (places.len(), now.figures.keys());
    let unranked = valued.filter(|key| key.value() != NO_VALUE).count() - ranked;
    let rows = places
        .into_iter()
        .map(|place| ([Slot::Value(dimension, place.value)], place))
        .collect();
    let by_place = |(_, one): &(_, Place), (_, other): &(_, Place)| {
        let volume = |place: &Place| place.figures.volume(asked.metric);
        let by_rank = one.rank.cmp(&other.rank);
        by_rank.then_with(|| volume(other).cmp(&volume(one)))
    };
    let departments = |value: Value| now.departments.get(&value.into()).into_iter().flatten();
    let beside = |place: &Place| {
        let departments = departments(place.value);
        departments.map(|department| Slot::Value(Dimension::Department, *department))
    };
    let scoped = &inquiry.scoped;
    let first = naming::first_with(scoped, rows, asked.limit, by_place, beside);
    let (rows, _, names) = first.await?;
    let rows = rows.into_iter().map(|([shown], mut place)| {
        let departments = departments(place.value);
        place.departments = departments
            .map(|department| names.shown(Dimension::Department, *department))
            .collect();
        place
            .departments
            .sort_by(|one, other| one.id.cmp(&other.id));
        (shown, place)
    });
    let rows = rows.collect();
    Ok(Ranking {
        basis: Basis::new(&inquiry, told.as_of, &total),
        previous: before,
        previous_covered: before_covered,
        rows,
        ranked,
        unranked,
        total,
    })
}

/// The places of all values that can be ranked, in the order of their scores.
fn places(asked: &Asked, now: &Table, then: &Table) -> Vec<Place> {
    let ranks_then: BTreeMap<Value, usize> = ranked(asked, then)
        .into_iter()
        .map(|(value, rank, _)| (value, rank))
        .collect();
    ranked(asked, now)
        .into_iter()
        .filter_map(|(value, rank, score)| {
            let figures = now.figures.get(&value.into())?;
            let before = then.figures.get(&value.into());
            Some(Place {
                value,
                rank,
                figure: figures.value(asked.metric)?,
                score,
                figures: figures.clone(),
                previous_rank: ranks_then.get(&value).copied(),
                previous_figure: before.and_then(|figures| figures.value(asked.metric)),
                departments: Vec::new(),
            })
        })
        .collect()
}

/// Value, rank and score of what has a score and volume enough, in the order of scores.
fn ranked(asked: &Asked, table: &Table) -> Vec<(Value, usize, f64)> {
    let descending = less_is_better(asked.metric) == asked.worst_first;
    let mut scored: Vec<(Value, f64)> = table
        .figures
        .iter()
        .map(|(key, figures)| (key.value(), figures))
        .filter(|(value, figures)| {
            *value != NO_VALUE && figures.volume(asked.metric) >= asked.minimum_volume
        })
        .filter_map(|(value, figures)| Some((value, score(asked, figures, descending)?)))
        .collect();
    scored.sort_by(|(_, one), (_, other)| by_figure(Some(*one), Some(*other), descending));
    let mut rank = 0;
    let mut last = None;
    let ranked = scored
        .into_iter()
        .enumerate()
        .map(|(index, (value, score))| {
            if last.is_none_or(|last: f64| last.total_cmp(&score) != Ordering::Equal) {
                rank = index + 1;
            }
            last = Some(score);
            (value, rank, score)
        });
    ranked.collect()
}

/// What is compared; `None` where there is nothing. Of a rate's bounds it is the one farther from the place that comes first,
/// so that few messages never come first for being few.
fn score(asked: &Asked, figures: &Figures, descending: bool) -> Option<f64> {
    match figures.rate(asked.metric) {
        Some(covered) if asked.by_bound && descending => covered.rate.wilson_lower_bound(),
        Some(covered) if asked.by_bound => covered.rate.wilson_upper_bound(),
        _ => figures.value(asked.metric),
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::calendar::Preset;
    use acuse_domain::counts::Counts;
    use acuse_domain::report::Cell;
    use acuse_proto::convert::reporting::{Period, Question};

    use super::*;

    fn bounced(failed: i64, messages: i64) -> Figures {
        let counts = Counts {
            messages,
            failed_send: failed,
            ..Counts::default()
        };
        Figures {
            outbound: Cell {
                counts,
                unconfirmed: 0,
            },
            ..Figures::default()
        }
    }

    fn asked(by_bound: bool, worst_first: bool) -> Asked {
        Asked {
            question: Question {
                period: Period::Preset(Preset::Today),
                zone: None,
                filters: Vec::new(),
                ids: Vec::new(),
                counted: Vec::new(),
                first_reply: None,
                wire: acuse_proto::reporting::Question::default(),
            },
            dimension: Dimension::Agent,
            metric: Metric::BounceRate,
            worst_first,
            by_bound,
            minimum_volume: 1,
            limit: 10,
            with_times: false,
        }
    }

    #[test]
    fn few_messages_come_first_at_neither_end() {
        let (few, many, bad) = (1, 2, 3);
        let figures = [
            (few, bounced(0, 3)),
            (many, bounced(1, 1_000)),
            (bad, bounced(300, 1_000)),
        ];
        let table = Table {
            figures: figures
                .map(|(value, figures)| (value.into(), figures))
                .into(),
            ..Table::default()
        };
        let places = |by_bound, worst_first| -> Vec<Value> {
            let ranked = ranked(&asked(by_bound, worst_first), &table);
            ranked.iter().map(|(value, ..)| *value).collect()
        };
        assert_eq!(places(false, false), [few, many, bad]);
        assert_eq!(places(true, false), [many, bad, few]);
        assert_eq!(places(false, true), [bad, many, few]);
        assert_eq!(places(true, true), [bad, many, few]);
    }
}
