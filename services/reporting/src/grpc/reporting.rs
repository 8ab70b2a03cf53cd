//! `ReportingService`.

use std::sync::Arc;

use acuse_domain::calendar::Interval;
use acuse_domain::error::Error;
use acuse_domain::scope::Permission;
use acuse_proto::convert::reporting as checked;
use acuse_proto::reporting::reporting_service_server::ReportingService;
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    BreakdownRow, Comparison, GetBreakdownRequest, GetBreakdownResponse, GetConsolidatedRequest,
    GetConsolidatedResponse, GetFunnelRequest, GetFunnelResponse, GetMessagesOverviewRequest,
    GetMessagesOverviewResponse, GetRankingRequest, GetRankingResponse, GetReplyActivityRequest,
    GetReplyActivityResponse, ListDimensionValuesRequest, ListDimensionValuesResponse,
    ListFailedMessagesRequest, ListFailedMessagesResponse, ListInboundMessagesRequest,
    ListInboundMessagesResponse, ListOutboundMessagesRequest, ListOutboundMessagesResponse,
    MetricChange, RankingRow, RowsHeader, SeriesBucket, StreamRowsRequest, StreamRowsResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tonic::{Request, Response, Status};

use super::basis::{basis, beyond, interval, value};
use super::count;
use super::funnel;
use super::hsm_management;
use super::lists;
use super::metrics::Telling;
use super::overview;
use super::rows::Batches;
use crate::figures::Figures;
use crate::get_breakdown::get_breakdown;
use crate::get_consolidated::{Change, Previous, get_consolidated};
use crate::get_funnel::get_funnel;
use crate::get_messages_overview::get_messages_overview;
use crate::get_ranking::{Place, get_ranking};
use crate::get_reply_activity::get_reply_activity;
use crate::list_dimension_values::list_dimension_values;
use crate::naming::Shown;
use crate::parts::Parts;
use crate::stream_rows::stream_rows;

