//! One row a statement, as applications write: `pgbench` with 8 clients.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;
use tokio_postgres::Client;

const CLIENTS: &str = "8";

/// How long one run takes, in seconds.
const SECONDS: u32 = 8;

/// A message registered unless it is known. The ids are the runs' own, spread as those of messages are.
const INSERT: &str = "\
\\set n random(1, 1000000000000000)
INSERT INTO baseline.messages (workspace_id, id, provider, provider_message_id, channel, channel_account, contact_id, contact_name,
  phone, source, type, template_id, template, template_language, template_category, account, campaign, broadcast, agent,
  agent_name, team, department, content_type, header, body, footer, opened_ticket, queued_at, dispatched_at, state)
VALUES (1, 'm-' || :n, 'PROVIDER_META_WHATSAPP', 'wamid.HBgLNTE5NzQ3MTExMTExFQIAERgS' || :n, 'CHANNEL_WHATSAPP',
  '106540352242922', 'C-0012345', 'Diana Huapaya', '+51977452931', 'SOURCE_BROADCAST', 'MESSAGE_TYPE_TEMPLATE',
  '429784885411725', 'bienvenida', 'es', 'TEMPLATE_CATEGORY_MARKETING', 'acc-1', 'camp-202611-1', 'bc-20261120-1', 'agent-7',
  'Diana Huapaya', 'team-11', 'dep-1', 'CONTENT_TYPE_TEMPLATE', 'Novedades', 'Hola Diana, te damos la bienvenida. Tu pedido está en camino.', 'Responde BAJA para no recibir más', false,
  now(), now(), 'dispatched')
ON CONFLICT (workspace_id, id) DO NOTHING;
";

/// What a provider's id tells: the message's state and the time of it.
const UPDATE: &str = "\
\\set n random(1, :rows)
UPDATE baseline.statuses SET state = 'delivered', delivered_at = now()
WHERE workspace_id = 1 AND provider_message_id = 'wamid.HBgLNTE5NzQ3MTExMTExFQIAERgS' || lpad(:n::text, 15, '0');
";

/// As many rows as were copied, with ids that a script can work out.
const STATUSES: &str = "\
DROP TABLE IF EXISTS baseline.statuses;
CREATE TABLE baseline.statuses (LIKE baseline.messages INCLUDING ALL);
INSERT INTO baseline.statuses SELECT * FROM baseline.messages WHERE id NOT LIKE 'm-%';
WITH numbered AS (SELECT ctid AS row, row_number() OVER () AS number FROM baseline.statuses)
UPDATE baseline.statuses AS stored SET workspace_id = 1, id = 'n-' || number,
  provider_message_id = 'wamid.HBgLNTE5NzQ3MTExMTExFQIAERgS' || lpad(number::text, 15, '0')
FROM numbered WHERE stored.ctid = numbered.row;
VACUUM (FULL, ANALYZE) baseline.statuses;";

/// The program, and where it works.
pub(crate) struct Pgbench<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// Where its scripts go.
    pub(crate) folder: &'a Path,
    /// The database.
    pub(crate) url: &'a str,
}

impl Pgbench<'_> {
    /// Rows inserted a second.
    pub(crate) async fn insert(&self) -> Result<f64> {
        self.run("insert", INSERT, None).await
    }

    /// Rows updated a second, of a table with as many rows as were copied so far.
    pub(crate) async fn update(&self, client: &Client) -> Result<f64> {
        for statement in STATUSES.split_inclusive(";\n") {
            client.batch_execute(statement).await?;
        }
        let count = "SELECT count(*) FROM baseline.statuses";
        let rows: i64 = client.query_one(count, &[]).await?.get(0);
        client.batch_execute("CHECKPOINT").await?;
        self.run("update", UPDATE, Some(rows)).await
    }

    async fn run(&self, name: &str, script: &str, rows: Option<i64>) -> Result<f64> {
        let path = self.folder.join(format!("{name}.pgbench"));
        std::fs::write(&path, script)?;
        let mut command = Command::new(self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .args(["--client", CLIENTS, "--time", &SECONDS.to_string()]);
        if let Some(rows) = rows {
            command.arg(format!("--define=rows={rows}"));
        }
        let output = command
            .arg("--file")
            .arg(&path)
            .arg(self.url)
            .output()
            .await
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench failed: {complained}");
        let failed = failed(&said);
        ensure!(failed == Some(0), "pgbench: {failed:?} transactions failed");
        tps(&said).with_context(|| format!("pgbench told no tps:\n{said}"))
    }
}

fn tps(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

fn failed(said: &str) -> Option<u64> {
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("number of failed transactions: "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_what_it_says() {
        let said = "number of transactions actually processed: 41002\n\
            number of failed transactions: 0 (0.000%)\n\
            latency average = 1.560 ms\ninitial connection time = 12.1 ms\n\
            tps = 5127.731402 (without initial connection time)\n";
        assert_eq!(tps(said), Some(5_127.731_402));
        assert_eq!(failed(said), Some(0));
        assert_eq!(tps("nothing"), None);
    }
}
