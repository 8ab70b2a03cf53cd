//! SQL with binds, as Diesel runs it.
//!
//! `diesel::sql_query` prepares its text anew at every call. [`Sql`] is the same with a statement that stays prepared,
//! which halves the round trips of a commit. `?` marks a bind, in order; none of our SQL uses `?` otherwise.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::row::{Field, NamedRow, Row};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType, Untyped};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;

type BoxedBind = Box<dyn QueryFragment<Pg> + Send>;

/// A statement with its binds.
pub(crate) struct Sql {
    text: Cow<'static, str>,
    binds: Vec<BoxedBind>,
    stays_prepared: bool,
}

impl Sql {
    /// A statement; every `?` in `text` wants a bind.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            binds: Vec::new(),
            stays_prepared: true,
        }
    }

    /// The same with more text.
    pub(crate) fn push(mut self, text: &str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// The same, prepared for this one time: for text of which there are so many kinds that keeping them all would fill
    /// the server's memory.
    pub(crate) fn once(mut self) -> Self {
        self.stays_prepared = false;
        self
    }

    /// Binds the next `?`.
    pub(crate) fn bind<ST, T>(mut self, value: T) -> Self
    where
        ST: Send + 'static,
        T: ToSql<ST, Pg> + Send + 'static,
        Pg: HasSqlType<ST>,
    {
        self.binds.push(Box::new(Bound {
            value,
            sql_type: PhantomData::<ST>,
        }));
        self
    }

    /// Binds the next `?` to an array.
    pub(crate) fn bind_all<ST, T>(self, values: impl IntoIterator<Item = T>) -> Self
    where
        ST: Send + 'static,
        Vec<T>: ToSql<Array<ST>, Pg>,
        T: Send + 'static + std::fmt::Debug,
        Pg: HasSqlType<ST>,
    {
        self.bind::<Array<ST>, Vec<T>>(values.into_iter().collect())
    }
}

impl Sql {
    /// Runs it for the rows it gives. Futures of several statements on one connection may be awaited together: all are
    /// sent at once, and the server works through them in turn.
    pub(crate) async fn fetch<T>(
        self,
        mut connection: &AsyncPgConnection,
    ) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        Ok(RunQueryDsl::load(self, &mut connection).await?)
    }

    /// Runs it for the one row that it may give.
    pub(crate) async fn fetch_optional<T>(
        self,
        connection: &AsyncPgConnection,
    ) -> Result<Option<T>, StoreError>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        Ok(self.fetch(connection).await?.pop())
    }

    /// Runs it for what it does; gives how many rows it touched.
    pub(crate) async fn run(self, mut connection: &AsyncPgConnection) -> Result<usize, StoreError> {
        Ok(RunQueryDsl::execute(self, &mut connection).await?)
    }
}

impl QueryFragment<Pg> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.stays_prepared {
            out.unsafe_to_cache_prepared();
        }
        let mut binds = self.binds.iter();
        for (position, part) in self.text.split('?').enumerate() {
            if position > 0 {
                let bind = binds.next().ok_or_else(|| {
                    diesel::result::Error::QueryBuilderError("a bind is missing".into())
                })?;
                bind.walk_ast(out.reborrow())?;
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

/// One bound value.
struct Bound<ST, T> {
    value: T,
    sql_type: PhantomData<ST>,
}

impl<ST, T> QueryFragment<Pg> for Bound<ST, T>
where
    T: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<ST, T>(&self.value)
    }
}

