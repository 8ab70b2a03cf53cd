//! Payloads that were not understood: listed, and counted by reason.

use acuse_domain::ids::Digest;
use acuse_domain::kinds::Provider;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use futures::FutureExt;
use serde_json::Value;
use uuid::Uuid;

use super::{Finding, NotUnderstood, Place};
use crate::error::StoreError;
use crate::ingestion::{IntegrationRef, Parcel, rows_at_most, storable, transaction, workspace_of};
use crate::pool::Database;
use crate::sql::Sql;
use crate::types::{At, digest_of, uuid_of};

/// What the bodies and findings of one page take in memory at most, about, but for those of one payload.
const PAGE_BYTES: i64 = 4 << 20;

/// Kinds of reasons that are counted at most.
const MOST_COUNTS: i64 = 1_000;

/// Which payloads are meant: those that meet every condition that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The one with this digest.
    pub digest: Option<Digest>,
    /// Those of this integration.
    pub integration: Option<Uuid>,
    /// Those of this provider.
    pub provider: Option<Provider>,
    /// Those that are kept for this reason, among others perhaps.
    pub reason: Option<String>,
    /// Those that first came then or later.
    pub received_from: Option<Timestamp>,
    /// Those that first came before that.
    pub received_before: Option<Timestamp>,
}

/// What is wanted of payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which ones.
    pub filter: Filter,
    /// Those that come after this place; `None` for the beginning.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: usize,
    /// Whether with their bodies and findings: then about 4 MiB of them, but at least one payload.
    pub with_bodies: bool,
}

/// Some payloads, in the order in which they first came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The payloads.
    pub found: Vec<NotUnderstood>,
    /// Whether more follow.
    pub more: bool,
}

/// How many payloads there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// By provider and reason, those that came most often first; at most 1,000 of them.
    pub counted: Vec<Counted>,
    /// Payloads, each once.
    pub payloads: u64,
}

/// How many payloads are kept for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Whose.
    pub provider: Provider,
    /// Why.
    pub reason: String,
    /// How many.
    pub payloads: u64,
    /// How often they came, all together.
    pub times: u64,
    /// When the last of them came.
    pub last_received_at: Timestamp,
}

impl Filter {
    /// Adds the conditions to a statement whose last clause is a `WHERE` over `stored`.
    fn narrow(&self, mut sql: Sql) -> Sql {
        if let Some(digest) = self.digest {
            sql = sql.push(" AND stored.digest = ?");
            sql = sql.bind::<SqlUuid, _>(uuid_of(digest));
        }
        if let Some(integration) = self.integration {
            sql = sql.push(" AND stored.integration_id = ?");
            sql = sql.bind::<SqlUuid, _>(integration);
        }
        if let Some(provider) = self.provider {
            sql = sql.push(" AND stored.provider = ?");
            sql = sql.bind::<SmallInt, _>(provider.code());
        }
        if let Some(reason) = &self.reason {
            sql = sql.push(" AND stored.reasons @> jsonb_build_array(?)");
            sql = sql.bind::<Text, _>(storable(reason));
        }
        if let Some(from) = self.received_from {
            sql = sql.push(" AND stored.first_received_at >= ?");
            sql = sql.bind::<Timestamptz, _>(At(from));
        }
        if let Some(before) = self.received_before {
            sql = sql.push(" AND stored.first_received_at < ?");
            sql = sql.bind::<Timestamptz, _>(At(before));
        }
        sql
    }
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
    #[diesel(sql_type = SqlUuid)]
    integration_id: Uuid,
    #[diesel(sql_type = SmallInt)]
    provider: i16,
    #[diesel(sql_type = Nullable<Text>)]
    content_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    query: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    body: Option<Vec<u8>>,
    #[diesel(sql_type = Integer)]
    body_bytes: i32,
    #[diesel(sql_type = Nullable<Jsonb>)]
    findings: Option<Value>,
    #[diesel(sql_type = Jsonb)]
    reasons: Value,
    #[diesel(sql_type = Timestamptz)]
    first_received_at: At,
    #[diesel(sql_type = Timestamptz)]
    last_received_at: At,
    #[diesel(sql_type = BigInt)]
    times: i64,
    /// How many rows there are before and after the cut by bytes, one beyond the limit included.
    #[diesel(sql_type = BigInt)]
    matched: i64,
}

