//! Instruments: what code names to count and to measure.

use std::sync::{Mutex, Once, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::metrics::{self as otel, Meter};
use opentelemetry::{KeyValue, StringValue, global};

use super::enabled;

/// A value of a label.
pub type Label = StringValue;

/// What a metric is to who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever grows, until the process ends.
    Counter,
    /// As it is at the moment.
    Gauge,
    /// How often values fell below each of several bounds, how many there were, and their sum.
    Histogram,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What one metric is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name in OpenTelemetry.
    pub name: &'static str,
    /// Its unit as UCUM writes it: `s`, `By`, or a thing that is counted, as `{call}`.
    pub unit: &'static str,
    /// What it is to who reads it.
    pub kind: Kind,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// Of a histogram, the upper bounds.
    pub bounds: &'static [f64],
    /// What it says.
    pub meaning: &'static str,
}

impl Metric {
    /// Its name as Prometheus writes it: with the unit, and `_total` behind what only grows.
    pub fn prometheus_name(&self) -> String {
        let mut name = written(self.name);
        let unit = match self.unit {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        name.push_str(unit);
        if self.kind == Kind::Counter {
            name.push_str("_total");
        }
        name
    }

    fn attributes<const N: usize>(&self, values: [Label; N]) -> [KeyValue; N] {
        let mut names = self.labels.iter();
        values.map(|value| KeyValue::new(*names.next().unwrap_or(&"label"), value))
    }
}

/// A name of OpenTelemetry's as Prometheus writes it.
pub(super) fn written(name: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    name.chars().map(letter).collect()
}

fn meter() -> Meter {
    global::meter("acuse")
}

/// An instrument that is made when it is first used, after the process has said who is told of its metrics.
macro_rules! instrument {
    ($(#[$doc:meta])* $name:ident: $made:ty, $kind:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<const N: usize> {
            metric: Metric,
            made: OnceLock<$made>,
        }

        impl<const N: usize> $name<N> {
            pub(super) const KIND: Kind = $kind;

            pub(super) const fn new(metric: Metric) -> Self {
                Self { metric, made: OnceLock::new() }
            }

            /// What it is.
            pub fn metric(&self) -> &Metric {
                &self.metric
            }
        }
    };
}

instrument! {
    /// Counts things that happen.
    Counter: otel::Counter<f64>, Kind::Counter
}

impl<const N: usize> Counter<N> {
    /// Counts one.
    pub fn one(&self, labels: [Label; N]) {
        self.add(1, labels);
    }

    /// Has it told as zero from now on, so that whoever compares two scrapes sees the first one that is counted.
    pub fn exists(&self, labels: [Label; N]) {
        self.count(0.0, labels);
    }

    /// Counts so many.
    #[expect(
        clippy::cast_precision_loss,
        reason = "what is counted at once is less than 2^53"
    )]
    pub fn add(&self, count: u64, labels: [Label; N]) {
        self.add_part(count as f64, labels);
    }

    /// Counts so much of something that comes in parts, such as seconds.
    pub fn add_part(&self, much: f64, labels: [Label; N]) {
        if much > 0.0 {
            self.count(much, labels);
        }
    }

    fn count(&self, much: f64, labels: [Label; N]) {
        if !enabled() {
            return;
        }
        let made = self.made.get_or_init(|| {
            let meter = meter();
            let builder = meter.f64_counter(self.metric.name);
            builder
                .with_unit(self.metric.unit)
                .with_description(self.metric.meaning)
                .build()
        });
        made.add(much, &self.metric.attributes(labels));
    }
}

instrument! {
    /// Something that is measured now and then; the latest value stands.
    Gauge: otel::Gauge<f64>, Kind::Gauge
}

impl<const N: usize> Gauge<N> {
    /// Notes the value as it is now.
    pub fn set(&self, value: f64, labels: [Label; N]) {
        if !enabled() {
            return;
        }
        let made = self.made.get_or_init(|| {
            let meter = meter();
            let builder = meter.f64_gauge(self.metric.name);
            builder
                .with_unit(self.metric.unit)
                .with_description(self.metric.meaning)
                .build()
        });
        made.record(value, &self.metric.attributes(labels));
    }
}

/// How old what was measured may be.
const FRESH: Duration = Duration::from_secs(60);

/// What was measured of one series, and when.
type Noted<const N: usize> = ([Label; N], f64, Instant);

/// Something that somebody has to be asked for now and then; the latest value stands for a minute. What could not be asked for
/// longer is not told: it would look as if all were as it was.
#[derive(Debug)]
pub struct Measured<const N: usize> {
    metric: Metric,
    told: Once,
    noted: Mutex<Vec<Noted<N>>>,
}

impl<const N: usize> Measured<N> {
    pub(super) const KIND: Kind = Kind::Gauge;

    pub(super) const fn new(metric: Metric) -> Self {
        Self {
            metric,
            told: Once::new(),
            noted: Mutex::new(Vec::new()),
        }
    }

