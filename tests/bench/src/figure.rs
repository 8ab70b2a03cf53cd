//! Figures: what comes of a run, and how it is shown.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use serde_json::{Value, json};

use crate::stats::median;

/// A line below the header, and no other.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What a figure is called, what it is measured in, and what is asked of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Its name, the same in every run.
    pub(crate) name: &'static str,
    unit: &'static str,
    due: Option<f64>,
    goal: f64,
    /// Whether less is better: of plain values it is, of ratios never.
    less_is_better: bool,
}

const fn better(name: &'static str, unit: &'static str, due: f64, goal: f64) -> Target {
    Target {
        name,
        unit,
        due: Some(due),
        goal,
        less_is_better: false,
    }
}

const fn at_most(name: &'static str, unit: &'static str, due: f64, goal: f64) -> Target {
    Target {
        less_is_better: true,
        ..better(name, unit, due, goal)
    }
}

pub(crate) const REGISTER_VS_COPY: Target =
    better("ingest.register.vs_copy", "messages/s", 0.25, 0.5);
pub(crate) const REGISTER_VS_INSERT: Target =
    better("ingest.register.vs_insert", "messages/s", 6.0, 12.0);
pub(crate) const STATUS_VS_UPDATE: Target =
    better("ingest.status.vs_update", "statuses/s", 5.0, 12.0);
pub(crate) const WEBHOOK_VS_BULK: Target = better("ingest.webhook.vs_bulk", "statuses/s", 0.4, 0.7);
pub(crate) const HOT_4_VS_1: Target = better("ingest.writers.hot_4_vs_1", "messages/s", 1.0, 1.2);
pub(crate) const REPLICAS_2_VS_1: Target =
    better("ingest.replicas.hot_2_vs_1", "messages/s", 1.0, 1.2);
pub(crate) const LANES_2_VS_1: Target =
    better("ingest.lanes.20_workspaces_2_vs_1", "messages/s", 1.1, 1.5);
pub(crate) const FULL_VS_EMPTY: Target = better("ingest.full.vs_empty", "events/s", 0.8, 0.95);
pub(crate) const PLAIN_VS_SQL: Target = better("report.plain.vs_sql", "ms", 50.0, 200.0);
pub(crate) const PLAIN_VS_DUCKDB: Target = better("report.plain.vs_duckdb", "ms", 2.0, 10.0);
pub(crate) const FILTERED_VS_SQL: Target = better("report.filtered.vs_sql", "ms", 5.0, 50.0);
pub(crate) const FILTERED_VS_DUCKDB: Target = Target {
    due: None,
    ..better("report.filtered.vs_duckdb", "ms", 0.0, 1.0)
};
pub(crate) const GROWTH: Target = at_most("report.growth", "times", 2.0, 1.2);
pub(crate) const BUSY_P99: Target = at_most("report.busy_p99_ms", "ms", 100.0, 25.0);
pub(crate) const CSV_VS_COPY: Target = better("export.csv.vs_copy", "rows/s", 0.8, 2.0);
pub(crate) const XLSX_VS_XLSXWRITER: Target =
    better("export.xlsx.vs_xlsxwriter", "rows/s", 4.0, 10.0);
pub(crate) const EXPORT_PEAK: Target = at_most("export.peak_mb", "MB", 150.0, 60.0);
pub(crate) const IDLE_RSS: Target = at_most("idle.rss_mb", "MB", 120.0, 60.0);

/// A figure of this run.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    target: Target,
    value: f64,
    /// What it is held against, and how many times better it is.
    against: Option<(f64, f64)>,
}

impl Figure {
    /// A ratio, with ours and the baseline's measurement that it is of.
    pub(crate) fn ratio(target: Target, ratio: f64, ours: f64, baseline: f64) -> Self {
        Self {
            target,
            value: ours,
            against: Some((baseline, ratio)),
        }
    }

    /// What measurements come to that were made in pairs. Each is held against what was measured beside it, so that a slow
    /// moment of the machine meets both. `None` where there are none.
    pub(crate) fn of_pairs(target: Target, ours: &[f64], baseline: &[f64]) -> Option<Self> {
        let pairs = ours.iter().zip(baseline);
        let ratios: Vec<_> = pairs.map(|(one, other)| one / other).collect();
        Some(Self::ratio(
            target,
            median(&ratios)?,
            median(ours)?,
            median(baseline)?,
        ))
    }

