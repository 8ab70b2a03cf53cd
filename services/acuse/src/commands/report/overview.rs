//! `acuse report overview`: what messages there are, and how far they came.

use acuse_proto::reporting::{
    Bucket, Delivery, DeliveryPart, Distribution, GetMessagesOverviewRequest,
    GetMessagesOverviewResponse,
};
use jiff::tz::TimeZone;

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, csv, look,
    sparkline::{self, Course},
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{fitted, number, say, table},
};

/// Shows messages by channel, source, type and subtype, and bucket by bucket how far they came.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long the parts of delivery over time are
    #[arg(long, value_parser = Bucket::parser(), default_value = "day")]
    bucket: Bucket,
    /// Tell how far messages came (a read one was also delivered) instead of where they stand
    #[arg(long)]
    cumulative: bool,
    /// How many values of each kind to show
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..=1_000))]
    limit: i32,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetMessagesOverviewRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetMessagesOverviewRequest {
            question: Some(asking.question.clone()),
            bucket: Some(self.bucket.into()),
            cumulative: self.cumulative,
            limit: Some(self.limit),
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let what = "get the overview";
    let answer = asking.get(what, request.clone(), Client::get_messages_overview);
    print(&answer.await?, &request, &form)
}

/// Prints the answer to a request.
pub(super) fn print(
    answer: &GetMessagesOverviewResponse,
    asked: &GetMessagesOverviewRequest,
    form: &Form,
) -> Result<()> {
    form.print("GetMessagesOverviewResponse", answer, lines, |answer| {
        show(answer, look::bucket(asked.bucket))
    })
}

/// The distributions by what they are called.
fn distributions(
    answer: &GetMessagesOverviewResponse,
) -> impl Iterator<Item = (&'static str, &Distribution)> {
    [
        ("received by channel", &answer.received_by_channel),
        ("by channel", &answer.by_channel),
        ("by source", &answer.by_source),
        ("by type", &answer.by_type),
        ("by subtype", &answer.by_subtype),
    ]
    .into_iter()
    .filter_map(|(name, distribution)| Some((name, distribution.as_ref()?)))
}

/// The parts of a delivery by their names.
fn parts(delivery: &Delivery) -> impl Iterator<Item = (&'static str, DeliveryPart)> {
    [
        ("sent", delivery.sent),
        ("delivered", delivery.delivered),
        ("read", delivery.read),
        ("failed", delivery.failed),
        ("waiting", delivery.waiting),
    ]
    .into_iter()
    .filter_map(|(name, part)| Some((name, part?)))
}

/// A line for each value, what is beyond the limit as "(others)", and for each part of each bucket and of all together. Values
/// and others, and buckets, add up to what is called "(all)".
fn lines(answer: &GetMessagesOverviewResponse) -> Result<()> {
    csv::line(["part", "value", "name", "messages", "share"])?;
    let line = |part: &str, value: String, name: String, count: i64, share: Option<f64>| {
        let figures = [count.to_string(), csv::figure(share)];
        csv::line([part.to_owned(), value, name].into_iter().chain(figures))
    };
    for (name, distribution) in distributions(answer) {
        let part = name.replace(' ', "_");
        for one in &distribution.values {
            let value = one.value.clone().unwrap_or_default();
            let id = value.id.unwrap_or_else(|| csv::NONE.to_owned());
            let name = value.name.unwrap_or_default();
            line(&part, id, name, one.count, Some(one.share))?;
        }
        if distribution.other_values > 0 {
            let share = distribution.others as f64 / distribution.total as f64;
            let others = csv::OTHERS.to_owned();
            line(
                &part,
                others,
                String::new(),
                distribution.others,
                Some(share),
            )?;
        }
        let all = "(all)".to_owned();
        line(&part, all, String::new(), distribution.total, None)?;
    }
    let all = ("(all)".to_owned(), answer.total.unwrap_or_default());
    let buckets = answer.delivery.iter().map(|bucket| {
        let start = bucket.interval.and_then(|interval| interval.start_at);
        let start = start.map(|at| at.to_string());
        (
            start.unwrap_or_default(),
            bucket.delivery.unwrap_or_default(),
        )
    });
    for (start, delivery) in buckets.chain([all]) {
        line(
            "delivery",
            start.clone(),
            String::new(),
            delivery.messages,
            None,
        )?;
        for (name, part) in parts(&delivery) {
            line(
                "delivery",
                start.clone(),
                name.to_owned(),
                part.count,
                part.share,
            )?;
        }
    }
    Ok(())
}

fn show(answer: &GetMessagesOverviewResponse, bucket: Bucket) -> Result<()> {
    let rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    for (name, distribution) in distributions(answer).filter(|(_, of)| of.total > 0) {
        say(&format!("{}\n", shares(name, distribution, &zone)))?;
    }
    if answer.total.is_some_and(|total| total.messages > 0) {
        if answer.delivery.len() > 1 {
            say(&format!("{}\n", course(answer, bucket)))?;
        }
        say(&format!("{}\n", delivery(answer, bucket, &zone)))?;
    }
    basis::tell_remarks(&rests_on, [], &zone)
}

fn shares(name: &str, distribution: &Distribution, zone: &TimeZone) -> String {
    let mut shown = table(&[name, "messages", "share"], &[1]);
    let mut add = |name: String, count: i64| {
        shown.add_row([name, number(count), look::share(count, distribution.total)]);
    };
    for one in &distribution.values {
        let value = one.value.clone().unwrap_or_default();
        add(look::value(&value, zone), one.count);
    }
    if distribution.other_values > 0 {
        add(look::others(distribution.other_values), distribution.others);
    }
    fitted(shown, &[0], 2)
}

/// The parts of the delivery as lines.
fn course(answer: &GetMessagesOverviewResponse, bucket: Bucket) -> String {
    let total = answer.total.unwrap_or_default();
    let names = parts(&total).map(|(name, _)| name);
    let courses = names.map(|name| {
        let counts = answer.delivery.iter().map(|bucket| {
            let mut parts = parts(bucket.delivery.as_ref()?);
            parts.find(|part| part.0 == name).map(|part| part.1.count)
        });
        Course::of_counts(name, counts)
    });
    sparkline::lines(&courses.collect::<Vec<_>>(), bucket)
}

/// Bucket by bucket with the shares.
fn delivery(answer: &GetMessagesOverviewResponse, bucket: Bucket, zone: &TimeZone) -> String {
    let total = answer.total.unwrap_or_default();
    let word = bucket.word();
    let names: Vec<&str> = parts(&total).map(|(name, _)| name).collect();
    let header = [word.as_str(), "messages"].into_iter().chain(names);
    let header: Vec<&str> = header.collect();
    let numbers: Vec<usize> = (1..header.len()).collect();
    let mut shown = table(&header, &numbers);
    let mut add = |name: String, delivery: &Delivery| {
        let shares = parts(delivery).map(|(_, part)| match part.share {
            Some(share) => look::percent(share),
            None => look::ABSENT.to_owned(),
        });
        let head = [name, number(delivery.messages)].into_iter();
        shown.add_row(head.chain(shares));
    };
    for part in &answer.delivery {
        let begins = look::begins(part.interval, bucket, zone);
        add(begins, &part.delivery.unwrap_or_default());
    }
    add("all".to_owned(), &total);
    fitted(shown, &[], 2)
}
