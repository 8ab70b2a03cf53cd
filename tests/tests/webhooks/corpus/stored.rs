//! What the index says of inbound messages and of what is kept aside, against rows: no call shows either.

use std::collections::BTreeSet;

use acuse_corpus::{Inbound, Item, Meaning};
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::kinds::{ContentType, InboundKind, Provider};
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

use super::Case;
use super::facts::{Facts, is_address};

/// The kinds under which an inbound message and its deletion stand in the timeline.
const KINDS: &str = "(100, 101)";

/// What is stored in a workspace.
pub(crate) struct Stored {
    /// Outbound messages.
    pub(super) outbound: i64,
    /// Statuses of them.
    pub(super) statuses: i64,
    pub(crate) inbound: Vec<Row>,
}

/// An inbound message.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) provider: Provider,
    pub(crate) id: String,
    pub(crate) destination: Option<String>,
    /// The channel account that it was written to.
    pub(crate) account: String,
    pub(crate) content: Value,
    button: Value,
    kind: InboundKind,
    content_type: ContentType,
    /// Milliseconds since 1970.
    pub(crate) received_at: i64,
    pub(crate) time_is_receipt: Vec<bool>,
    quoted: Option<String>,
    deleted: bool,
    pub(crate) addresses: Vec<String>,
}

impl Stored {
    pub(crate) async fn of(session: &Client, workspace: &str) -> Self {
        let count = async |of: &str| -> i64 {
            let query = format!(
                "SELECT count(*) FROM message_state.{of} JOIN message_state.workspaces USING (workspace_id) \
                 WHERE slug = $1"
            );
            session
                .query_one(&query, &[&workspace])
                .await
                .unwrap()
                .get(0)
        };
        let outbound = count("messages").await;
        let evidence = count("timeline").await;
        let query = format!(
            "SELECT c.provider_message_id, c.destination, c.content::text, c.button::text, i.kind, i.content_type, \
                    floor(extract(epoch FROM i.received_at) * 1000)::int8, i.quoted::text, i.deleted, \
                    ARRAY(SELECT at_is_receipt FROM message_state.timeline t WHERE t.workspace_id = i.workspace_id \
                          AND t.message_id = i.message_id AND t.kind IN {KINDS}), \
                    ARRAY(SELECT value FROM message_state.contact_addresses a WHERE a.workspace_id = i.workspace_id \
                          AND a.contact_id = i.contact_id), \
                    c.provider, d.external_id \
             FROM message_state.inbound_messages i JOIN message_state.contents c USING (workspace_id, message_id) \
             JOIN message_state.workspaces w USING (workspace_id) \
             JOIN message_state.directory d ON d.workspace_id = i.workspace_id AND d.dimension = 1 \
                  AND d.name_id = i.channel_account_id \
             WHERE w.slug = $1"
        );
        let rows = session.query(&query, &[&workspace]).await.unwrap();
        let json =
            |text: Option<&str>| text.map_or(Value::Null, |it| serde_json::from_str(it).unwrap());
        let inbound: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                id: row.get(0),
                destination: row.get(1),
                content: json(row.get(2)),
                button: json(row.get(3)),
                kind: InboundKind::from_code(row.get(4)).unwrap(),
                content_type: ContentType::from_code(row.get(5)).unwrap(),
                received_at: row.get(6),
                quoted: row.get(7),
                deleted: row.get(8),
                time_is_receipt: row.get(9),
                addresses: row.get(10),
                provider: Provider::from_code(row.get(11)).unwrap(),
                account: account_id(row.get(12)),
            })
            .collect();
        let heard: usize = inbound.iter().map(|row| row.time_is_receipt.len()).sum();
        Self {
            outbound,
            statuses: evidence - super::count(heard),
            inbound,
        }
    }

    /// Holds the inbound messages of one file against what is stored.
    pub(super) fn check<'a>(&self, facts: &mut Facts, said: impl Iterator<Item = &'a Inbound<'a>>) {
        let (mut found, mut deleted) = (BTreeSet::new(), 0);
        for message in said {
            let mut fitting = self.inbound.iter().filter(|row| row.is(message));
            match (fitting.next(), fitting.next()) {
                (Some(row), None) => {
                    row.check(facts, message);
                    found.insert(row.id.clone());
                }
                (first, _) => {
                    let id = message.id;
                    facts.check(false, || {
                        format!(
                            "{id:?} is there {}",
                            if first.is_some() { "twice" } else { "not" }
                        )
                    });
                }
            }
            // The one that was deleted, of which this is the news.
            deleted += usize::from(message.kind == "revoke");
        }
        let gone = self.inbound.iter().filter(|row| row.deleted).count();
        facts.nothing_else("deleted messages", &gone, &deleted);
        facts.nothing_else(
            "inbound messages",
            &self.inbound.len(),
            &(found.len() + deleted),
        );
    }

    /// Whether each of these is there, once, and nothing else is. Of several with one id the least stands.
    pub(super) fn check_ids<'a>(
        &self,
        facts: &mut Facts,
        said: impl Iterator<Item = &'a Inbound<'a>>,
    ) {
        let (mut ids, mut without, mut revoked) = (BTreeSet::new(), 0, 0);
        for message in said {
            match message.id {
                Some(id) => {
                    ids.insert(id);
                }
                None => without += 1,
            }
            revoked += usize::from(message.kind == "revoke");
        }
        for id in &ids {
            let rows = self.inbound.iter().filter(|row| row.id == *id).count();
            facts.check(rows == 1, || format!("{id} is there {rows} times"));
        }
        let derived = self.inbound.iter().filter(|row| row.is_derived()).count();
        facts.check((1..=without).contains(&derived), || {
            format!("{derived} of {without} messages without an id")
        });
        let others = self.inbound.len() - ids.len() - derived;
        facts.check(others <= revoked, || {
            format!(
                "{others} other messages, of which {revoked} may be: {:?}",
                self.inbound
            )
        });
    }
}

