//! CSV, as in RFC 4180, for other programs.

use crate::{failure::Result, output::say};

/// What stands for the messages without a value.
pub(super) const NONE: &str = "(none)";

/// What stands for the values beyond the limit.
pub(super) const OTHERS: &str = "(others)";

/// Says a line. Text that a spreadsheet would run as a formula gets an apostrophe.
pub(super) fn line(cells: impl IntoIterator<Item = impl Into<String>>) -> Result<()> {
    // The line feed comes by itself.
    say(&format!("{}\r", joined(cells)))
}

/// A figure; empty where there is none.
pub(super) fn figure(figure: Option<impl ToString>) -> String {
    figure.map(|figure| figure.to_string()).unwrap_or_default()
}

fn joined(cells: impl IntoIterator<Item = impl Into<String>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.into())).collect();
    cells.join(",")
}

fn cell(text: String) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') if !is_number => format!("'{text}"),
        _ => text,
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_have_to_be() {
        let line = joined(["a", "b,c", "say \"no\"", "-3", "=1+1", "+51"]);
        assert_eq!(line, "a,\"b,c\",\"say \"\"no\"\"\",-3,'=1+1,+51");
        assert_eq!(joined(["one\ntwo", "", "-x"]), "\"one\ntwo\",,'-x");
    }

    #[test]
    fn a_figure_that_there_is_none_of_is_empty() {
        assert_eq!(figure(Some(0.25)), "0.25");
        assert_eq!(figure(None::<i64>), "");
    }
}
