//! What inbound messages hold that follows from other rows: what they answer, and what they take from there.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::ids::{Digest, MessageId};
use acuse_domain::inbound::{Inbound, Reply};
use acuse_domain::kinds::MessageState;
use acuse_domain::ledger::Settings;
use acuse_domain::outbound::Outbound;
use acuse_domain::thread::{self, Answer, Quoted, Settled};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;
use futures::{FutureExt, try_join};
use uuid::Uuid;

use super::derived::{Derived, Fault, Faults, Page};
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::read::by_ids;
use crate::rebuild::settings;
use crate::sql::Sql;
use crate::types::{self, At};

impl Derived for InboundRow {
    fn faults<'a>(
        connection: &'a AsyncPgConnection,
        page: &'a Page<Self>,
    ) -> BoxFuture<'a, Result<Vec<Fault>, StoreError>> {
        async move {
            let messages: Vec<Inbound> = page
                .rows
                .iter()
                .map(|row| row.clone().into_inbound())
                .collect();
            let around = Around::load(connection, page, &messages).await?;
            let mut faults = Faults::default();
            for (position, message) in (0..).zip(&messages) {
                let derived = around.reply_of(position, message);
                let stored = message.reply;
                if stored == derived {
                    continue;
                }
                // To the same message it is of another kind, or takes something else from there.
                let to = |reply: Option<Reply>| reply.map(|reply| reply.to);
                let count = if to(stored) == to(derived) {
                    "reply"
                } else {
                    "reply_to"
                };
                let is_one = |reply: Option<Reply>| Some(i64::from(reply.is_some()));
                faults.add(message.id, count, is_one(stored), is_one(derived));
            }
            Ok(faults.0)
        }
        .boxed()
    }
}

/// Everything that decides what the messages of a page answer.
struct Around {
    settings: Settings,
    /// Where the keys lead that are quoted, in both directions; true for inbound messages.
    keys: HashMap<Digest, (Uuid, bool)>,
    /// By position the latest message before each in its thread, within its window.
    latest: HashMap<i32, Uuid>,
    /// The outbound messages that may be answered, or are said to be.
    sends: HashMap<Uuid, Outbound>,
    /// Whether rows were dropped, and before when those belong.
    rows_were_dropped: bool,
    dropped_before: Option<Timestamp>,
}

impl Around {
    async fn load(
        connection: &AsyncPgConnection,
        page: &Page<InboundRow>,
        messages: &[Inbound],
    ) -> Result<Self, StoreError> {
        let workspace = page.workspace;
        let mut windows = Settings::default();
        if let Some(found) = settings(connection, workspace).await? {
            windows.set(workspace, found.attribution_windows);
        }
        let (keys, latest) = try_join!(
            quoted(connection, workspace.0, messages),
            latest(connection, workspace.0, messages, &windows),
        )?;
        let said = messages.iter().filter_map(|message| message.reply);
        let mut wanted: BTreeSet<Uuid> = said.map(|reply| reply.to.0).collect();
        wanted.extend(latest.values());
        let outbound = keys.values().filter(|(_, inbound)| !inbound);
        wanted.extend(outbound.map(|(id, _)| id));
        let rows: Vec<MessageRow> = by_ids::<MessageRow>(workspace.0, wanted)
            .fetch(connection)
            .await?;
        let sends = rows
            .into_iter()
            .map(|row| Ok((row.message_id, row.into_outbound()?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Self {
            settings: windows,
            keys,
            latest,
            sends,
            rows_were_dropped: page.rows_were_dropped,
            dropped_before: page.dropped_before,
        })
    }

    fn quoted(&self, message: &Inbound) -> Quoted {
        let Some(key) = message.quoted else {
            return Quoted::NoSend;
        };
        match (self.keys.get(&key), self.keys.get(&key.mirrored())) {
            (Some((id, false)), _) => self
                .sends
                .get(id)
                .map_or(Quoted::Dropped(MessageId(*id)), |sent| {
                    Quoted::Send(sent.as_send())
                }),
            (_, Some((_, true))) => Quoted::NoSend,
            _ => Quoted::Unknown,
        }
    }

    fn reply_of(&self, position: i32, message: &Inbound) -> Option<Reply> {
        if !message.counts() {
            return None;
        }
        let answer = Answer {
            at: message.at,
            quoted: self.quoted(message),
            is_click: message.is_click,
        };
        let latest = self.latest.get(&position);
        let latest = latest.and_then(|id| Some(self.sends.get(id)?.as_send()));
        let window = self.settings.window(message.workspace, message.at);
        let kept = message
            .reply
            .filter(|reply| self.rows_were_dropped && !self.sends.contains_key(&reply.to.0));
        let settled = kept.map(|reply| Settled {
            to: reply.to,
            how: reply.how,
            dropped_before: self.dropped_before,
        });
        let (to, how) = thread::attribute(&answer, &latest, window, settled)?;
        if let Some(kept) = kept.filter(|reply| reply.to == to) {
            return Some(Reply { how, ..kept });
        }
        let from = self.sends.get(&to.0)?.attribution();
        Some(Reply {
            to,
            how,
            account: from.account,
            campaign: from.campaign,
            agent: from.agent,
            team: from.team,
            department: from.department,
        })
    }
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = Bool)]
    inbound: bool,
}

