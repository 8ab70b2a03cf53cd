//! `acuse report breakdown`: figures by the values of a dimension.

use acuse_proto::reporting::{
    BreakdownRow, Dimension, DimensionValue, GetBreakdownRequest, GetBreakdownResponse, Metric,
    Metrics, SortOrder,
};
use acuse_rpc::client::Call;

use super::{
    ask::{Ask, Asking, Form},
    basis,
    columns::{self, csv},
    consolidated::tell_remarks,
    look,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{json, number, say, table},
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

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetBreakdownRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetBreakdownRequest {
            question: Some(asking.question.clone()),
            dimensions: vec![self.by.into()],
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
    let by = args.by;
    let (asking, form, request) = args.asked().await?;
    let call = Call::plain().idempotent().request(request);
    let answer = asking
        .ask("break the figures down", |mut client| async move {
            client.get_breakdown(call).await
        })
        .await?;
    print(&answer, by, &form)
}

/// Prints an answer by a dimension.
pub(super) fn print(answer: &GetBreakdownResponse, by: Dimension, form: &Form) -> Result<()> {
    if form.json {
        return say(&json(answer, "acuse.reporting.v1.GetBreakdownResponse")?);
    }
    if form.csv {
        return lines(answer, by);
    }
    show(answer, by)
}

/// The rows and the others: they add up to everything.
fn lines(answer: &GetBreakdownResponse, by: Dimension) -> Result<()> {
    let value = [by.word(), format!("{}_name", by.word())];
    say(&csv(value.into_iter().chain(columns::names())))?;
    for row in &answer.rows {
        let value = value_of(row);
        let id = value.id.unwrap_or_else(|| "(none)".to_owned());
        let figures = columns::cells(&row.metrics.unwrap_or_default());
        say(&csv([id, value.name.unwrap_or_default()]
            .into_iter()
            .chain(figures)))?;
    }
    if let Some(others) = &answer.others {
        let value = ["(others)", ""].map(str::to_owned);
        say(&csv(value.into_iter().chain(columns::cells(others))))?;
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
    tell_remarks(&rests_on, &total, &zone)
}
