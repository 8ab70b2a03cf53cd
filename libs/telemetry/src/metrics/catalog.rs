//! Every metric that Acuse has. Names follow OpenTelemetry's semantic conventions where those know of such a thing; the rest
//! begins with `acuse`.
//!
//! The table in `docs/operations.md` is this file, and the dashboard and the alerts name nothing else: tests see to both.

use super::instrument::{Counter, Gauge, Histogram, Level, Measured, Metric, Sum, Watched};

/// Seconds that somebody waits for, from a millisecond to what ends calls.
const WAITED: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Seconds of work that nobody waits for.
const WORKED: &[f64] = &[
    0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0,
];

/// How many of something go together.
const TOGETHER: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0,
];

const NO_BOUNDS: &[f64] = &[];

macro_rules! catalog {
    ($($name:ident: $kind:ident [$($label:literal),*] $otel:literal, $unit:literal, $bounds:expr, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub static $name: $kind<{ <[&str]>::len(&[$($label),*]) }> = $kind::new(Metric {
                name: $otel,
                unit: $unit,
                kind: $kind::<0>::KIND,
                labels: &[$($label),*],
                bounds: $bounds,
                meaning: $meaning,
            });
        )*

        /// All of them, in the order in which they are explained.
        pub fn all() -> impl Iterator<Item = &'static Metric> {
            [$($name.metric()),*].into_iter()
        }
    };
}

