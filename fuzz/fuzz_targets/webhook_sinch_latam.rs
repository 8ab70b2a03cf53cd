#![no_main]
acuse_fuzz::webhook!("sinch-latam");
