//! Twilio.

mod events;
mod messages;
mod signatures;
mod statuses;

use acuse_providers::{Finding, Format};

/// What a form of these parameters says.
fn of_form(parameters: &[(&str, &str)]) -> Vec<Finding> {
    crate::aggregators::rig::findings(Format::Twilio, &form(parameters))
}

fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters).finish()
}