/// Payloads of a workspace; `None` where there is no such workspace.
///
/// # Errors
/// Fails with the database.
pub async fn not_understood(
    database: &Database,
    slug: &str,
    wanted: Wanted,
) -> Result<Option<Page>, StoreError> {
    let slug = slug.to_owned();
    let limit = wanted.limit;
    let rows = transaction(database, move |connection| {
        async move {
            let Some(workspace) = workspace_of(connection, slug).await? else {
                return Ok(None);
            };
            let rows: Vec<FoundRow> = select(workspace, &wanted).fetch(connection).await?;
            Ok(Some(rows))
        }
        .boxed()
    })
    .await?;
    let Some(mut rows) = rows else {
        return Ok(None);
    };
    rows.truncate(limit);
    let matched = rows.first().map_or(0, |row| row.matched);
    let more = rows_at_most(rows.len()) < matched;
    let found = rows.into_iter().map(NotUnderstood::try_from);
    let found = found.collect::<Result<_, _>>()?;
    Ok(Some(Page { found, more }))
}

/// The page, with one row more than its limit where there is one. Sizes are what is stored: nothing is unpacked that does not
/// go out. Findings are packed well, hence eight times as long as they look.
fn select(workspace: i32, wanted: &Wanted) -> Sql {
    let after = wanted.after.unwrap_or(Place::BEGINNING);
    let budget = if wanted.with_bodies {
        PAGE_BYTES
    } else {
        i64::MAX
    };
    let sql = Sql::new(
        "WITH page AS MATERIALIZED (SELECT stored.digest, stored.first_received_at, \
           octet_length(stored.body)::int8 + 8 * pg_column_size(stored.findings) AS bytes \
         FROM ingestion.not_understood AS stored \
         WHERE stored.workspace_id = ? AND (stored.first_received_at, stored.digest) > (?, ?)",
    )
    .bind::<Integer, _>(workspace)
    .bind::<Timestamptz, _>(At(after.first_received_at))
    .bind::<SqlUuid, _>(uuid_of(after.digest));
    wanted
        .filter
        .narrow(sql)
        .push(
            " ORDER BY stored.first_received_at, stored.digest LIMIT ?), \
         sized AS (SELECT digest, count(*) OVER () AS matched, \
           sum(bytes) OVER (ORDER BY first_received_at, digest) - bytes AS bytes_before FROM page) \
         SELECT stored.workspace_id, stored.digest, stored.integration_id, stored.provider, stored.content_type, stored.query, \
           CASE WHEN ? THEN stored.body END AS body, octet_length(stored.body) AS body_bytes, \
           CASE WHEN ? THEN stored.findings END AS findings, stored.reasons, stored.first_received_at, \
           stored.last_received_at, stored.times, sized.matched \
         FROM sized JOIN ingestion.not_understood AS stored ON stored.workspace_id = ? AND stored.digest = sized.digest \
         WHERE sized.bytes_before < ? ORDER BY stored.first_received_at, stored.digest",
        )
        .bind::<BigInt, _>(rows_at_most(wanted.limit.saturating_add(1)))
        .bind::<Bool, _>(wanted.with_bodies)
        .bind::<Bool, _>(wanted.with_bodies)
        .bind::<Integer, _>(workspace)
        .bind::<BigInt, _>(budget)
        .once()
}

impl TryFrom<FoundRow> for NotUnderstood {
    type Error = StoreError;

