//! Schedules and their runs: who claims them, what is written at once, and what is written once.

use acuse_domain::calendar::Interval;
use acuse_domain::ids::MessageId;
use acuse_domain::scope::Scope;
use acuse_domain::time::Timestamp;
use acuse_store::Requested;
use acuse_store::export::{
    Asker, Failure, JobState, NewRun, NewSchedule, Outcome, Run, RunCreation, RunState, Schedule,
    ScheduleCreation, Settled, Workspace, claim_schedule, create_run, create_schedule,
    delete_schedule, forget_runs, membership, next_schedule, requested_schedule, runs, schedule,
    schedules, settle_schedule, update_schedule,
};
use uuid::Uuid;

use crate::{Fixture, NOON, asker, asking, new, only, request, seconds};

const PERIOD: Interval = Interval::new(Timestamp::from_seconds(0), Timestamp::from_seconds(1));

fn planned(workspace: &Workspace, owner: Asker, due: Timestamp) -> NewSchedule {
    NewSchedule {
        id: MessageId::new(NOON).0,
        workspace: workspace.id,
        request_id: None,
        owner,
        name: "Diario".to_owned(),
        definition: vec![0, 255, 10],
        next_due_at: Some(due),
    }
}

fn run(at: Timestamp, outcome: Outcome) -> NewRun {
    NewRun {
        id: MessageId::new(at).0,
        request_id: None,
        due_at: Some(at),
        outcome,
    }
}

impl Fixture {
    async fn planned(&self, due: Timestamp) -> Schedule {
        let new = planned(&self.acme, asker("ana", Scope::whole("acme")), due);
        match create_schedule(&self.database, new, 200, NOON)
            .await
            .unwrap()
        {
            ScheduleCreation::Created(schedule) => schedule,
            other => unreachable!("{other:?}"),
        }
    }

    async fn due(&self, now: Timestamp) -> Option<Schedule> {
        let claimed = claim_schedule(&self.database, now, now + seconds(30)).await;
        claimed.unwrap().map(|(schedule, _)| schedule)
    }

    /// A run of that time that asks for an export.
    fn made(&self, at: Timestamp) -> NewRun {
        run(at, Outcome::Made(Box::new(new(&self.acme, at)), PERIOD))
    }

    async fn settle(&self, claimed: &Schedule, runs: Vec<NewRun>, next: Timestamp) -> Settled {
        let settled = settle_schedule(&self.database, claimed, runs, Some(next), 100, NOON);
        settled.await.unwrap()
    }

    async fn ran(&self, schedule: &Schedule) -> Vec<Run> {
        let found = runs(&self.database, &self.acme, schedule.id, None, 100).await;
        found.unwrap()
    }
}

#[tokio::test]
async fn a_schedule_is_stored_as_it_was_given() {
    let fixture = Fixture::new().await;
    let scope = Scope {
        departments: only(&["ventas"]),
        accounts: only(&[]),
        ..Scope::whole("acme")
    };
    let new = NewSchedule {
        request_id: request(1),
        ..planned(&fixture.acme, asker("sup", scope), NOON + seconds(60))
    };
    let create = async |most| {
        let created = create_schedule(&fixture.database, new.clone(), most, NOON);
        created.await.unwrap()
    };
    let ScheduleCreation::Created(created) = create(1).await else {
        unreachable!()
    };
    assert_eq!(
        (created.id, &created.owner, &created.definition),
        (new.id, &new.owner, &new.definition)
    );
    assert_eq!(create(1).await, ScheduleCreation::Repeated(created.clone()));
    let other = NewSchedule {
        request_id: asking(1, "something else"),
        ..new.clone()
    };
    let contradicting = create_schedule(&fixture.database, other.clone(), 9, NOON);
    let contradicting = contradicting.await.unwrap();
    assert_eq!(contradicting, ScheduleCreation::Contradicted);
    for (request, expected) in [
        (new.request_id, Requested::Same(created.clone())),
        (other.request_id, Requested::Other),
    ] {
        let request = ("sup", request.unwrap());
        let found = requested_schedule(&fixture.database, &fixture.acme, request).await;
        assert_eq!(found.unwrap(), Some(expected));
    }
    let found = schedule(&fixture.database, &fixture.acme, created.id).await;
    assert_eq!(found.unwrap().as_ref(), Some(&created));
    let elsewhere = schedule(&fixture.database, &fixture.other, created.id).await;
    assert_eq!(elsewhere.unwrap(), None);
    let more = planned(&fixture.acme, asker("ana", Scope::whole("acme")), NOON);
    let full = create_schedule(&fixture.database, more, 1, NOON)
        .await
        .unwrap();
    assert_eq!(full, ScheduleCreation::TooMany);
    for (subject, scope, seen) in [
        (
            "sup",
            Scope {
                departments: only(&[]),
                ..Scope::whole("acme")
            },
            1,
        ),
        ("ana", Scope::whole("acme"), 1),
        (
            "eva",
            Scope {
                departments: only(&["ventas", "b"]),
                ..Scope::whole("acme")
            },
            1,
        ),
        (
            "eva",
            Scope {
                departments: only(&["b"]),
                ..Scope::whole("acme")
            },
            0,
        ),
        (
            "eva",
            Scope {
                agents: only(&["eva"]),
                ..Scope::whole("acme")
            },
            0,
        ),
    ] {
        let found = schedules(&fixture.database, &fixture.acme, (subject, &scope), None, 9).await;
        assert_eq!(found.unwrap().len(), seen, "{subject} {scope:?}");
    }
}

