//! A message as a page to read.

use std::{collections::BTreeSet, fmt::Write as _};

use acuse_proto::{
    message_state::{TimelineChange, TimelineEntry},
    types::{ContactRef, Message, NamedRef, StageStatus, StageView, message::Subtype},
};
use jiff::tz::TimeZone;

use crate::output::{table, time, word};

/// The message, its stages and its timeline.
pub(super) fn view(message: &Message, timeline: &[TimelineEntry], zone: &TimeZone) -> String {
    let mut page = String::new();
    let state = word(message.state().as_str_name(), "MESSAGE_STATE_");
    // Writing into a String cannot fail.
    let _ = writeln!(page, "{state}  {}\n", message.comment);
    for (name, value) in facts(message, zone) {
        let _ = writeln!(page, "  {name:<16} {value}");
    }
    let _ = write!(
        page,
        "\n{}\n\n{}",
        stages(message, zone),
        events(timeline, zone)
    );
    page
}

fn facts(message: &Message, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let named = |named: &Option<NamedRef>| {
        named
            .as_ref()
            .map(|named| label(&named.id, named.name.as_deref()))
    };
    let flags = [
        (message.pending, "pending"),
        (message.unconfirmed, "unconfirmed"),
        (message.unattached, "unattached"),
        (message.conflict, "failed and delivered"),
        (message.opened_ticket, "opened a ticket"),
        (message.deleted_at.is_some(), "deleted"),
    ];
    let flags: Vec<_> = flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, text)| *text)
        .collect();
    let all = [
        ("id", Some(message.id.clone())),
        ("sender's id", message.sender_message_id.clone()),
        ("provider's id", providers(message)),
        ("channel", channel(message)),
        ("to", message.contact.as_ref().map(person)),
        (
            "source",
            Some(word(message.source().as_str_name(), "SOURCE_")),
        ),
        ("template", template(message)),
        ("campaign", named(&message.campaign)),
        ("broadcast", named(&message.broadcast)),
        ("account", named(&message.account)),
        ("department", named(&message.department)),
        ("team", named(&message.team)),
        (
            "agent",
            message
                .agent
                .as_ref()
                .map(|agent| label(&agent.id, agent.name.as_deref())),
        ),
        ("ticket", message.ticket_id.clone()),
        ("correlation", message.correlation_id.clone()),
        ("price", price(message)),
        (
            "text",
            message
                .content
                .as_ref()
                .and_then(|content| content.body.clone()),
        ),
        ("reply", reply(message, zone)),
        ("remarks", (!flags.is_empty()).then(|| flags.join(", "))),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn label(id: &str, name: Option<&str>) -> String {
    name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

fn providers(message: &Message) -> Option<String> {
    let ids: Vec<_> = message
        .provider_message_ids
        .iter()
        .map(|id| {
            format!(
                "{} ({})",
                id.id,
                word(id.provider().as_str_name(), "PROVIDER_")
            )
        })
        .collect();
    (!ids.is_empty()).then(|| ids.join(", "))
}

fn channel(message: &Message) -> Option<String> {
    message.channel?;
    let channel = word(message.channel().as_str_name(), "CHANNEL_");
    let account = message.channel_account.as_ref();
    let account = account.map(|account| label(&account.id, account.name.as_deref()));
    Some(account.map_or_else(
        || channel.clone(),
        |account| format!("{channel}, {account}"),
    ))
}

fn person(contact: &ContactRef) -> String {
    let parts = [
        &contact.name,
        &contact.phone,
        &contact.channel_user_id,
        &contact.page_scoped_id,
        &contact.external_id,
    ];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(", ")
}

fn template(message: &Message) -> Option<String> {
    match message.subtype.as_ref()? {
        Subtype::MessageTag(tag) => Some(format!("{tag} (message tag)")),
        Subtype::Template(template) => {
            let category = template.category.map(|_| {
                word(template.category().as_str_name(), "TEMPLATE_CATEGORY_").to_lowercase()
            });
            let parts = [
                template.name.clone(),
                template.language.clone(),
                category,
                template.id.clone(),
            ];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
    }
}

fn price(message: &Message) -> Option<String> {
    let pricing = message.pricing.as_ref()?;
    let billable = pricing
        .billable
        .map(|billable| if billable { "billable" } else { "free" }.to_owned());
    let parts = [billable, pricing.category.clone(), pricing.r#type.clone()];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn reply(message: &Message, zone: &TimeZone) -> Option<String> {
    let reply = message.reply.as_ref()?;
    let how = word(reply.attribution().as_str_name(), "REPLY_ATTRIBUTION_").to_lowercase();
    let text = reply.text.as_deref().unwrap_or("(no text)");
    Some(format!(
        "{}  {text}  (by {how})",
        time(reply.replied_at.as_ref(), zone)
    ))
}

fn stages(message: &Message, zone: &TimeZone) -> String {
    let mut shown = table(&["stage", "", "at"], &[]);
    let stages = [
        ("dispatch", &message.dispatch),
        ("send", &message.send),
        ("delivery", &message.delivery),
        ("read", &message.read),
    ];
    for (name, stage) in stages {
        let stage = stage.as_ref();
        let status = stage.map(StageView::status).unwrap_or_default();
        let at = time(stage.and_then(|stage| stage.at.as_ref()), zone);
        shown.add_row([
            name.to_owned(),
            word(status.as_str_name(), "STAGE_STATUS_").to_lowercase(),
            match status {
                StageStatus::Succeeded if at == "-" => "implied by a later stage".to_owned(),
                _ => at,
            },
        ]);
    }
    shown.to_string()
}

fn events(timeline: &[TimelineEntry], zone: &TimeZone) -> String {
    let mut shown = table(&["happened", "received", "who", "what", "changed"], &[]);
    for entry in timeline {
        let status = entry.status.clone().unwrap_or_default();
        let what = word(status.kind().as_str_name(), "STATUS_KIND_").to_lowercase();
        let failure = status.failure.as_ref().map(|failure| {
            let parts = [&failure.code, &failure.title].into_iter().flatten();
            parts.map(String::as_str).collect::<Vec<_>>().join(" - ")
        });
        let mut what = failure.map_or_else(|| what.clone(), |failure| format!("{what}: {failure}"));
        if let Some(up_to) = &entry.watermark_up_to {
            let up_to = time(Some(up_to), zone);
            what = format!("all {what} up to {up_to}");
        }
        if entry.late {
            what.push_str(" (late)");
        }
        if entry.time_is_receipt {
            what.push_str(" (no time given)");
        }
        shown.add_row([
            time(status.happened_at.as_ref(), zone),
            time(entry.received_at.as_ref(), zone),
            word(status.provider().as_str_name(), "PROVIDER_"),
            what,
            changed(&entry.changes),
        ]);
    }
    shown.to_string()
}

/// The change of state, and what else changed by name: `--json` has every value.
fn changed(changes: &[TimelineChange]) -> String {
    let mut lines = Vec::new();
    let mut others = BTreeSet::new();
    for change in changes {
        match change.field.split('.').next().unwrap_or_default() {
            "state" => lines.push(format!(
                "{} → {}",
                state(&change.before),
                state(&change.after)
            )),
            "dispatch" | "send" | "delivery" | "read" => drop(others.insert("stages")),
            other => drop(others.insert(other)),
        }
    }
    lines.extend(others.into_iter().map(|field| field.replace('_', " ")));
    lines.join(", ")
}

fn state(value: &Option<String>) -> String {
    let name = value.as_deref().unwrap_or("-");
    name.trim_start_matches("MESSAGE_STATE_").replace('_', " ")
}
