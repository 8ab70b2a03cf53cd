//! Listing, counting and showing them.

use acuse_proto::ingestion::not_understood_service_client::NotUnderstoodServiceClient;
use std::io::{self, Write as _};

use acuse_proto::{
    ingestion::{
        CountNotUnderstoodRequest, GetNotUnderstoodRequest, KeptPayload, ListNotUnderstoodRequest,
    },
    types::Provider,
};
use acuse_rpc::client::Call;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::filter::Filter;
use crate::commands::within::Within;
use crate::{
    failure::{Failure, Result},
    grpc::refused,
    output::{json, number, say, table, time, word},
};

/// Asked for at once.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// List so many at most
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Print JSON, one payload after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
pub(super) struct Count {
    #[command(flatten)]
    filter: Filter,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The payload's id
    id: Uuid,
    /// Write the body alone, byte for byte
    #[arg(long)]
    body: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "body")]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Lists those that are meant.
pub(super) async fn list(args: List) -> Result<()> {
    let mut client = args.within.client(NotUnderstoodServiceClient::new).await?;
    let mut shown = table(
        &["id", "provider", "reasons", "times", "bytes", "first (UTC)"],
        &[3, 4],
    );
    let mut left = i32::try_from(args.limit).unwrap_or(i32::MAX);
    let mut page_token = String::new();
    loop {
        let request = ListNotUnderstoodRequest {
            filter: args.filter.on_the_wire(),
            with_payload: false,
            page_size: left.min(PAGE),
            page_token,
        };
        let page = client
            .list_not_understood(Call::plain().idempotent().request(request))
            .await
            .map_err(|status| refused("list the payloads", &args.within.server(), &status))?
            .into_inner();
        for payload in page.payloads {
            left -= 1;
            if args.json {
                say(&json(&payload, "acuse.ingestion.v1.KeptPayload")?)?;
            } else {
                shown.add_row(row(payload));
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() || left <= 0 {
            break;
        }
    }
    if args.json {
        return Ok(());
    }
    if shown.is_empty() {
        return say("nothing is kept that was not understood");
    }
    say(&shown.to_string())?;
    if page_token.is_empty() {
        return Ok(());
    }
    say("there are more: --limit says how many to list, `acuse not-understood count` counts them")
}

fn row(payload: KeptPayload) -> [String; 6] {
    let whose = name(payload.provider());
    [
        payload.id,
        whose,
        payload.reasons.join(", "),
        number(payload.times),
        number(payload.payload_bytes),
        time(payload.first_receive_time.as_ref(), &TimeZone::UTC),
    ]
}

/// A provider's name, as options take it.
fn name(provider: Provider) -> String {
    let word = word(provider.as_str_name(), "PROVIDER_").to_lowercase();
    word.replace(' ', "-")
}

/// Counts those that are meant.
pub(super) async fn count(args: Count) -> Result<()> {
    let mut client = args.within.client(NotUnderstoodServiceClient::new).await?;
    let request = CountNotUnderstoodRequest {
        filter: args.filter.on_the_wire(),
    };
    let counted = client
        .count_not_understood(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("count the payloads", &args.within.server(), &status))?
        .into_inner();
    if args.json {
        return say(&json(
            &counted,
            "acuse.ingestion.v1.CountNotUnderstoodResponse",
        )?);
    }
    if counted.counts.is_empty() {
        return say("nothing is kept that was not understood");
    }
    let mut shown = table(
        &["provider", "reason", "payloads", "times", "last (UTC)"],
        &[2, 3],
    );
    for count in counted.counts {
        let whose = name(count.provider());
        shown.add_row([
            whose,
            count.reason,
            number(count.payloads),
            number(count.times),
            time(count.last_receive_time.as_ref(), &TimeZone::UTC),
        ]);
    }
    say(&shown.to_string())?;
    say(&format!("{} payloads in all", number(counted.payloads)))
}

/// Shows one.
pub(super) async fn show(args: Show) -> Result<()> {
    let mut client = args.within.client(NotUnderstoodServiceClient::new).await?;
    let request = GetNotUnderstoodRequest {
        id: args.id.to_string(),
    };
    let found = client
        .get_not_understood(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("show the payload", &args.within.server(), &status))?;
    let payload = found.into_inner().payload.unwrap_or_default();
    if args.body {
        return write(payload.payload());
    }
    if args.json {
        return say(&json(&payload, "acuse.ingestion.v1.KeptPayload")?);
    }
    for (what, value) in [
        ("id", payload.id.clone()),
        ("integration", payload.integration_id.clone()),
        ("provider", name(payload.provider())),
        (
            "first (UTC)",
            time(payload.first_receive_time.as_ref(), &TimeZone::UTC),
        ),
        (
            "last (UTC)",
            time(payload.last_receive_time.as_ref(), &TimeZone::UTC),
        ),
        ("times", number(payload.times)),
        ("content type", payload.content_type().to_owned()),
    ] {
        say(&format!("{what:<13} {value}"))?;
    }
    let mut shown = table(&["path", "reason", "detail"], &[]);
    for finding in &payload.findings {
        shown.add_row([&finding.path, &finding.reason, &finding.detail]);
    }
    say(&format!("\n{shown}\n"))?;
    say(&String::from_utf8_lossy(payload.payload()))
}

/// Writes bytes as they are.
fn write(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(format!("the output cannot be written: {error}")))
}
