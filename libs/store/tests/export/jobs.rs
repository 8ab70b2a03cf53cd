//! Creating, finding and listing jobs.

use std::collections::BTreeSet;

use acuse_domain::scope::{Limit, Scope};
use acuse_store::export::{
    Creation, JobState, NewJob, Wanted, Workspace, create_job, job, jobs, requested_job, workspace,
};
use acuse_store::{RequestId, Requested};
use futures::future::join_all;
use uuid::Uuid;

use crate::{Fixture, NOON, asker, asking, new, only, request, seconds};

fn requested(workspace: &Workspace, subject: &str, number: u128) -> NewJob {
    NewJob {
        request_id: request(number),
        asker: asker(subject, Scope::whole(&workspace.slug)),
        ..new(workspace, NOON)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_often_creates_one_job() {
    let fixture = Fixture::new().await;
    let created = join_all((0..16).map(|_| {
        let new = requested(&fixture.acme, "ana", 1);
        fixture.create(new, NOON)
    }))
    .await;
    let first = created
        .iter()
        .filter(|creation| matches!(creation, Creation::Created(_)));
    assert_eq!(first.count(), 1);
    let ids: BTreeSet<Uuid> = created
        .into_iter()
        .map(|creation| match creation {
            Creation::Created(job) | Creation::Repeated(job) => job.id,
            other => unreachable!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 1);
    // The same id by somebody else, in another workspace, and another id.
    for new in [
        requested(&fixture.acme, "eva", 1),
        requested(&fixture.other, "ana", 1),
        requested(&fixture.acme, "ana", 2),
        new(&fixture.acme, NOON),
        new(&fixture.acme, NOON),
    ] {
        let created = fixture.create(new, NOON).await;
        assert!(matches!(created, Creation::Created(_)), "{created:?}");
    }
}

#[tokio::test]
async fn an_id_is_of_one_request() {
    let fixture = Fixture::new().await;
    let first = fixture.create(requested(&fixture.acme, "ana", 1), NOON);
    let Creation::Created(first) = first.await else {
        unreachable!()
    };
    let other = NewJob {
        request_id: asking(1, "something else"),
        ..requested(&fixture.acme, "ana", 1)
    };
    let created = fixture.create(other.clone(), NOON).await;
    assert_eq!(created, Creation::Contradicted);
    let found = async |request: Option<RequestId>| {
        let request = ("ana", request.unwrap());
        let found = requested_job(&fixture.database, &fixture.acme, request).await;
        found.unwrap()
    };
    assert_eq!(found(other.request_id).await, Some(Requested::Other));
    assert_eq!(
        found(request(1)).await,
        Some(Requested::Same(first.clone()))
    );
    assert_eq!(found(request(2)).await, None);
    // What an earlier version made says nothing of what was asked for.
    let forget = "UPDATE export.jobs SET request_digest = NULL";
    let session = fixture.session().await;
    session.batch_execute(forget).await.unwrap();
    assert_eq!(found(other.request_id).await, Some(Requested::Same(first)));
}

#[tokio::test]
async fn what_is_created_is_found_as_it_was_asked_for() {
    let fixture = Fixture::new().await;
    let scope = Scope {
        departments: only(&["soporte", "ventas"]),
        agents: only(&[]),
        ..Scope::whole("acme")
    };
    let new = NewJob {
        asker: asker("sup", scope.clone()),
        ..new(&fixture.acme, NOON)
    };
    let (id, request) = (new.id, new.request.clone());
    fixture.create(new, NOON).await;
    let found = job(&fixture.database, &fixture.acme, id).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.asker, asker("sup", scope));
    assert_eq!((found.request, found.state), (request, JobState::Queued));
    assert_eq!(
        (found.attempts, found.fence, found.created_at),
        (0, 0, NOON)
    );
    assert!(found.file.is_none() && found.failure.is_none() && found.started_at.is_none());
    let elsewhere = job(&fixture.database, &fixture.other, id).await.unwrap();
    assert_eq!(elsewhere, None);
    let nowhere = workspace(&fixture.database, "nowhere").await.unwrap();
    assert_eq!(nowhere, None);
    assert_eq!(fixture.acme.time_zone, "America/Lima");
}

#[tokio::test]
async fn a_workspace_has_so_many_open_jobs() {
    let fixture = Fixture::new().await;
    let create = async |workspace| {
        create_job(&fixture.database, new(workspace, NOON), 2, NOON)
            .await
            .unwrap()
    };
    for _ in 0..2 {
        assert!(matches!(create(&fixture.acme).await, Creation::Created(_)));
    }
    assert_eq!(create(&fixture.acme).await, Creation::TooMany);
    assert!(matches!(create(&fixture.other).await, Creation::Created(_)));
}

#[tokio::test]
async fn a_listing_goes_on_where_it_was_newest_first() {
    let fixture = Fixture::new().await;
    let mut created = Vec::new();
    for second in 0..5 {
        let job = fixture.queued(&fixture.acme, NOON + seconds(second)).await;
        created.push(job.id);
        fixture.queued(&fixture.other, NOON).await;
    }
    created.reverse();
    let whole = Scope::whole("acme");
    let page = async |before, limit| {
        let asking = ("somebody", &whole);
        let (wanted, page) = (Wanted::default(), (before, limit));
        let found = jobs(
            &fixture.database,
            &fixture.acme,
            asking,
            &wanted,
            page,
            NOON,
        )
        .await;
        let ids = found.unwrap().into_iter().map(|job| job.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(page(None, 3).await, created[..3]);
    assert_eq!(page(Some(created[2]), 3).await, created[3..]);
    assert_eq!(page(Some(created[4]), 3).await, [] as [Uuid; 0]);
}

#[tokio::test]
async fn a_listing_has_ones_own_and_what_one_may_see() {
    let fixture = Fixture::new().await;
    let scope = |departments: Limit, agents: Limit| Scope {
        departments,
        agents,
        ..Scope::whole("acme")
    };
    let all = Limit::All;
    let scopes = [
        scope(all.clone(), all.clone()),
        scope(only(&["ventas"]), all.clone()),
        scope(only(&["ventas", "soporte"]), all.clone()),
        scope(only(&[]), all.clone()),
        scope(all.clone(), only(&["diana"])),
        scope(only(&["ventas"]), only(&["diana"])),
    ];
    for (index, scope) in scopes.iter().enumerate() {
        let new = NewJob {
            asker: asker(&format!("asker-{index}"), scope.clone()),
            ..new(&fixture.acme, NOON)
        };
        fixture.create(new, NOON).await;
    }
    // What a listing shows is what the scopes say, for each of them and for somebody who asked for one.
    for viewer in &scopes {
        for subject in ["nobody", "asker-0"] {
            let asking = (subject, viewer);
            let (wanted, page) = (Wanted::default(), (None, 100));
            let found = jobs(
                &fixture.database,
                &fixture.acme,
                asking,
                &wanted,
                page,
                NOON,
            )
            .await;
            let mut found: Vec<String> = found
                .unwrap()
                .into_iter()
                .map(|job| job.asker.subject)
                .collect();
            found.sort();
            let expected: Vec<String> = (0..scopes.len())
                .filter(|index| {
                    viewer.includes(&scopes[*index]) || subject == format!("asker-{index}")
                })
                .map(|index| format!("asker-{index}"))
                .collect();
            assert_eq!(found, expected, "{subject} {viewer:?}");
        }
    }
}
