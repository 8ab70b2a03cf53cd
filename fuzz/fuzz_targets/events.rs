#![no_main]
acuse_fuzz::target!(acuse_fuzz::events::check, words: "proto/acuse/type");
