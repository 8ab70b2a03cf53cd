//! Consolidated reports.

use acuse_proto::reporting::{Comparison, GetConsolidatedRequest, Metrics, SeriesBucket};
use acuse_tests::reference::report::{Dimension, Request, Sums};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{self, Faults, Whole, figures, word};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{bucket, interval, question};

type Series = Vec<(i64, i64, Sums)>;

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    unit: Dimension,
    with_times: bool,
    is_covered: bool,
    total: Sums,
    series: Series,
    previous: Option<Previous>,
}

struct Previous {
    requested: (i64, i64),
    covered: Option<(i64, i64)>,
    total: Sums,
    series: Series,
}

impl Case {
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>) -> Self {
        let units = [
            Dimension::Day,
            Dimension::Day,
            Dimension::Week,
            Dimension::Month,
            Dimension::Hour,
        ];
        let unit = *units.choose(rng).unwrap();
        Self::by(rng, ground, unit)
    }

    /// A report with buckets of a length.
    pub(crate) fn by(rng: &mut StdRng, ground: &Ground<'_>, unit: Dimension) -> Self {
        let (total, series) = ground.totals(ground.covered.as_ref(), unit);
        let previous = rng.random_bool(0.5).then(|| {
            let before = ground.asked.request.before();
            let covered = before.covered(ground.available_from);
            let (total, series) = ground.totals(covered.as_ref(), unit);
            let ends = |request: &Request| (request.start, request.end);
            Previous {
                requested: ends(&before),
                covered: covered.as_ref().map(ends),
                total,
                series,
            }
        });
        Self {
            unit,
            with_times: rng.random_bool(0.5),
            is_covered: ground.covered.is_some(),
            total,
            series,
            previous,
        }
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = GetConsolidatedRequest {
            question: Some(question(ground.asked)),
            bucket: Some(bucket(self.unit).into()),
            compare_with_previous: self.previous.is_some(),
            with_times: self.with_times,
        };
        let answer = client.get_consolidated(request).await.unwrap().into_inner();
        let mut faults = Faults::default();
        let whole = Whole {
            basis: answer.basis.as_ref(),
            total: answer.total.as_ref(),
            with_times: self.with_times,
        };
        whole.compare(&mut faults, ground, &self.total, ground.of_inbound());
        self.compare_series(&mut faults, "", &self.series, &answer.series);
        adds_up(
            &mut faults,
            answer.total.as_ref(),
            answer.series.iter().map(|bucket| bucket.metrics),
        );
        faults.same(
            "compares",
            &self.previous.is_some(),
            &answer.previous.is_some(),
        );
        if let (Some(expected), Some(is)) = (&self.previous, &answer.previous) {
            self.compare_previous(&mut faults, expected, is, ground.of_inbound());
        }
        faults
    }

    fn compare_series(
        &self,
        faults: &mut Faults,
        what: &str,
        expected: &Series,
        is: &[SeriesBucket],
    ) {
        let spans: Vec<_> = expected
            .iter()
            .map(|(start, end, _)| Some(interval(*start, *end)))
            .collect();
        let found: Vec<_> = is.iter().map(|bucket| bucket.interval).collect();
        faults.same(&format!("{what} buckets"), &spans, &found);
        for ((start, _, sums), bucket) in expected.iter().zip(is) {
            let what = format!("{what} bucket {start}");
            figures(
                faults,
                &what,
                sums,
                bucket.metrics.as_ref(),
                self.with_times,
            );
        }
    }

    fn compare_previous(
        &self,
        faults: &mut Faults,
        expected: &Previous,
        is: &Comparison,
        of_inbound: bool,
    ) {
        let wire = |(start, end)| interval(start, end);
        faults.same(
            "before: requested",
            &Some(wire(expected.requested)),
            &is.requested,
        );
        faults.same("before: covered", &expected.covered.map(wire), &is.covered);
        figures(
            faults,
            "before: total",
            &expected.total,
            is.total.as_ref(),
            self.with_times,
        );
        self.compare_series(faults, "before:", &expected.series, &is.series);
        let is_whole = expected.covered == Some(expected.requested);
        for change in &is.changes {
            let name = word(change.metric());
            // Where nothing of a period is left, or of the one before not all, there is no figure to compare.
            let now = self.total.figure(&name).filter(|_| self.is_covered);
            let before = expected.total.figure(&name).filter(|_| is_whole);
            faults.same(&format!("change of {name}: now"), &now, &change.now);
            faults.same(
                &format!("change of {name}: before"),
                &before,
                &change.before,
            );
            let difference = now.zip(before).map(|(now, before)| now - before);
            faults.same(
                &format!("change of {name}"),
                &difference,
                &change.difference,
            );
            let relative = difference.zip(before.filter(|before| *before != 0.0));
            let relative = relative.map(|(difference, before)| difference / before);
            faults.same(
                &format!("change of {name} in proportion"),
                &relative,
                &change.relative,
            );
        }
        let is_told = |name: String| {
            (self.with_times || !name.starts_with("time_")) && (of_inbound || name != "received")
        };
        let told: Vec<_> = compare::metrics()
            .filter(|metric| is_told(word(*metric)))
            .collect();
        let found: Vec<_> = is.changes.iter().map(|change| change.metric()).collect();
        faults.same("changes", &told, &found);
    }
}

/// Parity, by the answer's own figures.
pub(crate) fn adds_up(
    faults: &mut Faults,
    total: Option<&Metrics>,
    parts: impl Iterator<Item = Option<Metrics>>,
) {
    let parts: Vec<Metrics> = parts.flatten().collect();
    let sum = |of: fn(&Metrics) -> i64| parts.iter().map(of).sum::<i64>();
    let total = total.copied().unwrap_or_default();
    for (what, of) in [
        ("messages", (|of| of.messages) as fn(&Metrics) -> i64),
        ("delivered", |of| of.delivered),
        ("unattached", |of| of.unattached),
        ("received", |of| of.received.unwrap_or_default()),
        ("delivery base", |of| {
            of.delivery_rate.unwrap_or_default().denominator
        }),
    ] {
        faults.same(&format!("parts add up: {what}"), &of(&total), &sum(of));
    }
}
