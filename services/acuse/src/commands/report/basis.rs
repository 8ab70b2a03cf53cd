//! What an answer rests on, in words.

use acuse_proto::reporting::{Availability, Basis, Component, Interval, Rate};
use jiff::tz::TimeZone;

use super::look::minute;
use crate::{
    failure::Result,
    output::{number, say, time, width},
};

/// The zone by which an answer was cut.
pub(super) fn zone(basis: &Basis) -> Result<TimeZone> {
    super::ask::found(&basis.time_zone)
}

/// What the figures cover, as of when, and what of them may still change.
pub(super) fn heading(basis: &Basis, zone: &TimeZone) -> String {
    let covered = basis.covered.as_ref();
    let mut parts = vec![match covered {
        Some(covered) => span(covered, zone),
        None => "covers nothing".to_owned(),
    }];
    parts.push(basis.time_zone.clone());
    if basis.as_of.is_some() {
        parts.push(format!("as of {}", time(basis.as_of.as_ref(), zone)));
    }
    parts.push(format!("{} pending", number(basis.pending)));
    joined(&parts, width())
}

/// Parts on one line; on several where the terminal has too few columns.
fn joined(parts: &[String], width: Option<usize>) -> String {
    const BETWEEN: &str = "  ·  ";
    let length = |text: &str| text.chars().count();
    let fits = |columns: usize| width.is_none_or(|width| columns <= width);
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if fits(length(line) + length(BETWEEN) + length(part)) => {
                line.push_str(BETWEEN);
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines.join("\n")
}

/// An interval by its ends.
pub(super) fn span(interval: &Interval, zone: &TimeZone) -> String {
    let (start, end) = (interval.start_at.as_ref(), interval.end_at.as_ref());
    format!("{} to {}", minute(start, zone), minute(end, zone))
}

/// Says what is missing of the figures, and of these rates of them, and why.
pub(super) fn tell_remarks<'a>(
    basis: &Basis,
    rates: impl IntoIterator<Item = (&'a str, Option<Rate>)>,
    zone: &TimeZone,
) -> Result<()> {
    for remark in remarks(basis, rates, zone) {
        say(&remark)?;
    }
    Ok(())
}

fn remarks<'a>(
    basis: &Basis,
    rates: impl IntoIterator<Item = (&'a str, Option<Rate>)>,
    zone: &TimeZone,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(requested) = basis
        .requested
        .as_ref()
        .filter(|asked| basis.covered.as_ref() != Some(asked))
    {
        remarks.push(format!(
            "asked for {}: the workspace has data of a part of it alone",
            span(requested, zone)
        ));
    }
    for component in &basis.components {
        let what = match component.component() {
            Component::Received => "received messages",
            _ => "outbound messages",
        };
        match component.availability() {
            Availability::NotApplicable => remarks.push(format!(
                "{what}: not applicable with {}",
                component.not_applicable_by.join(", ")
            )),
            Availability::NoData => remarks.push(format!(
                "{what}: no data, nothing in the period meets the filters"
            )),
            Availability::Available | Availability::Unspecified => {}
        }
    }
    for (name, rate) in rates {
        let left_out = rate.map_or(0, |rate| rate.left_out);
        if left_out > 0 {
            let name = name.replace('_', " ");
            remarks.push(format!(
                "{name}: {} messages left out, their channel does not report it",
                number(left_out)
            ));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_as_many_lines_as_it_takes() {
        let parts = ["September", "America/Lima", "7 pending"].map(str::to_owned);
        let one = "September  ·  America/Lima  ·  7 pending";
        assert_eq!(joined(&parts, None), one);
        assert_eq!(joined(&parts, Some(40)), one);
        let two = "September  ·  America/Lima\n7 pending";
        assert_eq!(joined(&parts, Some(39)), two);
        assert_eq!(joined(&parts, Some(1)).lines().count(), 3);
    }
}