catalog! {
    SERVER_CALLS: Histogram ["rpc.system.name", "rpc.method", "rpc.response.status_code"]
        "rpc.server.call.duration", "s", WAITED,
        "How long calls took that a service answered, until the end of the answer, refusals included; probes are left out";
    SERVER_ACTIVE: Level ["rpc.method"]
        "acuse.rpc.server.active_calls", "{call}", NO_BOUNDS,
        "Calls under way in a service";
    SERVER_SHED: Counter ["reason"]
        "acuse.rpc.server.shed", "{call}", NO_BOUNDS,
        "Calls and webhooks turned away because too much is under way: calls (of the process), streams (of a caller) or commit (the queue of the group commit)";
    CLIENT_CALLS: Histogram ["rpc.system.name", "rpc.method", "rpc.response.status_code"]
        "rpc.client.call.duration", "s", WAITED,
        "How long a service waited for another until its answer began, all attempts together";
    CLIENT_RETRIES: Counter ["rpc.method"]
        "acuse.rpc.client.retries", "{call}", NO_BOUNDS,
        "Calls that were made again because the other service was away";
    HTTP: Histogram ["http.request.method", "http.route", "http.response.status_code"]
        "http.server.request.duration", "s", WAITED,
        "How long requests over HTTP took: webhooks and downloads";
    READY: Gauge ["service"]
        "acuse.ready", "", NO_BOUNDS,
        "1 while health says that a service serves, else 0; `service` is empty for the process as a whole, `redis`, `files` and `reporting` for what export needs";
    HELD_UP: Gauge ["work"]
        "acuse.background.held_up", "", NO_BOUNDS,
        "1 while some work in the background fails and is tried again, else 0";
    WEBHOOKS: Counter ["provider", "outcome"]
        "acuse.webhooks", "{webhook}", NO_BOUNDS,
        "Webhooks by what became of them: taken_in, inbox (kept to be applied later), unsigned, unknown (no such integration), malformed, unread (too large, or its body broke off), refused (neither message-state nor the inbox took it)";
    WEBHOOK_ITEMS: Counter ["provider", "result"]
        "acuse.webhook.items", "{item}", NO_BOUNDS,
        "What webhooks said, by what became of it: applied, duplicate, late, rejected, not_understood; the inbox's included";
    INBOX_ENTRIES: Measured []
        "acuse.inbox.entries", "{webhook}", NO_BOUNDS,
        "Webhooks in the inbox, which wait to be applied";
    INBOX_AGE: Measured []
        "acuse.inbox.oldest", "s", NO_BOUNDS,
        "Time since the oldest webhook in the inbox was received; 0 where there is none";
    INBOX_DRAINED: Counter ["outcome"]
        "acuse.inbox.drained", "{webhook}", NO_BOUNDS,
        "Entries of the inbox that were worked on: applied, failed (they come again), away (message-state was) or untried";
    COMMIT_QUEUE: Watched ["lane"]
        "acuse.commit.queue", "{item}", NO_BOUNDS,
        "Items that wait or are being committed, by lane; calls are turned away where it is full";
    COMMIT_ITEMS: Histogram []
        "acuse.commit.items", "{item}", TOGETHER,
        "Items of one transaction";
    COMMIT_CALLS: Histogram []
        "acuse.commit.calls", "{call}", TOGETHER,
        "Calls that share a transaction";
    COMMIT_DURATION: Histogram ["outcome"]
        "acuse.commit.duration", "s", WAITED,
        "How long a transaction took, tries together: committed, or failed";
    COMMIT_RETRIES: Counter []
        "acuse.commit.retries", "{transaction}", NO_BOUNDS,
        "Transactions begun again because they lost against another";
    COMMIT_SPLITS: Counter []
        "acuse.commit.splits", "{transaction}", NO_BOUNDS,
        "Batches split in two to find what could not be stored";
    COMMIT_UNSTORABLE: Counter []
        "acuse.commit.unstorable", "{item}", NO_BOUNDS,
        "Items that could not be stored even alone: a fault of Acuse's, in whose log there is more";
    EVENTS: Counter ["outcome"]
        "acuse.events", "{item}", NO_BOUNDS,
        "Items committed, by what became of them: applied, duplicate, late, rejected";
    PROVIDER_EVENTS: Counter ["provider"]
        "acuse.provider.events", "{item}", NO_BOUNDS,
        "Evidence committed whose time says how late a provider's word of it came";
    PROVIDER_LAG: Counter ["provider"]
        "acuse.provider.lag", "s", NO_BOUNDS,
        "How late that evidence came, together: received minus happened";
    FOLD_BEHIND: Measured []
        "acuse.fold.behind", "{change}", NO_BOUNDS,
        "Changes that are not folded into the rollups yet, of all workspaces";
    FOLD_BEHIND_MOST: Measured []
        "acuse.fold.behind_most", "{change}", NO_BOUNDS,
        "The same of the workspace that has most: the newest sequence minus the folded one";
    FOLDED: Counter []
        "acuse.fold.changes", "{change}", NO_BOUNDS,
        "Changes folded into the rollups";
    UPKEEP: Measured ["work"]
        "acuse.upkeep.workspaces", "{workspace}", NO_BOUNDS,
        "Workspaces in which upkeep is at something long: restaging (messages are brought to what their channel accounts report) or rebuilding (of rollups)";
    READS: Counter ["source"]
        "acuse.report.reads", "{question}", NO_BOUNDS,
        "Questions of reports by what answered them: totals, facets, copies (in memory), rows";
    COPIES_BYTES: Watched []
        "acuse.copies.memory", "By", NO_BOUNDS,
        "Memory that copies of messages take, about";
    COPIES_HELD: Watched []
        "acuse.copies.held", "{workspace}", NO_BOUNDS,
        "Workspaces of which there is a copy in memory";
    COPIES_LOADED: Counter []
        "acuse.copies.loaded", "{message}", NO_BOUNDS,
        "Messages read into copies";
    COPIES_REFUSED: Counter []
        "acuse.copies.refused", "{workspace}", NO_BOUNDS,
        "How often a workspace was not held in memory because it needs too much or changes too fast";
    JOBS: Measured ["state"]
        "acuse.export.jobs", "{job}", NO_BOUNDS,
        "Exports that are not over: queued or running, of all workspaces";
    JOBS_WAIT: Measured []
        "acuse.export.oldest_due", "s", NO_BOUNDS,
        "For how long the export has been due that nobody has begun; 0 where there is none";
    EXPORTS: Histogram ["report", "format", "outcome"]
        "acuse.export.duration", "s", WORKED,
        "How long attempts at exports took from claim to publication: succeeded, failed (for good), postponed (to be tried again), handed_back, lost";
    ATTEMPTS: Counter ["outcome"]
        "acuse.export.attempts", "{attempt}", NO_BOUNDS,
        "Attempts at exports that ended, by outcome: as above, and told from the start";
    EXPORT_ROWS: Counter ["format"]
        "acuse.export.rows", "{row}", NO_BOUNDS,
        "Rows of published files";
    EXPORT_BYTES: Counter ["format"]
        "acuse.export.size", "By", NO_BOUNDS,
        "Size of published files, together";
    SCHEDULE_RUNS: Counter ["outcome"]
        "acuse.schedule.runs", "{run}", NO_BOUNDS,
        "Runs of schedules: made, refused (no export could be asked for), missed (nobody was there when they were due)";
    REDIS: Gauge []
        "acuse.redis.answers", "", NO_BOUNDS,
        "1 while Redis answers, 0 once it did not";
    CONNECTIONS: Watched ["db.client.connection.pool.name", "db.client.connection.state"]
        "db.client.connection.count", "{connection}", NO_BOUNDS,
        "Connections to the database: idle or used";
    CONNECTIONS_MOST: Watched ["db.client.connection.pool.name"]
        "db.client.connection.max", "{connection}", NO_BOUNDS,
        "Connections to the database at most";
    CONNECTIONS_WAITING: Watched ["db.client.connection.pool.name"]
        "db.client.connection.pending_requests", "{request}", NO_BOUNDS,
        "Who waits for a connection to the database";
    MEMORY: Watched []
        "process.memory.usage", "By", NO_BOUNDS,
        "Memory of the process that is in use (its resident set)";
    CPU: Sum []
        "process.cpu.time", "s", NO_BOUNDS,
        "Time of processors that the process took";
    THREADS: Watched []
        "process.thread.count", "{thread}", NO_BOUNDS,
        "Threads of the process";
    FILES: Watched []
        "process.unix.file_descriptor.count", "{file_descriptor}", NO_BOUNDS,
        "Files and sockets that are open";
    UPTIME: Watched []
        "process.uptime", "s", NO_BOUNDS,
        "Time since the process started";
    BUILD: Watched ["service", "version"]
        "acuse.build_info", "", NO_BOUNDS,
        "1, with the version of Acuse and the name of the process: ingestion, message-state, reporting, export, or acuse for all of them in one";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::Kind;
    use super::*;

    #[test]
    fn names_are_what_prometheus_takes_and_each_is_one_metric() {
        let mut seen = HashSet::new();
        for metric in all() {
            let name = metric.prometheus_name();
            let fits = |letter: char| {
                letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit()
            };
            assert!(name.chars().all(fits), "{name}");
            assert!(seen.insert(name.clone()), "{name} is there twice");
            assert!(
                !metric.meaning.ends_with('.') && !metric.meaning.contains('|'),
                "{name}"
            );
            assert_eq!(
                metric.kind == Kind::Histogram,
                !metric.bounds.is_empty(),
                "{name}"
            );
            assert!(metric.bounds.is_sorted(), "{name}");
        }
    }
}
