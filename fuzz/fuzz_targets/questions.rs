#![no_main]
acuse_fuzz::target!(acuse_fuzz::questions::check, words: "proto/acuse/reporting");
