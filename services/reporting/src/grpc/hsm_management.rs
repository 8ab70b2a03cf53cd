//! Rows of HSM management for the wire.

use acuse_domain::kinds::{MessageState, Provider, Stage, StageStatus};
use acuse_domain::names::Dimension;
use acuse_domain::registration::TemplateRef;
use acuse_proto::convert::{confirming_provider, dispatch_failure, provider_failure, timestamp};
use acuse_proto::types;
use acuse_store::read::{Entry, HsmRow};
use bytes::Bytes;
use prost::Message;
use prost_types::Timestamp;

use crate::stream_rows::Name;

/// An `HsmManagementRow`, but for its names, which are encoded already: 1.8 million rows have a few hundred of them. A test holds it
/// against the message that it is sent as.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Sent {
    #[prost(string, tag = "1")]
    message_id: String,
    #[prost(string, tag = "2")]
    shown_id: String,
    #[prost(bytes = "bytes", optional, tag = "3")]
    agent: Option<Name>,
    #[prost(bytes = "bytes", optional, tag = "4")]
    campaign: Option<Name>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    template: Option<Name>,
    #[prost(string, optional, tag = "6")]
    body: Option<String>,
    #[prost(string, optional, tag = "7")]
    destination: Option<String>,
    #[prost(enumeration = "types::MessageState", tag = "8")]
    state: i32,
    #[prost(enumeration = "types::Provider", tag = "9")]
    provider: i32,
    #[prost(message, optional, tag = "10")]
    failure: Option<types::Failure>,
    #[prost(message, optional, tag = "11")]
    dispatch: Option<types::StageView>,
    #[prost(message, optional, tag = "12")]
    send: Option<types::StageView>,
    #[prost(message, optional, tag = "13")]
    delivery: Option<types::StageView>,
    #[prost(message, optional, tag = "14")]
    read: Option<types::StageView>,
    #[prost(message, optional, tag = "15")]
    replied_at: Option<Timestamp>,
    #[prost(message, optional, tag = "16")]
    origin_at: Option<Timestamp>,
}

/// A name as the field of its kind holds it.
pub(super) fn name(entry: Entry) -> Name {
    let Entry {
        dimension,
        external_id,
        label,
    } = entry;
    let encoded = match dimension {
        Dimension::Template => {
            let template: types::TemplateRef = TemplateRef::known_as(external_id, label).into();
            template.encode_to_vec()
        }
        Dimension::Agent => {
            let agent = types::AgentRef {
                id: external_id,
                name: label.name,
                email: label.email,
            };
            agent.encode_to_vec()
        }
        _ => {
            let named = types::NamedRef {
                id: external_id,
                name: label.name,
            };
            named.encode_to_vec()
        }
    };
    Bytes::from(encoded)
}

/// A row as it is sent.
pub(super) fn sent(row: HsmRow<Name>) -> Sent {
    let [dispatch, send, delivery, read] =
        [Stage::Dispatch, Stage::Send, Stage::Delivery, Stage::Read].map(|at| stage(&row, at));
    let failure = failure(&row);
    Sent {
        message_id: row.id.to_string(),
        shown_id: row.message_id,
        agent: row.agent,
        campaign: row.campaign,
        template: row.template,
        body: row.body,
        destination: row.destination,
        state: types::MessageState::from(row.state).into(),
        provider: types::Provider::from(confirming_provider(row.provider, row.channel)).into(),
        failure,
        dispatch: Some(dispatch),
        send: Some(send),
        delivery: Some(delivery),
        read: Some(read),
        replied_at: row.replied_at.map(timestamp),
        origin_at: Some(timestamp(row.origin)),
    }
}

/// Where a stage stands in the arrays of a row.
fn place(stage: Stage) -> usize {
    usize::from(stage.code().unsigned_abs()) - 1
}

fn stage(row: &HsmRow<Name>, stage: Stage) -> types::StageView {
    let status = row.stages[place(stage)];
    let at = match status {
        StageStatus::Failed => row.failure.as_ref().map(|failure| failure.at),
        _ => row.reached_at[place(stage)],
    };
    types::StageView {
        status: types::StageStatus::from(status).into(),
        at: at.map(timestamp),
    }
}

