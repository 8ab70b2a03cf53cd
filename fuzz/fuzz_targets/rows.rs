#![no_main]
acuse_fuzz::target!(acuse_fuzz::rows::check, words: "services/acuse/src/commands/ingest/rows");
