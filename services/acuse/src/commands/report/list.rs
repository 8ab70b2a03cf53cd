//! `acuse report list`: the messages themselves, the newest first.

mod columns;

use acuse_proto::reporting::{
    Basis, ListFailedMessagesRequest, ListFailedMessagesResponse, ListInboundMessagesRequest,
    ListInboundMessagesResponse, ListInfo, ListOutboundMessagesRequest,
    ListOutboundMessagesResponse, saved_report::Report,
};
use clap::ValueEnum;
use jiff::tz::TimeZone;

use columns::{Column, FAILED, FAILED_TABLE, RECEIVED, RECEIVED_TABLE, SENT, SENT_TABLE};

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, csv,
};
use crate::{
    failure::Result,
    output::{fitted, note, number, plain, say, table},
};

/// Messages of a page at most.
const LARGEST_PAGE: usize = 1_000;

/// Lists messages, the newest first, up to 10,000. With --counted-in they are those of a figure of any report. The texts of the
/// messages are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which messages
    #[arg(value_name = "WHICH")]
    which: Which,
    /// How many to show
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Messages of the business
    Outbound,
    /// Messages of contacts
    Inbound,
    /// Messages of the business that failed
    Failed,
}

impl Args {
    /// Connects, and puts together what is asked for, with the first page.
    pub(super) async fn asked(self) -> Result<(Asking, Report)> {
        let asking = self.ask.begin().await?;
        let question = Some(asking.question.clone());
        let page_size = i32::try_from(self.limit.min(1_000)).unwrap_or(i32::MAX);
        let page_token = String::new();
        let report = match self.which {
            Which::Outbound => Report::OutboundMessages(ListOutboundMessagesRequest {
                question,
                page_size,
                page_token,
            }),
            Which::Inbound => Report::InboundMessages(ListInboundMessagesRequest {
                question,
                page_size,
                page_token,
            }),
            Which::Failed => Report::FailedMessages(ListFailedMessagesRequest {
                question,
                page_size,
                page_token,
            }),
        };
        Ok((asking, report))
    }
}

/// Shows the list.
pub(super) async fn run(args: Args) -> Result<()> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let asking = args.ask.begin().await?;
    match args.which {
        Which::Outbound => print_outbound(&outbound(&asking, limit).await?, &args.form),
        Which::Inbound => print_inbound(&inbound(&asking, limit).await?, &args.form),
        Which::Failed => print_failed(&failed(&asking, limit).await?, &args.form),
    }
}

/// Prints outbound messages.
pub(super) fn print_outbound(found: &ListOutboundMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListOutboundMessagesResponse",
        found,
        |found| lines(&found.messages, SENT),
        |found| show(&found.messages, found.info.as_ref(), SENT_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Prints inbound messages.
pub(super) fn print_inbound(found: &ListInboundMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListInboundMessagesResponse",
        found,
        |found| lines(&found.messages, RECEIVED),
        |found| show(&found.messages, found.info.as_ref(), RECEIVED_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Prints messages that failed.
pub(super) fn print_failed(found: &ListFailedMessagesResponse, form: &Form) -> Result<()> {
    form.print(
        "ListFailedMessagesResponse",
        found,
        |found| lines(&found.messages, FAILED),
        |found| show(&found.messages, found.info.as_ref(), FAILED_TABLE),
    )?;
    say_rest(found.info.as_ref(), found.messages.len());
    Ok(())
}

/// Gets the pages of a list up to a limit, together as one answer.
macro_rules! pages {
    ($name:ident, $call:ident, $request:ident, $response:ident) => {
        async fn $name(asking: &Asking, limit: usize) -> Result<$response> {
            let mut found = $response::default();
            loop {
                let missing = (limit - found.messages.len()).min(LARGEST_PAGE);
                let request = $request {
                    question: Some(asking.question.clone()),
                    page_size: i32::try_from(missing).unwrap_or(i32::MAX),
                    page_token: found.next_page_token,
                };
                let page = asking.get("list the messages", request, Client::$call);
                let page = page.await?;
                found.messages.extend(page.messages);
                found.next_page_token = page.next_page_token;
                // What the list rests on comes with its first page.
                found.info = found.info.or(page.info);
                if found.next_page_token.is_empty() || found.messages.len() >= limit {
                    return Ok(found);
                }
            }
        }
    };
}

pages!(
    outbound,
    list_outbound_messages,
    ListOutboundMessagesRequest,
    ListOutboundMessagesResponse
);
pages!(
    inbound,
    list_inbound_messages,
    ListInboundMessagesRequest,
    ListInboundMessagesResponse
);
pages!(
    failed,
    list_failed_messages,
    ListFailedMessagesRequest,
    ListFailedMessagesResponse
);

/// Says that there are more than were shown.
fn say_rest(info: Option<&ListInfo>, shown: usize) {
    let total = info.map_or(0, |info| info.total_size);
    let beyond = info.map_or(0, |info| info.beyond_reach);
    if usize::try_from(total).is_ok_and(|total| total > shown) {
        note(&format!("{} of {} messages", number(shown), number(total)));
    }
    if beyond > 0 {
        note(&format!(
            "{} are beyond what a list reaches: `acuse report rows` gives them all",
            number(beyond)
        ));
    }
}

fn lines<T>(messages: &[T], columns: &[Column<T>]) -> Result<()> {
    csv::line(columns.iter().map(|(name, _)| *name))?;
    for message in messages {
        let cells = columns
            .iter()
            .map(|(_, cell)| cell(message, &TimeZone::UTC));
        csv::line(cells)?;
    }
    Ok(())
}

fn show<T>(messages: &[T], info: Option<&ListInfo>, columns: &[Column<T>]) -> Result<()> {
    let rests_on: Basis = info.and_then(|info| info.basis.clone()).unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&format!("{}\n", basis::heading(&rests_on, &zone)))?;
    if messages.is_empty() {
        return say("there is no such message");
    }
    say(&rows(messages, columns, &zone))
}

fn rows<T>(messages: &[T], columns: &[Column<T>], zone: &TimeZone) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut shown = table(&names, &[]);
    for message in messages {
        let cells = columns.iter().map(|(_, cell)| plain(&cell(message, zone)));
        shown.add_row(cells);
    }
    let texts: Vec<usize> = (1..columns.len() - 1).collect();
    fitted(shown, &texts, 3)
}