#[tokio::test]
async fn what_is_due_is_claimed_once_and_by_one() {
    let fixture = Fixture::new().await;
    let first = fixture.planned(NOON + seconds(1)).await;
    let second = fixture.planned(NOON + seconds(2)).await;
    let database = &fixture.database;
    assert_eq!(next_schedule(database).await.unwrap(), first.next_due_at);
    assert_eq!(fixture.due(NOON).await, None);
    let now = NOON + seconds(2);
    let claimed = tokio::join!(fixture.due(now), fixture.due(now), fixture.due(now));
    let mut ids: Vec<Uuid> = [claimed.0, claimed.1, claimed.2]
        .into_iter()
        .flatten()
        .map(|schedule| schedule.id)
        .collect();
    ids.sort();
    let mut both = [first.id, second.id];
    both.sort();
    assert_eq!(ids, both);
    assert_eq!(fixture.due(now + seconds(29)).await, None);
    // Whoever claimed them is taken for dead.
    assert!(fixture.due(now + seconds(30)).await.is_some());
}

#[tokio::test]
async fn a_run_its_export_and_the_next_time_are_one() {
    let fixture = Fixture::new().await;
    let schedule = fixture.planned(NOON).await;
    let claimed = fixture.due(NOON).await.unwrap();
    let late = fixture.due(NOON + seconds(30)).await.unwrap();
    assert_eq!(claimed, late);
    let missed = run(NOON - seconds(9), Outcome::Missed);
    let next = NOON + seconds(60);
    let done = fixture
        .settle(&claimed, vec![missed, fixture.made(NOON)], next)
        .await;
    assert_eq!(
        done,
        Settled::Done {
            queued: true,
            told: false
        }
    );
    // Whoever comes late finds that it was done.
    let again = fixture.settle(&late, vec![fixture.made(NOON)], next).await;
    assert_eq!(again, Settled::Lost);
    let ran = fixture.ran(&schedule).await;
    let states: Vec<_> = ran.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Made, RunState::Missed]);
    assert_eq!(
        (ran[0].period, ran[0].export_state),
        (Some(PERIOD), Some(JobState::Queued))
    );
    let job = fixture.claim(NOON).await.unwrap();
    assert_eq!(Some(job.id), ran[0].export);
    assert!(fixture.claim(NOON).await.is_none());
    let present =
        acuse_store::export::schedule(&fixture.database, &fixture.acme, schedule.id).await;
    let present = present.unwrap().unwrap();
    assert_eq!((present.next_due_at, present.revision), (Some(next), 1));
    // Were the time written back, the run would be there already, and no second export.
    let session = fixture.session().await;
    let back = "UPDATE export.schedules SET next_due_at = $1, look_at = $1";
    let noon = std::time::SystemTime::UNIX_EPOCH + seconds(1_790_000_000);
    session.execute(back, &[&noon]).await.unwrap();
    let done = fixture
        .settle(&claimed, vec![fixture.made(NOON)], next)
        .await;
    assert_eq!(
        done,
        Settled::Done {
            queued: false,
            told: false
        }
    );
    assert_eq!(fixture.ran(&schedule).await.len(), 2);
    assert!(fixture.claim(NOON).await.is_none());
}

