//! Asking Acuse.

use std::time::{Duration, Instant};

use acuse_proto::reporting::{
    Bucket, Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetRankingRequest, Metric,
    reporting_service_client::ReportingServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use anyhow::{Context as _, Result};

use super::{
    answer::Sums,
    case::{Case, DEPARTMENTS, Kind},
};
use crate::suite::{Suite, Who};

/// As long as a question is asked again, and how often at least and at most.
const FOR: Duration = Duration::from_millis(1_500);
const AT_LEAST: usize = 5;
const AT_MOST: usize = 51;
/// Calls that only warm up.
const WARM_UP: usize = 3;

/// Who asks, each over a connection of their own.
pub(crate) struct Asker {
    everything: ReportingServiceClient<Channel>,
    supervisor: ReportingServiceClient<Channel>,
}

impl Asker {
    /// Those who ask about a workspace.
    pub(crate) fn new(suite: &Suite, workspace: &str) -> Result<Self> {
        let departments = DEPARTMENTS.map(ToOwned::to_owned);
        let who = Who {
            workspace: Some(workspace),
            departments: None,
        };
        let supervisor = Who {
            departments: Some(&departments),
            ..who.clone()
        };
        let client = |who| {
            anyhow::Ok(ReportingServiceClient::new(
                suite.channel("reporting", who)?,
            ))
        };
        Ok(Self {
            everything: client(&who)?,
            supervisor: client(&supervisor)?,
        })
    }

    /// Asks once; gives the sums of the answer, and how many seconds it took to come.
    pub(crate) async fn ask(&self, case: &Case) -> Result<(Sums, f64)> {
        let mut client = if case.scoped {
            self.supervisor.clone()
        } else {
            self.everything.clone()
        };
        let question = Some(case.question());
        let begun = Instant::now();
        let total = match case.kind {
            Kind::Consolidated => {
                let request = GetConsolidatedRequest {
                    question,
                    bucket: Some(Bucket::Day.into()),
                    ..GetConsolidatedRequest::default()
                };
                let call = Call::plain().request(request);
                client.get_consolidated(call).await?.into_inner().total
            }
            Kind::Subtypes => {
                let request = GetBreakdownRequest {
                    question,
                    dimensions: vec![Dimension::Subtype.into()],
                    ..GetBreakdownRequest::default()
                };
                let call = Call::plain().request(request);
                client.get_breakdown(call).await?.into_inner().total
            }
            Kind::Agents => {
                let request = GetRankingRequest {
                    question,
                    dimension: Dimension::Agent.into(),
                    metric: Metric::ReadRate.into(),
                    ..GetRankingRequest::default()
                };
                let call = Call::plain().request(request);
                client.get_ranking(call).await?.into_inner().total
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        Ok((
            Sums::from(&total.context("an answer has a total")?),
            seconds,
        ))
    }

    /// Asks again and again; gives the sums of the answer, and the seconds of each time.
    pub(crate) async fn measure(&self, case: &Case) -> Result<(Sums, Vec<f64>)> {
        for _ in 0..WARM_UP {
            self.ask(case).await?;
        }
        let mut seconds = Vec::new();
        let begun = Instant::now();
        loop {
            let (sums, took) = self.ask(case).await?;
            seconds.push(took);
            let enough = seconds.len() >= AT_LEAST && begun.elapsed() > FOR;
            if enough || seconds.len() >= AT_MOST {
                return Ok((sums, seconds));
            }
        }
    }
}
