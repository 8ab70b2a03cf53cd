//! Schedules and notifications of a rig, and what their methods are asked by those who probe all.

use acuse_domain::scope::Role;
use acuse_proto::export::notification_service_client::NotificationServiceClient;
use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::schedule_service_client::ScheduleServiceClient;
use acuse_proto::export::{
    ClearNotificationsRequest, CreateScheduleRequest, DailyCadence, DeleteScheduleRequest,
    GetScheduleRequest, ListNotificationsRequest, ListNotificationsResponse,
    ListScheduleRunsRequest, ListSchedulesRequest, MarkNotificationsReadRequest,
    PauseScheduleRequest, ResumeScheduleRequest, RunScheduleRequest, Schedule, ScheduleRun,
    TimeOfDay, UpdateScheduleRequest, WatchNotificationsRequest, WeeklyCadence,
};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use prost::Message as _;
use tonic::Status;

use crate::rig::{Rig, plain};

/// A schedule of plain exports, daily at eight in the morning.
pub(crate) fn daily() -> Schedule {
    Schedule {
        name: "Diario".to_owned(),
        export: Some(plain()),
        cadence: Some(Cadence::Daily(DailyCadence {})),
        time_of_day: Some(TimeOfDay { hour: 8, minute: 0 }),
        ..Schedule::default()
    }
}

/// The same on these days of the week, from 1 for Monday on.
pub(crate) fn weekly(weekdays: &[i32]) -> Schedule {
    let weekdays = weekdays.to_vec();
    Schedule {
        name: "Semanal".to_owned(),
        cadence: Some(Cadence::Weekly(WeeklyCadence { weekdays })),
        ..daily()
    }
}

impl Rig {
    pub(crate) fn schedules(&self, token: &Secret) -> ScheduleServiceClient<Channel> {
        ScheduleServiceClient::new(self.channel(Credentials::Bearer(token.clone())))
    }

    pub(crate) fn notifications(&self, token: &Secret) -> NotificationServiceClient<Channel> {
        NotificationServiceClient::new(self.channel(Credentials::Bearer(token.clone())))
    }

    pub(crate) async fn schedule(
        &self,
        token: &Secret,
        schedule: Schedule,
    ) -> Result<Schedule, Status> {
        let request = CreateScheduleRequest {
            schedule: Some(schedule),
            request_id: None,
        };
        let answer = self.schedules(token).create_schedule(request).await?;
        Ok(answer.into_inner().schedule.unwrap())
    }

    pub(crate) async fn scheduled(&self, token: &Secret, id: &str) -> Result<Schedule, Status> {
        let request = GetScheduleRequest { id: id.to_owned() };
        let answer = self.schedules(token).get_schedule(request).await?;
        Ok(answer.into_inner().schedule.unwrap())
    }

    /// All runs of a schedule, the oldest first.
    pub(crate) async fn runs(&self, token: &Secret, id: &str) -> Vec<ScheduleRun> {
        let mut request = ListScheduleRunsRequest {
            schedule_id: id.to_owned(),
            page_size: 1_000,
            page_token: String::new(),
        };
        let (mut client, mut found) = (self.schedules(token), Vec::new());
        loop {
            let answer = client.list_schedule_runs(request.clone()).await;
            let answer = answer.unwrap().into_inner();
            found.extend(answer.runs);
            request.page_token = answer.next_page_token;
            if request.page_token.is_empty() {
                found.reverse();
                return found;
            }
        }
    }

    pub(crate) async fn told(&self, token: &Secret) -> ListNotificationsResponse {
        let request = ListNotificationsRequest::default();
        let answer = self.notifications(token).list_notifications(request).await;
        answer.unwrap().into_inner()
    }

