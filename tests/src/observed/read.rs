//! Reading what is stored. Codes are turned into the numbers that the wire has for them.

use std::collections::{BTreeMap, HashMap};

use acuse_domain::{kinds, taxonomy};
use acuse_proto::types;
use anyhow::Context;
use serde_json::{Map, Value};
use tokio_postgres::Client;

use super::{Fields, Observed, Stored};
use crate::reference::{Counts, Key};

type Row = Map<String, Value>;

/// External ids by dimension and number.
type Directory = HashMap<(i64, i64), String>;

/// Code of the dimension of channel accounts.
const CHANNEL_ACCOUNT: i64 = 1;

/// Codes of facets with what they are called, and the dimension of the directory that their values are of.
const FACETS: &[(i64, &str, Option<i64>)] = &[
    (0, "all", None),
    (1, "channel", None),
    (2, "channel_account", Some(CHANNEL_ACCOUNT)),
    (3, "account", Some(2)),
    (4, "source", None),
    (5, "type", None),
    (6, "subtype", Some(7)),
    (7, "template", Some(6)),
    (8, "template_category", None),
    (9, "campaign", Some(8)),
    (10, "broadcast", Some(9)),
    (11, "agent", Some(3)),
    (12, "team", Some(5)),
    (13, "content_type", None),
    (14, "failure_category", None),
    (15, "error_code", Some(10)),
    (16, "reply_hour", None),
    (17, "proactive", None),
];

/// Reads everything that is stored of a workspace.
///
/// # Errors
///
/// Where the database fails or holds what cannot be read.
pub async fn read(client: &Client, slug: &str) -> anyhow::Result<Observed> {
    client.batch_execute("SET TIME ZONE 'UTC'").await?;
    let mine = async |table: &str| rows(client, slug, table).await;
    let directory: Directory = mine("directory")
        .await?
        .iter()
        .map(|row| {
            let dimension = number(row, "dimension");
            let external = text(row, "external_id");
            let name = match dimension {
                CHANNEL_ACCOUNT => wire_line(&external),
                _ => external,
            };
            ((dimension, number(row, "name_id")), name)
        })
        .collect();
    let contents = mine("contents").await?;
    let keys: HashMap<String, Vec<Key>> = contents
        .iter()
        .map(|row| (text(row, "message_id"), keys(row)))
        .collect();
    let bodies: HashMap<String, String> = contents
        .iter()
        .filter_map(|row| {
            let body = row["content"].get("body")?.as_str()?;
            Some((text(row, "message_id"), body.to_owned()))
        })
        .collect();
    let mut timelines: HashMap<String, Vec<Row>> = HashMap::new();
    for row in mine("timeline").await? {
        timelines
            .entry(text(&row, "message_id"))
            .or_default()
            .push(row);
    }
    let mut messages = mine("messages").await?;
    for row in &mut messages {
        let body = bodies.get(&text(row, "message_id")).cloned();
        row.insert("body".to_owned(), body.into());
    }
    let inbound = mine("inbound_messages").await?;
    let stored =
        |rows: Vec<Row>, fields: fn(&Row, &Directory) -> Fields, other: &str| -> Vec<Stored> {
            rows.iter()
                .map(|row| {
                    let id = text(row, "message_id");
                    Stored {
                        keys: keys.get(&id).cloned().unwrap_or_default(),
                        fields: fields(row, &directory),
                        contact: row["contact_id"].as_i64(),
                        other: keys
                            .get(&text(row, other))
                            .and_then(|keys| keys.first().cloned()),
                        timeline: timelines
                            .get(&id)
                            .into_iter()
                            .flatten()
                            .map(entry)
                            .collect(),
                    }
                })
                .collect()
        };
    let mut observed = Observed {
        messages: stored(messages, outbound_fields, "reply_id"),
        inbound: stored(inbound, inbound_fields, "reply_to"),
        ..Observed::default()
    };
    for row in mine("totals").await? {
        let channel = i32::try_from(number(&row, "channel"))?;
        let key = (
            time(&row, "at").unwrap_or_default(),
            direction(&row),
            channel,
            department(&row, &directory),
        );
        add(&mut observed.totals, key, &row);
    }
    for row in mine("facets").await? {
        let (facet, value) = facet(&row, &directory)?;
        let key = (
            direction(&row),
            facet,
            text(&row, "day"),
            department(&row, &directory),
            value,
        );
        add(&mut observed.facets, key, &row);
    }
    for row in mine("histograms").await? {
        let (facet, value) = facet(&row, &directory)?;
        let span = i32::try_from(number(&row, "metric"))?;
        let of = (
            facet,
            text(&row, "day"),
            department(&row, &directory),
            value,
        );
        let (bins, counts) = (numbers(&row, "bins"), numbers(&row, "counts"));
        anyhow::ensure!(
            bins.len() == counts.len(),
            "a histogram with {bins:?} and {counts:?}"
        );
        for (bin, count) in bins.into_iter().zip(counts) {
            let (facet, day, department, value) = of.clone();
            let key = (facet, day, department, value, span, i32::try_from(bin)?);
            observed.histograms.insert(key, count);
        }
    }
    Ok(observed)
}

