//! A row of HSM management as files take it off the wire.

use std::borrow::Cow;

use acuse_proto::types::{self, Failure, StageView};
use bytes::Bytes;
use prost::Message;
use prost_types::Timestamp;

/// What columns show of an `HsmManagementRow`. Its texts are where they came, in the bytes of their batch, and are read when a
/// cell shows them: a file of 1.8 million rows would copy ten texts of each otherwise. A test holds it against the message.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HsmRow {
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) shown_id: Bytes,
    #[prost(message, optional, tag = "3")]
    pub(super) agent: Option<Named>,
    #[prost(message, optional, tag = "4")]
    pub(super) campaign: Option<Named>,
    #[prost(message, optional, tag = "5")]
    pub(super) template: Option<Named>,
    #[prost(bytes = "bytes", optional, tag = "6")]
    pub(super) body: Option<Bytes>,
    #[prost(bytes = "bytes", optional, tag = "7")]
    pub(super) destination: Option<Bytes>,
    #[prost(enumeration = "types::MessageState", tag = "8")]
    pub(super) state: i32,
    #[prost(enumeration = "types::Provider", tag = "9")]
    pub(super) provider: i32,
    #[prost(message, optional, tag = "10")]
    pub(super) failure: Option<Failure>,
    #[prost(message, optional, tag = "11")]
    pub(super) dispatch: Option<StageView>,
    #[prost(message, optional, tag = "12")]
    pub(super) send: Option<StageView>,
    #[prost(message, optional, tag = "13")]
    pub(super) delivery: Option<StageView>,
    #[prost(message, optional, tag = "14")]
    pub(super) read: Option<StageView>,
    #[prost(message, optional, tag = "15")]
    pub(super) replied_at: Option<Timestamp>,
}

/// Id and name, which `AgentRef`, `NamedRef` and `TemplateRef` have in the same fields. What is absent is empty.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Named {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) name: Bytes,
}

impl Named {
    /// The name where one is known, else the id.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self.name.is_empty() {
            true => text(&self.id),
            false => text(&self.name),
        }
    }
}

/// The text that bytes are; the wire allows no other.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::HsmManagementRow;
    use acuse_proto::types::{AgentRef, NamedRef, TemplateRef};
    use proptest::prelude::*;
    use proptest::{array, option};

    use super::*;

    prop_compose! {
        fn any_row()(
            texts in array::uniform9(option::of(".{0,30}")),
            ids in array::uniform3(".{0,9}"),
            codes in array::uniform8(0i32..6),
            times in array::uniform5(option::of(0i64..4_000_000_000)),
            is_there in any::<[bool; 8]>(),
        ) -> HsmManagementRow {
            let [agent_name, campaign_name, id, template_name, body, destination, code, title, email] = texts;
            let [shown_id, agent, campaign] = ids;
            let at = |place: usize| times[place].map(|seconds| Timestamp { seconds, nanos: 0 });
            let stage = |place: usize| is_there[place].then_some(StageView {
                status: codes[place],
                at: at(place),
            });
            HsmManagementRow {
                message_id: "m1".to_owned(),
                shown_id,
                agent: is_there[4].then_some(AgentRef { id: agent, name: agent_name, email }),
                campaign: is_there[5].then_some(NamedRef { id: campaign, name: campaign_name }),
                template: is_there[6].then_some(TemplateRef {
                    id,
                    name: template_name,
                    language: Some("es".to_owned()),
                    category: Some(codes[4]),
                }),
                body,
                destination,
                state: codes[5],
                provider: codes[6],
                failure: is_there[7].then_some(Failure {
                    code,
                    title,
                    dispatch_reason: Some(codes[7]),
                    ..Failure::default()
                }),
                dispatch: stage(0),
                send: stage(1),
                delivery: stage(2),
                read: stage(3),
                replied_at: at(4),
                origin_at: at(0),
            }
        }
    }

    fn shown(id: &str, name: Option<&str>) -> String {
        name.filter(|name| !name.is_empty())
            .unwrap_or(id)
            .to_owned()
    }

    proptest! {
        #[test]
        fn it_has_what_the_message_has(told in any_row()) {
            let row = HsmRow::decode(told.encode_to_vec().as_slice()).unwrap();
            prop_assert_eq!(text(&row.shown_id), told.shown_id.as_str());
            let named = |row: &Option<Named>| row.as_ref().map(|row| row.shown().into_owned());
            let agent = told.agent.as_ref().map(|agent| shown(&agent.id, agent.name.as_deref()));
            prop_assert_eq!(named(&row.agent), agent);
            let campaign = told.campaign.as_ref();
            let campaign = campaign.map(|campaign| shown(&campaign.id, campaign.name.as_deref()));
            prop_assert_eq!(named(&row.campaign), campaign);
            let template = told.template.as_ref();
            prop_assert_eq!(
                named(&row.template),
                template.map(|template| shown(template.id(), template.name.as_deref()))
            );
            let id = row.template.as_ref().map(|template| text(&template.id));
            prop_assert_eq!(id.as_deref(), template.map(TemplateRef::id));
            let (body, destination) = (row.body.as_deref(), row.destination.as_deref());
            prop_assert_eq!(body.map(text), told.body.map(Cow::Owned));
            prop_assert_eq!(destination.map(text), told.destination.map(Cow::Owned));
            prop_assert_eq!((row.state, row.provider), (told.state, told.provider));
            prop_assert_eq!(row.failure, told.failure);
            prop_assert_eq!(
                (row.dispatch, row.send, row.delivery, row.read),
                (told.dispatch, told.send, told.delivery, told.read)
            );
            prop_assert_eq!(row.replied_at, told.replied_at);
        }
    }
}