fn failure(row: &HsmRow<Name>) -> Option<types::Failure> {
    let failure = row.failure.as_ref()?;
    let report = failure.report.clone();
    let is_dispatch =
        row.state == MessageState::DispatchFailed || failure.provider == Provider::Sender;
    let words = match is_dispatch {
        true => dispatch_failure(report),
        false => provider_failure(report),
    };
    let stages = Stage::ALL.iter().copied();
    let failed = stages
        .filter(|stage| row.stages[place(*stage)] == StageStatus::Failed)
        .map(|stage| types::Stage::from(stage).into())
        .next();
    Some(types::Failure {
        stage: failed.or(words.stage),
        ..words
    })
}

#[cfg(test)]
mod tests {
    use acuse_domain::kinds::TemplateCategory;
    use acuse_domain::names::Label;
    use acuse_proto::reporting::HsmManagementRow;
    use proptest::prelude::*;
    use proptest::{array, option};

    use super::*;

    prop_compose! {
        fn any_time()(seconds in 0i64..4_000_000_000, nanos in 0i32..1_000_000_000) -> Timestamp {
            Timestamp { seconds, nanos }
        }
    }

    prop_compose! {
        fn any_row()(
            ids in array::uniform5(".{0,9}"),
            texts in array::uniform9(option::of(".{0,30}")),
            times in array::uniform6(option::of(any_time())),
            codes in array::uniform8(0i32..6),
            is_there in any::<[bool; 8]>(),
        ) -> HsmManagementRow {
            let [message_id, shown_id, agent, campaign, _] = ids;
            let [agent_name, email, campaign_name, id, template_name, body, destination, code, title] = texts;
            let stage = |place: usize| is_there[place].then_some(types::StageView {
                status: codes[place],
                at: times[place],
            });
            let agent = types::AgentRef { id: agent, name: agent_name, email };
            let campaign = types::NamedRef { id: campaign, name: campaign_name };
            let template = types::TemplateRef {
                id,
                name: template_name,
                category: Some(codes[4]),
                ..types::TemplateRef::default()
            };
            let failure = types::Failure {
                code,
                title,
                stage: Some(codes[5]),
                ..types::Failure::default()
            };
            HsmManagementRow {
                message_id,
                shown_id,
                agent: is_there[4].then_some(agent),
                campaign: is_there[5].then_some(campaign),
                template: is_there[6].then_some(template),
                body,
                destination,
                state: codes[6],
                provider: codes[7],
                failure: is_there[7].then_some(failure),
                dispatch: stage(0),
                send: stage(1),
                delivery: stage(2),
                read: stage(3),
                replied_at: times[4],
                origin_at: times[5],
            }
        }
    }

    proptest! {
        /// What it lacked, or had elsewhere, would be gone.
        #[test]
        fn it_has_every_field_of_the_message(row in any_row()) {
            let encoded = row.encode_to_vec();
            let sent = Sent::decode(encoded.as_slice()).unwrap();
            prop_assert_eq!(sent.encode_to_vec(), encoded);
        }
    }

    #[test]
    fn names_are_encoded_as_their_fields_hold_them() {
        let entry = |dimension| Entry {
            dimension,
            external_id: "x1".to_owned(),
            label: Label {
                name: Some("Diana".to_owned()),
                email: Some("diana@acme.pe".to_owned()),
                language: Some("es".to_owned()),
                category: Some(TemplateCategory::Utility),
                ..Label::default()
            },
        };
        let agent = types::AgentRef::decode(name(entry(Dimension::Agent))).unwrap();
        assert_eq!(agent.id, "x1");
        assert_eq!(agent.name(), "Diana");
        assert_eq!(agent.email(), "diana@acme.pe");
        let campaign = types::NamedRef::decode(name(entry(Dimension::Campaign))).unwrap();
        assert_eq!((campaign.id.as_str(), campaign.name()), ("x1", "Diana"));
        let template = types::TemplateRef::decode(name(entry(Dimension::Template))).unwrap();
        assert_eq!((template.id(), template.name()), ("x1", "Diana"));
        assert_eq!(template.language(), "es");
        assert_eq!(template.category(), types::TemplateCategory::Utility);
    }
}
