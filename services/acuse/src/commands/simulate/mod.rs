//! `acuse simulate`: a business and its providers, played against a server.

mod connect;
mod prepare;
mod progress;
mod show;

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use acuse_simulator::{
    Arrivals, Business, Disorder, Moment, Tally, Traffic,
    drive::{DriveError, Outcome, Speed, Target, drive},
};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{Timestamp, civil::Date};

use crate::{
    connection::{Access, Ingestion, MessageState},
    failure::{Failure, Result},
    grpc::refused,
    output::{number, say},
    values::Share,
};
use progress::Progress;

/// How long the tokens of a simulation live.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Workspaces that are played at the same time; each holds some thousands of events that wait for their time.
const AT_ONCE: usize = 8;

const EXAMPLES: &str = "\
Examples:
  acuse simulate --key keys/caller.pem
  acuse simulate --key keys/caller.pem --workspaces 3 --messages 60000 --days 90 --duplicates 8% --disorder 20%
  acuse simulate --key keys/caller.pem --messages 1000000 --rate 2000

Registrations, and what gateways report of SMS and other channels, are calls to ingestion; what Meta reports of WhatsApp comes in
webhooks, as Meta writes and signs them. Each workspace gets an integration for them, named \"Simulated WhatsApp\", with new secrets
each time.

The same options on the same day are the same messages: what is known already is a duplicate and counts once. Exit code 1 where
events were rejected.";

/// Plays businesses of Latin America with their campaigns, agents and contacts, and the providers that report what became of
/// each message. Workspaces and integrations that are missing are created.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Businesses, each a workspace: a large one and smaller ones
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    workspaces: u32,
    /// Outbound messages in all
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
    /// Days that they are spread over
    #[arg(long, value_name = "COUNT", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// The last of these days; what of it is still to come is left out
    #[arg(long, value_name = "DATE", default_value = "today")]
    until: Until,
    /// Another number is another world
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Share of events that come twice
    #[arg(long, value_name = "SHARE", default_value = "0")]
    duplicates: Share,
    /// Share of events that come out of order; a quarter as many registrations come after their statuses, a tenth as many
    /// statuses days late
    #[arg(long, value_name = "SHARE", default_value = "0")]
    disorder: Share,
    /// Share of providers' events that never come
    #[arg(long, value_name = "SHARE", default_value = "0")]
    loss: Share,
    /// Events a second in all; as fast as it goes if left out
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Calls under way at once for each workspace
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Webhooks under way at once for each workspace, each over a connection of its own
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    connections: u16,
    /// Events in a call, 5,000 at most
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    batch: u16,
    #[command(flatten)]
    ingestion: Ingestion,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// A day, or today.
#[derive(Debug, Clone, Copy)]
struct Until(Option<Date>);

impl std::str::FromStr for Until {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if text == "today" {
            return Ok(Self(None));
        }
        let date = text.parse().map_err(|_| "not a day, such as 2026-11-20")?;
        Ok(Self(Some(date)))
    }
}

