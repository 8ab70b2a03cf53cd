//! How far proactive sends came, against figures worked out by hand.

use acuse_domain::event::Event;
use acuse_domain::kinds::{MessageType, Source};
use acuse_proto::reporting::{
    Availability, Component, Dimension, FunnelStage, GetFunnelRequest, GetFunnelResponse,
    ProactiveSends, Question,
};

use crate::rig::Rig;
use crate::samples::{any_of, at, filtered, sent, work};

async fn funnel(rig: &Rig, question: Question, sends: Option<ProactiveSends>) -> GetFunnelResponse {
    let mut client = rig.client(rig.administrator());
    let request = GetFunnelRequest {
        question: Some(question),
        sends: sends.map(Into::into),
    };
    client.get_funnel(request).await.unwrap().into_inner()
}

/// Stage, messages, the two counts of their share, and the same of tickets.
type Told = (FunnelStage, i64, Option<[i64; 2]>, i64, Option<[i64; 2]>);

fn told(answer: &GetFunnelResponse) -> Vec<Told> {
    let steps = answer.steps.iter();
    steps
        .map(|step| {
            let counts = |rate: acuse_proto::reporting::Rate| [rate.numerator, rate.denominator];
            (
                step.stage(),
                step.messages,
                step.messages_share.map(counts),
                step.tickets,
                step.tickets_share.map(counts),
            )
        })
        .collect()
}

/// A template that a user sent, and that was delivered.
fn individual() -> Vec<Event> {
    sent("u1", at("2026-11-15T08:00:00Z"))
        .from("soporte", "bruno")
        .with(|registration| {
            registration.kind = MessageType::Template;
            registration.source = Source::User;
        })
        .delivered(5)
        .events()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_is_a_share_of_the_one_before() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    rig.apply(individual()).await;
    rig.fold().await;
    // m1 (a ticket, read and replied to), m2 (delivered), m3 (failed) and u1 (delivered).
    let answer = funnel(&rig, Question::default(), None).await;
    let expected: Vec<Told> = vec![
        (FunnelStage::All, 4, None, 1, None),
        (FunnelStage::Sent, 4, Some([4, 4]), 1, Some([1, 1])),
        (FunnelStage::Bounced, 1, Some([1, 4]), 0, Some([0, 1])),
        (FunnelStage::Delivered, 3, Some([3, 4]), 1, Some([1, 1])),
        (FunnelStage::Read, 1, Some([1, 3]), 1, Some([1, 1])),
        (FunnelStage::Replied, 1, Some([1, 3]), 1, Some([1, 1])),
    ];
    assert_eq!(told(&answer), expected);
    let components = answer.basis.unwrap().components;
    let received = components
        .iter()
        .find(|one| one.component() == Component::Received)
        .unwrap();
    assert_eq!(received.availability(), Availability::NotApplicable);
    assert_eq!(received.not_applicable_by, ["type"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn individual_ones_are_those_of_users() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    rig.apply(individual()).await;
    let individual = Some(ProactiveSends::Individual);
    let answer = funnel(&rig, Question::default(), individual).await;
    let counts: Vec<i64> = answer.steps.iter().map(|step| step.messages).collect();
    assert_eq!(counts, [1, 1, 0, 1, 0, 0]);
    assert!(answer.steps.iter().all(|step| step.tickets == 0));
    // Whatever else is asked of them.
    let ventas = filtered([any_of(Dimension::Department, &["ventas"])]);
    let answer = funnel(&rig, ventas, individual).await;
    assert!(answer.steps.iter().all(|step| step.messages == 0));
    let outbound = &answer.basis.unwrap().components[0];
    assert_eq!(outbound.availability(), Availability::NoData);
}
