//! `acuse report ranking`: who is best, who is worst, and who moved.

use acuse_proto::reporting::{
    Dimension, GetRankingRequest, GetRankingResponse, Metric, RankingEnd, RankingRow, RateBasis,
};
use jiff::tz::TimeZone;

use super::ask::{Ask, Asking, Client, Form};
use super::vocabulary::Words as _;
use super::{basis, columns, csv, look};
use crate::failure::Result;
use crate::output::{fitted, number, say, table};

/// Ranks the values of a dimension by one figure, and compares with the period before.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to rank: agent, department, team, template, campaign, broadcast, channel_account, account or failure_category
    #[arg(long, value_name = "DIMENSION", value_parser = Dimension::parser(), hide_possible_values = true)]
    by: Dimension,
    /// By what
    #[arg(long, value_name = "METRIC", value_parser = Metric::parser())]
    metric: Metric,
    #[command(flatten)]
    form: Form,
    /// The worst first
    #[arg(long)]
    worst: bool,
    /// Compare rates by a bound of their Wilson 95 % interval: 3 of 3 does not beat 950 of 1,000
    #[arg(long)]
    wilson: bool,
    /// Leave out who has fewer messages
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(0..))]
    min_volume: Option<i64>,
    /// How many rows to show
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..=1_000))]
    limit: i32,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetRankingRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetRankingRequest {
            question: Some(asking.question.clone()),
            dimension: self.by.into(),
            metric: self.metric.into(),
            first: self.worst.then(|| RankingEnd::Worst.into()),
            rate_basis: self.wilson.then(|| RateBasis::Wilson.into()),
            minimum_volume: self.min_volume,
            limit: Some(self.limit),
            with_times: self.form.csv,
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let what = "rank";
    let answer = asking.get(what, request.clone(), Client::get_ranking);
    print(&answer.await?, &request, &form)
}

/// Prints the answer to a request.
pub(super) fn print(
    answer: &GetRankingResponse,
    asked: &GetRankingRequest,
    form: &Form,
) -> Result<()> {
    let (by, metric) = (asked.dimension(), asked.metric());
    // Bouncing is the one rate of which less is better; where the greatest comes first the lower bound is compared.
    let worst = asked.first() == RankingEnd::Worst;
    let bound = if (metric == Metric::BounceRate) == worst {
        "at least"
    } else {
        "at most"
    };
    let bound = (asked.rate_basis() == RateBasis::Wilson).then_some(bound);
    form.print(
        "GetRankingResponse",
        answer,
        |answer| lines(answer, by),
        |answer| show(answer, by, metric, bound),
    )
}

fn lines(answer: &GetRankingResponse, by: Dimension) -> Result<()> {
    let word = by.word();
    let name = format!("{word}_name");
    let places = [
        "rank",
        &word,
        &name,
        "figure",
        "score",
        "previous_rank",
        "previous_figure",
        "movement",
    ];
    let header = places.map(str::to_owned).into_iter();
    csv::line(header.chain(columns::names()))?;
    for row in &answer.rows {
        let value = row.value.clone().unwrap_or_default();
        let place = [
            row.rank.to_string(),
            value.id.unwrap_or_default(),
            value.name.unwrap_or_default(),
            row.figure.to_string(),
            row.score.to_string(),
            csv::figure(row.previous_rank),
            csv::figure(row.previous_figure),
            csv::figure(row.movement),
        ];
        let figures = columns::cells(&row.metrics.unwrap_or_default());
        csv::line(place.into_iter().chain(figures))?;
    }
    Ok(())
}

fn show(
    answer: &GetRankingResponse,
    by: Dimension,
    metric: Metric,
    bound: Option<&str>,
) -> Result<()> {
    let rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    if answer.rows.is_empty() {
        say("nothing can be ranked")?;
    } else {
        say(&format!("{}\n", places(answer, by, metric, bound, &zone)))?;
    }
    let unranked = match answer.unranked_values {
        0 => String::new(),
        count => format!(
            ", {} not: too few messages, or no such figure",
            number(count)
        ),
    };
    say(&format!(
        "{} ranked{unranked}",
        number(answer.ranked_values)
    ))?;
    if let Some(previous) = &answer.previous {
        let span = basis::span(previous, &zone);
        let remark = if is_compared(answer) {
            ""
        } else {
            ", not covered whole: nothing is compared with it"
        };
        say(&format!("before: {span}{remark}"))?;
    }
    let total = answer.total.unwrap_or_default();
    basis::tell_remarks(&rests_on, columns::rates(&total), &zone)
}

/// The rows by rank.
fn places(
    answer: &GetRankingResponse,
    by: Dimension,
    metric: Metric,
    bound: Option<&str>,
    zone: &TimeZone,
) -> String {
    let has_departments = answer.rows.iter().any(|row| !row.departments.is_empty());
    let word = by.word().replace('_', " ");
    let title = look::title(metric);
    let mut header = vec![
        "#",
        "moved",
        word.as_str(),
        title.as_str(),
        "before",
        "messages",
    ];
    let mut numbers = vec![0, 1, 3, 4, 5];
    if let Some(bound) = bound {
        numbers.push(header.len());
        header.push(bound);
    }
    header.push("");
    let mut texts = vec![2];
    if has_departments {
        texts.push(header.len());
        header.push("departments");
    }
    let mut shown = table(&header, &numbers);
    let most = answer.rows.iter().map(|row| row.figure).fold(0.0, f64::max);
    for row in &answer.rows {
        let mut cells = vec![
            number(row.rank),
            moved(row, is_compared(answer)),
            look::value(&row.value.clone().unwrap_or_default(), zone),
            look::figure(metric, Some(row.figure)),
            look::figure(metric, row.previous_figure),
            number(row.metrics.map_or(0, |metrics| metrics.messages)),
        ];
        if bound.is_some() {
            cells.push(look::percent(row.score));
        }
        let whole = if look::is_rate(metric) { 1.0 } else { most };
        cells.push(if whole > 0.0 {
            look::bar(row.figure / whole)
        } else {
            String::new()
        });
        if has_departments {
            let departments = row.departments.iter().map(|value| look::value(value, zone));
            cells.push(departments.collect::<Vec<_>>().join(", "));
        }
        shown.add_row(cells);
    }
    fitted(shown, &texts, 4)
}

/// Whether all of the period before is covered, so that rows compare to it.
fn is_compared(answer: &GetRankingResponse) -> bool {
    answer.previous.is_some() && answer.previous_covered == answer.previous
}

/// Where a value was before: up, down, still there, or not ranked then; nothing where no row is compared.
fn moved(row: &RankingRow, is_compared: bool) -> String {
    match row.movement {
        Some(0) => "=".to_owned(),
        Some(places) if places > 0 => format!("▲ {places}"),
        Some(places) => format!("▼ {}", places.unsigned_abs()),
        None if is_compared => "new".to_owned(),
        None => look::ABSENT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::Interval;

    use super::*;

    #[test]
    fn nothing_is_new_since_a_period_that_is_not_covered_whole() {
        let end = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let interval = |from, to| Interval {
            start_at: end(from),
            end_at: end(to),
        };
        let answer = |previous_covered| GetRankingResponse {
            previous: Some(interval(0, 9)),
            previous_covered,
            ..GetRankingResponse::default()
        };
        let row = RankingRow::default();
        for (covered, told) in [
            (Some(interval(0, 9)), "new"),
            (Some(interval(5, 9)), look::ABSENT),
            (None, look::ABSENT),
        ] {
            assert_eq!(moved(&row, is_compared(&answer(covered))), told);
        }
    }
}
