//! `acuse report breakdown`: figures by the values of a dimension.

use acuse_proto::reporting::{
    BreakdownRow, Dimension, DimensionValue, GetBreakdownRequest, GetBreakdownResponse, Metric,
    Metrics, SortOrder,
};

use super::{
    ask::{Ask, Client, Form},
    basis, columns, csv, look,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{number, say, table},
};

/// Shows the figures by the values of a dimension, what lies beyond the limit as "(others)".
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// By what to break the figures down
    #[arg(long, value_name = "DIMENSION", value_parser = Dimension::parser())]
    by: Dimension,
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

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let asking = args.ask.begin().await?;
    let request = GetBreakdownRequest {
        question: Some(asking.question.clone()),
        dimensions: vec![args.by.into()],
        order_by: args.metric.map(Into::into),
        order: args.ascending.then(|| SortOrder::Ascending.into()),
        limit: Some(args.limit),
        with_times: args.form.csv,
    };
    let what = "break the figures down";
    let answer = asking.get(what, request, Client::get_breakdown).await?;
    args.form.print(
        "GetBreakdownResponse",
        &answer,
        |answer| lines(answer, args.by),
        |answer| show(answer, args.by),
    )
}

/// The rows and the others: they add up to everything.
fn lines(answer: &GetBreakdownResponse, by: Dimension) -> Result<()> {
    let value = [by.word(), format!("{}_name", by.word())];
    csv::line(value.into_iter().chain(columns::names()))?;
    for row in &answer.rows {
        let value = value_of(row);
        let id = value.id.unwrap_or_else(|| csv::NONE.to_owned());
        let figures = columns::cells(&row.metrics.unwrap_or_default());
        let value = [id, value.name.unwrap_or_default()].into_iter();
        csv::line(value.chain(figures))?;
    }
    if let Some(others) = &answer.others {
        let value = [csv::OTHERS, ""].map(str::to_owned);
        csv::line(value.into_iter().chain(columns::cells(others)))?;
    }
    Ok(())
}

fn value_of(row: &BreakdownRow) -> DimensionValue {
    row.values.first().cloned().unwrap_or_default()
}

fn show(answer: &GetBreakdownResponse, by: Dimension) -> Result<()> {
    let rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    let total = answer.total.unwrap_or_default();
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    let word = by.word().replace('_', " ");
    let header: Vec<&str> = [word.as_str()]
        .into_iter()
        .chain(columns::SHOWN)
        .chain(["share of messages"])
        .collect();
    let numbers: Vec<usize> = (1..=columns::SHOWN.len()).collect();
    let mut shown = table(&header, &numbers);
    let mut add = |name: String, metrics: &Metrics| {
        let share = look::share(metrics.messages, total.messages);
        let figures = columns::shown(metrics);
        shown.add_row([name].into_iter().chain(figures).chain([share]));
    };
    for row in &answer.rows {
        add(
            look::value(&value_of(row), &zone),
            &row.metrics.unwrap_or_default(),
        );
    }
    if let Some(others) = &answer.others {
        add(format!("({} others)", number(answer.other_values)), others);
    }
    add("total".to_owned(), &total);
    if answer.rows.is_empty() {
        say("there is nothing to show")?;
    } else {
        say(&format!("{shown}\n"))?;
    }
    basis::tell_remarks(&rests_on, columns::rates(&total), &zone)
}
