//! The table that a sender would keep: a row a message with everything that is known of it.

use std::time::Instant;

use acuse_proto::types::{OutboundRegistration, outbound_registration::Subtype};
use anyhow::Result;
use bytes::Bytes;
use futures::SinkExt as _;
use jiff::Timestamp;
use tokio_postgres::Client;

use crate::world::Told;

/// Three indexes: by the sender's id, by the provider's, and by time.
const TABLE: &str = "\
CREATE TABLE baseline.messages (
  workspace_id int4 NOT NULL, id text NOT NULL, provider text, provider_message_id text,
  channel text NOT NULL, channel_account text NOT NULL, contact_id text, contact_name text, phone text,
  source text NOT NULL, type text NOT NULL, template_id text, template text, template_language text, template_category text,
  message_tag text, account text, campaign text, broadcast text, agent text, agent_name text, team text, department text,
  content_type text, header text, body text, footer text, ticket_id text, opened_ticket bool NOT NULL, correlation_id text,
  queued_at timestamptz, dispatched_at timestamptz,
  state text, sent_at timestamptz, delivered_at timestamptz, read_at timestamptz, failed_at timestamptz, error_code text,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX ON baseline.messages (workspace_id, provider_message_id);
CREATE INDEX ON baseline.messages (workspace_id, queued_at);";

/// The columns that a registration fills, in the order of [`row`].
const COLUMNS: &str = "workspace_id, id, provider, provider_message_id, channel, channel_account, contact_id, contact_name, \
    phone, source, type, template_id, template, template_language, template_category, message_tag, account, campaign, \
    broadcast, agent, agent_name, team, department, content_type, header, body, footer, ticket_id, opened_ticket, \
    correlation_id, queued_at, dispatched_at, state";

/// Bytes that are handed to `COPY` at once.
const CHUNK: usize = 1 << 20;

/// Makes the table.
pub(crate) async fn create(client: &Client) -> Result<()> {
    Ok(client.batch_execute(TABLE).await?)
}

/// The registrations as `COPY` reads them: written beforehand, since that is the client's work.
pub(crate) fn written(told: &Told<OutboundRegistration>) -> Vec<Bytes> {
    let mut chunks = Vec::new();
    let mut text = String::new();
    for (workspace, _, message) in told {
        row(&mut text, *workspace, message);
        if text.len() >= CHUNK {
            chunks.push(Bytes::from(std::mem::take(&mut text)));
        }
    }
    chunks.push(Bytes::from(text));
    chunks
}

/// Copies them; gives after how many seconds they were committed.
pub(crate) async fn copy(client: &Client, chunks: Vec<Bytes>) -> Result<f64> {
    let begun = Instant::now();
    let sink = client
        .copy_in::<_, Bytes>(&format!("COPY baseline.messages ({COLUMNS}) FROM STDIN"))
        .await?;
    tokio::pin!(sink);
    for chunk in chunks {
        sink.feed(chunk).await?;
    }
    sink.finish().await?;
    Ok(begun.elapsed().as_secs_f64())
}

fn row(text: &mut String, workspace: usize, message: &OutboundRegistration) {
    let provider = message.provider_message_id.as_ref();
    let contact = message.contact.as_ref();
    let (template, tag) = match &message.subtype {
        Some(Subtype::Template(template)) => (Some(template), None),
        Some(Subtype::MessageTag(tag)) => (None, Some(tag.as_str())),
        None => (None, None),
    };
    let agent = message.agent.as_ref();
    let content = message.content.as_ref();
    let provider_id = provider.map(|id| id.id.as_str());
    let named =
        |name: &Option<acuse_proto::types::NamedRef>| name.as_ref().map(|name| name.id.clone());
    let own_id = message.sender_message_id.as_deref().or(provider_id);
    text.push_str(&(workspace + 1).to_string());
    for field in [
        own_id.map(ToOwned::to_owned),
        provider.map(|id| id.provider().as_str_name().to_owned()),
        provider_id.map(ToOwned::to_owned),
        Some(message.channel().as_str_name().to_owned()),
        Some(message.channel_account_id.clone()),
        contact.and_then(|contact| contact.external_id.clone()),
        contact.and_then(|contact| contact.name.clone()),
        contact.and_then(|contact| contact.phone.clone()),
        Some(message.source().as_str_name().to_owned()),
        Some(message.r#type().as_str_name().to_owned()),
        template.and_then(|template| template.id.clone()),
        template.and_then(|template| template.name.clone()),
        template.and_then(|template| template.language.clone()),
        template.map(|template| template.category().as_str_name().to_owned()),
        tag.map(ToOwned::to_owned),
        named(&message.account),
        named(&message.campaign),
        named(&message.broadcast),
        agent.map(|agent| agent.id.clone()),
        agent.and_then(|agent| agent.name.clone()),
        named(&message.team),
        named(&message.department),
        Some(message.content_type().as_str_name().to_owned()),
        content.and_then(|content| content.header.clone()),
        content.and_then(|content| content.body.clone()),
        content.and_then(|content| content.footer.clone()),
        message.ticket_id.clone(),
        Some(message.opened_ticket.to_string()),
        message.correlation_id.clone(),
        time(message.queued_at.as_ref()),
        time(message.dispatched_at.as_ref()),
        Some(
            if message.dispatched_at.is_some() {
                "dispatched"
            } else {
                "queued"
            }
            .to_owned(),
        ),
    ] {
        text.push('\t');
        match field {
            Some(field) => escape(text, &field),
            None => text.push_str("\\N"),
        }
    }
    text.push('\n');
}

fn time(at: Option<&prost_types::Timestamp>) -> Option<String> {
    let at = at?;
    Some(Timestamp::new(at.seconds, at.nanos).ok()?.to_string())
}

/// Writes a text as `COPY` reads it.
fn escape(text: &mut String, field: &str) {
    for character in field.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::world::World;

    #[test]
    fn every_registration_is_a_row_of_all_columns() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let round = World::new(2_000, date(2026, 11, 29))
            .tell(1, now)
            .next_round(None);
        let chunks = written(&round.registrations);
        let text: String = chunks
            .iter()
            .map(|chunk| std::str::from_utf8(chunk).unwrap())
            .collect();
        let columns = COLUMNS.split(',').count();
        assert_eq!(text.lines().count(), 2_000);
        assert!(text.lines().all(|line| line.split('\t').count() == columns));
    }

    #[test]
    fn what_separates_is_escaped() {
        let mut text = String::new();
        escape(&mut text, "a\tb\\c\nd\re");
        assert_eq!(text, "a\\tb\\\\c\\nd\\re");
    }
}