/// The rows of a table that are one workspace's.
async fn rows(client: &Client, slug: &str, table: &str) -> anyhow::Result<Vec<Row>> {
    let query = format!(
        "SELECT to_jsonb(stored)::text FROM message_state.{table} AS stored WHERE workspace_id = \
         (SELECT workspace_id FROM message_state.workspaces WHERE slug = $1)"
    );
    let mut parsed = Vec::new();
    for row in client.query(&query, &[&slug]).await? {
        parsed.push(serde_json::from_str(row.try_get(0)?)?);
    }
    Ok(parsed)
}

fn number(row: &Row, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_default()
}

fn numbers(row: &Row, column: &str) -> Vec<i64> {
    let array = row[column].as_array().into_iter().flatten();
    array.filter_map(serde_json::Value::as_i64).collect()
}

fn text(row: &Row, column: &str) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}

fn time(row: &Row, column: &str) -> Option<i64> {
    let at: jiff::Timestamp = row[column].as_str()?.parse().unwrap();
    Some(at.as_microsecond())
}

fn entry(row: &Row) -> (i64, Option<i64>, i64) {
    let at = time(row, "at").filter(|_| row["at_is_receipt"] == false);
    (
        number(row, "kind"),
        at,
        wire_provider(number(row, "provider")),
    )
}

fn code(number: i64) -> i16 {
    i16::try_from(number).unwrap()
}

fn wire_provider(stored: i64) -> i64 {
    let provider = kinds::Provider::from_code(code(stored)).unwrap();
    i32::from(types::Provider::from(provider)).into()
}

fn wire_category(stored: i64) -> i64 {
    let category = taxonomy::FailureCategory::from_code(code(stored)).unwrap();
    i32::from(types::FailureCategory::from(category)).into()
}

fn keys(row: &Row) -> Vec<Key> {
    let sender = row["sender_message_id"].as_str();
    let sender = sender.map(|id| Key::Sender(id.to_owned()));
    let provider = row["provider_message_id"].as_str().map(|id| {
        let provider = i32::try_from(wire_provider(number(row, "provider"))).unwrap();
        Key::Provider(provider, text(row, "provider_scope"), id.to_owned())
    });
    sender.into_iter().chain(provider).collect()
}

fn direction(row: &Row) -> i32 {
    i32::try_from(number(row, "direction")).unwrap()
}

fn department(row: &Row, directory: &Directory) -> Option<String> {
    directory.get(&(4, number(row, "department_id"))).cloned()
}

fn facet(row: &Row, directory: &Directory) -> anyhow::Result<(&'static str, Option<String>)> {
    let found = FACETS
        .iter()
        .find(|(code, ..)| *code == number(row, "facet"));
    let (_, name, dimension) = found.context("no such facet")?;
    let value = number(row, "value");
    let value = match (dimension, *name) {
        _ if value == 0 => None,
        (Some(dimension), name) => {
            let external = directory
                .get(&(*dimension, value))
                .context("a number without a name")?;
            Some(if name == "error_code" {
                wire_error(external)
            } else {
                external.clone()
            })
        }
        (None, "failure_category") => Some(wire_category(value).to_string()),
        (None, _) => Some(value.to_string()),
    };
    Ok((*name, value))
}

