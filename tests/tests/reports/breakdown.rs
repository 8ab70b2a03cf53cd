//! Breakdowns.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::reporting::{
    BreakdownRow, CountedIn, GetBreakdownRequest, GetBreakdownResponse, Metric, RatePart, SortOrder,
};
use acuse_tests::reference::report::{Clock, Dimension, Sums, Value};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{Faults, Whole, figures, metrics, word};
use crate::consolidated::adds_up;
use crate::drill::{Drill, counted};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{dimension, question};

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    by: Vec<Dimension>,
    order_by: Option<Metric>,
    order: Option<SortOrder>,
    limit: i32,
    with_times: bool,
    /// The figure of which the messages are listed.
    listed: (Metric, RatePart),
    groups: BTreeMap<Vec<Value>, Sums>,
    total: Sums,
}

impl Case {
    /// A report by a dimension, or by any.
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>, by: Option<Dimension>) -> Self {
        let by = match by {
            Some(by) => vec![by],
            None => {
                let count = *[1, 2, 2].choose(rng).unwrap();
                let drawn = Dimension::ALL.choose_multiple(rng, count);
                drawn.copied().collect()
            }
        };
        Self::by(rng, ground, by)
    }

    /// A report by these dimensions.
    pub(crate) fn by(rng: &mut StdRng, ground: &Ground<'_>, by: Vec<Dimension>) -> Self {
        let all: Vec<Metric> = metrics().collect();
        let groups = ground.groups_by(ground.covered.as_ref(), &by);
        Self {
            by,
            order_by: rng.random_bool(0.6).then(|| *all.choose(rng).unwrap()),
            order: rng.random_bool(0.5).then(|| {
                *[SortOrder::Ascending, SortOrder::Descending]
                    .choose(rng)
                    .unwrap()
            }),
            limit: *[1, 2, 5, 10_000, 10_000].choose(rng).unwrap(),
            with_times: rng.random_bool(0.5),
            listed: {
                let parts = [
                    RatePart::Numerator,
                    RatePart::Denominator,
                    RatePart::LeftOut,
                ];
                (*all.choose(rng).unwrap(), *parts.choose(rng).unwrap())
            },
            total: Sums::together(groups.values()),
            groups,
        }
    }

    pub(crate) fn what(&self) -> String {
        format!(
            "breakdown by {:?} order {:?} {:?} limit {}",
            self.by, self.order_by, self.order, self.limit
        )
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = GetBreakdownRequest {
            question: Some(question(ground.asked)),
            dimensions: self.by.iter().map(|by| dimension(*by).into()).collect(),
            order_by: self.order_by.map(Into::into),
            order: self.order.map(Into::into),
            limit: Some(self.limit),
            with_times: self.with_times,
        };
        let answer = client.get_breakdown(request).await.unwrap().into_inner();
        let mut faults = Faults::default();
        let of_inbound = ground.of_inbound() && self.by.iter().all(|by| by.is_of_inbound());
        let whole = Whole {
            basis: answer.basis.as_ref(),
            total: answer.total.as_ref(),
            with_times: self.with_times,
        };
        whole.compare(&mut faults, ground, &self.total, of_inbound);
        let parts = answer
            .rows
            .iter()
            .map(|row| row.metrics)
            .chain([answer.others]);
        adds_up(&mut faults, answer.total.as_ref(), parts);
        self.compare_rows(&mut faults, ground, &answer);
        self.drill(&mut faults, ground, &mut client, &answer).await;
        faults
    }

    /// Lists the messages of a figure of the last row that is shown.
    async fn drill(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        client: &mut Client,
        answer: &GetBreakdownResponse,
    ) {
        let question = answer
            .basis
            .as_ref()
            .and_then(|basis| basis.question.clone());
        let all = Drill {
            counted_in: vec![CountedIn {
                metric: Metric::Messages.into(),
                part: None,
            }],
            ..Drill::default()
        };
        let messages = self.total.count("messages");
        all.check(faults, client, question.clone(), messages).await;
        let Some(row) = answer.rows.last() else {
            return;
        };
        let (metric, part) = self.listed;
        let sums = self.groups.get(&self.values(ground, row));
        let expected = sums.map_or(0, |sums| counted(sums, metric, part));
        let is_rate = word(metric).ends_with("_rate");
        let values = row.values.iter();
        let drill = Drill {
            filters: values.map(|value| value.filter.clone().unwrap()).collect(),
            counted_in: vec![CountedIn {
                metric: metric.into(),
                part: is_rate.then_some(part.into()),
            }],
            first_reply: None,
        };
        let Some(filter) = answer.others_filter.clone() else {
            drill.check(faults, client, question, expected).await;
            return;
        };
        let of_others = Drill {
            filters: vec![filter],
            ..drill.clone()
        };
        drill
            .check(faults, client, question.clone(), expected)
            .await;
        let shown = answer.rows.iter().map(|row| self.values(ground, row));
        let shown: BTreeSet<Vec<Value>> = shown.collect();
        let rest = self
            .groups
            .iter()
            .filter(|(value, _)| !shown.contains(*value));
        let rest = Sums::together(rest.map(|(_, sums)| sums));
        let expected = counted(&rest, metric, part);
        of_others.check(faults, client, question, expected).await;
    }

    /// The values of a row. Of an hour that the interval cuts, the hour itself.
    fn values(&self, ground: &Ground<'_>, row: &BreakdownRow) -> Vec<Value> {
        let values = self.by.iter().zip(&row.values);
        let values = values.map(|(by, value)| {
            let id = value.id.clone()?;
            if *by != Dimension::Hour {
                return Some(id);
            }
            let at: jiff::Timestamp = id.parse().unwrap();
            let clock = Clock::named(&ground.asked.request.zone);
            Some(clock.part(at.as_microsecond(), Dimension::Hour))
        });
        values.collect()
    }

    fn compare_rows(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        answer: &GetBreakdownResponse,
    ) {
        let limit = usize::try_from(self.limit).unwrap();
        faults.same("rows", &self.groups.len().min(limit), &answer.rows.len());
        let mut rest = self.groups.clone();
        let mut order: Vec<(Vec<Value>, Sums)> = Vec::new();
        for row in &answer.rows {
            let value = self.values(ground, row);
            let Some(sums) = rest.remove(&value) else {
                faults.0.push(format!("a row too many: {value:?}"));
                continue;
            };
            let what = format!("{value:?}");
            let told: Vec<_> = row.values.iter().map(|value| value.dimension()).collect();
            let by: Vec<_> = self.by.iter().map(|by| dimension(*by)).collect();
            faults.same(&what, &by, &told);
            figures(faults, &what, &sums, row.metrics.as_ref(), self.with_times);
            order.push((value, sums));
        }
        let others = i64::try_from(rest.len()).unwrap();
        faults.same("other values", &others, &answer.other_values);
        faults.same("has others", &(others > 0), &answer.others.is_some());
        let has_filter = others > 0 && self.by.len() == 1;
        let filter = answer.others_filter.as_ref();
        faults.same("filter of others", &has_filter, &filter.is_some());
        if others > 0 {
            let sums = Sums::together(rest.values());
            figures(
                faults,
                "others",
                &sums,
                answer.others.as_ref(),
                self.with_times,
            );
        }
        // Whatever is shown comes before whatever is not.
        for (value, sums) in rest {
            let last = order.last().cloned();
            faults.same(
                "order",
                &true,
                &last.is_none_or(|last| !self.is_before(&(value, sums), &last)),
            );
        }
        for pair in order.windows(2) {
            let in_order = !self.is_before(&pair[1], &pair[0]);
            faults.same(
                &format!("order of {:?}", [&pair[0].0, &pair[1].0]),
                &true,
                &in_order,
            );
        }
    }

    /// Whether a row has to stand before another. Of equal ones either may, but for the greater volume.
    fn is_before(&self, one: &(Vec<Value>, Sums), other: &(Vec<Value>, Sums)) -> bool {
        let volume = |sums: &Sums| (sums.count("messages"), sums.count("received"));
        if self.by[0].is_time() && self.order_by.is_none() {
            let descends = self.order == Some(SortOrder::Descending);
            let times = self.by.iter().take_while(|by| by.is_time()).count();
            let ranks =
                |values: &[Value]| values[..times].iter().map(rank_in_time).collect::<Vec<_>>();
            return match ranks(&one.0).cmp(&ranks(&other.0)) {
                Ordering::Equal => volume(&one.1) > volume(&other.1),
                Ordering::Less => !descends,
                Ordering::Greater => descends,
            };
        }
        let name = self.order_by.map_or_else(|| "messages".to_owned(), word);
        // What has no figure comes last, whichever way.
        let figures = (one.1.figure(&name), other.1.figure(&name));
        match figures {
            (Some(a), Some(b)) if a != b => (a < b) == (self.order == Some(SortOrder::Ascending)),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            _ => volume(&one.1) > volume(&other.1),
        }
    }
}

/// Parts of time by their place: numbers as such, weekdays from Monday, all else as written.
fn rank_in_time(value: &Value) -> (usize, String) {
    const DAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";
    let text = value.clone().unwrap_or_default();
    let day = DAYS.split(' ').position(|day| day == text);
    match day.or_else(|| text.parse().ok()) {
        Some(number) => (number, String::new()),
        None => (0, text),
    }
}
