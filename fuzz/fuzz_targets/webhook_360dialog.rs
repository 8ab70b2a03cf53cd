#![no_main]
acuse_fuzz::webhook!("360dialog");
