//! What somebody says of what channel accounts can report.

use std::collections::BTreeSet;

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::message_state::{ReportedStages, SetReportedStagesRequest, StageSet};
use acuse_proto::types::{Channel, Stage};
use rand::Rng;
use rand::rngs::StdRng;

use super::Workspace;
use crate::reference::Reported;

/// A channel account, by its channel and id.
pub type Account = (Channel, String);

/// The channel accounts that messages of a history name, and one that none does.
#[must_use]
pub fn accounts(workspace: &Workspace) -> BTreeSet<Account> {
    let named = workspace.events.iter().filter_map(|event| {
        let (channel, account) = match event.event.as_ref()? {
            Item::Registration(sent) => (sent.channel(), sent.channel_account_id.clone()),
            Item::Status(status) => (status.channel(), status.channel_account_id.clone()?),
            Item::Inbound(_) | Item::Watermark(_) => return None,
        };
        Some((channel, account))
    });
    named
        .chain([(Channel::Sms, "of-nobody".to_owned())])
        .collect()
}

/// Any stages, dispatch at times among them.
pub fn any_stages(rng: &mut StdRng) -> Vec<Stage> {
    let all = [Stage::Dispatch, Stage::Send, Stage::Delivery, Stage::Read];
    all.into_iter().filter(|_| rng.random()).collect()
}

/// Something said of about half of the channel accounts of a history.
#[must_use]
pub fn some(rng: &mut StdRng, workspace: &Workspace) -> Reported {
    let accounts = accounts(workspace).into_iter();
    let mut said = Reported::new();
    for account in accounts {
        if rng.random() {
            said.insert(account, any_stages(rng));
        }
    }
    said
}

/// How it is said of one account; without stages that it reports what its channel does.
#[must_use]
pub fn request(
    workspace: &str,
    account: &Account,
    stages: Option<&[Stage]>,
) -> SetReportedStagesRequest {
    SetReportedStagesRequest {
        workspace: workspace.to_owned(),
        account: Some(ReportedStages {
            channel: account.0.into(),
            channel_account_id: account.1.clone(),
            reported: stages.map(|stages| StageSet {
                stages: stages.iter().map(|stage| (*stage).into()).collect(),
            }),
        }),
    }
}
