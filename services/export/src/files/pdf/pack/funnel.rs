//! How far proactive sends came.

use acuse_pages::{Chart, Document, Funnel, Row, Step};
use acuse_proto::reporting::{FunnelStage, FunnelStep, GetFunnelResponse, Metric, ProactiveSends};

use super::super::figures::{Figure, label, number_column, rate, text_column};
use super::super::say::Say;

pub(super) fn draw(
    document: &mut Document,
    say: &Say,
    sends: ProactiveSends,
    answer: &GetFunnelResponse,
) {
    let title = match sends {
        ProactiveSends::Unspecified | ProactiveSends::All => "pack.funnel_all",
        ProactiveSends::Individual => "pack.funnel_individual",
    };
    document.section(say.text(title));
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
        title: say.text("metric.messages").to_owned(),
        steps,
    })]);
    let columns = [
        text_column(say.text("pack.step")),
        number_column(label(say, Metric::Messages)),
        number_column(say.text("pack.share")),
        number_column(label(say, Metric::Tickets)),
        number_column(say.text("pack.tickets_share")),
    ];
    let rows = answer.steps.iter().map(|step| Row {
        cells: vec![
            named(say, step.stage()).to_owned(),
            say.count(step.messages),
            rate(step.messages_share.as_ref()).text(say),
            say.count(step.tickets),
            rate(step.tickets_share.as_ref()).text(say),
        ],
        total: false,
    });
    document.table(&columns, &rows.collect::<Vec<_>>());
}

fn named(say: &Say, stage: FunnelStage) -> &'static str {
    match stage {
        FunnelStage::Unspecified => "",
        FunnelStage::All => say.text("pack.step_all"),
        FunnelStage::Sent => label(say, Metric::Sent),
        FunnelStage::Bounced => say.text("pack.step_bounced"),
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