    /// What it is.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    /// Notes the value as it is now.
    pub fn set(&'static self, value: f64, labels: [Label; N]) {
        if !enabled() {
            return;
        }
        self.note(value, labels, Instant::now());
        self.told.call_once(|| {
            let meter = meter();
            let builder = meter.f64_observable_gauge(self.metric.name);
            builder
                .with_unit(self.metric.unit)
                .with_description(self.metric.meaning)
                .with_callback(|observer| {
                    for (labels, value) in self.fresh(Instant::now()) {
                        observer.observe(value, &self.metric.attributes(labels));
                    }
                })
                .build();
        });
    }

    fn note(&self, value: f64, labels: [Label; N], now: Instant) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|(of, ..)| *of != labels);
        noted.push((labels, value, now));
    }

    /// What is told at `now`.
    fn fresh(&self, now: Instant) -> Vec<([Label; N], f64)> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = noted
            .iter()
            .filter(|(.., at)| now.saturating_duration_since(*at) <= FRESH);
        fresh
            .map(|(labels, value, _)| (labels.clone(), *value))
            .collect()
    }
}

instrument! {
    /// How many of something there are: each says when it comes and when it goes.
    Level: otel::UpDownCounter<i64>, Kind::Gauge
}

impl<const N: usize> Level<N> {
    /// One comes; it goes when what is returned is dropped.
    pub fn enter(&'static self, labels: [Label; N]) -> Present<N> {
        if !enabled() {
            return Present(None);
        }
        let made = self.made.get_or_init(|| {
            let meter = meter();
            let builder = meter.i64_up_down_counter(self.metric.name);
            builder
                .with_unit(self.metric.unit)
                .with_description(self.metric.meaning)
                .build()
        });
        let attributes = self.metric.attributes(labels);
        made.add(1, &attributes);
        Present(Some((made, attributes)))
    }
}

/// One of what a [`Level`] counts.
#[derive(Debug)]
#[must_use = "it goes when it is dropped"]
pub struct Present<const N: usize>(Option<(&'static otel::UpDownCounter<i64>, [KeyValue; N])>);

impl<const N: usize> Drop for Present<N> {
    fn drop(&mut self) {
        if let Some((level, attributes)) = &self.0 {
            level.add(-1, attributes);
        }
    }
}

instrument! {
    /// How values are spread.
    Histogram: otel::Histogram<f64>, Kind::Histogram
}

impl<const N: usize> Histogram<N> {
    /// Notes one value.
    pub fn record(&self, value: f64, labels: [Label; N]) {
        if !enabled() {
            return;
        }
        let made = self.made.get_or_init(|| {
            let meter = meter();
            let builder = meter.f64_histogram(self.metric.name);
            let builder = builder
                .with_unit(self.metric.unit)
                .with_description(self.metric.meaning);
            builder.with_boundaries(self.metric.bounds.to_vec()).build()
        });
        made.record(value, &self.metric.attributes(labels));
    }
}

/// An instrument that reads what it tells whenever somebody asks.
macro_rules! watched {
    ($(#[$doc:meta])* $name:ident: $build:ident, $kind:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<const N: usize> {
            metric: Metric,
        }

        impl<const N: usize> $name<N> {
            pub(super) const KIND: Kind = $kind;

            pub(super) const fn new(metric: Metric) -> Self {
                Self { metric }
            }

            /// What it is.
            pub fn metric(&self) -> &Metric {
                &self.metric
            }

            /// Has `read` tell values from now on, each with its labels. One that tells nothing is as if it were not there.
            pub fn watch(
                &'static self,
                read: impl Fn(&mut dyn FnMut(f64, [Label; N])) + Send + Sync + 'static,
            ) {
                if !enabled() {
                    return;
                }
                let (meter, metric) = (meter(), &self.metric);
                let builder = meter.$build(metric.name);
                builder
                    .with_unit(metric.unit)
                    .with_description(metric.meaning)
                    .with_callback(move |observer| {
                        read(&mut |value, labels| {
                            observer.observe(value, &metric.attributes(labels));
                        });
                    })
                    .build();
            }
        }
    };
}

watched! {
    /// What is looked at whenever somebody asks for it.
    Watched: f64_observable_gauge, Kind::Gauge
}

watched! {
    /// What only grows, and is looked at whenever somebody asks for it.
    Sum: f64_observable_counter, Kind::Counter
}

#[cfg(test)]
mod tests {
    use super::super::catalog::JOBS;
    use super::*;

    #[test]
    fn what_was_measured_is_told_until_it_is_old() {
        let measured = Measured::<1>::new(*JOBS.metric());
        let began = Instant::now();
        let (queued, running) = ([Label::from("queued")], [Label::from("running")]);
        measured.note(3.0, queued.clone(), began);
        measured.note(2.0, running.clone(), began);
        measured.note(1.0, running.clone(), began + FRESH / 2);
        let told = [(queued, 3.0), (running.clone(), 1.0)];
        assert_eq!(measured.fresh(began + FRESH), told);
        let later = began + FRESH + Duration::from_millis(1);
        assert_eq!(measured.fresh(later), [(running.clone(), 1.0)]);
        assert!(measured.fresh(later + FRESH).is_empty());
        // An outage ends.
        measured.note(4.0, running.clone(), later + FRESH);
        assert_eq!(measured.fresh(later + FRESH), [(running, 4.0)]);
    }
}
