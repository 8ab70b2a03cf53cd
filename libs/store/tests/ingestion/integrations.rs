//! Integrations: created once, found, changed and deleted by their workspace alone.

use acuse_domain::kinds::Channel;
use acuse_store::StoreError;
use acuse_store::ingestion::{
    Change, ChannelAccount, Creation, Integration, Requested, Sealed, create_integration,
    delete_integration, integration, integration_of, integrations, requested_integration,
    update_integration,
};
use futures::future::join_all;
use uuid::Uuid;

use crate::{Fixture, NOON, account, asked, created, minutes, new, requested};

#[tokio::test]
async fn an_integration_is_found_by_its_id_alone_and_by_its_own_workspace() {
    let fixture = Fixture::new().await;
    let asked = new("acme");
    let made = created(fixture.create(asked.clone()).await);
    assert_eq!(
        made,
        Integration {
            id: asked.id,
            workspace: made.workspace,
            slug: "acme".to_owned(),
            provider: asked.provider,
            display_name: asked.display_name,
            channel_accounts: asked.channel_accounts,
            secrets: asked.secrets,
            secrets_set: asked.secrets_set,
            created_at: NOON,
            updated_at: NOON,
        }
    );
    let database = &fixture.database;
    let by_id = integration(database, made.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&made));
    let own = integration_of(database, "acme", made.id).await.unwrap();
    assert_eq!(own.as_ref(), Some(&made));
    for slug in ["other", "nobody"] {
        let found = integration_of(database, slug, made.id).await.unwrap();
        assert_eq!(found, None, "{slug}");
    }
    assert_eq!(integration(database, Uuid::nil()).await.unwrap(), None);
}

#[tokio::test]
async fn sealed_bytes_are_not_shown() {
    let made = new("acme");
    let shown = format!("{made:?}");
    assert!(shown.contains("2026-11"), "{shown}");
    assert!(!shown.contains("255"), "{shown}");
}

