//! Between the wire and the domain.
//!
//! Inwards everything is checked, and every fault of an item is told at once, by its path within the item. Outwards
//! nothing can fail.

mod changes;
mod content;
mod directory;
mod event;
mod evidence;
mod faults;
mod inbound;
mod key;
mod kinds;
mod message;
mod outwards;
mod reference;
mod registration;
pub mod reporting;
mod stages;
mod status;
mod time;
mod timeline;
mod watermark;

pub use changes::{ChangeFilter, change_filter};
pub use directory::{dimension, entry, entry_to_wire};
pub use event::event;
pub use evidence::{dispatch_failure, provider_failure};
pub use key::{Key, message_key, message_keys};
pub use message::{confirming_provider, message, received_message};
pub use outwards::{inbound_event, status_event, watermark_event};
pub use stages::{AccountStages, reported_stages, reported_stages_to_wire};
pub use time::{any_time, timestamp};
pub use timeline::{Heard, in_order, timeline};
