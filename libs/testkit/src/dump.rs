//! A canonical dump: what a database holds, by natural keys.
//!
//! Two databases that were told the same things, in whatever order, dump byte by byte the same. What depends on arrival
//! is left out (Acuse's ids, sequences, interned numbers, ranks, times of receipt and of commits), and so is what people
//! call things, but for the numbers that providers tell. Every row is a line, with its columns by name, so that a difference can be read.

mod stated;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use serde_json::{Map, Value};
use tokio_postgres::Client;

type Row = Map<String, Value>;

/// Columns that hold what depends on arrival, in any table.
const LEFT_OUT: &[&str] = &["changed_sequence", "rank", "name", "named_at"];

/// Columns that hold Acuse's id of a message.
const MESSAGES: &[&str] = &[
    "message_id",
    "reply_id",
    "reply_to",
    "inbound_id",
    "target_id",
];

/// Columns that hold a number of the directory, with the code of its dimension.
const NAMES: &[(&str, i64)] = &[
    ("channel_account_id", 1),
    ("account_id", 2),
    ("agent_id", 3),
    ("department_id", 4),
    ("team_id", 5),
    ("template_id", 6),
    ("subtype_id", 7),
    ("campaign_id", 8),
    ("broadcast_id", 9),
    ("error_code_id", 10),
    ("pricing_category_id", 11),
    ("pricing_type_id", 12),
];

/// Facets whose values are numbers of the directory, with the code of its dimension; values of others are codes.
const NAMED_FACETS: &[(i64, i64)] = &[
    (2, 1),
    (3, 2),
    (6, 7),
    (7, 6),
    (9, 8),
    (10, 9),
    (11, 3),
    (12, 5),
    (15, 10),
];

/// Everything in `message_state` that does not depend on the order in which it was told.
///
/// # Errors
///
/// Where the database fails, or holds something that leads nowhere: a message without a key, a number without a name.
pub async fn canonical_dump(client: &Client) -> anyhow::Result<String> {
    client.batch_execute("SET TIME ZONE 'UTC'").await?;
    let names = Names::read(client).await?;
    let mut lines = Vec::new();
    for (table, from) in [
        ("messages", "messages"),
        ("inbound_messages", "inbound_messages"),
        ("contents", "contents"),
        ("told_ids", "told_ids"),
        ("open_quotes", "open_quotes"),
        ("totals", "totals"),
        ("facets", "facets"),
        ("histograms", "histograms"),
    ] {
        for row in rows(client, from).await? {
            lines.extend(names.line(table, row)?);
        }
    }
    for mut row in rows(client, "timeline").await? {
        row.remove("received_at");
        if row.get("at_is_receipt") == Some(&Value::Bool(true)) {
            row.remove("at");
        }
        lines.extend(names.line("timeline", row)?);
    }
    for mut row in rows(client, "watermarks").await? {
        row.remove("received_at");
        lines.extend(names.line("watermarks", row)?);
    }
    lines.extend(names.contact_lines(client).await?);
    lines.extend(names.number_lines(client).await?);
    lines.sort_unstable();
    Ok(lines.join("\n") + "\n")
}

async fn rows(client: &Client, table: &str) -> anyhow::Result<Vec<Row>> {
    let query = format!("SELECT to_jsonb(stored)::text FROM message_state.{table} AS stored");
    let rows = client.query(&query, &[]).await?;
    let parse = |row: tokio_postgres::Row| -> anyhow::Result<Row> {
        Ok(serde_json::from_str(row.try_get(0)?)?)
    };
    rows.into_iter().map(parse).collect()
}

fn number(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or_default()
}

