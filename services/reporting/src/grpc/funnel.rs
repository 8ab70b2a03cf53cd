//! The funnel for the wire.

use acuse_domain::kinds::{MessageType, Source};
use acuse_proto::convert::reporting::any_of;
use acuse_proto::reporting as wire;
use acuse_proto::reporting::{FunnelStage, Metric};

use super::basis::basis;
use super::metrics::rate;
use crate::figures::Figures;
use crate::get_funnel::Funnel;

/// The stages, each with the count of those that came to it and the rate that is its share.
const STAGES: [(FunnelStage, Metric, Option<Metric>); 6] = [
    (FunnelStage::All, Metric::Messages, None),
    (FunnelStage::Sent, Metric::Sent, Some(Metric::SentRate)),
    (
        FunnelStage::Bounced,
        Metric::Failed,
        Some(Metric::BounceRate),
    ),
    (
        FunnelStage::Delivered,
        Metric::Delivered,
        Some(Metric::DeliveryRate),
    ),
    (FunnelStage::Read, Metric::Read, Some(Metric::ReadRate)),
    (
        FunnelStage::Replied,
        Metric::Replied,
        Some(Metric::ReplyRate),
    ),
];

/// A funnel.
pub(super) fn funnel(funnel: Funnel) -> wire::GetFunnelResponse {
    let word = |dimension: wire::Dimension, word: &str| any_of(dimension.into(), Some(word.into()));
    let template = word(wire::Dimension::Type, MessageType::Template.as_str());
    let of_user = word(wire::Dimension::Source, Source::User.as_str());
    let of_user = funnel.individual.then_some(of_user);
    let filters: Vec<wire::Filter> = [template].into_iter().chain(of_user).collect();
    let share_of = |figures: &Figures, share: Option<Metric>| rate(figures, share?);
    let steps = STAGES.iter().map(|(stage, came, share)| wire::FunnelStep {
        stage: (*stage).into(),
        messages: count_of(&funnel.messages, *came),
        messages_share: share_of(&funnel.messages, *share),
        tickets: count_of(&funnel.tickets, *came),
        tickets_share: share_of(&funnel.tickets, *share),
        filters: filters.clone(),
        counted_in: Some(wire::CountedIn {
            metric: (*came).into(),
            part: None,
        }),
    });
    wire::GetFunnelResponse {
        steps: steps.collect(),
        basis: Some(basis(funnel.basis)),
    }
}

fn count_of(figures: &Figures, metric: Metric) -> i64 {
    figures.count(metric).unwrap_or(0)
}