async fn quoted(
    connection: &AsyncPgConnection,
    workspace: i32,
    messages: &[Inbound],
) -> Result<HashMap<Digest, (Uuid, bool)>, StoreError> {
    let wanted: BTreeSet<Uuid> = messages
        .iter()
        .filter_map(|message| message.quoted)
        .flat_map(|key| [key, key.mirrored()])
        .map(types::uuid_of)
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<Key> = Sql::new(
        "SELECT stored.digest, coalesce(united.message_id, stored.message_id) AS message_id, stored.inbound \
         FROM unnest(?) AS wanted(digest) \
         JOIN message_state.message_keys AS stored ON stored.workspace_id = ? AND stored.digest = wanted.digest \
         LEFT JOIN message_state.united_messages AS united \
           ON united.workspace_id = stored.workspace_id AND united.gone_id = stored.message_id",
    )
    .bind_all::<SqlUuid, _>(wanted)
    .bind::<Integer, _>(workspace)
    .fetch(connection)
    .await?;
    let lead = |key: Key| (types::digest_of(key.digest), (key.message_id, key.inbound));
    Ok(found.into_iter().map(lead).collect())
}

#[derive(QueryableByName)]
struct Latest {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
}

async fn latest(
    connection: &AsyncPgConnection,
    workspace: i32,
    messages: &[Inbound],
    settings: &Settings,
) -> Result<HashMap<i32, Uuid>, StoreError> {
    let earliest = |message: &Inbound| message.at - settings.window(message.workspace, message.at);
    let positions = (0..).zip(messages).map(|(position, _)| position);
    let found: Vec<Latest> = Sql::new(
        "SELECT answer.position, sent.message_id FROM unnest(?, ?, ?, ?, ?) \
           AS answer(position, contact_id, channel_account_id, earliest, at) \
         CROSS JOIN LATERAL (SELECT stored.message_id FROM message_state.messages AS stored \
           WHERE stored.workspace_id = ? AND stored.contact_id = answer.contact_id \
             AND stored.origin >= answer.earliest AND stored.origin < answer.at \
             AND stored.channel_account_id = answer.channel_account_id AND stored.state NOT IN (?, ?) \
           ORDER BY stored.origin DESC, stored.rank DESC LIMIT 1) AS sent",
    )
    .bind_all::<Integer, i32>(positions)
    .bind_all::<BigInt, _>(messages.iter().map(|message| message.contact.0))
    .bind_all::<Integer, _>(messages.iter().map(|message| message.channel_account.0))
    .bind_all::<Timestamptz, _>(messages.iter().map(|message| At(earliest(message))))
    .bind_all::<Timestamptz, _>(messages.iter().map(|message| At(message.at)))
    .bind::<Integer, _>(workspace)
    .bind::<SmallInt, _>(MessageState::Failed.code())
    .bind::<SmallInt, _>(MessageState::DispatchFailed.code())
    .fetch(connection)
    .await?;
    Ok(found
        .into_iter()
        .map(|latest| (latest.position, latest.message_id))
        .collect())
}