    /// Says where an agent of acme belongs, as message-state keeps it.
    pub(crate) async fn directory(&self, agent: &str, departments: &[&str], has_left: bool) {
        let label =
            format!("{{\"departments\": [0, {departments:?}], \"has_left\": [0, {has_left}]}}");
        let statement = "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id, label) \
             SELECT workspace_id, 3, 1, $1, $2::text::jsonb FROM message_state.workspaces WHERE slug = 'acme' \
             ON CONFLICT (workspace_id, dimension, external_id) DO UPDATE SET label = excluded.label";
        let session = self.session().await;
        let written = session.execute(statement, &[&agent, &label]).await;
        assert_eq!(written.unwrap(), 1);
    }
}

/// Gives a workspace a schedule of the id of one of its exports, so that one id finds either.
pub(crate) async fn schedule_of_the_same_id(rig: &Rig, workspace: &str, id: &str) {
    let ana = rig.token(Claims::of("ana", Role::Analyst, Some(workspace)));
    let schedule = rig.schedule(&ana, daily()).await.unwrap();
    let renamed = "UPDATE export.schedules SET schedule_id = $1::text::uuid WHERE schedule_id = $2::text::uuid";
    let session = rig.session().await;
    let written = session.execute(renamed, &[&id, &schedule.id]).await;
    assert_eq!(written.unwrap(), 1);
}

/// What the methods of schedules are asked about the one of an id, and those of notifications.
pub(crate) fn probes(id: &str) -> Vec<(String, (Vec<u8>, bool))> {
    let (id, etag) = (id.to_owned(), None);
    let create = CreateScheduleRequest {
        schedule: Some(daily()),
        request_id: None,
    };
    let update = UpdateScheduleRequest {
        schedule: Some(Schedule {
            id: id.clone(),
            name: "Otro".to_owned(),
            ..Schedule::default()
        }),
        update_mask: None,
    };
    let get = GetScheduleRequest { id: id.clone() };
    let pause = PauseScheduleRequest {
        id: id.clone(),
        etag: etag.clone(),
    };
    let resume = ResumeScheduleRequest {
        id: id.clone(),
        etag: etag.clone(),
    };
    let run = RunScheduleRequest {
        id: id.clone(),
        request_id: None,
    };
    let runs = ListScheduleRunsRequest {
        schedule_id: id.clone(),
        ..ListScheduleRunsRequest::default()
    };
    let delete = DeleteScheduleRequest { id, etag };
    let schedules = ListSchedulesRequest::default();
    let list = ListNotificationsRequest::default();
    let watch = WatchNotificationsRequest::default();
    let mark = MarkNotificationsReadRequest {
        ids: Vec::new(),
        all: true,
    };
    let clear = ClearNotificationsRequest {
        ids: Vec::new(),
        all: true,
    };
    let all = [
        (
            "ScheduleService/CreateSchedule",
            create.encode_to_vec(),
            false,
        ),
        (
            "ScheduleService/DeleteSchedule",
            delete.encode_to_vec(),
            true,
        ),
        ("ScheduleService/GetSchedule", get.encode_to_vec(), true),
        (
            "ScheduleService/ListScheduleRuns",
            runs.encode_to_vec(),
            true,
        ),
        (
            "ScheduleService/ListSchedules",
            schedules.encode_to_vec(),
            false,
        ),
        ("ScheduleService/PauseSchedule", pause.encode_to_vec(), true),
        (
            "ScheduleService/ResumeSchedule",
            resume.encode_to_vec(),
            true,
        ),
        ("ScheduleService/RunSchedule", run.encode_to_vec(), true),
        (
            "ScheduleService/UpdateSchedule",
            update.encode_to_vec(),
            true,
        ),
        (
            "NotificationService/ClearNotifications",
            clear.encode_to_vec(),
            false,
        ),
        (
            "NotificationService/ListNotifications",
            list.encode_to_vec(),
            false,
        ),
        (
            "NotificationService/MarkNotificationsRead",
            mark.encode_to_vec(),
            false,
        ),
        (
            "NotificationService/WatchNotifications",
            watch.encode_to_vec(),
            false,
        ),
    ];
    all.into_iter()
        .map(|(method, request, names)| (format!("/acuse.export.v1.{method}"), (request, names)))
        .collect()
}
