//! Statements: what is sent for a question, and what comes back.

use acuse_domain::calendar::Zone;
use acuse_domain::counts::Counts;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Cell, Group, Key, NO_VALUE, Tally, Value};
use acuse_domain::rollup::{Facet, Span, hour_of_week};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, SmallInt};
use diesel_async::AsyncPgConnection;

use super::fit::Unfit;
use super::ids::Resolved;
use super::rollups::{self, Facets, Histograms, InUse, Totals};
use super::rows::Counted;
use super::{Asked, Path};
use crate::error::StoreError;
use crate::sql::Sql;

/// Cells of one statement at most, departments told apart: as many as are held in memory for one question.
pub(super) const MOST_CELLS: usize = 200_000;

/// A query for a part of what is wanted.
pub(super) struct Statement {
    wanted: Wanted,
    sql: Sql,
    /// Where keys are instants: the zone by whose clock they are hours of the week.
    hours_of: Option<Zone>,
}

enum Wanted {
    Cells,
    Bins,
}

/// What a statement gave.
pub(super) enum Given {
    /// The counts of each cell, or of the part of it that was sent from a department.
    Cells(Vec<(Key, Value, Cell)>),
    /// How many messages of a cell took a time of a bin.
    Bins(Vec<(Key, Span, u16, i64)>),
}

/// The statements for a question, with what its ids lead to.
///
/// # Errors
/// Fails where the path cannot answer it.
pub(super) fn statements(
    asked: &Asked,
    in_use: &InUse,
    ids: &Resolved,
) -> Result<Vec<Statement>, Unfit> {
    let (workspace, query) = (asked.question.workspace, asked.question.query());
    if asked.path != Path::Rows && !asked.question.ids.is_empty() {
        return Err(Unfit::Ids);
    }
    // Inbound messages take no times.
    let durations = asked.durations && query.direction == Direction::Outbound;
    let departments = asked.departments;
    match asked.path {
        Path::Totals => gather(
            rollups::cells(&Totals(in_use.set), workspace, query, departments)?,
            durations.then(|| Histograms::of(Facet::All, in_use).bins(workspace, query)),
            None,
        ),
        Path::Facets(facet) => {
            let facets = Facets::new(facet, in_use, query.direction)?;
            gather(
                rollups::cells(&facets, workspace, query, departments)?,
                durations.then(|| facets.histograms(query).bins(workspace, query)),
                None,
            )
        }
        Path::Rows => {
            let counted = Counted {
                workspace,
                query,
                ids,
            };
            let spans = if durations { Span::ALL } else { &[] };
            let hours_of = match &query.group {
                Group::ReplyHours(zone) => Some(zone.clone()),
                _ => None,
            };
            gather(
                counted.cells(departments)?,
                spans.iter().map(|span| counted.bins(*span)),
                hours_of,
            )
        }
    }
}

fn gather(
    cells: Sql,
    bins: impl IntoIterator<Item = Result<Sql, Unfit>>,
    hours_of: Option<Zone>,
) -> Result<Vec<Statement>, Unfit> {
    let bins = bins.into_iter().map(|sql| (Wanted::Bins, sql));
    std::iter::once((Wanted::Cells, Ok(cells)))
        .chain(bins)
        .map(|(wanted, sql)| {
            Ok(Statement {
                wanted,
                sql: sql?,
                hours_of: hours_of.clone(),
            })
        })
        .collect()
}

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    key: Option<i64>,
    #[diesel(sql_type = Integer)]
    department: i32,
    #[diesel(sql_type = Array<BigInt>)]
    counts: Vec<i64>,
    #[diesel(sql_type = BigInt)]
    unconfirmed: i64,
}

#[derive(QueryableByName)]
struct BinRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    key: Option<i64>,
    #[diesel(sql_type = SmallInt)]
    span: i16,
    #[diesel(sql_type = SmallInt)]
    bin: i16,
    #[diesel(sql_type = BigInt)]
    messages: i64,
}

impl Statement {
    /// Asks.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn ask(self, connection: &AsyncPgConnection) -> Result<Given, StoreError> {
        let hours_of = self.hours_of;
        let key = |key: Option<i64>| key_of(key, hours_of.as_ref());
        Ok(match self.wanted {
            Wanted::Cells => {
                let most = i64::try_from(MOST_CELLS).unwrap_or(i64::MAX);
                let sql = self.sql.push(" LIMIT ?").bind::<BigInt, _>(most + 1);
                let rows: Vec<CellRow> = sql.fetch(connection).await?;
                if rows.len() > MOST_CELLS {
                    return Err(StoreError::TooManyCells(MOST_CELLS));
                }
                let cells: Result<_, StoreError> = rows
                    .into_iter()
                    .map(|row| Ok((key(row.key), row.department, cell_of(row)?)))
                    .collect();
                Given::Cells(cells?)
            }
            Wanted::Bins => {
                let rows: Vec<BinRow> = self.sql.fetch(connection).await?;
                let bins: Result<_, StoreError> = rows
                    .into_iter()
                    .map(|row| {
                        let span = Span::from_code(row.span)
                            .ok_or_else(|| StoreError::Corrupt(format!("a span {}", row.span)))?;
                        let bin = u16::try_from(row.bin).unwrap_or(0);
                        Ok((key(row.key), span, bin, row.messages))
                    })
                    .collect();
                Given::Bins(bins?)
            }
        })
    }
}

/// The key of a cell; where it is an instant, the hour of the week that the zone's clock shows at it.
fn key_of(key: Option<i64>, hours_of: Option<&Zone>) -> Key {
    match (key, hours_of) {
        (None, _) => NO_VALUE.into(),
        (Some(seconds), Some(zone)) => hour_of_week(Timestamp::from_seconds(seconds), zone).into(),
        (Some(key), None) => Key::from_stored(key),
    }
}

fn cell_of(row: CellRow) -> Result<Cell, StoreError> {
    let counts = row
        .counts
        .try_into()
        .map_err(|_| StoreError::Corrupt("a cell with missing counts".to_owned()))?;
    Ok(Cell {
        counts: Counts::from_values(counts),
        unconfirmed: row.unconfirmed,
    })
}

impl Given {
    /// Adds it to a tally that wants it.
    pub(super) fn add_to(self, tally: &mut Tally) {
        match self {
            Self::Cells(cells) => {
                for (key, department, cell) in cells {
                    tally.cells.entry(key).or_default().add(&cell, 1);
                    let departments = tally.departments.as_mut();
                    if let Some(of_tally) = departments.filter(|_| department != NO_VALUE) {
                        let of_cell = of_tally.entry(key).or_default();
                        *of_cell.entry(department).or_default() += cell.counts.messages;
                    }
                }
            }
            Self::Bins(bins) => {
                let of_tally = tally.durations.get_or_insert_default();
                for (key, span, bin, messages) in bins {
                    let bins = of_tally.entry(key).or_default().entry(span).or_default();
                    *bins.entry(bin).or_default() += messages;
                }
            }
        }
    }
}
