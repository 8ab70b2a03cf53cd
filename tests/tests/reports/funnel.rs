//! Funnels.

use acuse_proto::reporting::{
    CountedIn, FunnelStage, FunnelStep, GetFunnelRequest, Metric, ProactiveSends,
};
use acuse_tests::reference::report::Sums;
use rand::Rng;
use rand::rngs::StdRng;

use crate::compare::{Faults, basis, rate};
use crate::drill::Drill;
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::question;

/// The stages, with the reference's names of what came to each and of its share.
const STAGES: [(FunnelStage, &str, Option<&str>); 6] = [
    (FunnelStage::All, "messages", None),
    (FunnelStage::Sent, "sent", Some("sent_rate")),
    (FunnelStage::Bounced, "failed", Some("bounce_rate")),
    (FunnelStage::Delivered, "delivered", Some("delivery_rate")),
    (FunnelStage::Read, "read", Some("read_rate")),
    (FunnelStage::Replied, "replied", Some("reply_rate")),
];

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    individual: bool,
    messages: Sums,
    tickets: Sums,
}

impl Case {
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>) -> Self {
        let individual = rng.random();
        let covered = ground.covered.as_ref();
        let sums = covered.map(|request| ground.population.funnel(request, individual));
        let (messages, tickets) = sums.unwrap_or_default();
        Self {
            individual,
            messages,
            tickets,
        }
    }

    pub(crate) fn what(&self) -> String {
        let count = |sums: &Sums| sums.count("messages");
        format!(
            "funnel of {} with {} tickets, individual: {}",
            count(&self.messages),
            count(&self.tickets),
            self.individual
        )
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let sends = match self.individual {
            true => ProactiveSends::Individual,
            false => ProactiveSends::All,
        };
        let request = GetFunnelRequest {
            question: Some(question(ground.asked)),
            sends: Some(sends.into()),
        };
        let answer = client.get_funnel(request).await.unwrap().into_inner();
        let mut faults = Faults::default();
        let of_inbound = false;
        basis(
            &mut faults,
            ground,
            &self.messages,
            of_inbound,
            answer.basis.as_ref(),
        );
        let question = answer
            .basis
            .as_ref()
            .and_then(|basis| basis.question.clone());
        let tickets = CountedIn {
            metric: Metric::Tickets.into(),
            part: None,
        };
        for step in &answer.steps {
            let drill = |counted_in| Drill {
                filters: step.filters.clone(),
                counted_in,
                first_reply: None,
            };
            let came = step.counted_in.unwrap();
            let messages = drill(vec![came]);
            messages
                .check(&mut faults, &mut client, question.clone(), step.messages)
                .await;
            let with_ticket = drill(vec![came, tickets]);
            with_ticket
                .check(&mut faults, &mut client, question.clone(), step.tickets)
                .await;
        }
        let steps = answer.steps.into_iter().map(|step| FunnelStep {
            filters: Vec::new(),
            counted_in: None,
            ..step
        });
        let found: Vec<FunnelStep> = steps.collect();
        let steps = STAGES.iter().map(|(stage, came, share)| FunnelStep {
            stage: (*stage).into(),
            messages: self.messages.count(came),
            messages_share: share.map(|share| rate(&self.messages, share)),
            tickets: self.tickets.count(came),
            tickets_share: share.map(|share| rate(&self.tickets, share)),
            filters: Vec::new(),
            counted_in: None,
        });
        faults.same("steps", &steps.collect(), &found);
        faults
    }
}
