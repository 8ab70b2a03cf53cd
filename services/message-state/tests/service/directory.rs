//! The names behind ids.

use std::time::Duration;

use acuse_proto::convert::timestamp;
use acuse_proto::message_state::directory_entry::Entry;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::message_state::{
    ChannelAccount, DirectoryEntry, DirectoryKind, ListEntriesRequest, ListEntriesResponse,
    UpsertEntriesRequest, UpsertEntryResult, UpsertOutcome,
};
use acuse_proto::types::{AgentRef, Channel, NamedRef, TemplateRef};
use acuse_rpc::Secret;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::{NOW, event, outbound, registration, text};

fn named(id: &str, name: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: text(name),
    }
}

fn team(id: &str, name: &str) -> DirectoryEntry {
    wire(Entry::Team(named(id, name)))
}

fn wire(entry: Entry) -> DirectoryEntry {
    DirectoryEntry {
        entry: Some(entry),
        membership: None,
    }
}

async fn upsert(rig: &Rig, entries: Vec<DirectoryEntry>) -> Result<Vec<UpsertEntryResult>, Status> {
    let mut client = rig.directory(rig.anything(ACME));
    let answer = client
        .upsert_entries(UpsertEntriesRequest { entries })
        .await?;
    Ok(answer.into_inner().results)
}