/// A row type that is read and written in bulk.
pub(crate) trait Rows: Sized {
    /// The table, with its schema.
    const TABLE: &'static str;
    /// The columns, in the order of the fields.
    const COLUMNS: &'static [&'static str];

    /// Binds one array a column, for those of [`Self::COLUMNS`] that are `wanted`.
    fn bind_some(rows: Vec<Self>, wanted: impl Fn(&str) -> bool, sql: Sql) -> Sql;

    /// Binds one array a column.
    fn bind(rows: Vec<Self>, sql: Sql) -> Sql {
        Self::bind_some(rows, |_| true, sql)
    }

    /// `SELECT` of the columns under the alias `stored`, up to and including `FROM`.
    fn select() -> String {
        let columns: Vec<String> = Self::COLUMNS
            .iter()
            .map(|column| format!("stored.{column}"))
            .collect();
        format!(
            "SELECT {} FROM {} AS stored",
            columns.join(", "),
            Self::TABLE
        )
    }

    /// Inserts all rows in one statement; `suffix` is `ON CONFLICT …` or `RETURNING …`, or nothing.
    fn insert(rows: impl Into<Vec<Self>>, suffix: &str) -> Sql {
        let columns = Self::COLUMNS.join(", ");
        let text = format!(
            "INSERT INTO {} ({columns}) SELECT * FROM unnest({}) {suffix}",
            Self::TABLE,
            placeholders(Self::COLUMNS.len()),
        );
        Self::bind(rows.into(), Sql::new(text))
    }

    /// Sets every column of the stored rows that have the same `keys`.
    fn update(rows: impl Into<Vec<Self>>, keys: &[&str]) -> Sql {
        Self::update_in(Self::TABLE, rows, keys, &[])
    }

    /// As [`Self::update`], in one partition of the table, leaving the columns in `left` as they are stored. With conditions
    /// that lead to one partition instead, the planner expects next to no rows, and goes through all of them for each new one.
    fn update_in(table: &str, rows: impl Into<Vec<Self>>, keys: &[&str], left: &[&str]) -> Sql {
        let columns = Self::COLUMNS.iter().copied();
        let columns: Vec<&str> = columns.filter(|column| !left.contains(column)).collect();
        let sets: Vec<String> = columns
            .iter()
            .filter(|column| !keys.contains(column))
            .map(|column| format!("{column} = new.{column}"))
            .collect();
        let matches: Vec<String> = keys
            .iter()
            .map(|key| format!("stored.{key} = new.{key}"))
            .collect();
        let text = format!(
            "UPDATE {table} AS stored SET {} FROM unnest({}) AS new({}) WHERE {}",
            sets.join(", "),
            placeholders(columns.len()),
            columns.join(", "),
            matches.join(" AND "),
        );
        Self::bind_some(
            rows.into(),
            |column| columns.contains(&column),
            Sql::new(text),
        )
    }
}

/// The value of a column: at the next of `places`, where queries have it that name the columns in order, else wherever it is.
/// By its name alone each column of each row would be searched for among all.
pub(crate) fn column<'a, ST, T: FromSql<ST, Pg>>(
    row: &impl NamedRow<'a, Pg>,
    places: &mut impl Iterator<Item = usize>,
    name: &str,
) -> deserialize::Result<T> {
    let field = places.next().and_then(|place| Row::get(row, place));
    match field.filter(|field| field.field_name() == Some(name)) {
        Some(field) => T::from_nullable_sql(field.value()),
        None => NamedRow::get::<ST, T>(row, name),
    }
}

fn placeholders(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Declares a row type that is read by name and written in bulk.
macro_rules! rows {
    (
        $(#[$meta:meta])*
        $name:ident in $table:literal { $($(#[$doc:meta])* $field:ident: $rust:ty => $sql:ty,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $field: $rust,)+
        }

        impl diesel::deserialize::QueryableByName<diesel::pg::Pg> for $name {
            fn build<'a>(
                row: &impl diesel::row::NamedRow<'a, diesel::pg::Pg>,
            ) -> diesel::deserialize::Result<Self> {
                let mut places = 0..;
                $(let $field = $crate::sql::column::<$sql, $rust>(row, &mut places, stringify!($field))?;)+
                Ok(Self { $($field,)+ })
            }
        }

        impl $crate::sql::Rows for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field),)+];

            fn bind_some(
                rows: Vec<Self>,
                wanted: impl Fn(&str) -> bool,
                sql: $crate::sql::Sql,
            ) -> $crate::sql::Sql {
                // Each value moves into the array of its column.
                $(let mut $field: Vec<$rust> = Vec::with_capacity(rows.len());)+
                for row in rows {
                    $($field.push(row.$field);)+
                }
                $(let sql = if wanted(stringify!($field)) {
                    sql.bind_all::<$sql, $rust>($field)
                } else {
                    sql
                };)+
                sql
            }
        }
    };
}
pub(crate) use rows;
