#![no_main]
acuse_fuzz::webhook!("gupshup");
