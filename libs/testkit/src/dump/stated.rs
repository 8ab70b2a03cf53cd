//! The column `messages.stated`, opened: its bytes hold numbers of the directory.
//!
//! The layout is said here once more, so that the dump hangs on nothing but what is stored.

use anyhow::{Context, bail};
use serde::Deserialize;

/// When, what and by whom, as codes.
type Rank = (i64, i16, i16);

#[derive(Debug, Deserialize)]
struct Stated {
    failure: Option<Failure>,
    dispatch_failure: Option<Failure>,
    pricing: Option<(Rank, Pricing)>,
    conversation: Option<(Rank, Conversation)>,
    sender: Option<(Rank, (i16, String))>,
    recipient: Option<(Rank, [u8; 16])>,
    correlation_id: Option<(Rank, String)>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    at: i64,
    provider: i16,
    code: String,
    title: String,
    detail: String,
    stage: Option<i16>,
    error_code: Option<i32>,
}

type Text = Option<String>;

/// Billable, category, type of the price, model.
type Pricing = (Option<bool>, Text, Text, Text);

/// Id, origin, expiry.
type Conversation = (Text, Text, Option<i64>);

/// When, by whom, digest and content type.
type Echo = (i64, i16, [u8; 16], i16);

/// Numbers of category and type of a price.
type Names = (Option<i32>, Option<i32>);

/// What the column says, without the numbers in it.
pub(super) fn opened(column: &str) -> anyhow::Result<String> {
    let hex = column.strip_prefix("\\x").context("no bytes")?;
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16);
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(byte)
        .collect::<Result<_, _>>()?;
    // The first byte says whether an echo stands behind the rest, and numbers of the price's words behind that. What is left is
    // the recipient as text.
    let (mut stated, echo, names, text): (Stated, Option<Echo>, Option<Names>, &[u8]) =
        match bytes.split_first() {
            Some((1, rest)) => {
                let (stated, text) = postcard::take_from_bytes(rest)?;
                (stated, None, None, text)
            }
            Some((2, rest)) => {
                let ((stated, echo), text) = postcard::take_from_bytes(rest)?;
                (stated, echo, None, text)
            }
            Some((3, rest)) => {
                let ((stated, echo, names), text) = postcard::take_from_bytes(rest)?;
                (stated, echo, Some(names), text)
            }
            _ => bail!("an unknown encoding"),
        };
    let failures = [&mut stated.failure, &mut stated.dispatch_failure];
    let mut shown = Vec::new();
    for failure in failures.into_iter().flatten() {
        shown.push(format!(
            "failed({} {} {:?} {:?} {:?} {:?} numbered={})",
            failure.at,
            failure.provider,
            failure.code,
            failure.title,
            failure.detail,
            failure.stage,
            failure.error_code.is_some(),
        ));
    }
    shown.push(format!(
        "{:?} {:?} {:?} {:?} {:?}",
        stated.pricing, stated.conversation, stated.sender, stated.recipient, stated.correlation_id,
    ));
    if !text.is_empty() {
        let destination: String = postcard::from_bytes(text)?;
        shown.push(format!("to={destination:?}"));
    }
    shown.extend(echo.map(|echo| format!("{echo:?}")));
    shown.extend(names.map(|(category, price_type)| {
        let numbered = [category.is_some(), price_type.is_some()];
        format!("price numbered={numbered:?}")
    }));
    Ok(shown.join(" "))
}
