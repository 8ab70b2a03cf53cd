#![no_main]
acuse_fuzz::target!(acuse_fuzz::access_tokens::check, words: "libs/rpc/src/auth");
