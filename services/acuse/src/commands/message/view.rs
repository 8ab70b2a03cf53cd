//! A message as a page to read.

use std::{collections::BTreeSet, fmt::Write as _};

use acuse_proto::{
    message_state::{TimelineChange, TimelineEntry},
    types::{Message, StageStatus, StageView},
};
use jiff::tz::TimeZone;

use super::facts::{facts, said};
use crate::output::{fitted, plain, plain_lines, table, time, word};

/// Columns that names of facts take.
const NAMES: usize = 16;

/// The message, its stages and its timeline.
pub(super) fn view(message: &Message, timeline: &[TimelineEntry], zone: &TimeZone) -> String {
    let mut page = String::new();
    let state = word(message.state().as_str_name(), "MESSAGE_STATE_");
    // Writing into a String cannot fail.
    let _ = writeln!(page, "{state}  {}\n", plain(&message.comment));
    for (name, value) in facts(message, zone) {
        let _ = writeln!(page, "{}", fact(name, &value));
    }
    let _ = write!(
        page,
        "\n{}\n\n{}",
        stages(message, zone),
        events(timeline, zone)
    );
    page
}

/// A fact whose further lines stand below its first.
fn fact(name: &str, value: &str) -> String {
    let below = format!("\n{:1$}", "", NAMES + 3);
    let value = plain_lines(value).replace('\n', &below);
    format!("  {name:<NAMES$} {value}")
}

fn stages(message: &Message, zone: &TimeZone) -> String {
    let mut shown = table(&["stage", "", "at"], &[]);
    let stages = [
        ("dispatch", &message.dispatch),
        ("send", &message.send),
        ("delivery", &message.delivery),
        ("read", &message.read),
    ];
    for (name, stage) in stages {
        let stage = stage.as_ref();
        let status = stage.map(StageView::status).unwrap_or_default();
        let at = time(stage.and_then(|stage| stage.at.as_ref()), zone);
        shown.add_row([
            name.to_owned(),
            word(status.as_str_name(), "STAGE_STATUS_").to_lowercase(),
            match status {
                StageStatus::Succeeded if at == "-" => "implied by a later stage".to_owned(),
                _ => at,
            },
        ]);
    }
    shown.to_string()
}

fn events(timeline: &[TimelineEntry], zone: &TimeZone) -> String {
    let mut shown = table(&["happened", "received", "who", "what", "changed"], &[]);
    for entry in timeline {
        let status = entry.status.clone().unwrap_or_default();
        let mut what = word(status.kind().as_str_name(), "STATUS_KIND_").to_lowercase();
        if let Some(failure) = status.failure.as_ref().and_then(said) {
            what = format!("{what}: {}", plain(&failure));
        }
        if let Some(up_to) = &entry.watermark_up_to {
            let up_to = time(Some(up_to), zone);
            what = format!("all {what} up to {up_to}");
        }
        if let Some(participant) = &status.participant_id {
            let _ = write!(what, " (participant {})", plain(participant));
        }
        if entry.late {
            what.push_str(" (late)");
        }
        if entry.time_is_receipt {
            what.push_str(" (no time given)");
        }
        shown.add_row([
            time(status.happened_at.as_ref(), zone),
            time(entry.received_at.as_ref(), zone),
            word(status.provider().as_str_name(), "PROVIDER_"),
            what,
            changed(&entry.changes),
        ]);
    }
    // Times break between day and hour.
    fitted(shown, &[0, 1, 2, 3, 4], 5)
}

/// The change of state, and what else changed by name: `--json` has every value.
fn changed(changes: &[TimelineChange]) -> String {
    let mut lines = Vec::new();
    let mut others = BTreeSet::new();
    for change in changes {
        match change.field.split('.').next().unwrap_or_default() {
            "state" => lines.push(format!(
                "{} → {}",
                state(&change.before),
                state(&change.after)
            )),
            "dispatch" | "send" | "delivery" | "read" => drop(others.insert("stages")),
            other => drop(others.insert(other)),
        }
    }
    lines.extend(others.into_iter().map(|field| field.replace('_', " ")));
    lines.join(", ")
}

fn state(value: &Option<String>) -> String {
    let name = value.as_deref().unwrap_or("-");
    name.trim_start_matches("MESSAGE_STATE_").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_several_lines_stands_below_itself() {
        let shown = fact("text", "uno\r\ndos\u{1b}[2J");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "  text             uno");
        assert_eq!(lines[1], "                   dos␛[2J");
    }
}
