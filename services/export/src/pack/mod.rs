//! Report packs: what several reports say of the same messages, gathered for one file.

mod covered;
mod head;
pub(crate) mod namesakes;
mod options;

use acuse_domain::error::{Error, Result};
use acuse_proto::export::PackOptions;
use acuse_proto::reporting as wire;
use acuse_store::export::Asker;
use futures::future::try_join_all;
use futures::try_join;

use crate::files::{Line, Section, sections};
use crate::names::Names;
use crate::reporting::Reporting;

pub(crate) use head::{Head, Subject, grouped, received_not_applicable};
pub(crate) use options::{
    breakdown_violations, completed, consolidated_violations, funnel_violations,
    overview_violations, ranking_violations, violations,
};

/// How often a pack is asked for, until all of it covers the same interval.
const TIMES: usize = 3;

/// What a pack holds: every answer as reporting gave it, beside what was asked where the answer does not say it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pack {
    /// The name of its workspace.
    pub(crate) workspace: String,
    /// Of which messages, as it was asked for.
    pub(crate) question: wire::Question,
    /// What its filters ask for, by name.
    pub(crate) names: Names,
    /// How long the parts of the series are.
    pub(crate) bucket: wire::Bucket,
    /// Totals and their course. Its basis stands for the pack: the others are of the same messages some milliseconds before or
    /// after.
    pub(crate) consolidated: wire::GetConsolidatedResponse,
    /// What messages there are, and how far they came.
    pub(crate) overview: Overview,
    /// Which proactive sends the funnel is about.
    pub(crate) sends: wire::ProactiveSends,
    /// How far proactive sends came.
    pub(crate) funnel: wire::GetFunnelResponse,
    /// In the order in which they were asked for.
    pub(crate) breakdowns: Vec<Breakdown>,
    /// In the order in which they were asked for.
    pub(crate) rankings: Vec<Ranking>,
    /// When contacts reply.
    pub(crate) replies: wire::GetReplyActivityResponse,
}

/// What reporting answered, and what it was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Asked<Q, A> {
    pub(crate) asked: Q,
    pub(crate) answer: A,
}

/// A breakdown.
pub(crate) type Breakdown = Asked<wire::GetBreakdownRequest, wire::GetBreakdownResponse>;

/// A ranking.
pub(crate) type Ranking = Asked<wire::GetRankingRequest, wire::GetRankingResponse>;

/// An overview of messages.
pub(crate) type Overview =
    Asked<wire::GetMessagesOverviewRequest, wire::GetMessagesOverviewResponse>;

impl<Q, A> Asked<Q, A> {
    async fn of(asked: Q, answer: impl Future<Output = Result<A>>) -> Result<Self> {
        let answer = answer.await?;
        Ok(Self { asked, answer })
    }
}

impl Pack {
    /// Whether there is nothing at all to tell.
    pub(crate) fn is_empty(&self) -> bool {
        let total = self.consolidated.total.unwrap_or_default();
        let tables = self.breakdowns.iter().map(|one| one.answer.rows.len());
        let tables = tables.chain(self.rankings.iter().map(|one| one.answer.rows.len()));
        !has_some(&total) && self.replies.replied == 0 && tables.sum::<usize>() == 0
    }

    /// Whether what was received has no meaning with its filters.
    pub(crate) fn lacks_received(&self) -> bool {
        let total = self.consolidated.total.unwrap_or_default();
        self.consolidated.basis.is_some() && total.received.is_none()
    }

    /// Which sections of its overview it shows: what a breakdown of its own tells is not told twice.
    pub(crate) fn sections(&self) -> Vec<(Section, Vec<Line>)> {
        let mut sections = sections(&self.overview);
        sections.retain(|(section, _)| {
            let alone = |one: &Breakdown| match one.asked.dimensions().collect::<Vec<_>>()[..] {
                [dimension] => section.is_sent_by(dimension),
                _ => false,
            };
            !self.breakdowns.iter().any(alone)
        });
        sections
    }

