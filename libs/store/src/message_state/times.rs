//! What the columns of a message's times say, whichever of its other columns are read.

use acuse_domain::facts::Times;
use acuse_domain::kinds::StatusKind;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::Marks;

use crate::types::At;

/// What the columns say that watermarks say.
pub(crate) fn marks(delivered: Option<At>, read: Option<At>) -> Marks {
    Marks {
        delivered: delivered.map(|At(at)| at),
        read: read.map(|At(at)| at),
    }
}

/// The times of the columns, from `queued_at` to `deleted_at`.
pub(crate) fn times(columns: [Option<At>; 9]) -> Times {
    let kinds = [
        StatusKind::Queued,
        StatusKind::Dispatched,
        StatusKind::DispatchFailed,
        StatusKind::Sent,
        StatusKind::Delivered,
        StatusKind::Read,
        StatusKind::Played,
        StatusKind::Failed,
        StatusKind::Deleted,
    ];
    let mut times = Times::default();
    for (kind, at) in kinds.into_iter().zip(columns) {
        times.set(kind, at.map(|At(at): At| -> Timestamp { at }));
    }
    times
}
