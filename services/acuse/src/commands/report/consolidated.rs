//! `acuse report consolidated`: totals and rates, and their course.

use acuse_proto::reporting::{
    Bucket, Comparison, GetConsolidatedRequest, GetConsolidatedResponse, Metric, Metrics,
    SeriesBucket,
};
use jiff::tz::TimeZone;

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, columns, csv, look,
    sparkline::{self, Course},
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{fitted, number, say, table},
};

/// Shows totals and rates of a period, and bucket by bucket how they came about.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long the parts of the series are
    #[arg(long, value_parser = Bucket::parser(), default_value = "day")]
    bucket: Bucket,
    /// Compare with the period before; not with --csv, whose lines are of one period
    #[arg(long, conflicts_with = "csv")]
    compare: bool,
    /// Also tell how long messages took
    #[arg(long)]
    times: bool,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetConsolidatedRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetConsolidatedRequest {
            question: Some(asking.question.clone()),
            bucket: Some(self.bucket.into()),
            compare_with_previous: self.compare,
            with_times: self.times || self.form.csv,
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let what = "get the report";
    let answer = asking.get(what, request.clone(), Client::get_consolidated);
    print(&answer.await?, &request, &form)
}

/// Prints the answer to a request.
pub(super) fn print(
    answer: &GetConsolidatedResponse,
    asked: &GetConsolidatedRequest,
    form: &Form,
) -> Result<()> {
    form.print("GetConsolidatedResponse", answer, lines, |answer| {
        show(answer, look::bucket(asked.bucket), asked.with_times)
    })
}

fn lines(answer: &GetConsolidatedResponse) -> Result<()> {
    let ends = ["start_at", "end_at"].map(str::to_owned);
    csv::line(ends.into_iter().chain(columns::names()))?;
    for bucket in &answer.series {
        let interval = bucket.interval.unwrap_or_default();
        let ends = [interval.start_at, interval.end_at].map(csv::figure);
        let figures = columns::cells(&bucket.metrics.unwrap_or_default());
        csv::line(ends.into_iter().chain(figures))?;
    }
    Ok(())
}

fn show(answer: &GetConsolidatedResponse, bucket: Bucket, with_times: bool) -> Result<()> {
    let rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    let total = answer.total.unwrap_or_default();
    say(&basis::heading(&rests_on, &zone))?;
    match &answer.previous {
        Some(previous) => say(&format!("\n{}\n", compared(previous, with_times, &zone)))?,
        None => say(&format!("\n{}\n", totals(&total)))?,
    }
    if with_times {
        say(&format!("{}\n", times(&total)))?;
    }
    if answer.series.len() > 1 {
        say(&format!("{}\n", course(&answer.series, bucket)))?;
        say(&format!("{}\n", series(&answer.series, bucket, &zone)))?;
    }
    basis::tell_remarks(&rests_on, columns::rates(&total), &zone)
}

/// The way of messages, each step with its rate; then what is beside it.
fn totals(total: &Metrics) -> String {
    let mut shown = table(&["", "messages", "rate", ""], &[1, 2]);
    let steps = [
        ("messages", total.messages, None),
        ("sent", total.sent, total.sent_rate),
        ("delivered", total.delivered, total.delivery_rate),
        ("read", total.read, total.read_rate),
        ("replied", total.replied, total.reply_rate),
        ("failed", total.failed, total.bounce_rate),
    ];
    for (name, count, rate) in steps {
        let share = rate.and_then(|rate| rate.quotient);
        let rate = rate.map_or_else(String::new, |rate| look::rate(Some(&rate)));
        let bar = share.map(look::bar).unwrap_or_default();
        shown.add_row([name.to_owned(), number(count), rate, bar]);
    }
    let mut besides = vec![
        ("pending", Some(total.pending)),
        ("unconfirmed", Some(total.unconfirmed)),
        ("received", total.received),
        ("tickets", Some(total.tickets)),
        ("billable", Some(total.billable)),
    ];
    if total.unattached > 0 {
        besides.push(("unattached, in no other figure", Some(total.unattached)));
    }
    for (name, count) in besides {
        let count = count.map_or_else(|| look::ABSENT.to_owned(), number);
        shown.add_row([name.to_owned(), count, String::new(), String::new()]);
    }
    shown.to_string()
}

/// Metric by metric, now and before.
fn compared(previous: &Comparison, with_times: bool, zone: &TimeZone) -> String {
    let mut shown = table(&["", "now", "before", "change"], &[1, 2, 3]);
    for change in &previous.changes {
        let metric = change.metric();
        let is_state = metric.word().starts_with("state_");
        if is_state || (!with_times && metric.word().starts_with("time_")) {
            continue;
        }
        shown.add_row([
            look::title(metric),
            look::figure(metric, change.now),
            look::figure(metric, change.before),
            difference(metric, change.difference, change.relative),
        ]);
    }
    let span = match &previous.covered {
        Some(covered) => basis::span(covered, zone),
        None => "nothing, all of it lies before the workspace's data".to_owned(),
    };
    format!("{shown}\n\nbefore: {span}")
}

/// Shares move by points, all else in proportion.
fn difference(metric: Metric, difference: Option<f64>, relative: Option<f64>) -> String {
    match (difference, relative) {
        (Some(points), _) if look::is_rate(metric) => format!("{:+.1} points", points * 100.0),
        (_, Some(relative)) => format!("{:+.1}%", relative * 100.0),
        _ => look::ABSENT.to_owned(),
    }
}

/// How long messages took.
pub(super) fn times(metrics: &Metrics) -> String {
    let mut shown = table(
        &[
            "time to",
            "messages",
            "half within",
            "90% within",
            "99% within",
        ],
        &[1, 2, 3, 4],
    );
    for (name, times) in columns::times(metrics) {
        let times = times.unwrap_or_default();
        shown.add_row([
            name.to_owned(),
            number(times.count),
            look::seconds(times.p50_seconds),
            look::seconds(times.p90_seconds),
            look::seconds(times.p99_seconds),
        ]);
    }
    shown.to_string()
}

/// What was delivered, what failed, and the rate of the one.
fn course(series: &[SeriesBucket], bucket: Bucket) -> String {
    let metrics = || series.iter().map(|bucket| bucket.metrics.as_ref());
    let count = |count: fn(&Metrics) -> i64| metrics().map(move |of| of.map(count));
    let rate = metrics().map(|metrics| metrics?.delivery_rate?.quotient);
    let courses = [
        Course::of_counts("delivered", count(|metrics| metrics.delivered)),
        Course::of_counts("failed", count(|metrics| metrics.failed)),
        Course::of_shares("delivery rate", rate),
    ];
    sparkline::lines(&courses, bucket)
}

fn series(series: &[SeriesBucket], bucket: Bucket, zone: &TimeZone) -> String {
    let word = bucket.word();
    let header = [word.as_str()]
        .into_iter()
        .chain(columns::SHOWN)
        .chain([""]);
    let numbers: Vec<usize> = (1..=columns::SHOWN.len()).collect();
    let mut shown = table(&header.collect::<Vec<_>>(), &numbers);
    let count = |bucket: &SeriesBucket| bucket.metrics.map_or(0, |metrics| metrics.messages);
    let most = series.iter().map(count).max().unwrap_or_default().max(1);
    for part in series {
        let begins = look::begins(part.interval, bucket, zone);
        let figures = columns::shown(&part.metrics.unwrap_or_default());
        let bar = look::bar(count(part) as f64 / most as f64);
        shown.add_row([begins].into_iter().chain(figures).chain([bar]));
    }
    fitted(shown, &[], 2)
}