    /// A value that speaks for itself.
    pub(crate) fn plain(target: Target, value: f64) -> Self {
        Self {
            target,
            value,
            against: None,
        }
    }

    /// What the target is compared with.
    fn measured(&self) -> f64 {
        self.against.map_or(self.value, |(_, ratio)| ratio)
    }

    fn reaches(&self, wanted: f64) -> bool {
        if self.target.less_is_better {
            self.measured() <= wanted
        } else {
            self.measured() >= wanted
        }
    }

    fn verdict(&self) -> &'static str {
        if self.reaches(self.target.goal) {
            return "goal";
        }
        match self.target.due {
            None => "-",
            Some(due) if self.reaches(due) => "due",
            Some(_) => "short",
        }
    }

    /// As one line of JSON.
    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.target.name,
            "ratio": self.against.map(|(_, ratio)| ratio),
            "value": self.value,
            "baseline": self.against.map(|(baseline, _)| baseline),
            "unit": self.target.unit,
        })
    }
}

/// The figures as a table for people.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut table = sheet(&[
        "figure", "ours", "baseline", "unit", "ratio", "due", "goal", "reached",
    ]);
    for figure in figures {
        let (baseline, ratio) = figure.against.unzip();
        table.add_row([
            figure.target.name.to_owned(),
            short(figure.value),
            baseline.map_or_else(dash, short),
            figure.target.unit.to_owned(),
            ratio.map_or_else(dash, short),
            figure.target.due.map_or_else(dash, short),
            short(figure.target.goal),
            figure.verdict().to_owned(),
        ]);
    }
    align(&mut table, &[1, 2, 4, 5, 6]);
    table.to_string()
}

/// An empty table with a header.
pub(crate) fn sheet(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(header);
    table
}

/// Aligns columns of numbers.
pub(crate) fn align(table: &mut Table, columns: &[usize]) {
    for index in columns {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A number with the digits that matter: three of them, and whole above.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => grouped(number),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

fn dash() -> String {
    "-".to_owned()
}

/// A whole number with commas between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.4567, 3.0, 45.67, 123.4, 1_234_567.0, -4_321.0].map(short);
        assert_eq!(
            shown,
            ["0.457", "3.00", "45.7", "123", "1,234,567", "-4,321"]
        );
    }

    #[test]
    fn more_is_better_but_for_plain_values() {
        let ratio = |ratio| Figure::ratio(REGISTER_VS_COPY, ratio, 1.0, 1.0).verdict();
        assert_eq!(
            [ratio(0.2), ratio(0.25), ratio(0.5)],
            ["short", "due", "goal"]
        );
        let memory = |value| Figure::plain(IDLE_RSS, value).verdict();
        assert_eq!(
            [memory(121.0), memory(120.0), memory(59.0)],
            ["short", "due", "goal"]
        );
        // Nothing is due of it: it is measured.
        let duckdb = Figure::ratio(FILTERED_VS_DUCKDB, 0.1, 10.0, 1.0);
        assert_eq!(duckdb.verdict(), "-");
    }

    #[test]
    fn a_figure_is_a_line() {
        let ratio = Figure::ratio(PLAIN_VS_SQL, 50.0, 2.0, 100.0).json();
        assert_eq!(
            ratio.to_string(),
            r#"{"baseline":100.0,"name":"report.plain.vs_sql","ratio":50.0,"unit":"ms","value":2.0}"#
        );
        let plain = Figure::plain(IDLE_RSS, 80.5).json();
        assert!(plain["ratio"].is_null() && plain["baseline"].is_null());
        assert_eq!(plain["value"], 80.5);
    }

    #[test]
    fn the_table_names_what_falls_short() {
        let figures = [
            Figure::ratio(STATUS_VS_UPDATE, 4.5, 18_000.0, 4_000.0),
            Figure::plain(BUSY_P99, 20.0),
        ];
        let table = table(&figures);
        let lines: Vec<_> = table.lines().map(str::trim_end).collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[2].contains("18,000") && lines[2].ends_with("short"));
        assert!(lines[3].ends_with("goal"));
    }
}
