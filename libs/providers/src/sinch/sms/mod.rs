//! The SMS API (XMS): reports on recipients and on batches, and what contacts wrote. MMS come the same way.

pub(super) mod inbound;
pub(super) mod report;
