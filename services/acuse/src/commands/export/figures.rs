//! What a report of figures is asked, beside which messages it is about.

use acuse_proto::{
    export::{ExportReport, PackOptions, export_request::Figures as Wire},
    reporting::{
        Bucket, Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetFunnelRequest,
        GetMessagesOverviewRequest, GetRankingRequest, Metric, ProactiveSends, RankingEnd,
        RateBasis, SortOrder,
    },
};

use super::vocabulary::hyphened;
use crate::{
    commands::report::vocabulary::Words as _,
    failure::{Failure, Result},
};

/// An option, whether it is given, and the reports that take it.
type Taken = (&'static str, fn(&Figures) -> bool, &'static [ExportReport]);

/// Every option, and what it is of.
const TAKEN: [Taken; 11] = {
    use ExportReport::{Breakdown, Consolidated, Funnel, MessagesOverview, Pack, Ranking};
    [
        ("--by", |it| !it.by.is_empty(), &[Breakdown, Ranking]),
        ("--metric", |it| it.metric.is_some(), &[Breakdown, Ranking]),
        ("--worst", |it| it.worst, &[Breakdown, Ranking]),
        ("--wilson", |it| it.wilson, &[Ranking]),
        ("--min-volume", |it| it.min_volume.is_some(), &[Ranking]),
        (
            "--limit",
            |it| it.limit.is_some(),
            &[Breakdown, Ranking, MessagesOverview],
        ),
        (
            "--bucket",
            |it| it.bucket.is_some(),
            &[Consolidated, MessagesOverview, Pack],
        ),
        ("--compare", |it| it.compare, &[Consolidated]),
        (
            "--times",
            |it| it.times,
            &[Consolidated, Breakdown, Ranking],
        ),
        ("--cumulative", |it| it.cumulative, &[MessagesOverview]),
        ("--individual", |it| it.individual, &[Funnel, Pack]),
    ]
};

/// What consolidated, breakdown, ranking, messages-overview, funnel and pack are asked.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Of reports of figures")]
pub(super) struct Figures {
    /// Of breakdown, one or two dimensions; of ranking, one
    #[arg(long, value_name = "DIMENSION", value_parser = Dimension::parser(), hide_possible_values = true, num_args = 1..=2, value_delimiter = ',')]
    by: Vec<Dimension>,
    /// Of breakdown, what orders the rows; of ranking, what is ranked by
    #[arg(long, value_name = "METRIC", value_parser = Metric::parser(), hide_possible_values = true)]
    metric: Option<Metric>,
    /// Of ranking, the worst first; of breakdown, the least first
    #[arg(long)]
    worst: bool,
    /// Of ranking, compare rates by a bound of their Wilson 95 % interval
    #[arg(long)]
    wilson: bool,
    /// Of ranking, leave out who has fewer messages
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(0..))]
    min_volume: Option<i64>,
    /// Of breakdown and ranking, how many rows, of messages-overview, how many values of each kind; as many as reporting gives if
    /// left out
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(1..))]
    limit: Option<i32>,
    /// Of consolidated, messages-overview and pack, how long the parts of the series are
    #[arg(long, value_name = "BUCKET", value_parser = Bucket::parser())]
    bucket: Option<Bucket>,
    /// Of consolidated, beside the period before
    #[arg(long)]
    compare: bool,
    /// Of consolidated, breakdown and ranking, also how long messages took
    #[arg(long)]
    times: bool,
    /// Of messages-overview, how far messages came (a read one was also delivered) instead of where they stand
    #[arg(long)]
    cumulative: bool,
    /// Of funnel and pack, the funnel of individual sends alone: those that a user sent
    #[arg(long)]
    individual: bool,
}

impl Figures {
    /// What of it a report takes; `None` where a report takes none.
    ///
    /// # Errors
    /// Fails where a report needs what is left out, and where it does not take what is given.
    pub(super) fn of(self, report: ExportReport) -> Result<Option<Wire>> {
        self.fits(report)?;
        Ok(match report {
            ExportReport::Consolidated => Some(Wire::Consolidated(GetConsolidatedRequest {
                question: None,
                bucket: self.bucket.map(Into::into),
                compare_with_previous: self.compare,
                with_times: self.times,
            })),
            ExportReport::Breakdown if self.by.is_empty() => {
                return Err(missing("--by DIMENSION, or two of them"));
            }
            ExportReport::Breakdown => Some(Wire::Breakdown(GetBreakdownRequest {
                question: None,
                dimensions: self.by.into_iter().map(Into::into).collect(),
                order_by: self.metric.map(Into::into),
                order: self.worst.then(|| SortOrder::Ascending.into()),
                limit: self.limit,
                with_times: self.times,
            })),
            ExportReport::Ranking => {
                let ([by], Some(metric)) = (self.by.as_slice(), self.metric) else {
                    return Err(missing("--by DIMENSION and --metric METRIC"));
                };
                Some(Wire::Ranking(GetRankingRequest {
                    question: None,
                    dimension: (*by).into(),
                    metric: metric.into(),
                    first: self.worst.then(|| RankingEnd::Worst.into()),
                    rate_basis: self.wilson.then(|| RateBasis::Wilson.into()),
                    minimum_volume: self.min_volume,
                    limit: self.limit,
                    with_times: self.times,
                }))
            }
            ExportReport::MessagesOverview => {
                Some(Wire::MessagesOverview(GetMessagesOverviewRequest {
                    question: None,
                    bucket: self.bucket.map(Into::into),
                    cumulative: self.cumulative,
                    limit: self.limit,
                }))
            }
            ExportReport::Funnel => Some(Wire::Funnel(GetFunnelRequest {
                question: None,
                sends: self.individual.then(|| ProactiveSends::Individual.into()),
            })),
            ExportReport::Pack => self.is_asked_of_pack().then(|| {
                Wire::Pack(PackOptions {
                    bucket: self.bucket.map(Into::into),
                    sends: self.individual.then(|| ProactiveSends::Individual.into()),
                    ..PackOptions::default()
                })
            }),
            _ => None,
        })
    }

