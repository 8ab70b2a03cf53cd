//! How far proactive sends came.

use acuse_pages::{Chart, Document, Funnel, Step};
use acuse_proto::reporting::{FunnelStage, FunnelStep, GetFunnelResponse, Metric, ProactiveSends};

use super::super::figures::{Figure, label, rate};
use super::super::reports::tabled;
use super::super::say::Say;
use crate::files::FUNNEL;

pub(in super::super) fn title(say: &Say, sends: ProactiveSends) -> &'static str {
    say.text(match sends {
        ProactiveSends::Unspecified | ProactiveSends::All => "pack.funnel_all",
        ProactiveSends::Individual => "pack.funnel_individual",
    })
}

pub(super) fn draw(
    document: &mut Document,
    say: &mut Say,
    sends: ProactiveSends,
    answer: &GetFunnelResponse,
) {
    document.section(title(say, sends));
    chart(document, say, say.text("metric.messages"), answer);
    let (columns, rows) = tabled(say, &FUNNEL.pick(&[]), &answer.steps);
    document.table(&columns, &rows);
}

/// Draws its chart.
pub(in super::super) fn chart(
    document: &mut Document,
    say: &Say,
    title: &str,
    answer: &GetFunnelResponse,
) {
    // What bounced is no step on the way.
    let steps = answer
        .steps
        .iter()
        .filter(|step| step.stage() != FunnelStage::Bounced);
    let steps: Vec<Step> = steps
        .map(|step| Step {
            name: named(say, step.stage()).to_owned(),
            value: step.messages as f64,
            note: note(say, step),
        })
        .collect();
    document.charts(&[Chart::Funnel(Funnel {
        title: title.to_owned(),
        steps,
    })]);
}

fn named(say: &Say, stage: FunnelStage) -> &'static str {
    match stage {
        FunnelStage::Unspecified | FunnelStage::Bounced => "",
        FunnelStage::All => say.text("pack.step_all"),
        FunnelStage::Sent => label(say, Metric::Sent),
        FunnelStage::Delivered => label(say, Metric::Delivered),
        FunnelStage::Read => label(say, Metric::Read),
        FunnelStage::Replied => label(say, Metric::Replied),
    }
}

/// A step's share, with what it is a share of.
fn note(say: &Say, step: &FunnelStep) -> String {
    let metric = match step.stage() {
        FunnelStage::Unspecified | FunnelStage::All => return String::new(),
        FunnelStage::Sent => Metric::SentRate,
        FunnelStage::Bounced => Metric::BounceRate,
        FunnelStage::Delivered => Metric::DeliveryRate,
        FunnelStage::Read => Metric::ReadRate,
        FunnelStage::Replied => Metric::ReplyRate,
    };
    match rate(step.messages_share.as_ref()) {
        Figure::Absent => String::new(),
        share => format!("{}: {}", label(say, metric), share.text(say)),
    }
}
