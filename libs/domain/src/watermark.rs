//! Watermarks: everything sent to a contact up to a time was delivered, or read.
//!
//! Messenger and Instagram report so. One watermark is evidence about many messages, those that become known later among
//! them, so that it is kept by itself.

use crate::contact::ContactRef;
use crate::kinds::{Channel, Provider, StatusKind};
use crate::names::{Mention, channel_account};
use crate::registration::NamedRef;
use crate::time::Timestamp;

/// One watermark as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkEvidence {
    /// What happened to all that it covers: [`StatusKind::Delivered`] or [`StatusKind::Read`].
    pub kind: StatusKind,
    /// It covers what was sent by then, this instant included.
    pub up_to: Timestamp,
    /// When it happened; where the provider gives no usable time, `up_to`.
    pub at: Timestamp,
    /// Who says so.
    pub provider: Provider,
    /// The channel.
    pub channel: Channel,
    /// The business's end.
    pub channel_account: NamedRef,
    /// The other end.
    pub contact: ContactRef,
}

impl WatermarkEvidence {
    /// The external ids that it refers to.
    pub fn mentions(&self) -> Vec<Mention> {
        let account = &self.channel_account;
        vec![channel_account(
            self.channel,
            &account.id,
            account.name.clone(),
            self.at,
        )]
    }
}
