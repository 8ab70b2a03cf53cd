//! What channel accounts can report.

use acuse_domain::capabilities::Capabilities;
use acuse_domain::error::FieldViolation;
use acuse_domain::kinds::{Channel, Stage};
use acuse_domain::time::Timestamp;

use super::faults::Faults;
use crate::{message_state as wire, types};

/// A channel account, by its channel and id, and what it can report; `None` for what its channel does.
pub type AccountStages = (Channel, String, Option<Capabilities>);

/// What a channel account can report, from the wire.
///
/// # Errors
///
/// Every fault, by its path within the request.
pub fn reported_stages(
    wire: wire::SetReportedStagesRequest,
) -> Result<AccountStages, Vec<FieldViolation>> {
    // Nothing in it is a time.
    let mut faults = Faults::new(Timestamp::default());
    let account = faults.required("account", wire.account, account);
    faults.finish(account)
}

fn account(faults: &mut Faults, wire: wire::ReportedStages) -> Option<AccountStages> {
    let channel = faults.kind("channel", wire.channel);
    let id = faults.id("channel_account_id", wire.channel_account_id);
    let stages = wire.reported.map(|set| {
        faults.within("reported", |faults| {
            let stages = set.stages.into_iter().enumerate();
            let stages: Vec<Option<Stage>> = stages
                .map(|(index, stage)| faults.kind(&format!("stages[{index}]"), stage))
                .collect();
            Capabilities::from_stages(stages.into_iter().flatten())
        })
    });
    Some((channel?, id?, stages))
}

/// What a channel account can report, for the wire.
pub fn reported_stages_to_wire(
    channel: Channel,
    account: String,
    stages: Capabilities,
) -> wire::ReportedStages {
    let reported = Stage::ALL.iter().copied();
    let reported = reported.filter(|stage| stages.reports(*stage));
    wire::ReportedStages {
        channel: types::Channel::from(channel).into(),
        channel_account_id: account,
        reported: Some(wire::StageSet {
            stages: reported
                .map(|stage| types::Stage::from(stage).into())
                .collect(),
        }),
    }
}
