//! The rows of a table, batch by batch.

use acuse_domain::error::Result;
use acuse_domain::kinds::{Direction, MessageType};
use acuse_domain::report::{Condition, Dimension, Group, Value};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::Rows as Asked;
use acuse_store::read::{HsmRow, HsmRows};

use crate::basis::Basis;
use crate::inquiry::{Inquiry, Table, Wanted};
use crate::parts::Parts;

/// What there is to come, and where it comes from.
pub(crate) struct Rows {
    pub(crate) basis: Basis,
    pub(crate) expected: i64,
    pub(crate) batches: Batches,
}

/// The batches of a table of templates.
pub(crate) struct Batches {
    /// `None` where the interval covers nothing.
    rows: Option<HsmRows>,
    size: usize,
}

/// Begins with the rows of a table, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is
/// away.
pub(crate) async fn stream_rows(parts: &Parts, scope: &Scope, asked: Asked) -> Result<Rows> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question).await?;
    let template = Value::from(MessageType::Template.code());
    inquiry.only(Condition::any_of(Dimension::Type, [template]));
    let covered = inquiry.covered(inquiry.requested);
    let wanted = Wanted {
        interval: covered,
        group: Group::All,
        durations: false,
        departments: false,
    };
    let told = inquiry.ask(vec![wanted]).await?;
    let total = told.tables.first().map(Table::total).unwrap_or_default();
    let rows = covered.map(|covered| {
        let question = inquiry.question(covered, Group::All, Direction::Outbound);
        inquiry.scoped.hsm_rows(&question, None)
    });
    Ok(Rows {
        basis: Basis::new(&inquiry, told.as_of, &total),
        expected: total.counts().messages,
        batches: Batches {
            rows,
            size: asked.batch_size,
        },
    })
}

impl Batches {
    /// The next rows; none after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn next(&mut self) -> Result<Vec<HsmRow>> {
        match &mut self.rows {
            Some(rows) => Ok(rows.next(self.size).await?),
            None => Ok(Vec::new()),
        }
    }
}
