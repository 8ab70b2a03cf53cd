//! `acuse webhook`: providers' webhooks, read here.

use std::path::{Path, PathBuf};

use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Explanation, Format, explain, read};
use clap::{
    Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use serde_json::{Map, Value, json};

use crate::{
    failure::{Failure, Result},
    input::{self, MAX_WEBHOOK},
    output::{note, say},
};

const HELP: &str = "\
Examples:
  acuse webhook explain --provider meta-whatsapp payload.json
  acuse webhook explain --provider meta-messenger saved/*.json | jq 'select(.kind == \"not_understood\")'
  curl -s https://example.com/captured | acuse webhook explain --provider meta-whatsapp -
  echo -n 'MessageSid=SM1f0e&MessageStatus=delivered&From=%2B56221234567&To=%2B51977452931' | acuse webhook explain --provider twilio -

A body is what the provider sent, byte for byte: JSON, a form as Twilio's, or the query of a callback that comes as a GET request.

Each line is a JSON object for one thing that a body says. These keys are always there, null where there is nothing to tell;
others follow where they are known:
  file         the file, or -
  kind         status for what happened to one outbound message
               inbound for a message from a contact, or the news that they deleted it
               echo for an outbound message that was sent from elsewhere
               watermark for what happened to all that was sent to a contact up to a time
               not_understood for that of which no evidence follows, and for a body with nothing in it
               rejected for a body that is none of the provider's
  id           the provider's id of the message; scope beside it, where it is unique only with that
  evidence     what happened to it, as sent, delivered, read or failed
  happened_at  when, RFC 3339 in UTC
  from, to     the channel account and the contact, whoever wrote; from a group the member, beside the group. The account is its
               number where that is told, with its id as channel_account beside it
  text         what a message from a contact, or an echo, says
  reason       why nothing follows from it
Among the others are channel, up_to of a watermark, content_type, error_code, detail, and path for where in the body it is.

Some payloads name no channel account: an integration says which one it is about. Here --channel-account does, and without it the
account is null.

Exit code 1 where a body is rejected, and 3 where a file could not be read, after all others. No server is asked, and no signature is checked.";

/// The keys of each line that are always there.
const KEYS: [&str; 9] = [
    "file",
    "kind",
    "id",
    "evidence",
    "happened_at",
    "from",
    "to",
    "text",
    "reason",
];

/// Stands in where neither the payload nor the caller names the channel account, and is not shown.
const UNNAMED: &str = "\u{1}unnamed";

/// What is told of it then.
const NAMES_NO_ACCOUNT: &str =
    "it names no channel account: an integration has to say which one it is about";

/// Reads providers' webhooks as ingestion does.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what the bodies of webhooks say, as a JSON object a line; texts and numbers are shown
    #[command(after_help = HELP)]
    Explain(Explain),
}

#[derive(Debug, clap::Args)]
struct Explain {
    /// Whose webhooks they are
    #[arg(long, value_name = "NAME", value_parser = formats())]
    provider: Format,
    /// What a body means that names no channel account, as an integration with one
    #[arg(long, value_name = "ID")]
    channel_account: Option<String>,
    /// Files, each with one body; - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Shows what is in the bodies.
pub(crate) fn run(args: &Args) -> Result<()> {
    let What::Explain(args) = &args.what;
    let (mut unread, mut rejected) = (0, 0);
    for file in &args.files {
        match input::read(file, MAX_WEBHOOK) {
            Ok(body) => rejected += usize::from(!show(args, file, &body)?),
            Err(failure) => {
                note(&format!("error: {failure}"));
                unread += 1;
            }
        }
    }
    let all = args.files.len();
    match (unread, rejected) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::no(format!(
            "{rejected} of {all} bodies are none of the provider's"
        ))),
        _ => Err(Failure::new(format!(
            "{unread} of {all} files could not be read"
        ))),
    }
}

/// Shows what a body says; false where it is none of the provider's.
fn show(args: &Explain, file: &Path, body: &[u8]) -> Result<bool> {
    let received_at = Timestamp::now();
    let read_for = |channel_account| {
        let delivery = Delivery {
            channel_account,
            ..Delivery::of(body, received_at)
        };
        read(args.provider, &delivery)
    };
    let given = args.channel_account.as_deref();
    let reading = read_for(Some(given.unwrap_or(UNNAMED)));
    // Some payloads name something that does for an account only where nothing else is known.
    let by_itself = match given {
        Some(_) => Vec::new(),
        None => explain(&read_for(None)),
    };
    for explanation in explain(&reading) {
        say(&line(file, &without_stand_in(explanation, &by_itself))?)?;
    }
    Ok(reading.is_ok())
}

/// The same without the account that only stands in: as the body says `by_itself`, where it does.
fn without_stand_in(mut explanation: Explanation, by_itself: &[Explanation]) -> Explanation {
    let is_same = |it: &&Explanation| {
        (it.kind, &it.path, &it.id) == (explanation.kind, &explanation.path, &explanation.id)
    };
    let same = by_itself.iter().find(is_same);
    let account = |end: fn(&Explanation) -> &Option<String>| same.and_then(|it| end(it).clone());
    let (from, to) = (account(|it| &it.from), account(|it| &it.to));
    let own = account(|it| &it.channel_account);
    for (place, own) in [
        (&mut explanation.channel_account, own),
        (&mut explanation.from, from),
        (&mut explanation.to, to),
    ] {
        if place.as_deref() == Some(UNNAMED) {
            *place = own;
            if place.is_none() {
                explanation.detail = Some(NAMES_NO_ACCOUNT.to_owned());
            }
        }
    }
    explanation
}

/// One object on one line.
fn line(file: &Path, explanation: &Explanation) -> Result<String> {
    let unwritable = |error: serde_json::Error| Failure::new(error.to_string());
    let mut line: Map<_, _> = KEYS
        .map(|key| (key.to_owned(), Value::Null))
        .into_iter()
        .collect();
    line.insert("file".to_owned(), json!(file.display().to_string()));
    if let Value::Object(told) = serde_json::to_value(explanation).map_err(unwritable)? {
        line.extend(told);
    }
    serde_json::to_string(&line).map_err(unwritable)
}

/// The formats by their names, each with what it is.
fn formats() -> impl TypedValueParser<Value = Format> {
    let named = Format::ALL.iter().map(|format| {
        let value = PossibleValue::new(format.as_str());
        value.help(format.about())
    });
    PossibleValuesParser::new(named).try_map(|name| Format::parse(&name).ok_or("not a format"))
}
