#![no_main]
acuse_fuzz::target!(acuse_fuzz::page_tokens::check, words: "libs/rpc/src/paging");
