//! Figures whose messages are asked for, as people type them.

use std::str::FromStr;

use acuse_proto::reporting::{self, Metric, RatePart};

use super::{look, vocabulary::Words};

/// A figure, and where that is a rate maybe a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CountedIn(pub(super) reporting::CountedIn);

impl FromStr for CountedIn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (metric, part) = match text.split_once(':') {
            Some((metric, part)) => (metric, Some(part)),
            None => (text, None),
        };
        let of = Metric::of(metric).ok_or_else(|| {
            let metrics = Metric::list(|_| true);
            format!("{metric:?} is no figure: use METRIC or METRIC:PART, with {metrics}")
        })?;
        let part = match part {
            Some(_) if !look::is_rate(of) => {
                let rates = Metric::list(|metric| look::is_rate(*metric));
                return Err(format!("{metric} has no parts; these have: {rates}"));
            }
            Some(part) => Some(RatePart::of(part).ok_or_else(|| {
                let parts = RatePart::list(|_| true);
                format!("{part:?} is no part of a rate: use {parts}")
            })?),
            None => None,
        };
        Ok(Self(reporting::CountedIn {
            metric: of.into(),
            part: part.map(Into::into),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Metric, Option<RatePart>), String> {
        let CountedIn(read) = text.parse()?;
        Ok((read.metric(), read.part.map(|_| read.part())))
    }

    #[test]
    fn a_figure_is_a_metric_or_a_part_of_a_rate() {
        assert_eq!(read("failed"), Ok((Metric::Failed, None)));
        assert_eq!(read("read-rate"), Ok((Metric::ReadRate, None)));
        let left_out = Some(RatePart::LeftOut);
        assert_eq!(read("read_rate:left_out"), Ok((Metric::ReadRate, left_out)));
        let base = Some(RatePart::Denominator);
        assert_eq!(read("Sent_Rate:DENOMINATOR"), Ok((Metric::SentRate, base)));
    }

    #[test]
    fn faults_say_what_would_be_right() {
        for (wrong, right) in [
            ("", "messages, tickets"),
            ("unspecified", "time_to_reply_p99"),
            ("luck:numerator", "use METRIC or METRIC:PART"),
            (
                "failed:numerator",
                "failed has no parts; these have: sent_rate, bounce_rate",
            ),
            ("failed:", "failed has no parts"),
            ("read_rate:", "numerator, denominator, left_out"),
            ("read_rate:half", "\"half\" is no part of a rate"),
            ("read_rate:numerator:left_out", "is no part of a rate"),
        ] {
            let fault = read(wrong).unwrap_err();
            assert!(fault.contains(right), "{wrong}: {fault}");
        }
    }
}
