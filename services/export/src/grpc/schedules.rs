//! `ScheduleService`.

use std::sync::Arc;

use acuse_domain::error::{Error, Result as Checked};
use acuse_domain::scope::Permission;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::export::schedule_service_server::ScheduleService;
use acuse_proto::export::{
    CreateScheduleRequest, CreateScheduleResponse, DeleteScheduleRequest, DeleteScheduleResponse,
    GetScheduleRequest, GetScheduleResponse, ListScheduleRunsRequest, ListScheduleRunsResponse,
    ListSchedulesRequest, ListSchedulesResponse, PauseScheduleRequest, PauseScheduleResponse,
    ResumeScheduleRequest, ResumeScheduleResponse, RunScheduleRequest, RunScheduleResponse,
    Schedule as Wire, ScheduleRun, ScheduleRunState, UpdateScheduleRequest, UpdateScheduleResponse,
};
use acuse_proto::reporting::Interval;
use acuse_rpc::auth::caller;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use acuse_store::export::{Run, RunState, Schedule};
use tonic::{Request, Response, Status};

use super::details::{failure, state_of_run};
use super::export::uuid;
use crate::parts::Parts;
use crate::schedules::{
    Change, Definition, Mask, change_schedule, create_schedule, delete_schedule, find_schedule,
    list_runs, list_schedules, run_now,
};

/// Schedules of a page at most: each may hold 32 KiB of filters, and clients take 4 MiB unless they are told otherwise.
const LARGEST_PAGE: usize = 100;

