//! How far proactive sends came.

use acuse_domain::error::Result;
use acuse_domain::report::Group;
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
    let wanted = Wanted {
        interval: inquiry.covered(inquiry.requested),
        group: Group::Proactive,
        durations: false,
        departments: false,
    };
    let told = inquiry.ask(vec![wanted]).await?;
    let table = told.tables.into_iter().next().unwrap_or_default();
    let individual = asked.individual;
    let messages = sum(&table, |kind| is_meant(kind, individual));
    let tickets = sum(&table, |kind| {
        is_meant(kind, individual) && opened_ticket(kind)
    });
    Ok(Funnel {
        basis: Basis::new(&inquiry, told.as_of, &messages),
        messages,
        tickets,
        individual,
    })
}

/// Whether sends of a kind (see [`acuse_domain::rollup::Facet::Proactive`]) are asked for.
fn is_meant(kind: i32, individual: bool) -> bool {
    match individual {
        true => matches!(kind, 2 | 4),
        false => kind > 0,
    }
}

fn opened_ticket(kind: i32) -> bool {
    matches!(kind, 3 | 4)
}

fn sum(table: &Table, is_meant: impl Fn(i32) -> bool) -> Figures {
    let kinds = table.figures.iter();
    let meant = kinds.filter(|(key, _)| is_meant(key.value()));
    Figures::sum(meant.map(|(_, figures)| figures))
}
