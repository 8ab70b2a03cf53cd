//! What rows hold that follows from other rows is derived anew, a page at a time, from what one snapshot shows: whoever
//! writes meanwhile changes both sides or neither.
//!
//! Rows that retention dropped decided as well, when they were there: what may rest on them stands as it is stored.

use acuse_domain::calendar::Zone;
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::outbound::Outbound;
use acuse_domain::time::Timestamp;
use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;

use super::findings::Difference;
use crate::counted::Counted;
use crate::error::StoreError;

/// Something that is not as it is derived.
pub(super) type Fault = Difference;

/// A page of rows.
pub(super) struct Page<R> {
    pub(super) workspace: WorkspaceId,
    pub(super) rows: Vec<R>,
    /// Whether retention ever dropped rows of the workspace.
    pub(super) rows_were_dropped: bool,
    /// Before when all of those belong, as far as it is known.
    pub(super) dropped_before: Option<Timestamp>,
}

/// A row of messages that holds what follows from other rows.
pub(super) trait Derived: Counted {
    /// Where a page's rows do not hold what follows from all that the connection's snapshot shows.
    fn faults<'a>(
        connection: &'a AsyncPgConnection,
        page: &'a Page<Self>,
    ) -> BoxFuture<'a, Result<Vec<Fault>, StoreError>>;
}

/// What was found on a page.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// Notes what is not as it is derived; nothing counts as 0.
    pub(super) fn add(
        &mut self,
        id: MessageId,
        count: &'static str,
        stored: Option<i64>,
        derived: Option<i64>,
    ) {
        self.0.push(Fault {
            rollup: "messages",
            key: id.0.to_string(),
            count,
            stored: stored.unwrap_or(0),
            recounted: derived.unwrap_or(0),
        });
    }

    /// Notes it where they differ.
    pub(super) fn note(
        &mut self,
        id: MessageId,
        count: &'static str,
        stored: Option<i64>,
        derived: Option<i64>,
    ) {
        if stored != derived {
            self.add(id, count, stored, derived);
        }
    }

    /// The same of times, in microseconds since 1970.
    pub(super) fn times(
        &mut self,
        id: MessageId,
        count: &'static str,
        stored: Option<Timestamp>,
        derived: Option<Timestamp>,
    ) {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        self.note(id, count, micros(stored), micros(derived));
    }
}

/// Whether a time lies in an earlier month than a message's id, or than the message itself: retention, which goes by both, may
/// have dropped a row of then and left the message.
pub(super) fn is_of_earlier_month(at: Timestamp, message: &Outbound) -> bool {
    let month = |at| Zone::UTC.day_of(at).month_start();
    month(at) < month(message.id.time().max(message.origin()))
}
