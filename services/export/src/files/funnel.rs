//! The table of a funnel: a row a stage.

use acuse_proto::reporting::{FunnelStage, FunnelStep};

use super::cell::Cell;
use super::figures::values::rate;
use super::table::{Column, Kind, Table, TableRow};
use super::words::Words;

/// How far proactive sends came.
pub(crate) static FUNNEL: Table<FunnelStep> = Table {
    id: "funnel",
    columns: &[
        Column::new("stage", Kind::Word, |step, words| {
            named(words, step.stage())
        }),
        Column::new("messages", Kind::Count, |step, _| {
            Cell::Count(step.messages)
        }),
        Column::new("messages_share", Kind::Share, |step, words| {
            rate(words, step.messages_share.as_ref())
        }),
        Column::new("tickets", Kind::Count, |step, _| Cell::Count(step.tickets)),
        Column::new("tickets_share", Kind::Share, |step, words| {
            rate(words, step.tickets_share.as_ref())
        }),
    ],
};

impl TableRow for FunnelStep {
    fn is_total(&self) -> bool {
        false
    }
}

/// What a stage is called.
fn named<'a>(words: &Words, stage: FunnelStage) -> Cell<'a> {
    let (name, word) = match stage {
        FunnelStage::Unspecified => return Cell::Nothing,
        FunnelStage::All => ("all", words.message("pack", "step_all")),
        FunnelStage::Sent => ("sent", words.message("metric", "sent")),
        FunnelStage::Bounced => ("bounced", words.message("pack", "step_bounced")),
        FunnelStage::Delivered => ("delivered", words.message("metric", "delivered")),
        FunnelStage::Read => ("read", words.message("metric", "read")),
        FunnelStage::Replied => ("replied", words.message("metric", "replied")),
    };
    Cell::Word { name, word }
}
