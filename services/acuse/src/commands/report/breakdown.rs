//! `acuse report breakdown`: figures by the values of one or two dimensions.

use acuse_proto::reporting::{
    Dimension, GetBreakdownRequest, GetBreakdownResponse, Metric, Metrics, SortOrder,
};
use jiff::tz::TimeZone;

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, columns, csv, look,
    vocabulary::Words as _,
};
use crate::{
    failure::{Failure, Result},
    output::{fitted, say, table},
};

/// Shows the figures by the values of one or two dimensions, what lies beyond the limit as "(others)".
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// By what to break the figures down; by each pair of values where there are two
    #[arg(long, value_name = "DIMENSION", value_parser = Dimension::parser(), required = true, num_args = 1..=2, value_delimiter = ',')]
    by: Vec<Dimension>,
    /// What orders the rows: messages, and times by themselves, if left out
    #[arg(long, value_name = "METRIC", value_parser = Metric::parser(), hide_possible_values = true)]
    metric: Option<Metric>,
    /// The least first
    #[arg(long)]
    ascending: bool,
    #[command(flatten)]
    form: Form,
    /// How many rows to show
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    limit: i32,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetBreakdownRequest)> {
        let by = distinct(self.by)?;
        let asking = self.ask.begin().await?;
        let request = GetBreakdownRequest {
            question: Some(asking.question.clone()),
            dimensions: by.into_iter().map(Into::into).collect(),
            order_by: self.metric.map(Into::into),
            order: self.ascending.then(|| SortOrder::Ascending.into()),
            limit: Some(self.limit),
            with_times: self.form.csv,
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let what = "break the figures down";
    let answer = asking.get(what, request.clone(), Client::get_breakdown);
    print(&answer.await?, &request, &form)
}

/// Prints the answer to a request.
pub(super) fn print(
    answer: &GetBreakdownResponse,
    asked: &GetBreakdownRequest,
    form: &Form,
) -> Result<()> {
    let by: Vec<Dimension> = asked.dimensions().collect();
    form.print(
        "GetBreakdownResponse",
        answer,
        |answer| lines(answer, &by),
        |answer| show(answer, &by),
    )
}

/// One dimension, or two that differ.
fn distinct(by: Vec<Dimension>) -> Result<Vec<Dimension>> {
    let fault = match by.as_slice() {
        [one, other] if one == other => format!("--by names {} twice", one.word()),
        [_] | [_, _] => return Ok(by),
        more => format!("--by names {} dimensions; it takes one or two", more.len()),
    };
    Err(Failure::usage(fault))
}

/// The rows and the others: they add up to everything.
fn lines(answer: &GetBreakdownResponse, by: &[Dimension]) -> Result<()> {
    let header = by.iter().map(Dimension::word);
    let header = header.flat_map(|word| [format!("{word}_name"), word].into_iter().rev());
    csv::line(header.chain(columns::names()))?;
    for row in &answer.rows {
        let values = row.values.iter().cloned().flat_map(|value| {
            let id = value.id.unwrap_or_else(|| csv::NONE.to_owned());
            [id, value.name.unwrap_or_default()]
        });
        csv::line(values.chain(columns::cells(&row.metrics.unwrap_or_default())))?;
    }
    if let Some(others) = &answer.others {
        let values = by.iter().flat_map(|_| [csv::OTHERS, ""]).map(str::to_owned);
        csv::line(values.chain(columns::cells(others)))?;
    }
    Ok(())
}

fn show(answer: &GetBreakdownResponse, by: &[Dimension]) -> Result<()> {
    let rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    if answer.rows.is_empty() {
        say("there is nothing to show")?;
    } else {
        say(&format!("{}\n", rows(answer, by, &zone)))?;
    }
    let total = answer.total.unwrap_or_default();
    basis::tell_remarks(&rests_on, columns::rates(&total), &zone)
}

/// The rows, the others, and everything; values come first, in a column for each dimension.
fn rows(answer: &GetBreakdownResponse, by: &[Dimension], zone: &TimeZone) -> String {
    let total = answer.total.unwrap_or_default();
    let words: Vec<String> = by
        .iter()
        .map(|dimension| dimension.word().replace('_', " "))
        .collect();
    let header = words.iter().map(String::as_str).chain(columns::SHOWN);
    let header: Vec<&str> = header.chain(["share of messages"]).collect();
    let numbers: Vec<usize> = (by.len()..by.len() + columns::SHOWN.len()).collect();
    let mut shown = table(&header, &numbers);
    let mut add = |mut values: Vec<String>, metrics: &Metrics| {
        values.resize(by.len(), String::new());
        let figures = columns::shown(metrics);
        let share = look::share(metrics.messages, total.messages);
        shown.add_row(values.into_iter().chain(figures).chain([share]));
    };
    for row in &answer.rows {
        let values = row.values.iter().map(|value| look::value(value, zone));
        add(values.collect(), &row.metrics.unwrap_or_default());
    }
    if let Some(others) = &answer.others {
        add(vec![look::others(answer.other_values)], others);
    }
    add(vec!["total".to_owned()], &total);
    let texts: Vec<usize> = (0..by.len()).collect();
    fitted(shown, &texts, by.len() + 1)
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::{BreakdownRow, DimensionValue};

    use super::*;

    const BY: [Dimension; 2] = [Dimension::Channel, Dimension::HourOfDay];

    fn of(messages: i64) -> Metrics {
        Metrics {
            messages,
            ..Metrics::default()
        }
    }

    fn answer() -> GetBreakdownResponse {
        let value = |id: Option<&str>| DimensionValue {
            id: id.map(str::to_owned),
            ..DimensionValue::default()
        };
        let row = |channel, hour, messages| BreakdownRow {
            values: vec![value(channel), value(hour)],
            metrics: Some(of(messages)),
        };
        GetBreakdownResponse {
            rows: vec![row(Some("sms"), Some("7"), 3), row(None, Some("11"), 2)],
            others: Some(of(1)),
            other_values: 4,
            total: Some(of(6)),
            ..GetBreakdownResponse::default()
        }
    }

    #[test]
    fn a_pair_of_values_has_two_columns() {
        let shown = rows(&answer(), &BY, &TimeZone::UTC);
        let lines: Vec<&str> = shown.lines().collect();
        let begins: Vec<&str> = lines.iter().filter_map(|line| line.get(..36)).collect();
        assert_eq!(begins[0], " channel      hour of day   messages");
        assert_eq!(begins[2], " sms          7                    3");
        assert_eq!(begins[3], " (none)       11                   2");
        assert_eq!(begins[4], " (4 others)                        1");
        assert_eq!(begins[5], " total                             6");
        assert!(lines[2].trim_end().ends_with("50.0%"), "{shown}");
        assert!(lines[5].trim_end().ends_with("100.0%"), "{shown}");
    }

    #[test]
    fn dimensions_are_one_or_two() {
        let of = |by: &[Dimension]| distinct(by.to_vec());
        assert_eq!(of(&BY).ok().as_deref(), Some(&BY[..]));
        assert_eq!(of(&BY[..1]).ok().as_deref(), Some(&BY[..1]));
        let twice = of(&[Dimension::Day, Dimension::Day]).unwrap_err();
        assert_eq!(twice.to_string(), "--by names day twice");
        let three = of(&[Dimension::Day, Dimension::Week, Dimension::Month]).unwrap_err();
        assert!(three.to_string().contains("one or two"), "{three}");
    }
}
