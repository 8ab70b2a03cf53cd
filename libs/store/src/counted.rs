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
    /// What its evidence says that it adds, in the categories that its columns hold.
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
        let mut derived = Contribution::of_outbound(&message);
        // A failure stays classified as it was when something last became known of the message: another version of the
        // taxonomy may say otherwise.
        let category = &mut derived.dimensions.failure_category;
        if let (Some(derived), Some(stored)) = (category.as_mut(), self.failure_category()) {
            *derived = stored;
        }
        Ok(Some(derived))
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