async fn list(
    rig: &Rig,
    token: Secret,
    kind: DirectoryKind,
    page_size: i32,
    page_token: &str,
) -> Result<ListEntriesResponse, Status> {
    let request = ListEntriesRequest {
        kind: kind.into(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = rig.directory(token).list_entries(request).await?;
    Ok(answer.into_inner())
}

async fn entries(rig: &Rig, kind: DirectoryKind) -> Vec<DirectoryEntry> {
    let page = list(rig, rig.anything(ACME), kind, 0, "").await.unwrap();
    page.entries
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_entry_is_kept() {
    let rig = Rig::start().await;
    let all = [
        (
            DirectoryKind::Agent,
            Entry::Agent(AgentRef {
                id: "a".to_owned(),
                name: text("Diana"),
                email: text("diana@example.com"),
            }),
        ),
        (
            DirectoryKind::Department,
            Entry::Department(named("d", "Ventas")),
        ),
        (DirectoryKind::Team, Entry::Team(named("t", "Mañana"))),
        (
            DirectoryKind::Template,
            Entry::Template(TemplateRef {
                id: None,
                name: text("hola"),
                language: text("es_MX"),
                category: None,
            }),
        ),
        (
            DirectoryKind::Campaign,
            Entry::Campaign(named("c", "Octubre")),
        ),
        (
            DirectoryKind::Broadcast,
            Entry::Broadcast(named("b", "Uno")),
        ),
        (DirectoryKind::Account, Entry::Account(named("n", "Norte"))),
        (
            DirectoryKind::ChannelAccount,
            Entry::ChannelAccount(ChannelAccount {
                channel: Channel::Sms.into(),
                id: "5551".to_owned(),
                name: text("Avisos"),
                phone: text("+5215550001"),
            }),
        ),
    ];
    let stored = all.iter().map(|(_, entry)| wire(entry.clone())).collect();
    let results = upsert(&rig, stored).await.unwrap();
    assert!(
        results
            .iter()
            .all(|one| one.outcome() == UpsertOutcome::Created)
    );
    for (kind, entry) in all {
        assert_eq!(entries(&rig, kind).await, [wire(entry)]);
    }
}

/// One number may send over several channels, under a name on each.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_account_is_known_by_its_channel_and_id() {
    let rig = Rig::start().await;
    let account = |channel: Channel, id: &str, name: &str| {
        wire(Entry::ChannelAccount(ChannelAccount {
            channel: channel.into(),
            id: id.to_owned(),
            name: text(name),
            phone: None,
        }))
    };
    let told = vec![
        account(Channel::Sms, "5551", "Avisos"),
        account(Channel::Whatsapp, "5551", "Ventas"),
        account(Channel::Whatsapp, "wa:2", "Soporte"),
    ];
    let results = upsert(&rig, told.clone()).await.unwrap();
    let created = |one: &UpsertEntryResult| one.outcome() == UpsertOutcome::Created;
    assert!(results.iter().all(created));
    assert_eq!(entries(&rig, DirectoryKind::ChannelAccount).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_is_told_what_became_of_it() {
    use UpsertOutcome::{Created, Rejected, Unchanged, Updated};

    let rig = Rig::start().await;
    upsert(&rig, vec![team("t1", "Uno")]).await.unwrap();
    rig.set_now(NOW + Duration::from_secs(1));
    let results = upsert(
        &rig,
        vec![
            team("t1", "Uno"),
            team("", "nobody"),
            team("t2", "Zwei"),
            team("t2", "Dos"),
            team("t1", "One"),
            team("t2", "Dos"),
        ],
    )
    .await
    .unwrap();
    let outcomes: Vec<_> = results.iter().map(UpsertEntryResult::outcome).collect();
    assert_eq!(
        outcomes,
        [Unchanged, Rejected, Created, Updated, Updated, Unchanged]
    );
    let error = results[1].error.as_ref().unwrap();
    assert_eq!(error.field_violations[0].field, "team.id");
    let kept = entries(&rig, DirectoryKind::Team).await;
    assert_eq!(kept, [team("t1", "One"), team("t2", "Dos")]);

    for count in [0, 1_001] {
        let error = upsert(&rig, vec![team("t", "T"); count]).await.unwrap_err();
        assert_eq!(fields(&error), ["entries"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_word_does_not_replace_a_newer() {
    let rig = Rig::start().await;
    // The service has met the name before.
    rig.apply(vec![registration("m1")]).await.unwrap();
    upsert(&rig, vec![team("mañana", "Newest")]).await.unwrap();
    rig.apply(vec![registration("m2")]).await.unwrap();
    assert_eq!(
        entries(&rig, DirectoryKind::Team).await,
        [team("mañana", "Newest")]
    );
    let message = rig.message("m1").await.unwrap();
    assert_eq!(message.team, Some(named("mañana", "Newest")));

    let later = NOW + Duration::from_secs(60);
    rig.set_now(later);
    let mut sent = outbound("m3");
    sent.team = Some(named("mañana", "Newer still"));
    sent.queued_at = Some(timestamp(later));
    sent.dispatched_at = Some(timestamp(later));
    rig.apply(vec![event(Item::Registration(sent))])
        .await
        .unwrap();
    let message = rig.message("m1").await.unwrap();
    assert_eq!(message.team, Some(named("mañana", "Newer still")));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_order_of_ids() {
    let rig = Rig::start().await;
    let all: Vec<_> = (0..25)
        .map(|number| team(&format!("t{number:02}"), "T"))
        .collect();
    upsert(&rig, all.iter().rev().cloned().collect())
        .await
        .unwrap();
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&rig, rig.anything(ACME), DirectoryKind::Team, 10, &token);
        let page = page.await.unwrap();
        paged.extend(page.entries);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        // It is good for this kind alone.
        let other = list(&rig, rig.anything(ACME), DirectoryKind::Agent, 10, &token);
        assert_eq!(fields(&other.await.unwrap_err()), ["page_token"]);
    }
    assert_eq!(paged, all);
    let unnamed = list(&rig, rig.anything(ACME), DirectoryKind::Unspecified, 0, "");
    assert_eq!(fields(&unnamed.await.unwrap_err()), ["kind"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_see_the_names_of_their_part() {
    let rig = Rig::start().await;
    let departments = ["soporte", "ventas"].map(|id| wire(Entry::Department(named(id, id))));
    let mut all = departments.to_vec();
    all.push(team("t1", "Uno"));
    upsert(&rig, all).await.unwrap();
    let supervisor = || rig.supervisor(ACME, &["ventas", "unknown"]);
    let seen = list(&rig, supervisor(), DirectoryKind::Department, 0, "");
    assert_eq!(seen.await.unwrap().entries, departments[1..]);
    let seen = list(&rig, supervisor(), DirectoryKind::Team, 0, "");
    assert_eq!(seen.await.unwrap().entries, [team("t1", "Uno")]);
    // Ids that are not known limit to nothing.
    let lost = rig.supervisor(ACME, &["unknown"]);
    let seen = list(&rig, lost, DirectoryKind::Department, 0, "");
    assert_eq!(seen.await.unwrap().entries, []);
    let foreign = list(&rig, rig.anything(OTHER), DirectoryKind::Department, 0, "");
    assert_eq!(foreign.await.unwrap().entries, []);
    let nowhere = list(&rig, rig.anything("nowhere"), DirectoryKind::Team, 0, "");
    assert_eq!(nowhere.await.unwrap_err().code(), Code::NotFound);
}
