//! What an answer rests on, in words.

use acuse_proto::reporting::{Availability, Basis, Component, Interval, ProviderLag, Rate};
use jiff::tz::TimeZone;

use super::look::{minute, seconds};
use crate::{
    failure::Result,
    output::{number, say, time, width},
};

/// The zone by which an answer was cut.
pub(super) fn zone(basis: &Basis) -> Result<TimeZone> {
    super::ask::found(&basis.time_zone)
}

/// How late nine of ten events of a provider may come before it is worth a word, in seconds.
const LATE: f64 = 60.0;

/// Webhooks that wait are counted up to here.
const MOST_WAITING: i64 = 10_000;

/// What the figures cover, as of when, and what of them may still change; below that which providers are behind, where some are.
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
    let mut heading = joined(&parts, width());
    if let Some(behind) = behind(&basis.provider_lags, zone) {
        heading += &format!("\n{behind}");
    }
    heading
}

/// The providers that run late, or whose webhooks wait to be applied; `None` where none does.
fn behind(lags: &[ProviderLag], zone: &TimeZone) -> Option<String> {
    let of_one = |lag: &ProviderLag| of_one(lag, zone);
    let mut behind: Vec<String> = lags.iter().filter_map(of_one).collect();
    let first = behind.first_mut()?;
    first.insert_str(0, "behind: ");
    Some(joined(&behind, width()))
}

fn of_one(lag: &ProviderLag, zone: &TimeZone) -> Option<String> {
    let mut parts = Vec::new();
    if lag.p90_seconds.is_some_and(|seconds| seconds > LATE) {
        parts.push(format!("{} (p90)", seconds(lag.p90_seconds)));
    }
    if lag.waiting > 0 {
        let or_more = match lag.waiting {
            MOST_WAITING.. => " or more",
            _ => "",
        };
        parts.push(format!(
            "{}{or_more} webhooks waiting since {}",
            number(lag.waiting),
            minute(lag.oldest_waiting_at.as_ref(), zone)
        ));
    }
    let name = lag.provider().as_str_name();
    let name = name.trim_start_matches("PROVIDER_").to_lowercase();
    (!parts.is_empty()).then(|| format!("{name} {}", parts.join(", ")))
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
    use acuse_proto::types::Provider;
    use prost_types::Timestamp;

    use super::*;

    fn lag(provider: Provider, p90: f64) -> ProviderLag {
        ProviderLag {
            provider: provider.into(),
            events: 10,
            mean_seconds: Some(p90 / 2.0),
            p90_seconds: Some(p90),
            max_seconds: Some(p90),
            ..ProviderLag::default()
        }
    }

    fn waiting(provider: Provider, waiting: i64) -> ProviderLag {
        ProviderLag {
            provider: provider.into(),
            waiting,
            oldest_waiting_at: Some(Timestamp {
                seconds: 1_790_006_400,
                nanos: 0,
            }),
            ..ProviderLag::default()
        }
    }

    fn told(lags: &[ProviderLag]) -> Option<String> {
        behind(lags, &TimeZone::UTC)
    }

    #[test]
    fn providers_in_time_are_not_worth_a_word() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[lag(Provider::Twilio, 60.0)]), None);
    }

    #[test]
    fn late_providers_and_webhooks_that_wait_are_told_in_one_line() {
        let both = ProviderLag {
            waiting: 3,
            oldest_waiting_at: waiting(Provider::Vonage, 3).oldest_waiting_at,
            ..lag(Provider::Vonage, 66.0)
        };
        let lags = [
            lag(Provider::MetaWhatsapp, 250.0),
            lag(Provider::Infobip, 2.0),
            waiting(Provider::Twilio, 10_000),
            both,
        ];
        let behind = "behind: meta_whatsapp 4 m 10 s (p90)  ·  \
             twilio 10,000 or more webhooks waiting since 2026-09-21 16:00  ·  \
             vonage 1 m 06 s (p90), 3 webhooks waiting since 2026-09-21 16:00";
        assert_eq!(told(&lags).as_deref(), Some(behind));
        let basis = Basis {
            time_zone: "UTC".to_owned(),
            provider_lags: lags.to_vec(),
            ..Basis::default()
        };
        let heading = heading(&basis, &TimeZone::UTC);
        let lines: Vec<&str> = heading.lines().collect();
        assert_eq!(lines, ["covers nothing  ·  UTC  ·  0 pending", behind]);
    }

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
