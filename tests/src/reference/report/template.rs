//! Template messages as the table of them shows them.

use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    DispatchFailureReason, MessageState, MessageType, OutboundRegistration, Provider, Stage,
    StageStatus, StatusKind,
};

use super::Row;
use crate::reference::Key;
use crate::reference::evidence::Evidence;
use crate::reference::message::Message;
use crate::reference::standing::index;

/// One stage: how far it is, and when it was reached or failed, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageCell {
    /// How far it is.
    pub status: StageStatus,
    /// When, in microseconds.
    pub at: Option<i64>,
}

/// A template message.
#[derive(Debug, Clone)]
pub struct TemplateRow {
    /// The message for filters, and when it belongs to.
    pub row: Row,
    /// All keys that find it.
    pub keys: Vec<Key>,
    /// External id of the agent.
    pub agent: Option<String>,
    /// External id of the campaign.
    pub campaign: Option<String>,
    /// Id of the template; absent where it goes by its name.
    pub template_id: Option<String>,
    /// Name of the template; absent where nobody told it.
    pub template_name: Option<String>,
    /// What it says, without header and buttons.
    pub body: Option<String>,
    /// Phone number that it was sent to, as given.
    pub phone: Option<String>,
    /// Its state.
    pub state: MessageState,
    /// What is said of its failure, also of one beside a delivery: code and title.
    pub failure: Option<(String, String)>,
    /// Why it could not leave.
    pub dispatch_reason: Option<DispatchFailureReason>,
    /// Dispatch, send, delivery and read.
    pub stages: [StageCell; 4],
    /// When it was first replied to.
    pub replied_at: Option<i64>,
}

/// The template messages among `messages`.
pub(super) fn template_rows<'a>(
    messages: impl Iterator<Item = &'a Message>,
    evidence: &Evidence<'_>,
) -> Vec<TemplateRow> {
    messages
        .filter(|message| message.of.kind == Some(MessageType::Template.into()))
        .filter_map(|message| {
            let mut registrations = evidence.registrations.iter();
            let (_, registration) = registrations.find(|(key, _)| message.keys.contains(key))?;
            let row = Row::of_outbound(message, evidence);
            Some(template_row(row, message, registration))
        })
        .collect()
}

fn template_row(row: Row, message: &Message, registration: &OutboundRegistration) -> TemplateRow {
    let template = match &registration.subtype {
        Some(Subtype::Template(template)) => Some(template),
        _ => None,
    };
    let content = registration.content.as_ref();
    let contact = registration.contact.as_ref();
    let failure = message.standing.failure.as_ref();
    let by_sender = failure.filter(|failure| failure.provider == i32::from(Provider::Sender));
    TemplateRow {
        row,
        keys: message.keys.iter().cloned().collect(),
        agent: message.of.agent.clone(),
        campaign: message.of.campaign.clone(),
        template_id: template.and_then(|template| template.id.clone()),
        template_name: template.and_then(|template| template.name.clone()),
        body: content.and_then(|content| content.body.clone()),
        phone: contact.and_then(|contact| contact.phone.clone()),
        state: message.standing.state,
        failure: failure.map(|failure| (failure.code.clone(), failure.title.clone())),
        dispatch_reason: by_sender.and_then(|failure| {
            DispatchFailureReason::from_str_name(&format!(
                "DISPATCH_FAILURE_REASON_{}",
                failure.code
            ))
        }),
        stages: [Stage::Dispatch, Stage::Send, Stage::Delivery, Stage::Read]
            .map(|stage| stage_cell(message, stage)),
        replied_at: message.replied_at(),
    }
}

pub(super) fn stage_cell(message: &Message, stage: Stage) -> StageCell {
    let kind = match stage {
        Stage::Send => StatusKind::Sent,
        Stage::Delivery => StatusKind::Delivered,
        Stage::Read => StatusKind::Read,
        _ => StatusKind::Dispatched,
    };
    let status = match message.standing.stages[index(stage)] {
        // What its channel never reports is not waited for.
        StageStatus::Pending if !message.reportable().contains(&stage) => {
            StageStatus::NotApplicable
        }
        status => status,
    };
    let at = match status {
        StageStatus::Succeeded => message.effective.get(&kind).copied(),
        StageStatus::Failed => message.standing.failure.as_ref().map(|failure| failure.at),
        _ => None,
    };
    StageCell { status, at }
}