impl Row {
    fn is_derived(&self) -> bool {
        self.id.starts_with("derived:")
    }

    fn is(&self, said: &Inbound<'_>) -> bool {
        match said.id {
            Some(id) => self.id == id && !self.deleted,
            None => self.is_derived(),
        }
    }

    fn check(&self, facts: &mut Facts, said: &Inbound<'_>) {
        match said.time {
            Some(time) => {
                facts.equal("time", &(self.received_at / 1_000), &time.0);
                facts.equal("its time is receipt", &self.time_is_receipt, &vec![false]);
            }
            None => facts.equal("its time is receipt", &self.time_is_receipt, &vec![true]),
        }
        // In a group whom the conversation is with is the group, and nothing else is stored of who wrote.
        let who = said.group.or(said.from).or(said.user);
        let destination = self.destination.as_deref();
        let holds = who
            .zip(destination)
            .is_some_and(|(who, it)| is_address(it, who));
        facts.check(holds, || format!("it is from {destination:?}, not {who:?}"));
        let addresses = self.addresses.iter();
        if let Some(group) = said.group {
            let all: Vec<&str> = addresses.map(String::as_str).collect();
            facts.equal("addresses of the group", &all, &vec![group]);
        } else if let Some(user) = said.user {
            let known = addresses.clone().any(|address| address == user);
            facts.check(known, || format!("{user} is not in {:?}", self.addresses));
        }
        if let Some(expected) = said.content_type() {
            facts.equal("type", &self.content_type.as_str(), &expected);
        }
        if let Some(counts) = said.counts() {
            facts.equal("counts", &(self.kind == InboundKind::Regular), &counts);
        }
        self.content(facts, said);
    }

    fn content(&self, facts: &mut Facts, said: &Inbound<'_>) {
        let member = |name: &str| self.content.get(name).and_then(Value::as_str);
        let text = member("body");
        if let Some(body) = &said.body {
            facts.text("body", text, Some(body));
        }
        if let Some(media) = &said.media {
            facts.text("media", member("media_id"), media.id);
            facts.text("media type", member("media_type"), media.kind);
        }
        if let Some(point) = &said.point {
            facts.check(text.is_some_and(|it| it.ends_with(point)), || {
                format!("{point} is not in {text:?}")
            });
        }
        if let Some(reaction) = &said.reaction {
            facts.text("emoji", text, Some(&reaction.emoji));
            facts.equal("target", &self.quoted, &reaction.target.map(key));
        }
        if let Some(button) = &said.button {
            let member = |name: &str| self.button.get(name).and_then(Value::as_str);
            facts.text("button", member("title"), Some(&button.title));
            facts.text("button id", member("id"), button.id.as_deref());
            facts.text("text of the button", text, Some(&button.title));
        }
        if said.has_context {
            facts.equal("quoted", &self.quoted, &said.quoted.as_deref().map(key));
        }
        if said.referral.is_some() {
            facts.text("referral", member("footer"), said.referral);
        }
        if said.notice.is_some() {
            facts.text("notice", text, said.notice);
        }
    }
}