#[tokio::test]
async fn what_changed_meanwhile_runs_as_it_is_now() {
    let fixture = Fixture::new().await;
    let schedule = fixture.planned(NOON).await;
    let claimed = fixture.due(NOON).await.unwrap();
    let paused = Schedule {
        is_paused: true,
        next_due_at: None,
        ..schedule.clone()
    };
    let written = update_schedule(&fixture.database, paused.clone(), NOON).await;
    let written = written.unwrap().unwrap();
    assert_eq!((written.revision, written.is_paused), (2, true));
    let stale = update_schedule(&fixture.database, paused, NOON).await;
    assert_eq!(stale.unwrap(), None);
    let settled = fixture
        .settle(&claimed, vec![fixture.made(NOON)], NOON)
        .await;
    assert_eq!(settled, Settled::Lost);
    assert!(fixture.ran(&schedule).await.is_empty());
    assert_eq!(fixture.due(NOON + seconds(99)).await, None);
    let (database, id) = (&fixture.database, schedule.id);
    assert!(
        !delete_schedule(database, schedule.workspace, id, 1)
            .await
            .unwrap()
    );
    assert!(
        delete_schedule(database, schedule.workspace, id, 2)
            .await
            .unwrap()
    );
    assert!(
        !delete_schedule(database, schedule.workspace, id, 2)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_run_that_cannot_be_made_is_listed_and_told() {
    let fixture = Fixture::new().await;
    let schedule = fixture.planned(NOON).await;
    let failure = Failure {
        reason: "REQUEST_REFUSED".to_owned(),
        message: "no".to_owned(),
    };
    let refused = Outcome::Refused {
        request: vec![1],
        period: PERIOD,
        failure: failure.clone(),
    };
    let claimed = fixture.due(NOON).await.unwrap();
    let next = NOON + seconds(60);
    let done = fixture
        .settle(&claimed, vec![run(NOON, refused)], next)
        .await;
    assert_eq!(
        done,
        Settled::Done {
            queued: false,
            told: true
        }
    );
    let claimed = fixture.due(next).await.unwrap();
    let runs = vec![fixture.made(next)];
    let settled = settle_schedule(&fixture.database, &claimed, runs, None, 0, next).await;
    assert_eq!(
        settled.unwrap(),
        Settled::Done {
            queued: false,
            told: true
        }
    );
    let ran = fixture.ran(&schedule).await;
    let reasons: Vec<_> = ran
        .iter()
        .map(|run| run.failure.clone().unwrap().reason)
        .collect();
    assert_eq!(reasons, ["TOO_MANY_EXPORTS", "REQUEST_REFUSED"]);
    assert_eq!(ran[1].failure, Some(failure));
    // The calendar ends: nothing is due any more.
    assert_eq!(next_schedule(&fixture.database).await.unwrap(), None);
    assert_eq!(forget_runs(&fixture.database, NOON, 9).await.unwrap(), 0);
    assert_eq!(forget_runs(&fixture.database, next, 9).await.unwrap(), 1);
    assert_eq!(fixture.ran(&schedule).await.len(), 1);
}

#[tokio::test]
async fn a_run_that_is_asked_for_is_made_once() {
    let fixture = Fixture::new().await;
    let schedule = fixture.planned(NOON + seconds(60)).await;
    let create = async |number, most| {
        let asked = (
            MessageId::new(NOON).0,
            request(number).map(|request| request.id),
        );
        let job = (new(&fixture.acme, NOON), PERIOD);
        let made = create_run(&fixture.database, &schedule, asked, job, most, NOON);
        made.await.unwrap()
    };
    let RunCreation::Created(run) = create(1, 1).await else {
        unreachable!()
    };
    assert_eq!((run.due_at, run.state), (None, RunState::Made));
    assert_eq!(create(1, 1).await, RunCreation::Repeated(run));
    assert_eq!(create(2, 1).await, RunCreation::TooMany);
    let both = tokio::join!(create(3, 9), create(3, 9));
    let made = [&both.0, &both.1];
    let new = made
        .iter()
        .filter(|made| matches!(made, RunCreation::Created(_)));
    assert_eq!(new.count(), 1, "{both:?}");
    assert_eq!(fixture.ran(&schedule).await.len(), 2);
    let deleted = delete_schedule(&fixture.database, schedule.workspace, schedule.id, 1);
    assert!(deleted.await.unwrap());
    assert_eq!(create(4, 9).await, RunCreation::Gone);
    assert!(fixture.ran(&schedule).await.is_empty());
}

#[tokio::test]
async fn the_directory_says_where_an_agent_belongs() {
    let fixture = Fixture::new().await;
    let session = fixture.session().await;
    let names = "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id, label) VALUES \
         ($1, 3, 1, 'sup', '{\"departments\": [7, [\"ventas\"]], \"has_left\": [7, true]}'), \
         ($1, 3, 2, 'ana', '{\"name\": [7, \"Ana\"]}'), ($1, 4, 3, 'eva', '{\"departments\": [7, []]}')";
    session.execute(names, &[&fixture.acme.id.0]).await.unwrap();
    let asked = async |workspace: &Workspace, agent| {
        let found = membership(&fixture.database, workspace.id, agent)
            .await
            .unwrap();
        let departments = found
            .departments
            .map(|ids| ids.into_iter().collect::<Vec<_>>());
        (departments, found.has_left)
    };
    let ventas = vec!["ventas".to_owned()];
    assert_eq!(asked(&fixture.acme, "sup").await, (Some(ventas), true));
    // Of ana nothing is said, eva is no agent, and elsewhere nobody is known.
    for (workspace, agent) in [
        (&fixture.acme, "ana"),
        (&fixture.acme, "eva"),
        (&fixture.other, "sup"),
    ] {
        assert_eq!(asked(workspace, agent).await, (None, false), "{agent}");
    }
}