/// Handlers of reports.
pub(super) struct Reporting(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl ReportingService for Reporting {
    type StreamRowsStream = BoxStream<'static, Result<StreamRowsResponse, Status>>;

    async fn get_consolidated(
        &self,
        request: Request<GetConsolidatedRequest>,
    ) -> Result<Response<GetConsolidatedResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::consolidated(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let with_times = asked.with_times;
        let found = get_consolidated(&self.0, &scope, asked).await.or_status()?;
        let telling = Telling::new(&found.basis, with_times);
        Ok(Response::new(GetConsolidatedResponse {
            basis: Some(basis(found.basis)),
            total: Some(telling.metrics(&found.course.total)),
            series: series(telling, &found.course.series),
            previous: found.previous.map(|previous| comparison(telling, previous)),
        }))
    }

    async fn get_messages_overview(
        &self,
        request: Request<GetMessagesOverviewRequest>,
    ) -> Result<Response<GetMessagesOverviewResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::overview(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let cumulative = asked.cumulative;
        let found = get_messages_overview(&self.0, &scope, asked).await;
        let found = found.or_status()?;
        Ok(Response::new(overview::overview(found, cumulative)))
    }

    async fn get_breakdown(
        &self,
        request: Request<GetBreakdownRequest>,
    ) -> Result<Response<GetBreakdownResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::breakdown(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let with_times = asked.with_times;
        let found = get_breakdown(&self.0, &scope, asked).await.or_status()?;
        let telling = Telling::new(&found.basis, with_times);
        let others_filter = found.others.as_ref().and_then(|_| {
            // Pairs of values are no condition.
            let is_one = found.rows.iter().all(|(shown, _)| shown.len() == 1);
            is_one.then(|| beyond(found.rows.iter().flat_map(|(shown, _)| shown), false))?
        });
        let rows = found.rows.into_iter().map(|(shown, figures)| BreakdownRow {
            values: shown.into_iter().map(value).collect(),
            metrics: Some(telling.metrics(&figures)),
        });
        let (others, other_values) = found.others.unzip();
        Ok(Response::new(GetBreakdownResponse {
            basis: Some(basis(found.basis)),
            rows: rows.collect(),
            others: others.map(|figures| telling.metrics(&figures)),
            other_values: count(other_values.unwrap_or(0)),
            total: Some(telling.metrics(&found.total)),
            others_filter,
        }))
    }

    async fn get_ranking(
        &self,
        request: Request<GetRankingRequest>,
    ) -> Result<Response<GetRankingResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::ranking(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let with_times = asked.with_times;
        let found = get_ranking(&self.0, &scope, asked).await.or_status()?;
        let telling = Telling::new(&found.basis, with_times);
        let rows = found.rows.into_iter();
        Ok(Response::new(GetRankingResponse {
            basis: Some(basis(found.basis)),
            previous: Some(interval(found.previous)),
            rows: rows
                .map(|(shown, place)| ranking_row(telling, shown, place))
                .collect(),
            ranked_values: count(found.ranked),
            unranked_values: count(found.unranked),
            total: Some(telling.metrics(&found.total)),
            previous_covered: found.previous_covered.map(interval),
        }))
    }

    async fn get_funnel(
        &self,
        request: Request<GetFunnelRequest>,
    ) -> Result<Response<GetFunnelResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::funnel(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let found = get_funnel(&self.0, &scope, asked).await.or_status()?;
        Ok(Response::new(funnel::funnel(found)))
    }

    async fn get_reply_activity(
        &self,
        request: Request<GetReplyActivityRequest>,
    ) -> Result<Response<GetReplyActivityResponse>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::reply_activity(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let found = get_reply_activity(&self.0, &scope, asked)
            .await
            .or_status()?;
        Ok(Response::new(overview::reply_activity(found)))
    }

    async fn stream_rows(
        &self,
        request: Request<StreamRowsRequest>,
    ) -> Result<Response<Self::StreamRowsStream>, Status> {
        let scope = caller(&request)?.require(Permission::Report)?;
        let asked = checked::rows(request.into_inner(), self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let name = hsm_management::name;
        let rows = stream_rows(&self.0, &scope, asked, name)
            .await
            .or_status()?;
        let header = Part::Header(RowsHeader {
            basis: Some(basis(rows.basis)),
            expected_rows: rows.expected,
        });
        let batches = Batches::new(rows.source, rows.batch_size, rows.language);
        let batches = stream::try_unfold(batches, next_batch);
        let answer = stream::iter([Ok(part(header))]).chain(batches).boxed();
        Ok(Response::new(answer))
    }

    async fn list_outbound_messages(
        &self,
        request: Request<ListOutboundMessagesRequest>,
    ) -> Result<Response<ListOutboundMessagesResponse>, Status> {
        let access = caller(&request)?.clone();
        let found = lists::outbound(&self.0, &access, request.into_inner()).await;
        found.map(Response::new)
    }

    async fn list_inbound_messages(
        &self,
        request: Request<ListInboundMessagesRequest>,
    ) -> Result<Response<ListInboundMessagesResponse>, Status> {
        let access = caller(&request)?.clone();
        let found = lists::inbound(&self.0, &access, request.into_inner()).await;
        found.map(Response::new)
    }

    async fn list_failed_messages(
        &self,
        request: Request<ListFailedMessagesRequest>,
    ) -> Result<Response<ListFailedMessagesResponse>, Status> {
        let access = caller(&request)?.clone();
        let found = lists::failed(&self.0, &access, request.into_inner()).await;
        found.map(Response::new)
    }

    async fn list_dimension_values(
        &self,
        request: Request<ListDimensionValuesRequest>,
    ) -> Result<Response<ListDimensionValuesResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Report)?;
        let request = request.into_inner();
        let asked = checked::dimension_values(&request, self.0.clock.now());
        let asked = asked.map_err(Error::invalid).or_status()?;
        let size = paging::size("page_size", request.page_size).or_status()?;
        let listing = Listing {
            method: "ListDimensionValues",
            request: &[asked.dimension.as_str().as_bytes(), asked.search.as_bytes()],
            caller: access.caller(),
        };
        let pages = &self.0.pages;
        let after = paging::after(pages, &listing, &request.page_token).or_status()?;
        let found = list_dimension_values(&self.0, &scope, &asked, &after, size)
            .await
            .or_status()?;
        let next = found.next.map(|id| pages.issue(&listing, id.as_bytes()));
        Ok(Response::new(ListDimensionValuesResponse {
            values: found.values.into_iter().map(value).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

async fn next_batch(mut batches: Batches) -> Result<Option<(StreamRowsResponse, Batches)>, Status> {
    let batch = batches.next().await.or_status()?;
    Ok(batch.map(|batch| (part(batch), batches)))
}

fn part(part: Part) -> StreamRowsResponse {
    StreamRowsResponse { part: Some(part) }
}

fn series(telling: Telling, series: &[(Interval, Figures)]) -> Vec<SeriesBucket> {
    let bucket = |(covered, figures): &(Interval, Figures)| SeriesBucket {
        interval: Some(interval(*covered)),
        metrics: Some(telling.metrics(figures)),
    };
    series.iter().map(bucket).collect()
}

fn comparison(telling: Telling, previous: Previous) -> Comparison {
    Comparison {
        requested: Some(interval(previous.requested)),
        covered: previous.covered.map(interval),
        total: Some(telling.metrics(&previous.course.total)),
        series: series(telling, &previous.course.series),
        changes: previous.changes.into_iter().map(change).collect(),
    }
}

fn change(change: Change) -> MetricChange {
    let both = change.before.zip(change.now);
    MetricChange {
        metric: change.metric.into(),
        before: change.before,
        now: change.now,
        difference: both.map(|(before, now)| now - before),
        relative: both
            .filter(|(before, _)| *before != 0.0)
            .map(|(before, now)| (now - before) / before),
    }
}

fn ranking_row(telling: Telling, shown: Shown, place: Place) -> RankingRow {
    let rank = count(place.rank);
    let previous_rank = place.previous_rank.map(count);
    RankingRow {
        rank,
        value: Some(value(shown)),
        figure: place.figure,
        score: place.score,
        metrics: Some(telling.metrics(&place.figures)),
        previous_rank,
        previous_figure: place.previous_figure,
        movement: previous_rank.map(|before| before - rank),
        departments: place.departments.into_iter().map(value).collect(),
    }
}
