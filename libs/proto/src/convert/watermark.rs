//! Watermarks from the wire.

use acuse_domain::kinds::{Channel, StatusKind};
use acuse_domain::watermark::{WatermarkEvidence, has_watermarks};

use super::faults::Faults;
use super::reference::{bare, contact};
use crate::types;

/// A watermark; everything wrong with it goes to `faults`.
pub(crate) fn watermark(faults: &mut Faults, wire: types::Watermark) -> Option<WatermarkEvidence> {
    let kind = faults.kind("kind", wire.kind);
    if kind.is_some_and(|kind| !matches!(kind, StatusKind::Delivered | StatusKind::Read)) {
        faults.add("kind", "must be STATUS_KIND_DELIVERED or STATUS_KIND_READ");
    }
    let up_to = faults.required_past("up_to", wire.up_to);
    let at = faults.past("happened_at", wire.happened_at);
    let provider = faults.kind("provider", wire.provider);
    let channel: Option<Channel> = faults.kind("channel", wire.channel);
    if channel.is_some_and(|channel| !has_watermarks(channel)) {
        let channels = "CHANNEL_MESSENGER or CHANNEL_INSTAGRAM";
        faults.add(
            "channel",
            format!("must be {channels}; others have no watermarks"),
        );
    }
    let channel_account = faults.id("channel_account_id", wire.channel_account_id);
    let contact = faults.required("contact", wire.contact, contact);
    Some(WatermarkEvidence {
        kind: kind?,
        up_to: up_to?,
        at: at.or(up_to)?,
        provider: provider?,
        channel: channel?,
        channel_account: bare(channel_account?),
        contact: contact?,
    })
}
