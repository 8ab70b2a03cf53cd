//! Values of dimensions, for what filters are picked from.

use acuse_domain::kinds::Channel;
use acuse_domain::names::{self, channel_account_id};
use acuse_domain::scope::Role;
use acuse_proto::reporting::{Dimension, ListDimensionValuesRequest};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;

use crate::rig::{ACME, Rig};
use crate::samples::{any_of, at, called, filtered, sent, work};

fn of(dimension: Dimension) -> ListDimensionValuesRequest {
    ListDimensionValuesRequest {
        dimension: dimension.into(),
        ..ListDimensionValuesRequest::default()
    }
}

fn search(dimension: Dimension, text: &str) -> ListDimensionValuesRequest {
    ListDimensionValuesRequest {
        search: text.to_owned(),
        ..of(dimension)
    }
}

/// The ids on all pages of a listing.
async fn ids(rig: &Rig, token: &Secret, mut request: ListDimensionValuesRequest) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = rig.values(token, request.clone()).await.unwrap();
        for value in page.values {
            assert_eq!(value.dimension, request.dimension);
            ids.push(value.id.unwrap());
        }
        if page.next_page_token.is_empty() {
            return ids;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vocabularies_have_words_and_names_are_those_of_the_directory() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    rig.name(
        names::Dimension::Campaign,
        &[("enero", Some("Campaña de enero"))],
    )
    .await;
    let everything = rig.administrator();
    let sources = ids(&rig, &everything, of(Dimension::Source)).await;
    let words = ["user", "bot", "broadcast", "workflow", "api", "zapier"];
    for word in words {
        assert!(sources.iter().any(|it| it == word), "{word} in {sources:?}");
    }
    let page = rig.values(&everything, of(Dimension::Campaign)).await;
    let values = page.unwrap().values.into_iter();
    let shown: Vec<_> = values.map(|it| (it.id.unwrap(), it.name)).collect();
    // One that no message belongs to is there as well.
    let expected = [
        ("enero".to_owned(), Some("Campaña de enero".to_owned())),
        ("octubre".to_owned(), Some("octubre".to_owned())),
    ];
    assert_eq!(shown, expected);
    for (dimension, expected) in [
        (Dimension::Agent, vec!["bruno", "diana"]),
        (Dimension::Department, vec!["soporte", "ventas"]),
        (Dimension::Template, vec!["t1", "t2"]),
        (Dimension::ErrorCode, vec!["meta_whatsapp:131026"]),
        (Dimension::PricingCategory, vec!["marketing"]),
        (Dimension::SessionOpen, vec!["no", "yes"]),
        (Dimension::Conflict, vec!["no", "yes"]),
        (Dimension::Team, vec![]),
    ] {
        let found = ids(&rig, &everything, of(dimension)).await;
        assert_eq!(found, expected, "{dimension:?}");
    }
    let sms = channel_account_id(Channel::Sms, "short-code");
    let accounts = ids(&rig, &everything, of(Dimension::ChannelAccount)).await;
    assert!(accounts.contains(&sms), "{accounts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_listed_is_taken_by_a_filter() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let everything = rig.administrator();
    for number in 1..=30 {
        let dimension = Dimension::try_from(number).unwrap();
        let listed = rig.values(&everything, of(dimension)).await;
        let Ok(listed) = listed else {
            assert_eq!(fields(&listed.unwrap_err()), ["dimension"]);
            continue;
        };
        let values = listed.values.into_iter();
        let ids: Vec<String> = values.map(|it| it.id.unwrap()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let request = acuse_proto::reporting::GetConsolidatedRequest {
            question: Some(filtered([any_of(dimension, &ids)])),
            ..Default::default()
        };
        let answer = rig.consolidated(request).await;
        assert!(answer.is_ok(), "{dimension:?}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_minds_neither_case_nor_accents() {
    let rig = Rig::start().await;
    let names = [
        ("c1", Some("Campaña Perú")),
        ("c2", Some("peruanos 100%")),
        ("c3", Some("Navidad 🎄")),
        ("PERU-4", None),
        ("c_5", Some("otra")),
        // Accents as letters of their own.
        ("c6", Some("Pe\u{301}ru\u{301}")),
    ];
    rig.name(names::Dimension::Campaign, &names).await;
    let everything = rig.administrator();
    for (text, expected) in [
        ("peru", vec!["c1", "c2", "c6", "PERU-4"]),
        ("PERÚ", vec!["c1", "c2", "c6", "PERU-4"]),
        ("campana p", vec!["c1"]),
        ("%", vec!["c2"]),
        ("_", vec!["c_5"]),
        ("🎄", vec!["c3"]),
        ("\\", vec![]),
        ("c", vec!["c1", "c2", "c3", "c_5", "c6"]),
        ("peru-4", vec!["PERU-4"]),
        ("\0", vec![]),
    ] {
        let mut found = ids(&rig, &everything, search(Dimension::Campaign, text)).await;
        found.sort();
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(found, expected, "{text}");
        // However small the pages are.
        let small = ListDimensionValuesRequest {
            page_size: 1,
            ..search(Dimension::Campaign, text)
        };
        let mut in_small = ids(&rig, &everything, small).await;
        in_small.sort();
        assert_eq!(in_small, expected, "{text}");
    }
    let words = ids(&rig, &everything, search(Dimension::State, "ISPATCH")).await;
    assert_eq!(words, ["dispatched", "dispatch_failed"]);
    let small = ListDimensionValuesRequest {
        page_size: 1,
        ..search(Dimension::State, "dispatch")
    };
    assert_eq!(ids(&rig, &everything, small).await, words);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_while_values_appear() {
    let rig = Rig::start().await;
    let campaigns: Vec<String> = (0..7).map(|number| format!("c{number}")).collect();
    let named: Vec<_> = campaigns.iter().map(|id| (id.as_str(), None)).collect();
    rig.name(names::Dimension::Campaign, &named).await;
    let everything = rig.administrator();
    let mut request = ListDimensionValuesRequest {
        page_size: 3,
        ..of(Dimension::Campaign)
    };
    let page = async |request: &ListDimensionValuesRequest| {
        let page = rig.values(&everything, request.clone()).await.unwrap();
        let values = page.values.into_iter();
        let ids: Vec<String> = values.map(|it| it.id.unwrap()).collect();
        (ids, page.next_page_token)
    };
    let (first, next) = page(&request).await;
    assert_eq!(first, ["c0", "c1", "c2"]);
    // Before the place, right behind it, and at the end.
    let new = [("b", None), ("c2a", None), ("d", None)];
    rig.name(names::Dimension::Campaign, &new).await;
    request.page_token = next;
    let (second, next) = page(&request).await;
    assert_eq!(second, ["c2a", "c3", "c4"]);
    request.page_token = next;
    let (third, next) = page(&request).await;
    assert_eq!(third, ["c5", "c6", "d"]);
    assert_eq!(next, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_looks_through_so_many_names_at_a_time() {
    let rig = Rig::start().await;
    rig.name(names::Dimension::Campaign, &[("zz", Some("the last one"))])
        .await;
    let many = "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id) \
                SELECT workspace_id, 8, 1000 + n, 'c' || n FROM message_state.workspaces, generate_series(1, 50500) AS n \
                WHERE slug = 'acme'";
    rig.session().await.batch_execute(many).await.unwrap();
    let everything = rig.administrator();
    let request = search(Dimension::Campaign, "LAST");
    let first = rig.values(&everything, request.clone()).await.unwrap();
    assert_eq!(first.values.len(), 0);
    assert_ne!(first.next_page_token, "");
    assert_eq!(ids(&rig, &everything, request).await, ["zz"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_caller_gets_what_their_messages_have() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let with = |id: &str, date: &str, account: &str, campaign: &str| {
        let account = called(account, account);
        let message = sent(id, at(date)).from("ventas", "diana");
        let message = message.template(&format!("t-{id}"), campaign);
        message.with(|registration| {
            registration.account = Some(account);
            registration.team = Some(called(&format!("team-{id}"), "Team"));
        })
    };
    // The second is older than any report may go back.
    rig.apply(with("n1", "2026-11-15T11:00:00Z", "norte", "noviembre").events())
        .await;
    rig.apply(with("n2", "2026-07-15T11:00:00Z", "norte", "julio").events())
        .await;
    rig.name(names::Dimension::Campaign, &[("unused", None)])
        .await;
    let ventas = rig.supervisor(&["ventas"]);
    let soporte = rig.supervisor(&["soporte", "nowhere"]);
    let bruno = rig.limited(Claims::of("bruno", Role::Agent, Some(ACME)));
    let norte = rig.limited(Claims {
        accounts: Some(["norte".to_owned()].into()),
        ..Claims::of("ana", Role::Analyst, Some(ACME))
    });
    let nobody = rig.supervisor(&[]);
    use Dimension::{Account, Agent, Campaign, Department, ErrorCode, Subtype, Team, Template};
    let expected: [(&Secret, Dimension, &[&str]); 19] = [
        (&ventas, Department, &["ventas"]),
        (&ventas, Agent, &["diana"]),
        (&ventas, Campaign, &["noviembre", "octubre"]),
        (&ventas, Template, &["t-n1", "t1"]),
        (&ventas, Subtype, &["name_t-n1", "name_t1"]),
        (&ventas, Team, &["team-n1"]),
        (&ventas, Account, &["norte"]),
        (&ventas, ErrorCode, &[]),
        (&soporte, Department, &["soporte"]),
        (&soporte, Agent, &["bruno"]),
        (&soporte, Template, &["t2"]),
        (&soporte, ErrorCode, &["meta_whatsapp:131026"]),
        (&bruno, Agent, &["bruno"]),
        (&bruno, Department, &["soporte"]),
        (&bruno, Campaign, &["octubre"]),
        (&norte, Account, &["norte"]),
        (&norte, Campaign, &["noviembre"]),
        (&nobody, Campaign, &[]),
        (&nobody, Department, &[]),
    ];
    for folded in [false, true] {
        if folded {
            rig.fold().await;
        }
        for (token, dimension, expected) in expected {
            let mut found = ids(&rig, token, of(dimension)).await;
            found.sort();
            assert_eq!(found, expected, "{dimension:?}, folded: {folded}");
            let small = ListDimensionValuesRequest {
                page_size: 1,
                ..of(dimension)
            };
            let mut found = ids(&rig, token, small).await;
            found.sort();
            assert_eq!(found, expected, "{dimension:?}, folded: {folded}");
        }
        let found = ids(&rig, &ventas, search(Campaign, "NOV")).await;
        assert_eq!(found, ["noviembre"]);
        let found = ids(&rig, &ventas, search(Campaign, "unused")).await;
        assert_eq!(found, Vec::<String>::new());
    }
    let words = ids(&rig, &nobody, of(Dimension::Channel)).await;
    assert_eq!(words.len(), 11, "vocabularies are the same for everyone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_listing_and_caller_alone() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let everything = rig.administrator();
    let first = ListDimensionValuesRequest {
        page_size: 1,
        ..of(Dimension::Agent)
    };
    let page = rig.values(&everything, first).await.unwrap();
    let going_on = |request: ListDimensionValuesRequest| ListDimensionValuesRequest {
        page_token: page.next_page_token.clone(),
        ..request
    };
    let sound = going_on(of(Dimension::Agent));
    assert!(rig.values(&everything, sound.clone()).await.is_ok());
    for (token, request) in [
        (&everything, going_on(of(Dimension::Department))),
        (&everything, going_on(search(Dimension::Agent, "a"))),
        (&rig.supervisor(&["ventas"]), sound),
    ] {
        let refused = rig.values(token, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(reason(&refused), "INVALID_ARGUMENT");
        assert_eq!(fields(&refused), ["page_token"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_is_checked() {
    let rig = Rig::start().await;
    let everything = rig.administrator();
    for dimension in [0, 31, -1, 22, 23, 24, 25, 26, 27] {
        let request = ListDimensionValuesRequest {
            dimension,
            search: "x".repeat(257),
            ..ListDimensionValuesRequest::default()
        };
        let refused = rig.values(&everything, request).await.unwrap_err();
        assert_eq!(fields(&refused), ["dimension", "search"], "{dimension}");
    }
    let request = ListDimensionValuesRequest {
        page_size: -1,
        ..of(Dimension::Agent)
    };
    let refused = rig.values(&everything, request).await.unwrap_err();
    assert_eq!(fields(&refused), ["page_size"]);
    let longest = search(Dimension::Agent, &"x".repeat(256));
    assert!(rig.values(&everything, longest).await.is_ok());
}