/// Handlers of schedules.
pub(super) struct Schedules(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl ScheduleService for Schedules {
    async fn create_schedule(
        &self,
        request: Request<CreateScheduleRequest>,
    ) -> Result<Response<CreateScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let request_id = request.request_id.as_deref();
        let request_id = request_id.map(|id| uuid("request_id", id)).transpose();
        let request_id = request_id.or_status()?;
        let asking = (access.caller(), &scope);
        let created = create_schedule(&self.0, asking, request.schedule, request_id).await;
        let schedule = Some(to_wire(created.or_status()?).or_status()?);
        Ok(Response::new(CreateScheduleResponse { schedule }))
    }

    async fn get_schedule(
        &self,
        request: Request<GetScheduleRequest>,
    ) -> Result<Response<GetScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let id = uuid("id", &request.into_inner().id).or_status()?;
        let found = find_schedule(&self.0, (access.caller(), &scope), id).await;
        let schedule = Some(to_wire(found.or_status()?).or_status()?);
        Ok(Response::new(GetScheduleResponse { schedule }))
    }

    async fn list_schedules(
        &self,
        request: Request<ListSchedulesRequest>,
    ) -> Result<Response<ListSchedulesResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let size = paging::size("page_size", request.page_size).or_status()?;
        let size = size.min(LARGEST_PAGE);
        let (pages, asker) = (&self.0.pages, access.caller());
        let listing = Listing {
            method: "ListSchedules",
            request: &[],
            caller: asker,
        };
        let before = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let found = list_schedules(&self.0, (asker, &scope), before, size + 1).await;
        let mut found = found.or_status()?;
        let next_page_token =
            paging::cut(pages, &listing, &mut found, size, |one| one.id.as_bytes());
        let schedules = found.into_iter().map(to_wire).collect::<Checked<_>>();
        Ok(Response::new(ListSchedulesResponse {
            schedules: schedules.or_status()?,
            next_page_token,
        }))
    }

    async fn update_schedule(
        &self,
        request: Request<UpdateScheduleRequest>,
    ) -> Result<Response<UpdateScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let wire = request
            .schedule
            .ok_or_else(|| Error::invalid_field("schedule", "must be given"))
            .or_status()?;
        let id = uuid("schedule.id", &wire.id).or_status()?;
        let paths = request.update_mask.map(|mask| mask.paths);
        let mask = Mask::new(paths, &wire)
            .map_err(Error::invalid)
            .or_status()?;
        let etag = wire.etag.clone();
        let change = Change::To(mask, Box::new(wire));
        let asking = (access.caller(), &scope);
        let changed = change_schedule(&self.0, asking, id, etag.as_deref(), &change).await;
        let schedule = Some(to_wire(changed.or_status()?).or_status()?);
        Ok(Response::new(UpdateScheduleResponse { schedule }))
    }

    async fn pause_schedule(
        &self,
        request: Request<PauseScheduleRequest>,
    ) -> Result<Response<PauseScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let (asking, etag) = ((access.caller(), &scope), request.etag.as_deref());
        let changed = change_schedule(&self.0, asking, id, etag, &Change::Paused).await;
        let schedule = Some(to_wire(changed.or_status()?).or_status()?);
        Ok(Response::new(PauseScheduleResponse { schedule }))
    }

    async fn resume_schedule(
        &self,
        request: Request<ResumeScheduleRequest>,
    ) -> Result<Response<ResumeScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let (asking, etag) = ((access.caller(), &scope), request.etag.as_deref());
        let changed = change_schedule(&self.0, asking, id, etag, &Change::Resumed).await;
        let schedule = Some(to_wire(changed.or_status()?).or_status()?);
        Ok(Response::new(ResumeScheduleResponse { schedule }))
    }

    async fn run_schedule(
        &self,
        request: Request<RunScheduleRequest>,
    ) -> Result<Response<RunScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let request_id = request.request_id.as_deref();
        let request_id = request_id.map(|id| uuid("request_id", id)).transpose();
        let asking = (access.caller(), &scope);
        let run = run_now(&self.0, asking, id, request_id.or_status()?).await;
        let run = Some(run_to_wire(run.or_status()?, self.0.clock.now()));
        Ok(Response::new(RunScheduleResponse { run }))
    }

    async fn delete_schedule(
        &self,
        request: Request<DeleteScheduleRequest>,
    ) -> Result<Response<DeleteScheduleResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("id", &request.id).or_status()?;
        let asking = (access.caller(), &scope);
        let deleted = delete_schedule(&self.0, asking, id, request.etag.as_deref()).await;
        deleted.or_status()?;
        Ok(Response::new(DeleteScheduleResponse {}))
    }

    async fn list_schedule_runs(
        &self,
        request: Request<ListScheduleRunsRequest>,
    ) -> Result<Response<ListScheduleRunsResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Export)?;
        let request = request.into_inner();
        let id = uuid("schedule_id", &request.schedule_id).or_status()?;
        let size = paging::size("page_size", request.page_size).or_status()?;
        let (pages, asker) = (&self.0.pages, access.caller());
        let listing = Listing {
            method: "ListScheduleRuns",
            request: &[id.as_bytes()],
            caller: asker,
        };
        let before = paging::place_of(pages, &listing, &request.page_token).or_status()?;
        let found = list_runs(&self.0, (asker, &scope), id, before, size + 1).await;
        let mut found = found.or_status()?;
        let next_page_token =
            paging::cut(pages, &listing, &mut found, size, |run| run.id.as_bytes());
        let now = self.0.clock.now();
        let runs = found.into_iter().map(|run| run_to_wire(run, now));
        Ok(Response::new(ListScheduleRunsResponse {
            runs: runs.collect(),
            next_page_token,
        }))
    }
}

fn to_wire(schedule: Schedule) -> Checked<Wire> {
    Ok(Wire {
        id: schedule.id.to_string(),
        owner: schedule.owner.subject.clone(),
        paused: schedule.is_paused,
        next_run_time: schedule.next_due_at.map(timestamp),
        create_time: Some(timestamp(schedule.created_at)),
        update_time: Some(timestamp(schedule.updated_at)),
        etag: Some(schedule.revision.to_string()),
        ..Definition::wire_of(&schedule)?
    })
}

fn run_to_wire(run: Run, now: Timestamp) -> ScheduleRun {
    let export_state = state_of_run(&run, now).map(Into::into);
    ScheduleRun {
        id: run.id.to_string(),
        state: match run.state {
            RunState::Made => ScheduleRunState::Made,
            RunState::Failed => ScheduleRunState::Failed,
            RunState::Missed => ScheduleRunState::Missed,
        }
        .into(),
        due_time: run.due_at.map(timestamp),
        create_time: Some(timestamp(run.created_at)),
        period: run.period.map(|period| Interval {
            start_at: Some(timestamp(period.start)),
            end_at: Some(timestamp(period.end)),
        }),
        export_id: run.export.map(|id| id.to_string()),
        export_state,
        failure: run.failure.map(failure),
    }
}
