//! `acuse report replies`: at which hours contacts reply.

use std::io::IsTerminal as _;

use acuse_proto::reporting::{GetReplyActivityRequest, GetReplyActivityResponse};
use clap::builder::styling::{Ansi256Color, Style};

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, csv,
};
use crate::{
    failure::Result,
    output::{number, say},
};

/// How a part of the most looks, from nothing to all; and the colour behind it.
const SHADES: [(char, Option<u8>); 5] = [
    ('·', None),
    ('░', Some(22)),
    ('▒', Some(28)),
    ('▓', Some(34)),
    ('█', Some(40)),
];

/// Shows by hour of the day and of the week when contacts first reply to the messages of a period.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetReplyActivityRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetReplyActivityRequest {
            question: Some(asking.question.clone()),
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let what = "get the hours of replies";
    let answer = asking.get(what, request, Client::get_reply_activity);
    print(&answer.await?, &form)
}

/// Prints an answer.
pub(super) fn print(answer: &GetReplyActivityResponse, form: &Form) -> Result<()> {
    form.print("GetReplyActivityResponse", answer, lines, show)
}

fn lines(answer: &GetReplyActivityResponse) -> Result<()> {
    csv::line(["weekday", "hour", "replied"])?;
    for day in &answer.weekdays {
        for (hour, replied) in day.by_hour.iter().enumerate() {
            let cells = [day.weekday.clone(), hour.to_string(), replied.to_string()];
            csv::line(cells)?;
        }
    }
    Ok(())
}

fn show(answer: &GetReplyActivityResponse) -> Result<()> {
    let mut rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&basis::heading(&rests_on, &zone))?;
    say(&format!(
        "\n{} messages replied to, by the hour of the first reply\n",
        number(answer.replied)
    ))?;
    if answer.replied > 0 {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        let coloured = std::io::stdout().is_terminal() && !no_colour;
        say(&format!("{}\n", heat_map(answer, coloured)))?;
    }
    // That replies are not received messages is not worth a remark.
    rests_on.components.retain(|component| {
        !component
            .not_applicable_by
            .iter()
            .any(|by| by == "reply_hour")
    });
    basis::tell_remarks(&rests_on, [], &zone)
}

/// A line a weekday, a cell an hour; below them all days together, in shades of their own.
fn heat_map(answer: &GetReplyActivityResponse, coloured: bool) -> String {
    let mut lines = vec![format!("{:11}{}", "", hours())];
    let days = answer.weekdays.iter();
    let most = |hours: &[i64]| hours.iter().copied().max().unwrap_or_default();
    let of_week = days.clone().map(|day| most(&day.by_hour)).max();
    let of_week = of_week.unwrap_or_default();
    for day in days {
        let cells = cells(&day.by_hour, of_week, coloured);
        lines.push(line(&day.weekday, &cells, day.replied));
    }
    let cells = cells(&answer.by_hour, most(&answer.by_hour), coloured);
    lines.push(String::new());
    lines.push(line("all days", &cells, answer.replied));
    lines.push(format!("\n{:11}{}", "", legend(of_week)));
    lines.join("\n")
}

fn line(name: &str, cells: &str, replied: i64) -> String {
    format!("{name:11}{cells}  {:>9}", number(replied))
}

/// Every third hour above its cell.
fn hours() -> String {
    let hours = (0..24).step_by(3).map(|hour| format!("{hour:02}    "));
    hours.collect::<String>().trim_end().to_owned()
}

fn cells(hours: &[i64], most: i64, coloured: bool) -> String {
    let cell = |count: &i64| {
        let (shade, colour) = SHADES[level(*count, most)];
        let cell = format!("{shade}{shade}");
        match colour.filter(|_| coloured) {
            Some(colour) => {
                let style = Style::new().fg_color(Some(Ansi256Color(colour).into()));
                format!("{style}{cell}{style:#}")
            }
            None => cell,
        }
    };
    hours.iter().map(cell).collect()
}

/// Nothing is 0, and the most is 4; what is there at all is 1 at least.
fn level(count: i64, most: i64) -> usize {
    if count <= 0 || most <= 0 {
        return 0;
    }
    let quarters = (4 * count).div_euclid(most) + i64::from((4 * count) % most != 0);
    usize::try_from(quarters).unwrap_or(0).clamp(1, 4)
}

/// Up to how many each shade of the week stands for.
fn legend(most: i64) -> String {
    let mut parts = vec!["· none".to_owned()];
    let mut last = 0;
    for (quarters, (shade, _)) in (0..).zip(SHADES).skip(1) {
        let up_to = quarters * most / 4;
        // Of a few replies not every shade has any.
        if up_to > last {
            parts.push(format!("{shade} up to {}", number(up_to)));
        }
        last = up_to;
    }
    parts.join("   ")
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::WeekdayReplies;

    use super::*;

    fn answer() -> GetReplyActivityResponse {
        let day = |weekday: &str, at: usize, replied: i64| {
            let mut by_hour = vec![0; 24];
            by_hour[at] = replied;
            WeekdayReplies {
                weekday: weekday.to_owned(),
                replied,
                by_hour,
            }
        };
        let mut by_hour = vec![0; 24];
        (by_hour[0], by_hour[23]) = (8, 1);
        GetReplyActivityResponse {
            basis: None,
            replied: 9,
            by_hour,
            weekdays: vec![day("monday", 0, 8), day("sunday", 23, 1)],
        }
    }

    #[test]
    fn a_map_can_be_read_without_colour() {
        let map = heat_map(&answer(), false);
        let lines: Vec<&str> = map.lines().collect();
        assert_eq!(
            lines[0],
            "           00    03    06    09    12    15    18    21"
        );
        let dots = "·".repeat(46);
        assert_eq!(lines[1], format!("monday     ██{dots}          8"));
        assert_eq!(lines[2], format!("sunday     {dots}░░          1"));
        assert!(lines[4].starts_with("all days   ██"), "{}", lines[4]);
        assert_eq!(
            lines[6].trim_start(),
            "· none   ░ up to 2   ▒ up to 4   ▓ up to 6   █ up to 8"
        );
    }

    #[test]
    fn colours_change_nothing_else() {
        let coloured = heat_map(&answer(), true);
        assert!(coloured.contains("\u{1b}["));
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, heat_map(&answer(), false));
    }

    #[test]
    fn what_is_there_is_seen() {
        assert_eq!(
            [0, 1, 250, 251, 999, 1_000].map(|it| level(it, 1_000)),
            [0, 1, 1, 2, 4, 4]
        );
        assert_eq!(legend(1), "· none   █ up to 1");
    }
}
