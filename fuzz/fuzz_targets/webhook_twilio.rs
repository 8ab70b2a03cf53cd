#![no_main]
acuse_fuzz::webhook!("twilio");