    /// That a report takes all that is given.
    fn fits(&self, report: ExportReport) -> Result<()> {
        let odd = TAKEN
            .iter()
            .filter(|(_, is_given, of)| is_given(self) && !of.contains(&report));
        let odd: Vec<String> = odd
            .map(|(option, _, of)| format!("{option} is of {}", listed(of)))
            .collect();
        if odd.is_empty() {
            return Ok(());
        }
        let asked = match report {
            ExportReport::Unspecified => {
                "a saved report, which says itself what it asks".to_owned()
            }
            report => hyphened(&report),
        };
        let odd = odd.join(", ");
        Err(Failure::usage(format!("{odd}, and not of {asked}")))
    }

    fn is_asked_of_pack(&self) -> bool {
        self.bucket.is_some() || self.individual
    }
}

/// Reports as people list them.
fn listed(reports: &[ExportReport]) -> String {
    let words: Vec<String> = reports.iter().map(hyphened).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

fn missing(what: &str) -> Failure {
    Failure::usage("the report needs to know by what").advise(format!("give it {what}"))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        figures: Figures,
    }

    fn of_pack(line: &[&str]) -> Option<PackOptions> {
        let line = ["pack"].iter().chain(line);
        match Line::parse_from(line).figures.of(ExportReport::Pack) {
            Ok(Some(Wire::Pack(options))) => Some(options),
            Ok(None) => None,
            _ => panic!("no pack"),
        }
    }

    /// Every option as it is given.
    const GIVEN: [&[&str]; TAKEN.len()] = [
        &["--by", "agent"],
        &["--metric", "messages"],
        &["--worst"],
        &["--wilson"],
        &["--min-volume", "1"],
        &["--limit", "1"],
        &["--bucket", "day"],
        &["--compare"],
        &["--times"],
        &["--cumulative"],
        &["--individual"],
    ];

    #[test]
    fn a_report_refuses_what_it_does_not_take() {
        let line = Line::command();
        let options = line.get_arguments().filter_map(|it| it.get_long());
        let options: Vec<&str> = options.filter(|it| *it != "help").collect();
        let known = TAKEN.map(|(option, ..)| option.trim_start_matches('-'));
        assert_eq!(options, known);
        for (given, (option, is_given, of)) in GIVEN.iter().zip(TAKEN) {
            assert_eq!(given[0], option);
            for report in ExportReport::all().chain([ExportReport::Unspecified]) {
                let line = ["export"].iter().chain(*given);
                let figures = Line::parse_from(line).figures;
                assert!(is_given(&figures), "{option}");
                let fits = figures.fits(report);
                assert_eq!(fits.is_ok(), of.contains(&report), "{option} {report:?}");
                // Refused by what is asked, and not by what it is asked of alone.
                if let Err(failure) = fits {
                    assert!(figures.of(report).is_err());
                    let failure = failure.to_string();
                    assert!(failure.contains(&format!("{option} is of ")), "{failure}");
                    assert!(of.iter().all(|of| failure.contains(&hyphened(of))));
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_all_that_does_not_fit() {
        let line = ["export", "--times", "--wilson", "--individual"];
        let failure = Line::parse_from(line).figures.of(ExportReport::Funnel);
        assert_eq!(
            failure.unwrap_err().to_string(),
            "--wilson is of ranking, --times is of consolidated, breakdown and ranking, and not of funnel"
        );
        let line = ["export", "--cumulative"];
        let failure = Line::parse_from(line).figures.of(ExportReport::Unspecified);
        assert_eq!(
            failure.unwrap_err().to_string(),
            "--cumulative is of messages-overview, and not of a saved report, which says itself what it asks"
        );
    }

    #[test]
    fn a_pack_is_asked_by_what_is_given_of_it() {
        assert_eq!(of_pack(&[]), None);
        let by_week = PackOptions {
            bucket: Some(Bucket::Week.into()),
            ..PackOptions::default()
        };
        assert_eq!(of_pack(&["--bucket", "week"]), Some(by_week.clone()));
        let individual = PackOptions {
            sends: Some(ProactiveSends::Individual.into()),
            ..PackOptions::default()
        };
        assert_eq!(of_pack(&["--individual"]), Some(individual.clone()));
        let both = PackOptions {
            sends: individual.sends,
            ..by_week
        };
        assert_eq!(of_pack(&["--individual", "--bucket", "week"]), Some(both));
    }
}
