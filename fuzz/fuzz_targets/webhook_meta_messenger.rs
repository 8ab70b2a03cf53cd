#![no_main]
acuse_fuzz::webhook!("meta-messenger");
