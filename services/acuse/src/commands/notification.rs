//! `acuse notification`: what became of exports that the caller asked for.

use acuse_proto::export::{
    ClearNotificationsRequest, ListNotificationsRequest, MarkNotificationsReadRequest,
    Notification, NotificationKind, WatchNotificationsRequest,
    notification_service_client::NotificationServiceClient,
};
use acuse_rpc::client::Call;
use clap::Subcommand;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tonic::Code;
use uuid::Uuid;

use crate::commands::exporter::Within;
use crate::{
    failure::{Failure, Result},
    output::{json, note, number, plain, say, table, time},
};

const EXAMPLES: &str = "\
Examples:
  acuse notification list --workspace acme --key keys/caller.pem
  acuse notification list --unread --json
  acuse notification watch
  acuse notification read 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d
  acuse notification read --all
  acuse notification clear --all

Each caller has their own: by the subject of the token, which is `acuse` where the command makes it. Ctrl-C ends a watch.";

/// Tells what became of exports that the caller asked for, or a schedule of theirs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them, newest first
    List(List),
    /// Tell them as they come
    Watch(Watch),
    /// Mark some as read
    Read(Meant),
    /// Clear some away
    Clear(Meant),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only those that are not marked as read
    #[arg(long)]
    unread: bool,
    /// So many of them at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Print JSON, one notification after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
struct Watch {
    /// Print JSON, one notification after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").args(["ids", "all"]).required(true))]
struct Meant {
    /// Their ids
    #[arg(value_name = "ID")]
    ids: Vec<Uuid>,
    /// All that there are
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    within: Within,
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::List(args) => list(args).await,
        What::Watch(args) => watch(args).await,
        What::Read(args) => read(args).await,
        What::Clear(args) => clear(args).await,
    }
}

async fn list(args: List) -> Result<()> {
    let mut client = args.within.client(NotificationServiceClient::new).await?;
    let request = ListNotificationsRequest {
        page_size: args.limit.into(),
        page_token: String::new(),
        unread: args.unread,
    };
    let found = client.list_notifications(Call::plain().idempotent().request(request));
    let found = found
        .await
        .map_err(|status| args.within.failed("list the notifications", &status))?;
    let found = found.into_inner();
    if args.json {
        for told in &found.notifications {
            say(&json(told, "acuse.export.v1.Notification")?)?;
        }
    } else if found.notifications.is_empty() {
        say("there is nothing to tell")?;
    } else {
        let mut shown = table(
            &["told (UTC)", "what", "covers", "read", "export", "id"],
            &[],
        );
        for told in &found.notifications {
            let export = told.export_id.clone();
            shown.add_row([
                time(told.create_time.as_ref(), &TimeZone::UTC),
                what(told),
                covers(told),
                told.read_time.map_or("no", |_| "yes").to_owned(),
                export.unwrap_or_else(|| "-".to_owned()),
                told.id.clone(),
            ]);
        }
        say(&shown.to_string())?;
        note(&not_read(found.unread_count.max(0).unsigned_abs()));
    }
    if !found.next_page_token.is_empty() {
        note("there are more: --limit says how many to show");
    }
    Ok(())
}

/// Tells them until it is interrupted; goes on where a service that stops left off.
async fn watch(args: Watch) -> Result<()> {
    let mut client = args.within.client(NotificationServiceClient::new).await?;
    let failed = |status: &_| args.within.failed("watch the notifications", status);
    let mut resume_token = String::new();
    loop {
        let request = WatchNotificationsRequest {
            resume_token: resume_token.clone(),
        };
        let call = Call::plain().endless().idempotent().request(request);
        let began = client.watch_notifications(call).await;
        let mut stream = began.map_err(|status| failed(&status))?.into_inner();
        loop {
            match stream.message().await {
                Ok(Some(answer)) => {
                    for told in &answer.notifications {
                        tell(told, args.json)?;
                    }
                    resume_token = answer.resume_token;
                }
                Ok(None) => break,
                Err(status) if status.code() == Code::Unavailable => break,
                Err(status) => return Err(failed(&status)),
            }
        }
    }
}

