#![no_main]
acuse_fuzz::target!(acuse_fuzz::key_sets::check, words: "libs/rpc/src/auth");
