//! `acuse report values`: what a filter can be given.

use acuse_proto::reporting::{
    Dimension, DimensionValue, ListDimensionValuesRequest, ListDimensionValuesResponse,
};

use super::{
    ask::{Client, Form, Within},
    csv,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{fitted, note, plain, say, table},
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
        let what = "list the values";
        let page = asking.get(what, request, Client::list_dimension_values);
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
    form.print(
        "ListDimensionValuesResponse",
        found,
        |found| lines(found, of),
        |found| show(found, of),
    )
}

fn lines(found: &ListDimensionValuesResponse, of: Dimension) -> Result<()> {
    csv::line([of.word(), format!("{}_name", of.word())])?;
    found.values.iter().map(cells).try_for_each(csv::line)
}

fn show(found: &ListDimensionValuesResponse, of: Dimension) -> Result<()> {
    if found.values.is_empty() {
        return say("there is no such value");
    }
    let word = of.word().replace('_', " ");
    let mut shown = table(&[&word, "name"], &[]);
    for value in &found.values {
        shown.add_row(cells(value).map(|cell| plain(&cell)));
    }
    say(&fitted(shown, &[0, 1], 2))
}

fn cells(value: &DimensionValue) -> [String; 2] {
    let DimensionValue { id, name, .. } = value.clone();
    [id.unwrap_or_default(), name.unwrap_or_default()]
}
