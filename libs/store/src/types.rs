//! The domain's values as Postgres keeps them.

use std::io::Write as _;

use acuse_domain::calendar::LocalDay;
use acuse_domain::ids::{ContactId, Digest, MessageId, NameId};
use acuse_domain::time::Timestamp;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Date, Jsonb, Timestamptz};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Microseconds from the Unix epoch to Postgres's, 2000-01-01.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Days from the Unix epoch to Postgres's.
const POSTGRES_EPOCH_DAYS: i32 = 10_957;

/// An instant in a `timestamptz` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromSqlRow, AsExpression)]
#[diesel(sql_type = Timestamptz)]
pub(crate) struct At(pub(crate) Timestamp);

impl ToSql<Timestamptz, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = PgTimestamp(self.0.micros().saturating_sub(POSTGRES_EPOCH_MICROS));
        ToSql::<Timestamptz, Pg>::to_sql(&value, &mut out.reborrow())
    }
}

impl FromSql<Timestamptz, Pg> for At {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(micros) = FromSql::<Timestamptz, Pg>::from_sql(value)?;
        Ok(Self(Timestamp::from_micros(
            micros.saturating_add(POSTGRES_EPOCH_MICROS),
        )))
    }
}

/// A local day in a `date` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Date)]
pub(crate) struct Day(pub(crate) LocalDay);

impl ToSql<Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = PgDate(self.0.0.saturating_sub(POSTGRES_EPOCH_DAYS));
        ToSql::<Date, Pg>::to_sql(&value, &mut out.reborrow())
    }
}

impl FromSql<Date, Pg> for Day {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgDate(days) = FromSql::<Date, Pg>::from_sql(value)?;
        Ok(Self(LocalDay(days.saturating_add(POSTGRES_EPOCH_DAYS))))
    }
}

/// A document in a `jsonb` column, as text: no tree of values is made of what is only passed on.
#[derive(Debug, Clone, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub(crate) struct Json(String);

/// The only version of the binary form of `jsonb`: text follows.
const JSONB_VERSION: u8 = 1;

impl Json {
    /// A value as a document; null where it cannot be one.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        serde_json::to_string(value).map_or_else(|_| Self::null(), Self)
    }

    /// The document that says nothing.
    pub(crate) fn null() -> Self {
        Self("null".to_owned())
    }

    /// The value that the document is of; `None` where it is of another kind.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Jsonb, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [JSONB_VERSION, text @ ..] => Ok(Self(std::str::from_utf8(text)?.to_owned())),
            _ => Err("jsonb in an unknown form".into()),
        }
    }
}

/// A digest in a `uuid` column: sixteen bytes without a length.
pub(crate) fn uuid_of(digest: Digest) -> Uuid {
    Uuid::from_bytes(digest.0)
}

/// The digest in a `uuid` column.
pub(crate) fn digest_of(uuid: Uuid) -> Digest {
    Digest(uuid.into_bytes())
}

/// The stored number of a name, `None` where there is none.
pub(crate) fn name(id: Option<NameId>) -> Option<i32> {
    id.map(|NameId(id)| id)
}

/// The stored number of a contact.
pub(crate) fn contact(id: Option<ContactId>) -> Option<i64> {
    id.map(|ContactId(id)| id)
}

/// The stored id of a message.
pub(crate) fn message(id: Option<MessageId>) -> Option<Uuid> {
    id.map(|MessageId(id)| id)
}

/// An instant that may be missing.
pub(crate) fn at(instant: Option<Timestamp>) -> Option<At> {
    instant.map(At)
}
