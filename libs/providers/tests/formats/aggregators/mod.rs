//! What webhooks of Twilio, Vonage and Infobip mean, with payloads written after the documented formats.

mod any_input;
mod infobip;
mod rig;
mod twilio;
mod vonage;
