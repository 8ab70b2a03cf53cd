//! What a message's evidence means: pure rules, no input or output.
//!
//! Start at [`evidence`], follow it through [`facts`] to [`standing`] and [`outbound`]; [`thread`] relates the messages
//! of one contact, [`ledger`] applies a batch, [`contribution`] and [`counts`] say what a message adds to reports.

pub mod attribution;
pub mod calendar;
pub mod capabilities;
pub mod contact;
pub mod contacts;
pub mod contribution;
pub mod counts;
pub mod dispatch;
pub mod error;
pub mod event;
pub mod evidence;
pub mod facts;
pub mod glossary;
pub mod identity;
pub mod ids;
pub mod inbound;
pub mod kinds;
pub mod lag;
pub mod ledger;
pub mod metrics;
pub mod names;
pub mod outbound;
pub mod phone;
pub mod registration;
pub mod report;
pub mod rollup;
pub mod scope;
pub mod shown;
pub mod standing;
pub mod taxonomy;
pub mod thread;
pub mod time;
pub mod watermark;