    fn try_from(row: FoundRow) -> Result<Self, StoreError> {
        let integration =
            IntegrationRef::stored(row.workspace_id, row.integration_id, row.provider)?;
        let digest = digest_of(row.digest);
        let corrupt = |_| StoreError::Corrupt(format!("not understood {digest:?}: findings"));
        let reasons = serde_json::from_value(row.reasons).map_err(corrupt)?;
        let findings: Option<Vec<Finding>> = row
            .findings
            .map(serde_json::from_value)
            .transpose()
            .map_err(corrupt)?;
        Ok(Self {
            digest,
            parcel: Parcel {
                integration,
                received_at: row.first_received_at.0,
                content_type: row.content_type,
                query: row.query,
                body: row.body.unwrap_or_default(),
            },
            body_bytes: usize::try_from(row.body_bytes).unwrap_or(0),
            findings: findings.unwrap_or_default(),
            reasons,
            last_received_at: row.last_received_at.0,
            times: row.times.unsigned_abs(),
        })
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = SmallInt)]
    provider: i16,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = BigInt)]
    payloads: i64,
    #[diesel(sql_type = BigInt)]
    times: i64,
    #[diesel(sql_type = Timestamptz)]
    last_received_at: At,
}

#[derive(QueryableByName)]
struct TotalRow {
    #[diesel(sql_type = BigInt)]
    payloads: i64,
}

/// How many payloads of a workspace there are, by provider and reason; `None` where there is no such workspace.
///
/// # Errors
/// Fails with the database.
pub async fn count_not_understood(
    database: &Database,
    slug: &str,
    filter: Filter,
) -> Result<Option<Counts>, StoreError> {
    let slug = slug.to_owned();
    let found = transaction(database, move |connection| {
        async move {
            let Some(workspace) = workspace_of(connection, slug).await? else {
                return Ok(None);
            };
            let by_reason = Sql::new(
                "SELECT stored.provider, kept.reason, count(*) AS payloads, sum(stored.times)::int8 AS times, \
                   max(stored.last_received_at) AS last_received_at \
                 FROM ingestion.not_understood AS stored \
                 CROSS JOIN LATERAL jsonb_array_elements_text(stored.reasons) AS kept(reason) \
                 WHERE stored.workspace_id = ?",
            )
            .bind::<Integer, _>(workspace);
            let by_reason = filter
                .narrow(by_reason)
                .push(" GROUP BY 1, 2 ORDER BY times DESC, payloads DESC, 1, 2 LIMIT ?")
                .bind::<BigInt, _>(MOST_COUNTS);
            let total = Sql::new(
                "SELECT count(*) AS payloads FROM ingestion.not_understood AS stored WHERE stored.workspace_id = ?",
            )
            .bind::<Integer, _>(workspace);
            let total = filter.narrow(total);
            let counts: Vec<CountRow> = by_reason.once().fetch(connection).await?;
            let total: Option<TotalRow> = total.once().fetch_optional(connection).await?;
            Ok(Some((counts, total.map_or(0, |row| row.payloads))))
        }
        .boxed()
    })
    .await?;
    let Some((rows, total)) = found else {
        return Ok(None);
    };
    let counted = rows.into_iter().map(Counted::try_from);
    Ok(Some(Counts {
        counted: counted.collect::<Result<_, _>>()?,
        payloads: total.unsigned_abs(),
    }))
}

impl TryFrom<CountRow> for Counted {
    type Error = StoreError;

    fn try_from(row: CountRow) -> Result<Self, StoreError> {
        let unknown = || StoreError::Corrupt(format!("not understood: provider {}", row.provider));
        Ok(Self {
            provider: Provider::from_code(row.provider).ok_or_else(unknown)?,
            reason: row.reason,
            payloads: row.payloads.unsigned_abs(),
            times: row.times.unsigned_abs(),
            last_received_at: row.last_received_at.0,
        })
    }
}
