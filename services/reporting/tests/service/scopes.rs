//! What callers see who do not see everything.

use acuse_domain::scope::Role;
use acuse_proto::reporting::{
    Availability, Component, Dimension, Filter, GetBreakdownRequest, GetConsolidatedRequest,
    GetFunnelRequest, GetMessagesOverviewRequest, GetMessagesOverviewResponse, GetRankingRequest,
    GetReplyActivityRequest, ListFailedMessagesRequest, ListInboundMessagesRequest,
    ListOutboundMessagesRequest, Metric, Question, RowPreset, StreamRowsRequest,
};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;

use crate::rig::{ACME, Rig};
use crate::samples::{any_of, called, filtered, sent, work};

/// Every report's answer to a question, but for what it rests on.
async fn everything(rig: &Rig, token: Secret, question: Question) -> String {
    let mut client = rig.client(token.clone());
    let question = Some(question);
    let consolidated = GetConsolidatedRequest {
        question: question.clone(),
        compare_with_previous: true,
        with_times: true,
        ..GetConsolidatedRequest::default()
    };
    let consolidated = client.get_consolidated(consolidated).await.unwrap();
    let consolidated = consolidated.into_inner();
    let mut answers = vec![format!(
        "{:?} {:?} {:?}",
        consolidated.total, consolidated.series, consolidated.previous
    )];
    for dimensions in [
        vec![Dimension::Agent],
        vec![Dimension::Template],
        vec![Dimension::State],
        vec![Dimension::Hour],
        vec![Dimension::Day, Dimension::Agent],
        vec![Dimension::Campaign, Dimension::State],
    ] {
        let request = GetBreakdownRequest {
            question: question.clone(),
            dimensions: dimensions.into_iter().map(Into::into).collect(),
            with_times: true,
            ..GetBreakdownRequest::default()
        };
        let answer = client.get_breakdown(request).await.unwrap().into_inner();
        answers.push(format!("{:?} {:?}", answer.rows, answer.total));
    }
    for dimension in [Dimension::Agent, Dimension::Template] {
        let request = GetRankingRequest {
            question: question.clone(),
            dimension: dimension.into(),
            metric: Metric::Messages.into(),
            ..GetRankingRequest::default()
        };
        let answer = client.get_ranking(request).await.unwrap().into_inner();
        answers.push(format!("{:?} {:?}", answer.rows, answer.total));
    }
    let request = GetMessagesOverviewRequest {
        question: question.clone(),
        ..GetMessagesOverviewRequest::default()
    };
    let answer = client.get_messages_overview(request).await.unwrap();
    let overview = GetMessagesOverviewResponse {
        basis: None,
        ..answer.into_inner()
    };
    answers.push(format!("{overview:?}"));
    let request = GetFunnelRequest {
        question: question.clone(),
        sends: None,
    };
    let answer = client.get_funnel(request).await.unwrap();
    answers.push(format!("{:?}", answer.into_inner().steps));
    let request = GetReplyActivityRequest {
        question: question.clone(),
    };
    let answer = client.get_reply_activity(request).await.unwrap();
    answers.push(format!("{:?}", answer.into_inner().weekdays));
    let request = ListOutboundMessagesRequest {
        question: question.clone(),
        ..ListOutboundMessagesRequest::default()
    };
    let answer = client.list_outbound_messages(request).await.unwrap();
    answers.push(format!("{:?}", answer.into_inner().messages));
    let request = ListInboundMessagesRequest {
        question: question.clone(),
        ..ListInboundMessagesRequest::default()
    };
    let answer = client.list_inbound_messages(request).await.unwrap();
    answers.push(format!("{:?}", answer.into_inner().messages));
    let request = ListFailedMessagesRequest {
        question: question.clone(),
        ..ListFailedMessagesRequest::default()
    };
    let answer = client.list_failed_messages(request).await.unwrap();
    answers.push(format!("{:?}", answer.into_inner().messages));
    for preset in [
        RowPreset::HsmManagement,
        RowPreset::DetailedSent,
        RowPreset::DetailedReceived,
        RowPreset::Failed,
        RowPreset::IndividualSends,
    ] {
        let request = StreamRowsRequest {
            question: question.clone(),
            preset: preset.into(),
            batch_size: None,
        };
        let parts = rig.rows(token.clone(), request).await.unwrap();
        answers.push(format!("{:?}", &parts[1..]));
    }
    answers.join("\n")
}

/// That a limited caller sees what the administrator does with a filter, and that it is something, but not all.
async fn assert_sees(rig: &Rig, token: Secret, filters: impl Into<Vec<Filter>>) {
    let limited = everything(rig, token, Question::default()).await;
    let filtered = everything(rig, rig.administrator(), filtered(filters)).await;
    assert_eq!(limited, filtered);
    let all = everything(rig, rig.administrator(), Question::default()).await;
    assert_ne!(limited, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_s_answer_is_the_administrator_s_for_their_departments() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for folded in [false, true] {
        if folded {
            rig.fold().await;
        }
        for departments in [
            vec!["ventas"],
            vec!["ventas", "soporte"],
            vec!["soporte", "none"],
        ] {
            let filter = any_of(Dimension::Department, &departments);
            assert_sees(&rig, rig.supervisor(&departments), [filter]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_their_own_messages() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let diana = rig.limited(Claims::of("diana", Role::Agent, Some(ACME)));
    assert_sees(&rig, diana, [any_of(Dimension::Agent, &["diana"])]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_be_limited_to_accounts() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let date = crate::samples::at("2026-11-15T11:00:00Z");
    let message = sent("n1", date)
        .from("ventas", "diana")
        .template("t1", "octubre");
    let message =
        message.with(|registration| registration.account = Some(called("norte", "Norte")));
    rig.apply(message.events()).await;
    let token = rig.limited(Claims {
        accounts: Some(["norte".to_owned()].into()),
        ..Claims::of("ana", Role::Analyst, Some(ACME))
    });
    assert_sees(&rig, token, [any_of(Dimension::Account, &["norte"])]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_nobody_knows_limit_to_nothing() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let strangers = [
        rig.supervisor(&["elsewhere"]),
        rig.supervisor(&[]),
        rig.limited(Claims::of("nobody", Role::Agent, Some(ACME))),
    ];
    for token in strangers {
        let mut client = rig.client(token);
        let answer = client
            .get_consolidated(GetConsolidatedRequest::default())
            .await;
        let answer = answer.unwrap().into_inner();
        let total = answer.total.unwrap();
        assert_eq!((total.messages, total.received), (0, Some(0)));
        let status = &answer.basis.unwrap().components[0];
        assert_eq!(status.component(), Component::Outbound);
        assert_eq!(status.availability(), Availability::NoData);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_cannot_widen_a_scope() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let request = GetConsolidatedRequest {
        question: Some(filtered([any_of(Dimension::Department, &["soporte"])])),
        ..GetConsolidatedRequest::default()
    };
    let mut client = rig.client(rig.supervisor(&["ventas"]));
    let answer = client.get_consolidated(request).await.unwrap().into_inner();
    assert_eq!(answer.total.unwrap().messages, 0);
}
