//! The configuration reference that is checked in is what the services' own reading gives.

#![allow(clippy::unwrap_used, reason = "tests")]

mod described;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use acuse::Cli;
use acuse_rpc::config::{Asked, Kind, Settings, telemetry};
use clap::{Command, CommandFactory as _};

use described::{DESCRIBED, INTRODUCTION, OF_ALL, OF_COMMAND, OF_ONE};

/// Set to overwrite what is checked in instead of comparing with it.
const REGENERATE: &str = "ACUSE_REGENERATE";

/// What one service reads of one variable, and whether it starts without.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    asked: Asked,
    required: bool,
}

/// What a service reads, by the names of the variables.
type Reads = BTreeMap<String, Read>;

/// Every service's own reading, with nothing set.
fn services() -> Vec<(&'static str, Reads)> {
    vec![
        (
            "ingestion",
            reads("ingestion", acuse_ingestion::Config::read),
        ),
        (
            "message-state",
            reads("message-state", acuse_message_state::Config::read),
        ),
        (
            "reporting",
            reads("reporting", acuse_reporting::Config::read),
        ),
        ("export", reads("export", acuse_export::Config::read)),
    ]
}

fn reads<T>(service: &str, read: impl FnOnce(&mut Settings) -> Option<T>) -> Reads {
    let mut settings = Settings::new(|_| None);
    telemetry(&mut settings, service);
    read(&mut settings);
    let faulty: BTreeSet<&str> = settings
        .faults()
        .iter()
        .map(|fault| fault.name.as_str())
        .collect();
    let all = settings.asked().iter().map(|(name, asked)| {
        let required = faulty.contains(name.as_str());
        (
            name.clone(),
            Read {
                asked: asked.clone(),
                required,
            },
        )
    });
    all.collect()
}

/// What the command's options take from the environment: help and default, by the names of the variables.
fn of_command() -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    gather(&Cli::command(), &mut found);
    found
}

fn gather(command: &Command, found: &mut BTreeMap<String, (String, String)>) {
    for option in command.get_arguments() {
        let Some(variable) = option.get_env() else {
            continue;
        };
        let long = option.get_long().unwrap();
        let default = option.get_default_values().first();
        let default = default.map_or("–".to_owned(), |value| code(value.to_str().unwrap()));
        found.insert(
            variable.to_str().unwrap().to_owned(),
            (format!("--{long}"), default),
        );
    }
    for inner in command.get_subcommands() {
        gather(inner, found);
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// What a variable may hold, for people.
fn values(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::List => "list, by commas".to_owned(),
        Kind::Flag => "`true`, `false`".to_owned(),
        Kind::Number(range) => format!("{} to {}", range.start(), range.end()),
        Kind::File => "file".to_owned(),
    }
}

fn table(reads: &[(&String, &Read)]) -> String {
    let mut text =
        "| variable | what it is | value | unless set |\n| --- | --- | --- | --- |\n".to_owned();
    for (name, read) in reads {
        let default = match (&read.asked.default, read.required) {
            (_, true) => "**required**".to_owned(),
            (Some(default), false) => code(default),
            (None, false) => "–".to_owned(),
        };
        let (what, kind) = (described(name).unwrap_or("?"), values(&read.asked.kind));
        writeln!(text, "| `{name}` | {what} | {kind} | {default} |").unwrap();
    }
    text
}

fn described(name: &str) -> Option<&'static str> {
    let found = DESCRIBED.iter().find(|(known, _)| *known == name);
    found.map(|(_, what)| *what)
}

/// The whole page.
fn page() -> String {
    let services = services();
    let same =
        |name: &String, read: &Read| services.iter().all(|(_, all)| all.get(name) == Some(read));
    let mut page = INTRODUCTION.to_owned();
    let (_, first) = &services[0];
    let of_all: Vec<_> = first
        .iter()
        .filter(|(name, read)| same(name, read))
        .collect();
    write!(page, "\n## All services\n\n{OF_ALL}\n\n{}", table(&of_all)).unwrap();
    for (service, reads) in &services {
        let own: Vec<_> = reads
            .iter()
            .filter(|(name, read)| !same(name, read))
            .collect();
        let (_, about) = OF_ONE.iter().find(|(name, _)| name == service).unwrap();
        write!(page, "\n## {service}\n\n{about}\n\n{}", table(&own)).unwrap();
    }
    write!(page, "\n## The command `acuse`\n\n{OF_COMMAND}\n\n").unwrap();
    page.push_str("| variable | option | what it is | unless set |\n| --- | --- | --- | --- |\n");
    for (name, (option, default)) in of_command() {
        let what = described(&name).unwrap_or("?");
        writeln!(page, "| `{name}` | `{option}` | {what} | {default} |").unwrap();
    }
    page
}

#[test]
fn every_variable_that_is_read_is_described_once_and_no_other() {
    let services = services();
    let read: BTreeSet<String> = services
        .iter()
        .flat_map(|(_, reads)| reads.keys().cloned())
        .collect();
    let read: BTreeSet<String> = read.into_iter().chain(of_command().into_keys()).collect();
    let described: Vec<&str> = DESCRIBED.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = read
        .iter()
        .filter(|name| !described.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "described.rs lacks {missing:?}");
    let gone: Vec<_> = described
        .iter()
        .filter(|name| !read.contains(**name))
        .collect();
    assert!(
        gone.is_empty(),
        "nobody reads {gone:?}, which described.rs has"
    );
    let in_order = described.is_sorted_by(|one, next| one < next);
    assert!(in_order, "described.rs has them in order, each once");
}

#[test]
fn what_must_be_set_is_what_a_service_does_not_start_without() {
    let services: BTreeMap<_, _> = services().into_iter().collect();
    let required = |service: &str| {
        let reads = services[service].iter().filter(|(_, read)| read.required);
        reads.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    let reporting = ["ACUSE_DATABASE_URL", "ACUSE_ISSUER", "ACUSE_JWKS"];
    assert_eq!(required("reporting"), reporting);
    let export = required("export");
    for name in [
        "ACUSE_REDIS_URL",
        "ACUSE_EXPORT_FOLDER",
        "ACUSE_REPORTING_ADDRESSES",
    ] {
        assert!(export.contains(&name), "{name}");
    }
}

#[test]
fn the_reference_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let expected = page();
    if std::env::var_os(REGENERATE).is_some() {
        fs::write(path, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/configuration.md is not what the services read; run: {REGENERATE}=1 cargo test -p acuse --test configuration"
    );
}
