//! Fit: why a path cannot answer a question.

use acuse_domain::calendar::Zone;
use acuse_domain::kinds::Direction;
use acuse_domain::report::Dimension;
use acuse_domain::rollup::Facet;
use acuse_domain::time::Timestamp;

use super::ids::Resolved;
use super::rollups::InUse;
use super::{Asked, statement};
use crate::message_state::rollup_set::RollupSet;

/// Why a path cannot answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The question filters or groups by a dimension that the path does not know.
    #[error("it does not know the dimension {}", .0.as_str())]
    Dimension(Dimension),
    /// The question groups by hours of first replies, which the path does not know, or not in that zone.
    #[error("it does not know the hours of first replies in that zone")]
    ReplyHours,
    /// The question groups by kinds of proactive sends, which the path does not know.
    #[error("it does not know the kinds of proactive sends")]
    Proactive,
    /// Something begins or ends at an instant that the path cannot cut at.
    #[error("it cannot cut time at {0}")]
    Time(Timestamp),
    /// The facet is not kept for messages of that direction.
    #[error("the facet {} is not kept for {} messages", .0.as_str(), .1.as_str())]
    Facet(Facet, Direction),
    /// The question filters by what messages count in, or by when they were replied to.
    #[error("it does not know single messages")]
    Counted,
    /// The question filters by ids.
    #[error("it does not know ids")]
    Ids,
    /// The question was made in another workspace.
    #[error("it is of another workspace")]
    Workspace,
}

impl Asked {
    /// Whether the path can answer, in a workspace whose facets are cut by the days of `zone`.
    ///
    /// # Errors
    /// Fails with what keeps it from it.
    pub fn fits(&self, zone: &Zone) -> Result<(), Unfit> {
        let in_use = InUse {
            set: RollupSet::default(),
            zone: zone.clone(),
        };
        statement::statements(self, &in_use, &Resolved::default()).map(drop)
    }
}
