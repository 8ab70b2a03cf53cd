//! Report packs: what several reports say of the same messages, gathered for one file.

mod head;
mod options;

use acuse_domain::error::Result;
use acuse_proto::export::PackOptions;
use acuse_proto::reporting as wire;
use acuse_store::export::Asker;
use futures::future::{try_join_all, try_join4};

use crate::reporting::Reporting;

pub(crate) use head::{Head, grouped};
pub(crate) use options::{
    breakdown_violations, completed, consolidated_violations, ranking_violations, violations,
};

/// What a pack holds: every answer as reporting gave it, beside what was asked where the answer does not say it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pack {
    /// The name of its workspace.
    pub(crate) workspace: String,
    /// Of which messages, as it was asked for.
    pub(crate) question: wire::Question,
    /// How long the parts of the series are.
    pub(crate) bucket: wire::Bucket,
    /// Totals and their course. Its basis stands for the pack: the others are of the same messages some milliseconds before or
    /// after.
    pub(crate) consolidated: wire::GetConsolidatedResponse,
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

/// A breakdown, and what was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Breakdown {
    pub(crate) asked: wire::GetBreakdownRequest,
    pub(crate) answer: wire::GetBreakdownResponse,
}

/// A ranking, and what was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Ranking {
    pub(crate) asked: wire::GetRankingRequest,
    pub(crate) answer: wire::GetRankingResponse,
}

impl Pack {
    /// Rows of its tables.
    pub(crate) fn rows(&self) -> usize {
        let breakdowns = self.breakdowns.iter().map(|one| one.answer.rows.len());
        let rankings = self.rankings.iter().map(|one| one.answer.rows.len());
        let single =
            self.consolidated.series.len() + self.funnel.steps.len() + self.replies.weekdays.len();
        single + breakdowns.sum::<usize>() + rankings.sum::<usize>()
    }

    /// Asks reporting for all of it at once, for `asker`. Options are completed ones.
    ///
    /// # Errors
    ///
    /// What reporting answers first that is no answer.
    pub(crate) async fn gather(
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
        let funnel = wire::GetFunnelRequest {
            question: question(),
            sends: Some(sends.into()),
        };
        let replies = wire::GetReplyActivityRequest {
            question: question(),
        };
        let breakdowns = options.breakdowns.into_iter().map(|asked| {
            let asked = wire::GetBreakdownRequest {
                question: question(),
                ..asked
            };
            async move {
                let answer = reporting.breakdown(asker, asked.clone()).await?;
                Ok(Breakdown { asked, answer })
            }
        });
        let rankings = options.rankings.into_iter().map(|asked| {
            let asked = wire::GetRankingRequest {
                question: question(),
                ..asked
            };
            async move {
                let answer = reporting.ranking(asker, asked.clone()).await?;
                Ok(Ranking { asked, answer })
            }
        });
        let single = try_join4(
            reporting.consolidated(asker, consolidated),
            reporting.funnel(asker, funnel),
            reporting.reply_activity(asker, replies),
            try_join_all(breakdowns),
        );
        let (single, rankings) = futures::try_join!(single, try_join_all(rankings))?;
        let (consolidated, funnel, replies, breakdowns) = single;
        Ok(Self {
            workspace: asker.scope.workspace.clone(),
            question: asked_for.clone(),
            bucket,
            consolidated,
            sends,
            funnel,
            breakdowns,
            rankings,
            replies,
        })
    }
}
