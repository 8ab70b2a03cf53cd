#![no_main]
acuse_fuzz::target!(acuse_fuzz::signatures::check, words: "libs/providers/src");