    /// Rows of its tables.
    pub(crate) fn rows(&self) -> usize {
        let overview = self
            .sections()
            .iter()
            .map(|(_, lines)| lines.len())
            .sum::<usize>();
        let breakdowns = self.breakdowns.iter().map(|one| one.answer.rows.len());
        let rankings = self.rankings.iter().map(|one| one.answer.rows.len());
        let single =
            self.consolidated.series.len() + self.funnel.steps.len() + self.replies.weekdays.len();
        single + overview + breakdowns.sum::<usize>() + rankings.sum::<usize>()
    }

    /// Asks reporting for all of it at once, for `asker`; where some of it covers less than the rest, because it needs messages
    /// that retention dropped, again for what all of it covers. Options are completed ones.
    ///
    /// # Errors
    ///
    /// What reporting answers first that is no answer; UNAVAILABLE where its answers go on to differ.
    pub(crate) async fn gather(
        reporting: &Reporting,
        asker: &Asker,
        asked_for: &wire::Question,
        options: PackOptions,
    ) -> Result<Self> {
        let mut question = asked_for.clone();
        let mut requested = None;
        for _ in 0..TIMES {
            let pack = Self::ask(reporting, asker, &question, options.clone()).await?;
            // Later answers say what they were narrowed to.
            requested = requested.or(pack.requested());
            let Some(period) = covered::shared(pack.bases()) else {
                return Ok(pack.settled(asked_for, requested));
            };
            question.period = Some(period);
        }
        let why = "the reports of a pack cover different intervals";
        Err(Error::unavailable(why, why))
    }

    /// The interval that it was asked for.
    fn requested(&self) -> Option<wire::Interval> {
        self.consolidated.basis.as_ref()?.requested
    }

    /// The same as it is told: of what was asked for first, however often it was asked since.
    fn settled(mut self, asked_for: &wire::Question, requested: Option<wire::Interval>) -> Self {
        self.question = asked_for.clone();
        if let Some(basis) = &mut self.consolidated.basis {
            basis.requested = requested;
        }
        for breakdown in &mut self.breakdowns {
            namesakes::of_breakdown(&mut breakdown.answer);
        }
        for ranking in &mut self.rankings {
            namesakes::of_ranking(&mut ranking.answer);
        }
        self.consolidated = without_leading(self.consolidated);
        self
    }

    /// What its reports rest on.
    fn bases(&self) -> impl Iterator<Item = Option<&wire::Basis>> {
        let single = [
            self.consolidated.basis.as_ref(),
            self.overview.answer.basis.as_ref(),
            self.funnel.basis.as_ref(),
            self.replies.basis.as_ref(),
        ];
        let breakdowns = self.breakdowns.iter().map(|one| one.answer.basis.as_ref());
        let rankings = self.rankings.iter().map(|one| one.answer.basis.as_ref());
        single.into_iter().chain(breakdowns).chain(rankings)
    }

    async fn ask(
        reporting: &Reporting,
        asker: &Asker,
        asked_for: &wire::Question,
        options: PackOptions,
    ) -> Result<Self> {
        let (bucket, sends) = (options.bucket(), options.sends());
        let question = || Some(asked_for.clone());
        let consolidated = wire::GetConsolidatedRequest {
            question: question(),
            bucket: Some(bucket.into()),
            compare_with_previous: true,
            with_times: true,
        };
        let overview = wire::GetMessagesOverviewRequest {
            question: question(),
            bucket: Some(bucket.into()),
            cumulative: false,
            limit: Some(options::ROWS),
        };
        let funnel = wire::GetFunnelRequest {
            question: question(),
            sends: Some(sends.into()),
        };
        let replies = wire::GetReplyActivityRequest {
            question: question(),
        };
        let breakdowns = options.breakdowns.into_iter().map(|asked| {
            let question = question();
            let asked = wire::GetBreakdownRequest { question, ..asked };
            Breakdown::of(asked.clone(), reporting.breakdown(asker, asked))
        });
        let rankings = options.rankings.into_iter().map(|asked| {
            let question = question();
            let asked = wire::GetRankingRequest { question, ..asked };
            Ranking::of(asked.clone(), reporting.ranking(asker, asked))
        });
        let (consolidated, overview, funnel, replies, breakdowns, rankings) = try_join!(
            reporting.consolidated(asker, consolidated),
            Overview::of(overview.clone(), reporting.overview(asker, overview)),
            reporting.funnel(asker, funnel),
            reporting.reply_activity(asker, replies),
            try_join_all(breakdowns),
            try_join_all(rankings),
        )?;
        Ok(Self {
            workspace: asker.scope.workspace.clone(),
            question: asked_for.clone(),
            names: Names::default(),
            bucket,
            consolidated,
            overview,
            sends,
            funnel,
            breakdowns,
            rankings,
            replies,
        })
    }
}

