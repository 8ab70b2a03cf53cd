//! Registrations of one message that differ in what they call its template.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    ContentType, MessageType, OutboundRegistration, StatusEvidence, StatusKind, TemplateRef,
};
use acuse_tests::history::Workspace;

use crate::traps::{BEGIN, HOUR, check_all, event, inbound, registration, status, text};

/// What a template is called; also nothing, and its own id.
const NAMES: [Option<&str>; 5] = [
    Some("bienvenida"),
    None,
    Some("aviso"),
    Some("t-1"),
    Some("última"),
];

/// Gives templates that go by an id names, with what is told again another one.
pub(crate) fn call_templates(workspace: &mut Workspace) {
    for (index, event) in workspace.events.iter_mut().enumerate() {
        if let Some(Item::Registration(registration)) = &mut event.event
            && let Some(Subtype::Template(template)) = &mut registration.subtype
            && template.id.is_some()
        {
            template.name = NAMES[index % NAMES.len()].map(str::to_owned);
        }
    }
}

fn called(name: Option<&str>, sender: Option<&str>, provider: Option<&str>) -> Event {
    let template = TemplateRef {
        id: text("t-1"),
        name: name.and_then(text),
        ..TemplateRef::default()
    };
    event(Item::Registration(OutboundRegistration {
        r#type: MessageType::Template.into(),
        content_type: ContentType::Template.into(),
        subtype: Some(Subtype::Template(template)),
        ..registration(sender, provider)
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stands_whichever_registration_states_it() {
    let (sender, provider) = (Some("s"), Some("m"));
    let told = |kind| event(Item::Status(status("m", kind, BEGIN + HOUR)));
    let linked = || {
        event(Item::Status(StatusEvidence {
            sender_message_id: text("s"),
            ..status("m", StatusKind::Delivered, BEGIN + HOUR)
        }))
    };
    let [one, none, least, id, _] = NAMES;
    check_all(vec![
        vec![
            called(one, sender, None),
            called(none, sender, None),
            event(Item::Inbound(inbound("i", BEGIN + HOUR))),
        ],
        vec![
            called(one, sender, provider),
            called(least, sender, None),
            called(none, None, provider),
            told(StatusKind::Read),
        ],
        vec![called(id, sender, None), called(one, sender, provider)],
        // Of two rows that unite.
        vec![
            called(none, sender, None),
            called(one, None, provider),
            linked(),
        ],
        vec![
            called(one, sender, None),
            called(least, None, provider),
            called(none, sender, None),
            linked(),
        ],
    ])
    .await;
}
