//! When contacts reply: messages by the hour of the week of their first reply.

use acuse_domain::error::Result;
use acuse_domain::report::Group;
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::Question;

use crate::basis::Basis;
use crate::inquiry::{Inquiry, Wanted};
use crate::parts::Parts;
use crate::table::Table;

/// Messages with a reply, by weekday from Monday on, and by hour of the day.
pub(crate) type Hours = [[i64; 24]; 7];

/// When contacts reply.
#[derive(Debug)]
pub(crate) struct ReplyActivity {
    pub(crate) basis: Basis,
    pub(crate) hours: Hours,
}

/// When contacts reply, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn get_reply_activity(
    parts: &Parts,
    scope: &Scope,
    question: Question,
) -> Result<ReplyActivity> {
    let mut inquiry = Inquiry::open(parts, scope, question).await?;
    inquiry.leave_inbound_out("reply_hour");
    let wanted = inquiry.whole_of(|inquiry| Wanted {
        interval: inquiry.covered(inquiry.requested),
        group: Group::ReplyHours(inquiry.zone.clone()),
        durations: false,
        departments: false,
    })?;
    let told = inquiry.ask(wanted).await?;
    let table = told.tables.into_iter().next().unwrap_or_default();
    Ok(ReplyActivity {
        basis: Basis::new(&inquiry, told.as_of, &table.total()),
        hours: hours(&table),
    })
}

/// The cells of a table by hours of the week; what has no reply is in none.
fn hours(table: &Table) -> Hours {
    let mut hours = Hours::default();
    for (key, figures) in &table.figures {
        let Ok(place) = usize::try_from(key.value() - 1) else {
            continue;
        };
        let day = hours.get_mut(place / 24);
        if let Some(hour) = day.and_then(|day| day.get_mut(place % 24)) {
            *hour += figures.counts().replied;
        }
    }
    hours
}
