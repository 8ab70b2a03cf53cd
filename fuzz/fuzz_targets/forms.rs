#![no_main]
acuse_fuzz::target!(acuse_fuzz::forms::check, words: "libs/providers/src");
