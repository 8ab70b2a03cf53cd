//! Rankings.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::reporting::{
    GetRankingRequest, GetRankingResponse, Metric, RankingEnd, RankingRow, RateBasis,
};
use acuse_tests::reference::report::{Dimension, Order, RANKED, Ranked, Sums, Value, rank};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{Faults, Whole, figures, metrics, word};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{dimension, interval, question};

/// Quotients and bounds are computed in another order of operations here.
const NEAR: f64 = 1e-9;

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    by: Dimension,
    metric: Metric,
    order: Order,
    limit: i32,
    groups: BTreeMap<Value, Sums>,
    departments: BTreeMap<Value, BTreeSet<String>>,
    total: Sums,
    ranked: Vec<Ranked>,
    previous: (i64, i64),
    previous_covered: Option<(i64, i64)>,
}

impl Case {
    /// A report by a dimension, or by any.
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>, by: Option<Dimension>) -> Self {
        let by = by.unwrap_or_else(|| *RANKED.choose(rng).unwrap());
        let all: Vec<Metric> = metrics().collect();
        let rates: Vec<Metric> = metrics()
            .filter(|metric| word(*metric).ends_with("_rate"))
            .collect();
        let metric = *[&all, &rates].choose(rng).unwrap().choose(rng).unwrap();
        let order = Order {
            metric: word(metric),
            worst: rng.random_bool(0.5),
            by_bound: word(metric).ends_with("_rate") && rng.random_bool(0.5),
            min_volume: *[0, 1, 1, 3, 10].choose(rng).unwrap(),
            with_inbound: ground.of_inbound() && by.is_of_inbound(),
        };
        let groups = ground.groups(ground.covered.as_ref(), by);
        let before = ground.asked.request.before();
        let before_covered = before.covered(ground.available_from);
        let before_covered = before_covered.map(|covered| (covered.start, covered.end));
        // With a part of the period before nothing is compared.
        let is_whole = before_covered == Some((before.start, before.end));
        let groups_before = ground.groups(Some(&before).filter(|_| is_whole), by);
        let covered = ground.covered.as_ref();
        Self {
            by,
            metric,
            limit: *[1, 3, 1_000, 1_000].choose(rng).unwrap(),
            departments: covered
                .map(|request| ground.population.departments(request, by))
                .unwrap_or_default(),
            total: Sums::together(groups.values()),
            ranked: rank(&groups, &groups_before, &order),
            previous: (before.start, before.end),
            previous_covered: before_covered,
            order,
            groups,
        }
    }

    pub(crate) fn what(&self) -> String {
        format!(
            "ranking of {:?} by {:?} limit {}",
            self.by, self.order, self.limit
        )
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = GetRankingRequest {
            question: Some(question(ground.asked)),
            dimension: dimension(self.by).into(),
            metric: self.metric.into(),
            first: self.order.worst.then(|| RankingEnd::Worst.into()),
            rate_basis: self.order.by_bound.then(|| RateBasis::Wilson.into()),
            minimum_volume: Some(self.order.min_volume),
            limit: Some(self.limit),
            with_times: true,
        };
        let answer = client.get_ranking(request).await.unwrap().into_inner();
        let mut faults = Faults::default();
        let whole = Whole {
            basis: answer.basis.as_ref(),
            total: answer.total.as_ref(),
            with_times: true,
        };
        whole.compare(&mut faults, ground, &self.total, self.order.with_inbound);
        faults.same(
            "previous",
            &Some(interval(self.previous.0, self.previous.1)),
            &answer.previous,
        );
        faults.same(
            "previous, covered",
            &self
                .previous_covered
                .map(|(start, end)| interval(start, end)),
            &answer.previous_covered,
        );
        self.compare_rows(&mut faults, &answer);
        faults
    }

    fn compare_rows(&self, faults: &mut Faults, answer: &GetRankingResponse) {
        let count = |count: usize| i64::try_from(count).unwrap();
        let limit = usize::try_from(self.limit).unwrap();
        let values = self.groups.keys().filter(|value| value.is_some()).count();
        faults.same(
            "ranked values",
            &count(self.ranked.len()),
            &answer.ranked_values,
        );
        faults.same(
            "unranked values",
            &count(values - self.ranked.len()),
            &answer.unranked_values,
        );
        // Of one rank and volume the names decide, which are not told to the reference: any of them may come first.
        let place = |rank: i64, volume: i64| (rank, volume);
        let expected: Vec<_> = self
            .ranked
            .iter()
            .take(limit)
            .map(|row| place(count(row.rank), self.order.volume(&self.groups[&row.value])))
            .collect();
        let found: Vec<_> = answer
            .rows
            .iter()
            .map(|row| {
                place(
                    row.rank,
                    self.groups
                        .get(&value(row))
                        .map_or(-1, |sums| self.order.volume(sums)),
                )
            })
            .collect();
        faults.same("places", &expected, &found);
        let distinct: BTreeSet<Value> = answer.rows.iter().map(value).collect();
        faults.same("distinct rows", &answer.rows.len(), &distinct.len());
        for row in &answer.rows {
            match self.ranked.iter().find(|ranked| ranked.value == value(row)) {
                Some(ranked) => self.compare_row(faults, ranked, row),
                None => faults.0.push(format!("a row too many: {:?}", row.value)),
            }
        }
    }

    fn compare_row(&self, faults: &mut Faults, expected: &Ranked, row: &RankingRow) {
        let what = format!("{:?}", expected.value);
        let near = |a: f64, b: f64| (a - b).abs() < NEAR;
        let place = |rank: usize| i64::try_from(rank).unwrap();
        faults.same(&format!("{what}: rank"), &place(expected.rank), &row.rank);
        if !near(expected.figure, row.figure) || !near(expected.score, row.score) {
            faults
                .0
                .push(format!("{what}: expected {expected:?}, is {row:?}"));
        }
        let previous = expected.rank_before.map(place);
        faults.same(
            &format!("{what}: rank before"),
            &previous,
            &row.previous_rank,
        );
        faults.same(
            &format!("{what}: figure before"),
            &expected.figure_before,
            &row.previous_figure,
        );
        faults.same(
            &format!("{what}: movement"),
            &expected.movement(),
            &row.movement,
        );
        figures(
            faults,
            &what,
            &self.groups[&expected.value],
            row.metrics.as_ref(),
            true,
        );
        let departments: BTreeSet<String> = row
            .departments
            .iter()
            .filter_map(|value| value.id.clone())
            .collect();
        let told = matches!(self.by, Dimension::Template | Dimension::Agent);
        let sent_from = self.departments.get(&expected.value).filter(|_| told);
        faults.same(
            &format!("{what}: departments"),
            &sent_from.cloned().unwrap_or_default(),
            &departments,
        );
    }
}

fn value(row: &RankingRow) -> Value {
    row.value.as_ref().and_then(|value| value.id.clone())
}