/// Plays until all is told, or somebody presses Ctrl-C; shows what was acknowledged either way.
pub(crate) async fn run(args: Args) -> Result<()> {
    let casts = prepare::casts(&args).await?;
    let progress = Progress::new(args.messages, casts.len());
    let begun = Instant::now();
    let played = tokio::select! {
        played = play(&args, &casts, &progress) => played,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    progress.finish();
    let outcomes = progress.outcomes();
    show::totals(&casts, &outcomes, played.as_deref().unwrap_or_default())?;
    if let Some(example) = progress.example() {
        say(&format!("see one: {example}"))?;
    }
    let mut total = Outcome::default();
    for outcome in &outcomes {
        total.add(outcome);
    }
    show::pace(&total, begun.elapsed());
    played?;
    if total.rejected > 0 {
        let text = format!("{} events were rejected", number(total.rejected));
        return Err(Failure::no(text).advise(total.reasons.join("\n  ")));
    }
    Ok(())
}

/// A business, the way to its workspace, and its part of the traffic.
struct Cast {
    business: Business,
    target: Target,
    traffic: Traffic,
}

async fn play(args: &Args, casts: &[Cast], progress: &Progress) -> Result<Vec<Tally>> {
    let all = casts
        .iter()
        .enumerate()
        .map(|(index, cast)| play_one(args, casts.len(), index, cast, progress));
    stream::iter(all).buffered(AT_ONCE).try_collect().await
}

async fn play_one(
    args: &Args,
    casts: usize,
    index: usize,
    cast: &Cast,
    progress: &Progress,
) -> Result<Tally> {
    let stories = cast
        .business
        .stories(&cast.traffic)
        .inspect(|story| progress.told(cast.business.slug(), story));
    let now = Moment::from(cast.traffic.now);
    let mut arrivals = Arrivals::new(stories, disorder(args), args.seed, now);
    let outcome = drive(
        &cast.target,
        arrivals.by_ref(),
        speed(args, casts),
        args.seed,
        |outcome| {
            progress.acknowledged(index, outcome);
        },
    )
    .await
    .map_err(|error| stopped(args, error))?;
    progress.acknowledged(index, &outcome);
    Ok(arrivals.tally())
}

fn stopped(args: &Args, error: DriveError) -> Failure {
    match error {
        DriveError::Refused(status) => {
            refused("deliver events", &args.access.to(&args.ingestion), &status)
        }
        error => Failure::new(error.to_string()).advise("the log of ingestion says more"),
    }
}

fn disorder(args: &Args) -> Disorder {
    let share = args.disorder.0;
    Disorder {
        duplicates: args.duplicates.0,
        reordered: share,
        early: share / 4.0,
        late: share / 10.0,
        lost: args.loss.0,
    }
}

#[allow(clippy::cast_precision_loss)] // eight at most
fn speed(args: &Args, casts: usize) -> Speed {
    Speed {
        rate: args
            .rate
            .map(|rate| f64::from(rate) / casts.min(AT_ONCE) as f64),
        concurrency: count(args.concurrency),
        connections: count(args.connections),
        batch: count(args.batch),
        ..Speed::default()
    }
}

/// A number that is not 0: options are checked.
fn count(number: u16) -> NonZeroUsize {
    NonZeroUsize::new(usize::from(number)).unwrap_or(NonZeroUsize::MIN)
}

/// `messages` shared out among so many workspaces: the second has half as many as the first, the third a third.
fn shares(messages: u64, workspaces: u32) -> Vec<u64> {
    let weight = |number: u32| 1_000_000 / u64::from(number + 1);
    let total: u64 = (0..workspaces).map(weight).sum();
    let mut shares: Vec<u64> = (0..workspaces)
        .map(|number| {
            let share = u128::from(messages) * u128::from(weight(number)) / u128::from(total);
            u64::try_from(share).unwrap_or(messages)
        })
        .collect();
    let left = messages - shares.iter().sum::<u64>();
    if let Some(first) = shares.first_mut() {
        *first += left;
    }
    shares
}

/// The traffic of one business.
fn traffic(args: &Args, business: &Business, messages: u64) -> Traffic {
    let now = Timestamp::now();
    let last_day = args.until.0.unwrap_or_else(|| {
        let there = now.in_tz(business.time_zone());
        there.map_or_else(
            |_| now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            |there| there.date(),
        )
    });
    Traffic {
        messages,
        days: args.days,
        last_day,
        now,
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn messages_are_shared_out_whole() {
        assert_eq!(shares(10, 1), [10]);
        let three = shares(60_000, 3);
        assert_eq!(three.iter().sum::<u64>(), 60_000);
        assert!(three[0] > three[1] && three[1] > three[2] && three[2] > 10_000);
        assert_eq!(shares(2, 5).iter().sum::<u64>(), 2);
    }
}