fn text(row: &Row, column: &str) -> String {
    let value = row.get(column).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

/// What ids and numbers stand for, by workspace.
#[derive(Debug)]
struct Names {
    workspaces: HashMap<i64, String>,
    messages: HashMap<(i64, String), String>,
    directory: HashMap<(i64, i64, i64), String>,
    contacts: HashMap<(i64, i64), String>,
}

impl Names {
    async fn read(client: &Client) -> anyhow::Result<Self> {
        let workspaces = rows(client, "workspaces").await?;
        let directory = rows(client, "directory").await?;
        let in_workspace = |row: &Row| number(row, "workspace_id");
        Ok(Self {
            workspaces: workspaces
                .iter()
                .map(|row| (in_workspace(row), text(row, "slug")))
                .collect(),
            messages: message_names(client).await?,
            directory: directory
                .iter()
                .map(|row| {
                    let key = (
                        in_workspace(row),
                        number(row, "dimension"),
                        number(row, "name_id"),
                    );
                    (key, text(row, "external_id"))
                })
                .collect(),
            contacts: contact_names(client).await?,
        })
    }

    /// A row as a line; `None` for a rollup's row that counts nothing.
    fn line(&self, table: &str, mut row: Row) -> anyhow::Result<Option<String>> {
        let workspace = number(&row, "workspace_id");
        row.remove("workspace_id");
        let is_rollup = matches!(table, "totals" | "facets" | "histograms");
        if table == "facets" || table == "histograms" {
            self.name_facet(workspace, &mut row)?;
        }
        let mut cells = BTreeMap::new();
        for (column, value) in row {
            let is_nothing = value.is_null() || (is_rollup && value == 0);
            if is_nothing || LEFT_OUT.contains(&column.as_str()) {
                continue;
            }
            let shown = self
                .shown(workspace, &column, value)
                .with_context(|| format!("{table}.{column}"))?;
            cells.insert(column, shown);
        }
        let slug = self
            .workspaces
            .get(&workspace)
            .context("no such workspace")?;
        let keys = [
            "at",
            "direction",
            "facet",
            "day",
            "channel",
            "department_id",
            "value",
            "metric",
        ];
        if is_rollup && cells.keys().all(|column| keys.contains(&column.as_str())) {
            return Ok(None);
        }
        let leading = ["message_id", "contact_id", "at", "facet", "day"];
        let first = leading
            .iter()
            .filter_map(|column| Some((*column, cells.get(*column)?)));
        let rest = cells
            .iter()
            .filter(|(column, _)| !leading.contains(&column.as_str()));
        let rest = rest.map(|(column, value)| (column.as_str(), value));
        let cells: Vec<String> = first
            .chain(rest)
            .map(|(column, value)| format!("{column}={value}"))
            .collect();
        Ok(Some(format!("{slug} {table} {}", cells.join(" "))))
    }

    fn shown(&self, workspace: i64, column: &str, value: Value) -> anyhow::Result<String> {
        if MESSAGES.contains(&column) {
            let id = value.as_str().context("an id is text")?.to_owned();
            let name = self.messages.get(&(workspace, id));
            return name.cloned().context("a message that no key leads to");
        }
        if column == "stated" {
            return stated::opened(value.as_str().context("bytes are text")?);
        }
        if column == "contact_id" {
            let id = value.as_i64().context("a number")?;
            let name = self.contacts.get(&(workspace, id));
            return name.cloned().context("a contact without an address");
        }
        if let Some((_, dimension)) = NAMES.iter().find(|(name, _)| *name == column) {
            return self.directory_name(workspace, *dimension, &value);
        }
        Ok(without_ranks(value).to_string())
    }

    fn directory_name(
        &self,
        workspace: i64,
        dimension: i64,
        value: &Value,
    ) -> anyhow::Result<String> {
        let id = value.as_i64().context("a number")?;
        let name = self.directory.get(&(workspace, dimension, id));
        name.map(|name| format!("{name:?}"))
            .with_context(|| format!("{id} is not in the directory"))
    }

    fn name_facet(&self, workspace: i64, row: &mut Row) -> anyhow::Result<()> {
        let facet = number(row, "facet");
        let value = number(row, "value");
        let dimension = NAMED_FACETS.iter().find(|(named, _)| *named == facet);
        if let (Some((_, dimension)), true) = (dimension, value != 0) {
            let name = self.directory_name(workspace, *dimension, &Value::from(value))?;
            row.insert("value".to_owned(), Value::from(name));
        }
        Ok(())
    }

    /// What their providers tell of channel accounts' numbers.
    async fn number_lines(&self, client: &Client) -> anyhow::Result<Vec<String>> {
        let mut lines = Vec::new();
        for row in rows(client, "directory").await? {
            let label = row.get("label").and_then(Value::as_object);
            let told = label.and_then(|label| label.get("told_phone"));
            let slug = self.workspaces.get(&number(&row, "workspace_id"));
            let slug = slug.context("no such workspace")?;
            let id = text(&row, "external_id");
            lines.extend(told.map(|told| format!("{slug} directory {id:?} told_phone={told}")));
        }
        Ok(lines)
    }

    /// Under what each contact is known that some message or watermark has.
    async fn contact_lines(&self, client: &Client) -> anyhow::Result<Vec<String>> {
        let mut used = BTreeSet::new();
        for table in ["messages", "inbound_messages", "watermarks"] {
            for row in rows(client, table).await? {
                used.insert((number(&row, "workspace_id"), number(&row, "contact_id")));
            }
        }
        let mut lines = Vec::new();
        for row in rows(client, "contacts").await? {
            if used.contains(&(number(&row, "workspace_id"), number(&row, "contact_id"))) {
                lines.extend(self.line("contacts", row)?);
            }
        }
        Ok(lines)
    }
}

/// The name of a message: the digests of all its keys, in order. An id that was united with another leads to the name of
/// the one that stays, marked, as nothing but what is kept for good should still bear it.
async fn message_names(client: &Client) -> anyhow::Result<HashMap<(i64, String), String>> {
    let gone: HashMap<(i64, String), String> = rows(client, "united_messages")
        .await?
        .iter()
        .map(|row| {
            let key = (number(row, "workspace_id"), text(row, "gone_id"));
            (key, text(row, "message_id"))
        })
        .collect();
    let staying = |workspace: i64, mut id: String| {
        while let Some(elder) = gone.get(&(workspace, id.clone())) {
            id.clone_from(elder);
        }
        (workspace, id)
    };
    let mut digests: HashMap<(i64, String), BTreeSet<String>> = HashMap::new();
    for row in rows(client, "message_keys").await? {
        let id = staying(number(&row, "workspace_id"), text(&row, "message_id"));
        let digest = text(&row, "digest").replace('-', "");
        digests.entry(id).or_default().insert(digest);
    }
    let joined = |digests: BTreeSet<String>| Vec::from_iter(digests).join("+");
    let mut names: HashMap<(i64, String), String> = digests
        .into_iter()
        .map(|(id, digests)| (id, joined(digests)))
        .collect();
    for (workspace, id) in gone.keys() {
        let name = names.get(&staying(*workspace, id.clone()));
        if let Some(marked) = name.map(|name| format!("(gone) {name}")) {
            names.insert((*workspace, id.clone()), marked);
        }
    }
    Ok(names)
}

/// The name of a contact: all its addresses, in order.
async fn contact_names(client: &Client) -> anyhow::Result<HashMap<(i64, i64), String>> {
    let mut addresses: HashMap<(i64, i64), BTreeSet<String>> = HashMap::new();
    for row in rows(client, "contact_addresses").await? {
        let (kind, scope, value) = (
            number(&row, "kind"),
            text(&row, "scope"),
            text(&row, "value"),
        );
        let contact = (number(&row, "workspace_id"), number(&row, "contact_id"));
        let address = format!("{kind}:{scope}:{value}");
        addresses.entry(contact).or_default().insert(address);
    }
    let joined = |addresses: BTreeSet<String>| Vec::from_iter(addresses).join(",");
    Ok(addresses
        .into_iter()
        .map(|(id, addresses)| (id, joined(addresses)))
        .collect())
}

/// Takes out what orders evidence, wherever it stands in wide columns.
fn without_ranks(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| name != "rank")
            .map(|(name, value)| (name, without_ranks(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_ranks).collect(),
        other => other,
    }
}
