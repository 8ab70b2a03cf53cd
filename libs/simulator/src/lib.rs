//! A fake business and its providers: what they would say over some weeks, and saying it to an Acuse that runs.
//!
//! - [`Business`] is who there is: departments, agents, channel accounts, templates, contacts.
//! - [`Business::stories`] is what happens: messages, what becomes of them, what contacts answer.
//! - [`Arrivals`] is how that reaches Acuse: twice, late, in another order, or not at all.
//! - [`cloud_api`] is how Meta writes and signs what it tells.
//! - [`drive()`] sends it, by calls and by webhooks, and counts what was acknowledged.
//!
//! All but the last are pure: the same seed tells the same, on any machine. Nothing is held that grows with the number of
//! messages.

pub mod business;
pub mod cloud_api;
mod dice;
mod disorder;
pub mod drive;
mod traffic;

pub use business::Business;
pub use dice::Dice;
pub use disorder::{Arrival, Arrivals, Disorder, Tally};
pub use drive::drive;
pub use traffic::{Happening, Moment, Stories, Story, Traffic, What};