/// The same, its series from the first part on that has something: what lies before says nothing, and would leave no room for the
/// rest. A series without anything stays as it is.
pub(crate) fn without_leading(
    mut answer: wire::GetConsolidatedResponse,
) -> wire::GetConsolidatedResponse {
    let mut parts = answer.series.iter();
    let first = parts.position(|part| part.metrics.as_ref().is_some_and(has_some));
    answer.series.drain(..first.unwrap_or(0));
    answer
}

/// Where the series begins that [`without_leading`] has shortened; `None` where it has not.
pub(crate) fn begins_late(answer: &wire::GetConsolidatedResponse) -> Option<&wire::Interval> {
    let covered = answer.basis.as_ref()?.covered?.start_at?;
    let first = answer.series.first()?.interval.as_ref()?;
    let start = first.start_at?;
    let later = (start.seconds, start.nanos) > (covered.seconds, covered.nanos);
    later.then_some(first)
}

fn has_some(metrics: &wire::Metrics) -> bool {
    metrics.messages > 0 || metrics.unattached > 0 || metrics.received.unwrap_or(0) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Words;

    #[test]
    fn a_series_begins_with_what_there_is() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let part = |day: i64, messages| wire::SeriesBucket {
            interval: Some(wire::Interval {
                start_at: at(day * 86_400),
                end_at: at((day + 1) * 86_400),
            }),
            metrics: Some(wire::Metrics {
                messages,
                ..wire::Metrics::default()
            }),
        };
        let of = |counts: &[i64]| wire::GetConsolidatedResponse {
            basis: Some(wire::Basis {
                covered: Some(wire::Interval {
                    start_at: at(0),
                    end_at: at(counts.len() as i64 * 86_400),
                }),
                ..wire::Basis::default()
            }),
            series: (0..)
                .zip(counts)
                .map(|(day, count)| part(day, *count))
                .collect(),
            ..wire::GetConsolidatedResponse::default()
        };
        let late = without_leading(of(&[0, 0, 3, 0, 1, 0]));
        assert_eq!(late.series.len(), 4);
        assert_eq!(
            begins_late(&late).and_then(|one| one.start_at),
            at(2 * 86_400)
        );
        for whole in [&[3, 0][..], &[0, 0], &[]] {
            let told = without_leading(of(whole));
            assert_eq!((told.series.len(), begins_late(&told)), (whole.len(), None));
        }
    }
    #[test]
    fn a_pack_that_is_asked_again_for_less_says_what_was_requested() {
        let days = |from: i64, to: i64| {
            let at = |day: i64| {
                Some(prost_types::Timestamp {
                    seconds: 1_663_995_600 + day * 86_400,
                    nanos: 0,
                })
            };
            Some(wire::Interval {
                start_at: at(from),
                end_at: at(to),
            })
        };
        let answered = |interval| Pack {
            consolidated: wire::GetConsolidatedResponse {
                basis: Some(wire::Basis {
                    requested: interval,
                    covered: interval,
                    time_zone: "America/Lima".to_owned(),
                    ..wire::Basis::default()
                }),
                ..wire::GetConsolidatedResponse::default()
            },
            ..Pack::default()
        };
        let requested = answered(days(0, 7)).requested();
        let pack = answered(days(5, 7)).settled(&wire::Question::default(), requested);
        let zone = "America/Lima".parse().unwrap();
        let mut words = Words::new(acuse_domain::glossary::Language::English, &zone);
        let facts = Head::of(&pack, "Report", &mut words).facts;
        let told = |label| {
            let mut found = facts.iter().filter(|(of, _)| *of == label);
            found.next().map(|(_, text)| text.as_str())
        };
        assert_eq!(told("Period"), Some("2022-09-24 – 2022-09-30"));
        assert_eq!(told("Covers"), Some("2022-09-29 – 2022-09-30"));
    }
}
