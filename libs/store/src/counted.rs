//! Rows of messages as they are counted again.

use acuse_domain::contribution::Contribution;
use diesel::QueryableByName;
use uuid::Uuid;

use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::sql::Rows;

/// A row of messages that can be recounted.
pub(crate) trait Counted: Rows + QueryableByName<diesel::pg::Pg> + Send + 'static {
    fn id(&self) -> Uuid;
    fn changed_sequence(&self) -> i64;
    /// What its columns say that it adds.
    fn stored(&self) -> Option<Contribution>;
    /// What its evidence says that it adds.
    fn derived(&self) -> Result<Option<Contribution>, StoreError>;
}

impl Counted for MessageRow {
    fn id(&self) -> Uuid {
        self.message_id
    }

    fn changed_sequence(&self) -> i64 {
        self.changed_sequence
    }

    fn stored(&self) -> Option<Contribution> {
        Some(self.contribution())
    }

    fn derived(&self) -> Result<Option<Contribution>, StoreError> {
        let message = self.clone().into_outbound()?;
        Ok(Some(Contribution::of_outbound(&message)))
    }
}

impl Counted for InboundRow {
    fn id(&self) -> Uuid {
        self.message_id
    }

    fn changed_sequence(&self) -> i64 {
        self.changed_sequence
    }

    fn stored(&self) -> Option<Contribution> {
        self.contribution()
    }

    fn derived(&self) -> Result<Option<Contribution>, StoreError> {
        Ok(self.contribution())
    }
}
