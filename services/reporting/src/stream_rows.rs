//! The rows of a table, read page by page.

use std::vec;

use acuse_domain::error::Result;
use acuse_domain::kinds::{Direction, MessageType};
use acuse_domain::report::{Condition, Dimension, Group, Value};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::Rows as Asked;
use acuse_store::read::{HsmRow, HsmRows};

use crate::basis::Basis;
use crate::inquiry::{Inquiry, Table, Wanted};
use crate::parts::Parts;

/// Rows read at once at most: how many a batch holds, which may be ten times as many, is no measure of memory.
const PAGE: usize = 500;

/// What there is to come, and where it comes from.
pub(crate) struct Rows {
    pub(crate) basis: Basis,
    pub(crate) expected: i64,
    pub(crate) templates: Templates,
    /// Rows of a batch at most.
    pub(crate) batch_size: usize,
}

/// The rows of a table of templates.
pub(crate) struct Templates {
    /// `None` where the interval covers nothing.
    rows: Option<HsmRows>,
    page: vec::IntoIter<HsmRow>,
    page_size: usize,
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
        templates: Templates {
            rows,
            page: Vec::new().into_iter(),
            page_size: asked.batch_size.min(PAGE),
        },
        batch_size: asked.batch_size,
    })
}

impl Templates {
    /// The next row; none after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn next(&mut self) -> Result<Option<HsmRow>> {
        if let Some(row) = self.page.next() {
            return Ok(Some(row));
        }
        if let Some(rows) = &mut self.rows {
            self.page = rows.next(self.page_size).await?.into_iter();
        }
        Ok(self.page.next())
    }
}
