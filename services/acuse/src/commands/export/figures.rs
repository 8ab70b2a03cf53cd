//! What a report of figures is asked, beside which messages it is about.

use acuse_proto::{
    export::{ExportReport, PackOptions, export_request::Figures as Wire},
    reporting::{
        Bucket, Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetFunnelRequest,
        GetMessagesOverviewRequest, GetRankingRequest, Metric, ProactiveSends, RankingEnd,
        RateBasis, SortOrder,
    },
};

use crate::{
    commands::report::vocabulary::Words as _,
    failure::{Failure, Result},
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
    /// Fails where a report needs what is left out, and where one is asked that takes nothing of it.
    pub(super) fn of(self, report: ExportReport) -> Result<Option<Wire>> {
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
            _ if self.is_asked() => {
                return Err(Failure::usage(
                    "--by, --metric and the like are of consolidated, breakdown, ranking, messages-overview, funnel and pack",
                ));
            }
            _ => None,
        })
    }

    fn is_asked_of_pack(&self) -> bool {
        self.bucket.is_some() || self.individual
    }

    fn is_asked(&self) -> bool {
        !self.by.is_empty()
            || self.metric.is_some()
            || self.min_volume.is_some()
            || self.limit.is_some()
            || self.bucket.is_some()
            || self.worst
            || self.wilson
            || self.compare
            || self.times
            || self.cumulative
            || self.individual
    }
}

fn missing(what: &str) -> Failure {
    Failure::usage("the report needs to know by what").advise(format!("give it {what}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

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