#[tokio::test]
async fn a_repeated_request_gives_what_the_first_one_created() {
    let fixture = Fixture::new().await;
    let request = Uuid::from_u128(7);
    let first = created(fixture.create(requested("acme", request)).await);
    let again = fixture.create(requested("acme", request)).await;
    let mut before = Requested {
        integration: first.clone(),
        digest: Some(asked()),
    };
    assert_eq!(again, Creation::Repeated(before.clone()));
    let found = async |slug| requested_integration(&fixture.database, slug, request).await;
    assert_eq!(found("acme").await.unwrap(), Some(before.clone()));
    assert_eq!(found("other").await.unwrap(), None);
    // What an earlier version made says nothing of what was asked for.
    let forget =
        "UPDATE ingestion.integrations SET request_digest = NULL, request_digest_key = NULL";
    fixture.session().await.batch_execute(forget).await.unwrap();
    before.digest = None;
    assert_eq!(found("acme").await.unwrap(), Some(before));
    // Another workspace's request of the same id is another request; without an id none is a repetition.
    created(fixture.create(requested("other", request)).await);
    created(fixture.create(new("acme")).await);
    created(fixture.create(new("acme")).await);
    assert!(
        delete_integration(&fixture.database, "acme", first.id)
            .await
            .unwrap()
    );
    created(fixture.create(requested("acme", request)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_requests_at_once_one_creates() {
    let fixture = Fixture::new().await;
    let request = Uuid::from_u128(7);
    let creations = join_all((0..8).map(|_| fixture.create(requested("acme", request)))).await;
    let mut ids: Vec<(bool, Uuid)> = creations
        .into_iter()
        .map(|creation| match creation {
            Creation::Created(made) => (true, made.id),
            Creation::Repeated(made) => (false, made.integration.id),
            other => unreachable!("{other:?}"),
        })
        .collect();
    ids.sort();
    let (_, id) = ids[7];
    let mut expected = [(false, id); 8];
    expected[7] = (true, id);
    assert_eq!(ids, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_has_no_more_than_it_may_have() {
    let fixture = Fixture::new().await;
    let database = &fixture.database;
    let request = Uuid::from_u128(7);
    let first = created(fixture.create(requested("acme", request)).await);
    let create = |slug| create_integration(database, new(slug), 3, NOON);
    let creations = join_all((0..8).map(|_| create("acme"))).await;
    let refused = creations
        .iter()
        .filter(|creation| matches!(creation, Ok(Creation::TooMany)))
        .count();
    assert_eq!(refused, 6, "{creations:?}");
    let stored = integrations(database, "acme", None, 10).await.unwrap();
    assert_eq!(stored.unwrap().len(), 3);
    // The limit is the workspace's own, and a repetition is none too many.
    created(create("other").await.unwrap());
    let again = create_integration(database, requested("acme", request), 3, NOON).await;
    let before = Requested {
        integration: first,
        digest: Some(asked()),
    };
    assert_eq!(again.unwrap(), Creation::Repeated(before));
    let nobody = create("nobody").await.unwrap();
    assert_eq!(nobody, Creation::NoWorkspace);
}

#[tokio::test]
async fn an_id_that_is_taken_is_refused_in_every_workspace() {
    let fixture = Fixture::new().await;
    let made = fixture.integration("acme").await;
    for slug in ["acme", "other"] {
        let mut same = new(slug);
        same.id = made.id;
        let creation = create_integration(&fixture.database, same, 10, NOON).await;
        assert!(
            matches!(creation, Err(StoreError::Refused(_))),
            "{creation:?}"
        );
    }
}

#[tokio::test]
async fn integrations_are_listed_in_pages_in_the_order_of_their_ids() {
    let fixture = Fixture::new().await;
    fixture.integration("other").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(fixture.integration("acme").await.id);
    }
    ids.sort();
    let (mut listed, mut after) = (Vec::new(), None);
    for expected in [2, 2, 1, 0] {
        let page = integrations(&fixture.database, "acme", after, 2).await;
        let page = page.unwrap().unwrap();
        assert_eq!(page.len(), expected);
        after = page.last().map(|last| last.id).or(after);
        listed.extend(page.into_iter().map(|one| one.id));
    }
    assert_eq!(listed, ids);
    let nobody = integrations(&fixture.database, "nobody", None, 2).await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn a_change_touches_what_it_names_and_nothing_else() {
    let fixture = Fixture::new().await;
    let mut expected = fixture.integration("acme").await;
    let bystander = fixture.integration("acme").await;
    let other_account = ChannelAccount {
        channel: Channel::Instagram,
        name: None,
        phone: Some("+51977452931".to_owned()),
        ..account("line-2")
    };
    let secrets = Sealed {
        key: "2026-12".to_owned(),
        bytes: vec![9, 0, 9],
    };
    let names = vec!["meta.verify_token".to_owned()];
    let changes = [
        Change::default(),
        Change {
            display_name: Some("Line 2".to_owned()),
            ..Change::default()
        },
        Change {
            channel_accounts: Some(vec![other_account]),
            ..Change::default()
        },
        Change {
            channel_accounts: Some(Vec::new()),
            secrets: Some((secrets, names)),
            ..Change::default()
        },
    ];
    for (step, change) in (1..).zip(changes) {
        expected.updated_at = NOON + minutes(step);
        let Change {
            display_name,
            channel_accounts,
            secrets,
        } = change.clone();
        expected.display_name = display_name.unwrap_or(expected.display_name);
        expected.channel_accounts = channel_accounts.unwrap_or(expected.channel_accounts);
        let kept = (expected.secrets, expected.secrets_set);
        (expected.secrets, expected.secrets_set) = secrets.unwrap_or(kept);
        let (database, at) = (&fixture.database, expected.updated_at);
        let changed = update_integration(database, "acme", expected.id, change, at).await;
        assert_eq!(changed.unwrap().as_ref(), Some(&expected));
        let stored = integration(database, expected.id).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&expected));
    }
    let untouched = integration(&fixture.database, bystander.id).await.unwrap();
    assert_eq!(untouched, Some(bystander));
}

#[tokio::test]
async fn another_workspace_neither_changes_nor_deletes() {
    let fixture = Fixture::new().await;
    let made = fixture.integration("acme").await;
    let database = &fixture.database;
    for slug in ["other", "nobody"] {
        let change = Change {
            display_name: Some("Mine".to_owned()),
            ..Change::default()
        };
        let changed = update_integration(database, slug, made.id, change, NOON).await;
        assert_eq!(changed.unwrap(), None);
        assert!(!delete_integration(database, slug, made.id).await.unwrap());
    }
    let stored = integration(database, made.id).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&made));
    for existed in [true, false] {
        let deleted = delete_integration(database, "acme", made.id).await.unwrap();
        assert_eq!(deleted, existed);
        assert_eq!(integration(database, made.id).await.unwrap(), None);
    }
}