/// The id of a channel account out of the directory, where the channel stands before it.
pub(crate) fn account_id(external: &str) -> String {
    let (_, id) = external.split_once(':').unwrap();
    id.to_owned()
}

/// By what a message is looked up that another one quotes.
fn key(id: &str) -> String {
    let id = ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: id.to_owned(),
    };
    Uuid::from_bytes(id.outbound_key().0).to_string()
}

/// Bodies with something in them that was not understood, how often each came, and what that was.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) bodies: Vec<(Vec<u8>, i64)>,
    /// Reason and detail.
    pub(crate) findings: Vec<(String, String)>,
}

impl Kept {
    pub(crate) async fn of(session: &Client, workspace: &str) -> Self {
        let query = "SELECT body, times, findings::text FROM ingestion.not_understood \
                     JOIN message_state.workspaces USING (workspace_id) WHERE slug = $1";
        let rows = session.query(query, &[&workspace]).await.unwrap();
        let findings = rows.iter().flat_map(|row| {
            let all: Vec<Value> = serde_json::from_str(row.get(2)).unwrap();
            let text = |of: &Value, name: &str| of[name].as_str().unwrap().to_owned();
            let pairs = all
                .iter()
                .map(|it| (text(it, "reason"), text(it, "detail")));
            pairs.collect::<Vec<_>>()
        });
        Self {
            bodies: rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
            findings: findings.collect(),
        }
    }

    /// Holds what is kept of a file against what is said of it.
    pub(super) fn check(&self, facts: &mut Facts, case: &Case<'_>, now: i64) {
        // Message-state takes what is read.
        let refused = self.findings.iter().filter(|it| it.0 == "rejected");
        facts.nothing_else("refused", &refused.collect(), &Vec::new());
        let mut expected = 0;
        match case.says {
            // What is refused is not kept either.
            Meaning::Nothing { .. } => {
                facts.check(self.bodies.is_empty(), || format!("kept: {self:?}"));
            }
            Meaning::Items(_) => {}
        }
        for item in case.items() {
            let implausible =
                |time: Option<acuse_corpus::Time>| time.is_some_and(|time| !time.is_plausible(now));
            match item {
                Item::Status(status) if !status.is_known() => {
                    self.has(facts, &["unknown_status"], status.kind);
                }
                Item::Status(status) if implausible(status.time) => {
                    self.has(facts, &["implausible_time"], "");
                }
                Item::Inbound(message) if !message.is_somebodys() => {
                    self.has(facts, &["missing_contact"], "");
                }
                Item::Inbound(message) if implausible(message.time) => {
                    self.has(facts, &["implausible_time"], "");
                }
                Item::Inbound(Inbound {
                    error: Some(code), ..
                })
                | Item::Error { code } => self.has(facts, &["provider_error"], code),
                Item::Aside { id: Some(_), .. } => {
                    self.has(facts, &["not_supported_yet", "not_a_message"], "");
                }
                Item::Revoked { .. } => self.has(facts, &["not_a_message"], ""),
                Item::Aside { field, .. } => {
                    let reasons = match field {
                        Some(_) => &["not_a_message", "unknown_field", "not_supported_yet"][..],
                        None => &["nothing_known"],
                    };
                    self.has(facts, reasons, field.unwrap_or_default());
                }
                Item::Status(_) | Item::Inbound(_) | Item::Echo(_) => continue,
            }
            expected += 1;
        }
        if expected > 0 {
            facts.equal("kept", &self.bodies, &vec![(case.body.clone(), 2)]);
        }
    }

    fn has(&self, facts: &mut Facts, reasons: &[&str], detail: &str) {
        let found = self
            .findings
            .iter()
            .any(|(reason, told)| reasons.contains(&reason.as_str()) && told.contains(detail));
        facts.check(found, || {
            format!("no {reasons:?} about {detail:?} in {:?}", self.findings)
        });
    }
}