fn tell(told: &Notification, as_json: bool) -> Result<()> {
    if as_json {
        return say(&json(told, "acuse.export.v1.Notification")?);
    }
    let at = time(told.create_time.as_ref(), &TimeZone::UTC);
    let export = told.export_id.as_deref().unwrap_or("-");
    say(&format!(
        "{at}  {} ({})  {export}",
        what(told),
        covers(told)
    ))
}

async fn read(args: Meant) -> Result<()> {
    let mut client = args.within.client(NotificationServiceClient::new).await?;
    let request = MarkNotificationsReadRequest {
        ids: ids(&args)?,
        all: args.all,
    };
    let marked = client.mark_notifications_read(Call::plain().idempotent().request(request));
    let marked = marked
        .await
        .map_err(|status| args.within.failed("mark the notifications", &status))?;
    let count = marked.into_inner().marked_count.max(0).unsigned_abs();
    say(&format!("{} marked as read", number(count)))
}

async fn clear(args: Meant) -> Result<()> {
    let mut client = args.within.client(NotificationServiceClient::new).await?;
    let request = ClearNotificationsRequest {
        ids: ids(&args)?,
        all: args.all,
    };
    let cleared = client.clear_notifications(Call::plain().request(request));
    let cleared = cleared
        .await
        .map_err(|status| args.within.failed("clear the notifications", &status))?;
    let count = cleared.into_inner().cleared_count.max(0).unsigned_abs();
    say(&format!("{} cleared", number(count)))
}

fn ids(args: &Meant) -> Result<Vec<String>> {
    if args.all && !args.ids.is_empty() {
        return Err(Failure::usage("--all means all of them; leave the ids out"));
    }
    Ok(args.ids.iter().map(Uuid::to_string).collect())
}

/// What it tells, in words.
fn what(told: &Notification) -> String {
    let name = plain(&told.name);
    let why = told.failure.as_ref().map(|failure| plain(&failure.message));
    match (told.kind(), why) {
        (NotificationKind::ExportSucceeded, _) => format!("{name} is there"),
        (NotificationKind::ScheduleRunFailed, why) => {
            format!("{name} could not be asked for: {}", why.unwrap_or_default())
        }
        (_, Some(why)) => format!("{name} failed: {why}"),
        (_, None) => name,
    }
}

/// How many have not been read.
fn not_read(count: u32) -> String {
    match count {
        1 => "1 is not read".to_owned(),
        count => format!("{} are not read", number(count)),
    }
}

/// What the export covers, by the days of its zone.
fn covers(told: &Notification) -> String {
    let zone = TimeZoneDatabase::bundled().get(&told.time_zone);
    let zone = zone.unwrap_or(TimeZone::UTC);
    let instant = |at: Option<prost_types::Timestamp>| {
        let at = at?;
        jiff::Timestamp::new(at.seconds, at.nanos).ok()
    };
    let ends = told.period.and_then(|period| {
        let start = instant(period.start_at)?;
        // The last instant of the period is before its end.
        let last = instant(period.end_at)?
            .checked_sub(jiff::SignedDuration::from_nanos(1))
            .ok()?;
        Some([start, last].map(|at| at.to_zoned(zone.clone()).date()))
    });
    match ends {
        Some([first, last]) if first == last => first.to_string(),
        Some([first, last]) => format!("{first} to {last}"),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::not_read;

    #[test]
    fn one_is_not_read_and_others_are_not() {
        let said = [0, 1, 2, 1_234].map(not_read);
        assert_eq!(
            said,
            [
                "0 are not read",
                "1 is not read",
                "2 are not read",
                "1,234 are not read"
            ]
        );
    }
}
