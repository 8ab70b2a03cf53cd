//! `acuse report values`: what a filter can be given.

use acuse_proto::reporting::{
    Dimension, DimensionValue, ListDimensionValuesRequest, ListDimensionValuesResponse,
};
use acuse_rpc::client::Call;

use super::{
    ask::{Form, Within},
    columns::csv,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{json, note, say, table},
};

/// Values of a page at most.
const LARGEST_PAGE: usize = 1_000;

/// Lists the values of a dimension, as far as the caller may see them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Of which dimension; times have no list
    #[arg(value_name = "DIMENSION", value_parser = Dimension::parser(), hide_possible_values = true)]
    dimension: Dimension,
    /// Only those whose id or name contains this, whatever the case and the accents
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    search: String,
    /// How many to show
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    within: Within,
}

/// Lists them.
pub(super) async fn run(args: Args) -> Result<()> {
    let asking = args.within.open().await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut found = ListDimensionValuesResponse::default();
    loop {
        let missing = (limit - found.values.len()).min(LARGEST_PAGE);
        let request = ListDimensionValuesRequest {
            dimension: args.dimension.into(),
            search: args.search.clone(),
            page_size: i32::try_from(missing).unwrap_or(i32::MAX),
            page_token: found.next_page_token,
        };
        let call = Call::plain().idempotent().request(request);
        let page = asking.ask("list the values", |mut client| async move {
            client.list_dimension_values(call).await
        });
        let page = page.await?;
        found.values.extend(page.values);
        found.next_page_token = page.next_page_token;
        if found.next_page_token.is_empty() || found.values.len() >= limit {
            break;
        }
    }
    print(&found, args.dimension, &args.form)?;
    if !found.next_page_token.is_empty() {
        note("there are more: --limit says how many to show, --search which");
    }
    Ok(())
}

fn print(found: &ListDimensionValuesResponse, of: Dimension, form: &Form) -> Result<()> {
    if form.json {
        let name = "acuse.reporting.v1.ListDimensionValuesResponse";
        return say(&json(found, name)?);
    }
    let cells = |value: &DimensionValue| {
        let DimensionValue { id, name, .. } = value.clone();
        [id.unwrap_or_default(), name.unwrap_or_default()]
    };
    let values = found.values.iter().map(cells);
    if form.csv {
        say(&csv([of.word(), format!("{}_name", of.word())]))?;
        for value in values {
            say(&csv(value))?;
        }
        return Ok(());
    }
    if found.values.is_empty() {
        return say("there is no such value");
    }
    let word = of.word().replace('_', " ");
    let mut shown = table(&[&word, "name"], &[]);
    for value in values {
        shown.add_row(value);
    }
    say(&shown.to_string())
}
