//! What was scraped.

use std::collections::{BTreeMap, BTreeSet};

use acuse_telemetry::metrics::{Kind, Metric, catalog};

/// One line.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// Everything that was told at once.
pub(crate) struct Scraped {
    samples: Vec<Sample>,
    types: BTreeMap<String, String>,
}

impl Scraped {
    pub(crate) fn parse(text: &str) -> Self {
        let (mut samples, mut types) = (Vec::new(), BTreeMap::new());
        for line in text.lines() {
            if let Some(told) = line.strip_prefix("# TYPE ") {
                let (name, kind) = told.split_once(' ').unwrap();
                assert!(
                    types.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "{name} twice"
                );
            } else if !line.starts_with('#') {
                samples.push(sample(line));
            }
        }
        Self { samples, types }
    }

    /// Whether there is a series of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.samples.iter().any(|sample| sample.name == name)
    }

    /// The metric that a series belongs to.
    pub(crate) fn metric(&self, name: &str) -> Option<&'static Metric> {
        catalog::all().find(|metric| {
            let own = metric.prometheus_name();
            let part = name.strip_prefix(&own);
            match metric.kind {
                Kind::Histogram => matches!(part, Some("_bucket" | "_sum" | "_count")),
                Kind::Counter | Kind::Gauge => part == Some(""),
            }
        })
    }

    /// The values that a label of a series has.
    pub(crate) fn values(&self, name: &str, label: &str) -> BTreeSet<String> {
        let series = self.samples.iter().filter(|sample| sample.name == name);
        series
            .filter_map(|sample| sample.labels.get(label).cloned())
            .collect()
    }

    /// The sum of series that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.series(name, labels).map(|sample| sample.value).sum()
    }

    /// How many series have these labels.
    pub(crate) fn count(&self, name: &str, labels: &[(&str, &str)]) -> usize {
        self.series(name, labels).count()
    }

    fn series<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Sample> {
        let has = move |sample: &&Sample| {
            let mut labels = labels.iter();
            labels.all(|(label, value)| sample.labels.get(*label).is_some_and(|has| has == value))
        };
        let series = self
            .samples
            .iter()
            .filter(move |sample| sample.name == name);
        series.filter(has)
    }

    /// That every series is one of a metric of the catalog, of its type and with its labels and no others.
    pub(crate) fn check(&self) {
        for sample in &self.samples {
            let metric = self.metric(&sample.name);
            let metric = metric.unwrap_or_else(|| panic!("{} is not in the catalog", sample.name));
            assert_eq!(self.types[&metric.prometheus_name()], metric.kind.as_str());
            let mut expected: BTreeSet<String> = metric
                .labels
                .iter()
                .map(|label| label.replace('.', "_"))
                .collect();
            if sample.name.ends_with("_bucket") {
                expected.insert("le".to_owned());
            }
            let labels: BTreeSet<String> = sample.labels.keys().cloned().collect();
            assert_eq!(labels, expected, "{}", sample.name);
            assert!(sample.value >= 0.0, "{} is {}", sample.name, sample.value);
        }
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let mut pairs = BTreeMap::new();
    let mut rest = labels;
    while let Some((label, quoted)) = rest.split_once("=\"") {
        let (value, after) = quoted.split_once('"').unwrap();
        pairs.insert(label.trim_start_matches(',').to_owned(), value.to_owned());
        rest = after;
    }
    Sample {
        name: name.to_owned(),
        labels: pairs,
        value: value.parse().unwrap(),
    }
}
