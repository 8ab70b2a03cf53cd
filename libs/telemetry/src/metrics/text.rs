//! Metrics as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::{Display, Write as _};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

use super::catalog;
use super::instrument::{Metric, written};

/// All metrics that the catalog has; whatever else was measured is nobody's.
pub(super) fn encode(metrics: &ResourceMetrics) -> String {
    let mut text = String::new();
    for measured in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
        let Some(metric) = catalog::all().find(|metric| metric.name == measured.name()) else {
            continue;
        };
        let name = metric.prometheus_name();
        let help = escaped(metric.meaning, false);
        // Writing to a string fails never.
        let _ = writeln!(text, "# HELP {name} {help}");
        let _ = writeln!(text, "# TYPE {name} {}", metric.kind.as_str());
        match measured.data() {
            AggregatedMetrics::F64(data) => series(&mut text, &name, metric, data),
            AggregatedMetrics::U64(data) => series(&mut text, &name, metric, data),
            AggregatedMetrics::I64(data) => series(&mut text, &name, metric, data),
        }
    }
    text
}

fn series<T: Copy + Display>(text: &mut String, name: &str, metric: &Metric, data: &MetricData<T>) {
    match data {
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                let labels = labels(metric, point.attributes(), None);
                let _ = writeln!(text, "{name}{labels} {}", point.value());
            }
        }
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                let labels = labels(metric, point.attributes(), None);
                let _ = writeln!(text, "{name}{labels} {}", point.value());
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                let attributes: Vec<&KeyValue> = point.attributes().collect();
                let with = |bound: Option<&str>| labels(metric, attributes.iter().copied(), bound);
                let bounds = point.bounds().map(|bound| bound.to_string());
                let mut below = 0;
                for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(point.bucket_counts()) {
                    below += count;
                    let _ = writeln!(text, "{name}_bucket{} {below}", with(Some(&bound)));
                }
                let _ = writeln!(text, "{name}_sum{} {}", with(None), point.sum());
                let _ = writeln!(text, "{name}_count{} {}", with(None), point.count());
            }
        }
        // None is asked for.
        MetricData::ExponentialHistogram(_) => {}
    }
}

/// Labels in the order in which the catalog has them, and the bound of a bucket.
fn labels<'a>(
    metric: &Metric,
    attributes: impl Iterator<Item = &'a KeyValue>,
    bound: Option<&str>,
) -> String {
    let attributes: Vec<&KeyValue> = attributes.collect();
    let mut pairs: Vec<String> = Vec::new();
    for name in metric.labels {
        let found = attributes.iter().find(|pair| pair.key.as_str() == *name);
        // Series that the SDK puts together because there are too many have none of them.
        let value = found.map(|pair| pair.value.as_str());
        let value = escaped(value.as_deref().unwrap_or_default(), true);
        pairs.push(format!("{}=\"{value}\"", written(name)));
    }
    pairs.extend(bound.map(|bound| format!("le=\"{bound}\"")));
    if pairs.is_empty() {
        String::new()
    } else {
        format!("{{{}}}", pairs.join(","))
    }
}

fn escaped(text: &str, quoted: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quoted {
        text.replace('"', "\\\"")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_would_end_a_label_is_escaped() {
        assert_eq!(escaped("a\"b\\c\nd", true), r#"a\"b\\c\nd"#);
        assert_eq!(escaped("a\"b\\c\nd", false), "a\"b\\\\c\\nd");
    }
}
