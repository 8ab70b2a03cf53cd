//! How far proactive sends came.

use acuse_domain::error::Result;
use acuse_domain::report::Group;
use acuse_domain::rollup::Proactive;
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::Funnel as Asked;

use crate::basis::Basis;
use crate::figures::Figures;
use crate::inquiry::{Inquiry, Wanted};
use crate::parts::Parts;
use crate::table::Table;

/// How far proactive sends came.
#[derive(Debug)]
pub(crate) struct Funnel {
    pub(crate) basis: Basis,
    /// All of them.
    pub(crate) messages: Figures,
    /// Those that opened a ticket.
    pub(crate) tickets: Figures,
    /// Whether only those that a user sent are meant.
    pub(crate) individual: bool,
}

/// How far proactive sends came, as far as `scope` shows them.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is
/// away.
pub(crate) async fn get_funnel(parts: &Parts, scope: &Scope, asked: Asked) -> Result<Funnel> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question).await?;
    inquiry.leave_inbound_out("type");
    let wanted = inquiry.whole_of(|inquiry| Wanted {
        interval: inquiry.covered(inquiry.requested),
        group: Group::Proactive,
        durations: false,
        departments: false,
    })?;
    let told = inquiry.ask(wanted).await?;
    let table = told.tables.into_iter().next().unwrap_or_default();
    let individual = asked.individual;
    let is_meant = |kind: Proactive| kind.individual || !individual;
    let messages = sum(&table, is_meant);
    let tickets = sum(&table, |kind| is_meant(kind) && kind.with_ticket);
    Ok(Funnel {
        basis: Basis::new(&inquiry, told.as_of, &messages),
        messages,
        tickets,
        individual,
    })
}

/// The sends of all kinds that are meant.
fn sum(table: &Table, is_meant: impl Fn(Proactive) -> bool) -> Figures {
    let kinds = table.figures.iter();
    let meant = kinds.filter(|(key, _)| Proactive::from_code(key.value()).is_some_and(&is_meant));
    Figures::sum(meant.map(|(_, figures)| figures))
}
