//! The table that one would report from: a row a message, everything as plain text and flags, indexed for the purpose.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::Result;
use futures::TryStreamExt as _;
use tokio_postgres::Client;

/// The same in Postgres and in DuckDB.
pub(crate) const TABLES: [&str; 2] = [
    "CREATE TABLE baseline.wide (
       workspace_id int NOT NULL, origin timestamptz NOT NULL, channel text, channel_account text, source text, type text,
       template text, template_category text, subtype text, campaign text, broadcast text, account text, agent text,
       team text, department text, content_type int, state text NOT NULL, failed_stage text, dispatched bool NOT NULL,
       sent bool NOT NULL, delivered bool NOT NULL, read bool NOT NULL, replied bool NOT NULL, opened_ticket bool NOT NULL,
       billable bool NOT NULL, dispatched_at timestamptz, sent_at timestamptz, delivered_at timestamptz,
       read_at timestamptz, replied_at timestamptz)",
    "CREATE TABLE baseline.inbound (
       workspace_id int NOT NULL, received_at timestamptz NOT NULL, channel text, agent text, department text)",
];

/// Filled from what is stored, names and all: the rows are the same by definition. What is known of unattached messages is
/// in no report's counts.
const FILL: [&str; 2] = [
    "INSERT INTO baseline.wide
     SELECT message.workspace_id, message.origin, (ARRAY['whatsapp', 'messenger', 'instagram', 'sms', 'telegram', 'web_chat',
         'email', 'rcs', 'viber', 'line', 'custom'])[message.channel],
       channel_account.external_id, (ARRAY['user', 'bot', 'broadcast', 'workflow', 'api', 'zapier', 'echo'])[message.source],
       (ARRAY['session', 'message_tag', 'template'])[message.kind], template.external_id,
       (ARRAY['marketing', 'utility', 'authentication'])[message.template_category], subtype.external_id,
       campaign.external_id, broadcast.external_id, account.external_id, agent.external_id, team.external_id,
       department.external_id, message.content_type,
       (ARRAY['queued', 'dispatched', 'sent', 'delivered', 'read', 'dispatch_failed', 'failed'])[message.state],
       (ARRAY['dispatch', 'send', 'delivery', 'read'])[message.failed_stage],
       message.reached & 1 <> 0, message.reached & 2 <> 0, message.reached & 4 <> 0, message.reached & 8 <> 0,
       message.replied_at IS NOT NULL, message.opened_ticket, message.billable,
       message.dispatched_at, message.sent_at, message.delivered_at, message.read_at, message.replied_at
     FROM message_state.messages AS message
     LEFT JOIN message_state.directory AS channel_account ON channel_account.workspace_id = message.workspace_id
       AND channel_account.dimension = 1 AND channel_account.name_id = message.channel_account_id
     LEFT JOIN message_state.directory AS account ON account.workspace_id = message.workspace_id
       AND account.dimension = 2 AND account.name_id = message.account_id
     LEFT JOIN message_state.directory AS agent ON agent.workspace_id = message.workspace_id
       AND agent.dimension = 3 AND agent.name_id = message.agent_id
     LEFT JOIN message_state.directory AS department ON department.workspace_id = message.workspace_id
       AND department.dimension = 4 AND department.name_id = message.department_id
     LEFT JOIN message_state.directory AS team ON team.workspace_id = message.workspace_id
       AND team.dimension = 5 AND team.name_id = message.team_id
     LEFT JOIN message_state.directory AS template ON template.workspace_id = message.workspace_id
       AND template.dimension = 6 AND template.name_id = message.template_id
     LEFT JOIN message_state.directory AS subtype ON subtype.workspace_id = message.workspace_id
       AND subtype.dimension = 7 AND subtype.name_id = message.subtype_id
     LEFT JOIN message_state.directory AS campaign ON campaign.workspace_id = message.workspace_id
       AND campaign.dimension = 8 AND campaign.name_id = message.campaign_id
     LEFT JOIN message_state.directory AS broadcast ON broadcast.workspace_id = message.workspace_id
       AND broadcast.dimension = 9 AND broadcast.name_id = message.broadcast_id
     WHERE message.attached ORDER BY message.workspace_id, message.origin",
    "INSERT INTO baseline.inbound
     SELECT inbound.workspace_id, inbound.received_at, (ARRAY['whatsapp', 'messenger', 'instagram', 'sms', 'telegram',
         'web_chat', 'email', 'rcs', 'viber', 'line', 'custom'])[inbound.channel], agent.external_id, department.external_id
     FROM message_state.inbound_messages AS inbound
     LEFT JOIN message_state.directory AS agent ON agent.workspace_id = inbound.workspace_id
       AND agent.dimension = 3 AND agent.name_id = inbound.agent_id
     LEFT JOIN message_state.directory AS department ON department.workspace_id = inbound.workspace_id
       AND department.dimension = 4 AND department.name_id = inbound.department_id
     WHERE NOT inbound.deleted AND inbound.content_type <> 11 ORDER BY inbound.workspace_id, inbound.received_at",
];

/// What helps: everything that reports read in one index, in the order of time, and statistics of what they group by, without
/// which the planner's guess is far off.
fn tuning(zone: &str) -> [String; 4] {
    [
        "CREATE INDEX ON baseline.wide (workspace_id, origin) INCLUDE (channel, source, template_category, subtype, agent, \
         department, state, failed_stage, dispatched, sent, delivered, read, replied, opened_ticket, billable)"
            .to_owned(),
        "CREATE INDEX ON baseline.inbound (workspace_id, received_at) INCLUDE (channel, agent, department)".to_owned(),
        format!("CREATE STATISTICS baseline.wide_day ON ((origin AT TIME ZONE '{zone}')::date) FROM baseline.wide"),
        format!(
            "CREATE STATISTICS baseline.inbound_day ON ((received_at AT TIME ZONE '{zone}')::date) FROM baseline.inbound"
        ),
    ]
}

/// Settings of the session that reads: what takes long is not compiled for each query, and groups fit into memory.
const SESSION: &str = "SET jit = off; SET work_mem = '64MB'";

/// Makes and fills the tables, and has the planner know them.
pub(crate) async fn create(client: &Client, zone: &str) -> Result<()> {
    for statement in TABLES.into_iter().chain(FILL) {
        client.batch_execute(statement).await?;
    }
    for statement in tuning(zone) {
        client.batch_execute(&statement).await?;
    }
    for table in ["wide", "inbound"] {
        let vacuum = format!("VACUUM (ANALYZE) baseline.{table}");
        client.batch_execute(&vacuum).await?;
    }
    Ok(client.batch_execute(SESSION).await?)
}

/// Writes a table as CSV with a header.
pub(crate) async fn write_csv(client: &Client, table: &str, path: &Path) -> Result<()> {
    let copy = format!("COPY baseline.{table} TO STDOUT (FORMAT csv, HEADER)");
    let stream = client.copy_out(&copy).await?;
    tokio::pin!(stream);
    let mut file = BufWriter::new(File::create(path)?);
    while let Some(bytes) = stream.try_next().await? {
        file.write_all(&bytes)?;
    }
    Ok(file.flush()?)
}
