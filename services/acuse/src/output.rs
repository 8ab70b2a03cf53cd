//! How things look at a terminal.

mod fit;

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::LazyLock,
    time::{Duration, Instant},
};

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, tz::TimeZone};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};

use crate::failure::{Failure, Result};
pub(crate) use fit::fitted;

/// A line below the header, and no other.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Says the answer, on standard output.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::unread()),
        Err(error) => Err(Failure::new(format!(
            "the output cannot be written: {error}"
        ))),
    }
}

/// Says something beside the answer, on standard error. Where that is gone, nobody is left to be told.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A bar on standard error that ends at `length`; hidden where that is no terminal.
pub(crate) fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = if io::stderr().is_terminal() {
        ProgressBar::new(length)
    } else {
        ProgressBar::hidden()
    };
    // Templates are this program's own; were one faulty, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// When lines are written where there is no terminal to show a bar at.
pub(crate) struct Lines(Instant);

impl Lines {
    /// How often one is written.
    const EVERY: Duration = Duration::from_secs(3);

    /// The first is due after a while.
    pub(crate) fn new() -> Self {
        Self(Instant::now() + Self::EVERY)
    }

    /// Whether one is due; the next is after a while.
    pub(crate) fn due(&mut self) -> bool {
        let due = Instant::now() >= self.0;
        if due {
            *self = Self::new();
        }
        due
    }
}

/// How many columns the terminal has to which the answer goes; `None` where it goes elsewhere.
pub(crate) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    // Some terminals do not know.
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// A table with these columns; those named in `numbers` are set to the right.
pub(crate) fn table(columns: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(columns);
    for number in numbers {
        if let Some(column) = table.column_mut(*number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A number with its thousands apart.
pub(crate) fn number(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or_default().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text of somebody else's on one line: what would move or colour a terminal is shown as a sign, not done.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The same, its line ends left as they are.
pub(crate) fn plain_lines(text: &str) -> String {
    let visible = |letter| {
        if letter == '\n' {
            letter
        } else {
            visible(letter)
        }
    };
    text.replace("\r\n", "\n").chars().map(visible).collect()
}

fn visible(letter: char) -> char {
    match letter {
        '\u{7f}' => '\u{2421}',
        // Unicode has a picture for each of them.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        // They turn round what follows, columns of figures included.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => '\u{fffd}',
        letter => letter,
    }
}

/// A time in a zone, to the millisecond; a dash for none.
pub(crate) fn time(at: Option<&prost_types::Timestamp>, zone: &TimeZone) -> String {
    at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok())
        .map_or_else(
            || "-".to_owned(),
            |at| {
                at.to_zoned(zone.clone())
                    .strftime("%Y-%m-%d %H:%M:%S%.3f")
                    .to_string()
            },
        )
}

/// An enum value's name without what all of its kind begin with, as people write it: `MESSAGE_STATE_READ` is `READ`.
pub(crate) fn word(name: &'static str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).replace('_', " ")
}

/// A message of the API as JSON, by the rules of Protocol Buffers; `name` is its full name.
pub(crate) fn json(message: &impl Message, name: &str) -> Result<String> {
    encoded_json(&message.encode_to_vec(), name)
}

/// The same of a message's bytes.
pub(crate) fn encoded_json(message: &[u8], name: &str) -> Result<String> {
    let written = descriptors()
        .and_then(|pool| pool.get_message_by_name(name))
        .and_then(|kind| DynamicMessage::decode(kind, message).ok())
        .and_then(|message| serde_json::to_string_pretty(&message).ok());
    written.ok_or_else(|| Failure::new(format!("{name} cannot be written as JSON")))
}

/// A message that was written as [`json`] writes it, by its full name in the API.
///
/// # Errors
///
/// What is wrong with the text.
pub(crate) fn from_json<T: Message + Default>(
    text: &str,
    name: &str,
) -> std::result::Result<T, String> {
    let kind = descriptors().and_then(|pool| pool.get_message_by_name(name));
    let kind = kind.ok_or_else(|| format!("{name} is not known here"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(kind, &mut reader)
        .and_then(|message| reader.end().map(|()| message))
        .map_err(|error| format!("is no {name} in JSON: {error}"))?;
    T::decode(message.encode_to_vec().as_slice()).map_err(|error| error.to_string())
}

/// What the API's messages are made of; `None` where this build was put together wrongly.
pub(crate) fn descriptors() -> Option<&'static DescriptorPool> {
    static POOL: LazyLock<Option<DescriptorPool>> =
        LazyLock::new(|| DescriptorPool::decode(acuse_proto::FILE_DESCRIPTOR_SET).ok());
    POOL.as_ref()
}

#[cfg(test)]
mod tests {
    use acuse_proto::message_state::{CreateWorkspaceRequest, Workspace};

    use super::*;

    #[test]
    fn numbers_and_words_are_for_people() {
        let written = [0, 999, 1_000, 1_234_567].map(number);
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            word("MESSAGE_STATE_DISPATCH_FAILED", "MESSAGE_STATE_"),
            "DISPATCH FAILED"
        );
    }

    #[test]
    fn texts_do_nothing_to_a_terminal() {
        let text = "a\u{1b}[2J\u{9b}31m\tb\r\nc\u{7f}\u{202e}ñ 🎉 名";
        assert_eq!(plain(text), "a␛[2J\u{fffd}31m␉b␍␊c␡\u{fffd}ñ 🎉 名");
        assert_eq!(plain_lines(text), "a␛[2J\u{fffd}31m␉b\nc␡\u{fffd}ñ 🎉 名");
    }

    #[test]
    fn times_are_in_the_zone() {
        let at = prost_types::Timestamp {
            seconds: 1_790_000_000,
            nanos: 120_000_000,
        };
        let lima = TimeZone::get("America/Lima").unwrap();
        assert_eq!(time(Some(&at), &lima), "2026-09-21 09:13:20.120");
        assert_eq!(time(None, &lima), "-");
    }

    #[test]
    fn json_is_the_protos() {
        let request = CreateWorkspaceRequest {
            workspace: Some(Workspace {
                slug: "acme".to_owned(),
                ..Workspace::default()
            }),
        };
        let name = "acuse.message_state.v1.CreateWorkspaceRequest";
        let written: serde_json::Value =
            serde_json::from_str(&json(&request, name).unwrap()).unwrap();
        assert_eq!(written["workspace"]["slug"], "acme");
        assert!(json(&request, "acuse.Nothing").is_err());
    }
}
