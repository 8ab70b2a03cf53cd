//! What is known of a message, as lines with a name.

use acuse_proto::types::{
    AgentRef, ContactRef, Content, DispatchFailureReason, Failure, Message, NamedRef, Reply, Stage,
    message::Subtype,
};
use jiff::tz::TimeZone;

use crate::output::{time, word};

/// What it is, from whom to whom, what came of it: what is known of that, and nothing else.
pub(super) fn facts(message: &Message, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let mut facts = vec![("id", Some(message.id.clone()))];
    facts.extend(identity(message, zone));
    facts.extend(belonging(message));
    facts.extend(conversation(message, zone));
    facts.extend(message.content.as_ref().into_iter().flat_map(content));
    facts.extend(outcome(message, zone));
    let known = facts.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

type Facts<const COUNT: usize> = [(&'static str, Option<String>); COUNT];

fn identity(message: &Message, zone: &TimeZone) -> Facts<10> {
    let at = |at: &Option<prost_types::Timestamp>| at.as_ref().map(|at| time(Some(at), zone));
    let source = enum_word(message.source().as_str_name(), "SOURCE_");
    let source = if message.registered {
        source
    } else {
        format!("{source}, never registered")
    };
    let kind = message.r#type.map(|_| message.r#type().as_str_name());
    [
        ("sender's id", message.sender_message_id.clone()),
        ("provider's id", providers(message)),
        ("origin", at(&message.origin_at)),
        ("queued", at(&message.queued_at)),
        ("channel", channel(message)),
        ("to", message.contact.as_ref().map(person)),
        ("source", Some(source)),
        ("type", kind.map(|kind| enum_word(kind, "MESSAGE_TYPE_"))),
        ("template", template(message)),
        ("message tag", tag(message)),
    ]
}

fn belonging(message: &Message) -> Facts<8> {
    let ticket = message.ticket_id.clone().map(|ticket| {
        if message.opened_ticket {
            format!("{ticket}, opened by it")
        } else {
            ticket
        }
    });
    let opened = message.opened_ticket.then(|| "opened by it".to_owned());
    [
        ("campaign", named(&message.campaign)),
        ("broadcast", named(&message.broadcast)),
        ("account", named(&message.account)),
        ("department", named(&message.department)),
        ("team", named(&message.team)),
        ("agent", message.agent.as_ref().map(agent)),
        ("ticket", ticket.or(opened)),
        ("correlation", message.correlation_id.clone()),
    ]
}

fn conversation(message: &Message, zone: &TimeZone) -> Facts<3> {
    let told = message.conversation.clone().unwrap_or_default();
    let kind = message.conversation_type.map(|_| {
        enum_word(
            message.conversation_type().as_str_name(),
            "CONVERSATION_TYPE_",
        )
    });
    let ends = told.expires_at.as_ref();
    let ends = ends.map(|at| format!("until {}", time(Some(at), zone)));
    let session = message.session_open.map(|open| {
        let how = if open { "open" } else { "not open" };
        format!("{how} when it was sent")
    });
    [
        (
            "conversation",
            listed([told.id, told.origin_type, kind, ends]),
        ),
        ("session", session),
        ("price", price(message)),
    ]
}

fn content(content: &Content) -> Facts<5> {
    let buttons = content.buttons.iter().cloned().map(Some);
    let media = [&content.media_type, &content.file_name, &content.media_id];
    [
        ("header", content.header.clone()),
        ("text", content.body.clone()),
        ("footer", content.footer.clone()),
        ("buttons", listed(buttons)),
        ("media", listed(media.map(Clone::clone))),
    ]
}

fn outcome(message: &Message, zone: &TimeZone) -> Facts<5> {
    let at = |at: &Option<prost_types::Timestamp>| at.as_ref().map(|at| time(Some(at), zone));
    let flags = [
        (message.pending, "pending"),
        (message.unconfirmed, "unconfirmed"),
        (message.unattached, "unattached, in no figure"),
        (message.conflict, "failed and delivered"),
    ];
    let flags = flags.map(|(is_so, text)| is_so.then(|| text.to_owned()));
    [
        ("failure", failure(message, zone)),
        ("played", at(&message.played_at)),
        ("deleted", at(&message.deleted_at)),
        ("reply", message.reply.as_ref().map(|it| reply(it, zone))),
        ("remarks", listed(flags)),
    ]
}

fn enum_word(name: &'static str, prefix: &str) -> String {
    word(name, prefix).to_lowercase()
}

/// Those that there are, one after the other; `None` where there are none.
fn listed(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn named(named: &Option<NamedRef>) -> Option<String> {
    let NamedRef { id, name } = named.as_ref()?;
    Some(label(id, name.as_deref()))
}

fn label(id: &str, name: Option<&str>) -> String {
    name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

fn agent(agent: &AgentRef) -> String {
    let label = label(&agent.id, agent.name.as_deref());
    match &agent.email {
        Some(email) => format!("{label}, {email}"),
        None => label,
    }
}

fn providers(message: &Message) -> Option<String> {
    listed(message.provider_message_ids.iter().map(|id| {
        let provider = word(id.provider().as_str_name(), "PROVIDER_");
        Some(match &id.scope {
            Some(scope) => format!("{} ({provider}, {scope})", id.id),
            None => format!("{} ({provider})", id.id),
        })
    }))
}

fn channel(message: &Message) -> Option<String> {
    message.channel?;
    let channel = word(message.channel().as_str_name(), "CHANNEL_");
    let account = message.channel_account.as_ref();
    let phone = account.and_then(|account| account.phone.clone());
    let account = account.map(|account| label(&account.id, account.name.as_deref()));
    listed([Some(channel), account, phone])
}

fn person(contact: &ContactRef) -> String {
    let parts = [
        &contact.name,
        &contact.phone,
        &contact.channel_user_id,
        &contact.business_scoped_user_id,
        &contact.page_scoped_id,
        &contact.external_id,
    ];
    listed(parts.map(Clone::clone)).unwrap_or_default()
}

fn template(message: &Message) -> Option<String> {
    let Subtype::Template(template) = message.subtype.as_ref()? else {
        return None;
    };
    let category = template
        .category
        .map(|_| enum_word(template.category().as_str_name(), "TEMPLATE_CATEGORY_"));
    let template = template.clone();
    listed([template.name, template.language, category, template.id])
}

fn tag(message: &Message) -> Option<String> {
    match message.subtype.as_ref()? {
        Subtype::MessageTag(tag) => Some(tag.clone()),
        Subtype::Template(_) => None,
    }
}

fn price(message: &Message) -> Option<String> {
    let pricing = message.pricing.clone()?;
    let billable = pricing
        .billable
        .map(|billable| if billable { "billable" } else { "free" }.to_owned());
    listed([billable, pricing.model, pricing.category, pricing.r#type])
}

fn reply(reply: &Reply, zone: &TimeZone) -> String {
    let how = enum_word(reply.attribution().as_str_name(), "REPLY_ATTRIBUTION_");
    let text = reply.text.as_deref().unwrap_or("(no text)");
    let button = reply.button.as_ref().and_then(|button| button.id.as_ref());
    let how = match button {
        Some(id) => format!("by {how} {id}"),
        None => format!("by {how}"),
    };
    let at = time(reply.replied_at.as_ref(), zone);
    format!("{at}  {text}  ({how})\n{}", reply.inbound_message_id)
}

/// What went wrong at which stage, what that means, and what to do about it.
fn failure(message: &Message, zone: &TimeZone) -> Option<String> {
    let failure = message.failure.as_ref()?;
    let raw = failure.failure.clone().unwrap_or_default();
    let stage = match raw.stage() {
        Stage::Unspecified => String::new(),
        stage => format!(" at {}", enum_word(stage.as_str_name(), "STAGE_")),
    };
    let said = said(&raw).map_or_else(String::new, |said| format!("  {said}"));
    let category = enum_word(failure.category().as_str_name(), "FAILURE_CATEGORY_");
    let action = enum_word(failure.action().as_str_name(), "FAILURE_ACTION_");
    let mut lines = vec![format!(
        "{}{said}  ({}{stage})",
        time(failure.failed_at.as_ref(), zone),
        word(failure.provider().as_str_name(), "PROVIDER_"),
    )];
    lines.extend(raw.detail);
    lines.push(format!("{category}: {action}"));
    Some(lines.join("\n"))
}

/// A failure's code and title, or its reason; `None` where nothing was given.
pub(super) fn said(failure: &Failure) -> Option<String> {
    if let Some(DispatchFailureReason::Unspecified) | None =
        failure.dispatch_reason.map(|_| failure.dispatch_reason())
    {
        let parts = [&failure.code, &failure.title].into_iter().flatten();
        let parts: Vec<&str> = parts.map(String::as_str).collect();
        return (!parts.is_empty()).then(|| parts.join(" - "));
    }
    let reason = failure.dispatch_reason().as_str_name();
    Some(enum_word(reason, "DISPATCH_FAILURE_REASON_"))
}

#[cfg(test)]
mod tests {
    use acuse_proto::types::{
        ButtonReply, Conversation, ConversationType, FailureAction, FailureCategory,
        MessageFailure, Provider, ReplyAttribution, Source,
    };

    use super::*;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    fn fact(message: &Message, name: &str) -> Option<String> {
        let mut facts = facts(message, &TimeZone::UTC).into_iter();
        facts.find(|fact| fact.0 == name).map(|fact| fact.1)
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let message = Message {
            id: "4711".to_owned(),
            source: Source::Echo.into(),
            ..Message::default()
        };
        let expected = [
            ("id", "4711".to_owned()),
            ("source", "echo, never registered".to_owned()),
        ];
        assert_eq!(facts(&message, &TimeZone::UTC), expected);
    }

    #[test]
    fn a_conversation_is_told_with_its_end() {
        let message = Message {
            conversation: Some(Conversation {
                id: Some("c-1".to_owned()),
                origin_type: Some("utility".to_owned()),
                expires_at: at(1_790_000_000),
            }),
            conversation_type: Some(ConversationType::BusinessInitiated.into()),
            session_open: Some(false),
            ..Message::default()
        };
        let conversation = "c-1, utility, business initiated, until 2026-09-21 14:13:20.000";
        assert_eq!(
            fact(&message, "conversation").as_deref(),
            Some(conversation)
        );
        let session = fact(&message, "session");
        assert_eq!(session.as_deref(), Some("not open when it was sent"));
    }

    #[test]
    fn a_failure_says_what_to_do() {
        let mut message = Message {
            failure: Some(MessageFailure {
                failure: Some(Failure {
                    code: Some("131026".to_owned()),
                    title: Some("Message undeliverable".to_owned()),
                    detail: Some("not on WhatsApp".to_owned()),
                    stage: Some(Stage::Send.into()),
                    dispatch_reason: None,
                }),
                failed_at: at(1_790_000_000),
                provider: Provider::MetaWhatsapp.into(),
                category: FailureCategory::InvalidRecipient.into(),
                action: FailureAction::SuppressContact.into(),
                text: String::new(),
            }),
            ..Message::default()
        };
        let expected = "2026-09-21 14:13:20.000  131026 - Message undeliverable  (META WHATSAPP at send)\n\
                        not on WhatsApp\ninvalid recipient: suppress contact";
        assert_eq!(fact(&message, "failure").as_deref(), Some(expected));
        let failure = message.failure.as_mut().unwrap();
        failure.failure = Some(Failure::default());
        let expected =
            "2026-09-21 14:13:20.000  (META WHATSAPP)\ninvalid recipient: suppress contact";
        assert_eq!(fact(&message, "failure").as_deref(), Some(expected));
    }

    #[test]
    fn a_dispatch_failure_is_its_reason() {
        let failure = Failure {
            dispatch_reason: Some(DispatchFailureReason::InvalidNumber.into()),
            ..Failure::default()
        };
        assert_eq!(said(&failure).as_deref(), Some("invalid number"));
        assert_eq!(said(&Failure::default()), None);
    }

    #[test]
    fn a_reply_names_the_button_and_the_message() {
        let mut reply = Reply {
            replied_at: at(1_790_000_000),
            text: Some("Sí".to_owned()),
            attribution: ReplyAttribution::Button.into(),
            inbound_message_id: "in-1".to_owned(),
            button: Some(ButtonReply {
                id: Some("YES".to_owned()),
                title: Some("Sí".to_owned()),
            }),
        };
        let shown = super::reply(&reply, &TimeZone::UTC);
        assert_eq!(shown, "2026-09-21 14:13:20.000  Sí  (by button YES)\nin-1");
        (reply.text, reply.button) = (None, None);
        reply.attribution = ReplyAttribution::Window.into();
        let shown = super::reply(&reply, &TimeZone::UTC);
        assert_eq!(
            shown,
            "2026-09-21 14:13:20.000  (no text)  (by window)\nin-1"
        );
    }
}