/// A provider's name and code, with the provider's number on the wire.
fn wire_error(external: &str) -> String {
    let (provider, code) = external.split_once(':').unwrap();
    let provider = kinds::Provider::parse(provider).unwrap();
    format!("{}:{code}", i32::from(types::Provider::from(provider)))
}

/// A channel account with the number of its channel on the wire.
fn wire_line(external: &str) -> String {
    let (channel, id) = external.split_once(':').unwrap();
    let channel = kinds::Channel::parse(channel).unwrap();
    format!("{}:{id}", i32::from(types::Channel::from(channel)))
}

fn add<K: Ord>(to: &mut BTreeMap<K, Counts>, key: K, row: &Row) {
    const KEYS: &[&str] = &[
        "workspace_id",
        "at",
        "direction",
        "channel",
        "department_id",
        "facet",
        "day",
        "value",
    ];
    let counts: BTreeMap<String, i64> = row
        .iter()
        .filter(|(column, _)| !KEYS.contains(&column.as_str()))
        .map(|(column, value)| (column.clone(), value.as_i64().unwrap_or_default()))
        .filter(|(_, count)| *count != 0)
        .collect();
    if !counts.is_empty() {
        to.insert(key, Counts(counts));
    }
}

fn outbound_fields(row: &Row, directory: &Directory) -> Fields {
    let mut fields = Fields::new();
    for column in [
        "origin",
        "queued_at",
        "dispatched_at",
        "dispatch_failed_at",
        "sent_at",
        "delivered_at",
        "read_at",
        "delivery_mark_at",
        "read_mark_at",
        "played_at",
        "failed_at",
        "deleted_at",
        "replied_at",
    ] {
        fields.extend(time(row, column).map(|at| (column, at.to_string())));
    }
    for column in [
        "state",
        "failed_stage",
        "reached",
        "reportable",
        "reply_how",
        "attached",
        "pending",
        "conflict",
        "billable",
        "opened_ticket",
        "channel",
        "source",
        "kind",
        "template_category",
        "content_type",
    ] {
        if !row[column].is_null() {
            fields.insert(column, row[column].to_string());
        }
    }
    fields.extend(row["body"].as_str().map(|body| ("body", body.to_owned())));
    name_fields(row, directory, &mut fields);
    fields.insert(
        "registered",
        (!row["registration_digest"].is_null()).to_string(),
    );
    let session = [&row["session_stated"], &row["session_derived"]];
    let session = session.into_iter().find(|session| !session.is_null());
    fields.extend(session.map(|open| ("session_open", open.to_string())));
    if let Some(stored) = row["conversation_type"].as_i64() {
        let of = kinds::ConversationType::from_code(code(stored)).unwrap();
        fields.insert(
            "conversation_type",
            i32::from(types::ConversationType::from(of)).to_string(),
        );
    }
    if let Some(stored) = row["failure_category"].as_i64() {
        fields.insert("failure_category", wire_category(stored).to_string());
    }
    if let Some(error) = directory.get(&(10, number(row, "error_code_id"))) {
        fields.insert("error_code", wire_error(error));
    }
    fields
}

fn inbound_fields(row: &Row, directory: &Directory) -> Fields {
    let mut fields = Fields::new();
    fields.extend(time(row, "received_at").map(|at| ("received_at", at.to_string())));
    for column in ["reply_how", "channel", "content_type"] {
        if !row[column].is_null() {
            fields.insert(column, row[column].to_string());
        }
    }
    name_fields(row, directory, &mut fields);
    fields
}

fn name_fields(row: &Row, directory: &Directory, fields: &mut Fields) {
    for (column, dimension) in [
        ("channel_account_id", CHANNEL_ACCOUNT),
        ("account_id", 2),
        ("agent_id", 3),
        ("department_id", 4),
        ("team_id", 5),
        ("template_id", 6),
        ("subtype_id", 7),
        ("campaign_id", 8),
        ("broadcast_id", 9),
        ("pricing_category_id", 11),
        ("pricing_type_id", 12),
    ] {
        let number = row.get(column).and_then(Value::as_i64).unwrap_or_default();
        let name = directory.get(&(dimension, number));
        fields.extend(name.map(|name| (column, name.clone())));
    }
}
