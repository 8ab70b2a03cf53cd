//! Conversions between the wire and the domain, from the outside.

mod any_input;
mod bad_input;
mod bad_registration;
mod bad_status;
mod directory;
mod inwards;
mod key;
mod message;
mod outbound;
mod outwards;
mod samples;
mod stages;
mod timeline;
