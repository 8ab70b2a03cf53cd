//! The axis: how the instants of a query meet a table's column of time.

use acuse_domain::calendar::{LocalDay, Zone, quarter_hour};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{Array, Date, Timestamptz};

use crate::sql::Sql;
use crate::types::{At, Day};

/// What a table's column of time holds.
#[derive(Debug, Clone)]
pub(super) enum Axis {
    /// Instants.
    Instants,
    /// The first instants of quarter hours.
    QuarterHours,
    /// The days of a zone.
    Days(Zone),
}

impl Axis {
    /// Whether what is before an instant, and what is not, can be told apart on this axis.
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        match self {
            Self::Instants => true,
            Self::QuarterHours => quarter_hour(at) == at,
            Self::Days(zone) => zone.day_start(zone.day_of(at)) == at,
        }
    }

    /// Binds an instant that the axis holds.
    pub(super) fn bind(&self, sql: Sql, at: Timestamp) -> Sql {
        match self {
            Self::Instants | Self::QuarterHours => sql.bind::<Timestamptz, _>(At(at)),
            Self::Days(zone) => sql.bind::<Date, _>(Day(zone.day_of(at))),
        }
    }

    /// Binds an array of instants that the axis holds.
    pub(super) fn bind_all(&self, sql: Sql, instants: &[Timestamp]) -> Sql {
        match self {
            Self::Instants | Self::QuarterHours => {
                let instants: Vec<At> = instants.iter().copied().map(At).collect();
                sql.bind::<Array<Timestamptz>, _>(instants)
            }
            Self::Days(zone) => {
                let day = |at: &Timestamp| -> LocalDay { zone.day_of(*at) };
                let days: Vec<Day> = instants.iter().map(day).map(Day).collect();
                sql.bind::<Array<Date>, _>(days)
            }
        }
    }
}
