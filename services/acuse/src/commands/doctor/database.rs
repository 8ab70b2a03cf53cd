//! Whether the database is fit, and whether work waits in it.

use acuse_domain::time::Timestamp;
use acuse_store::{
    Address, Database, PoolConfig, StoreError,
    condition::{self, Condition},
    fold::Folder,
    ingestion::backlog,
    migrations,
    upkeep::{self, Underway},
};

use super::finding::{Finding, Findings, Severity};
use crate::{commands::migrate, output::number};

const ABOUT: &str = "database";

/// The oldest version that serves.
const OLDEST: u32 = 15;
const MIB: u64 = 1 << 20;
/// Less is what a server has that nobody set up.
const LEAST_BUFFERS: u64 = 256 * MIB;
const LEAST_WAL: u64 = 2 * 1024 * MIB;
/// How far clocks may be apart, in microseconds.
const SKEW: i64 = 5_000_000;
/// Changes that may wait to be folded.
const BEHIND: i64 = 100_000;
/// How old the oldest entry of the inbox may be, in microseconds.
const WAITING: i64 = 60_000_000;
/// How long work may stand still that goes on step by step, in microseconds.
const STILL: i64 = 300_000_000;

/// Looks at the database.
pub(super) async fn look(address: &Address, findings: &mut Findings) {
    // By a connection whose failure says why there is none.
    let pending = match migrations::pending(address).await {
        Ok(pending) => pending,
        Err(error) => {
            let told = migrate::failed(error).to_string();
            let (what, advice) = told
                .split_once("\n  ")
                .unwrap_or((&told, "its log says more"));
            findings.add(Finding::of(ABOUT, Severity::Fault, what).advise(advice));
            return;
        }
    };
    let database = match Database::new(&PoolConfig::new(address.clone(), 1)) {
        Ok(database) => database,
        Err(error) => return findings.add(failed(&error)),
    };
    match condition::look(&database).await {
        Ok(found) => {
            of_condition(&found, Timestamp::now(), findings);
            of_the_way(address, &found, findings);
        }
        Err(error) => findings.add(failed(&error)),
    }
    if pending.is_empty() {
        findings.add(Finding::fine(ABOUT, "has every migration"));
    } else {
        let what = format!("lacks {} migrations: {}", pending.len(), pending.join(", "));
        findings.add(
            Finding::of(ABOUT, Severity::Fault, what).advise("run `acuse migrate` of this version"),
        );
        return;
    }
    match Folder::new(database.clone()).unfolded().await {
        Ok(behind) => {
            let what = format!(
                "{} changes are not in the figures' tables yet",
                number(behind.changes)
            );
            findings.add(if behind.most > BEHIND {
                Finding::of("folding", Severity::Warning, what).advise(
                    "reports add them themselves and get slower: does a message-state run without ACUSE_NO_FOLDING, and keep up?",
                )
            } else {
                Finding::fine("folding", what)
            });
        }
        Err(error) => findings.add(failed(&error)),
    }
    match upkeep::look(&database).await {
        Ok(underway) => of_upkeep(&underway, Timestamp::now(), findings),
        Err(error) => findings.add(failed(&error)),
    }
    match backlog(&database).await {
        Ok(waiting) => {
            let age = waiting
                .oldest
                .map_or(0, |oldest| Timestamp::now().micros_since(oldest));
            let what = format!(
                "{} webhooks wait, the oldest for {} s",
                number(waiting.entries),
                number(age.max(0) / 1_000_000)
            );
            findings.add(if age > WAITING {
                Finding::of("inbox", Severity::Warning, what).advise(
                    "nothing is lost: message-state was or is away, or no ingestion runs without ACUSE_NO_DRAINING; its log says why",
                )
            } else {
                Finding::fine("inbox", what)
            });
        }
        Err(error) => findings.add(failed(&error)),
    }
}

/// Whether work that goes on step by step does.
fn of_upkeep(underway: &Underway, now: Timestamp, findings: &mut Findings) {
    let what = format!(
        "messages of {} workspaces are being brought to what their accounts report, rollups of {} are being rebuilt",
        number(underway.restaging),
        number(underway.rebuilding)
    );
    let still = underway.stillest.map_or(0, |last| now.micros_since(last));
    findings.add(if still > STILL {
        let what = format!(
            "{what}; one has stood still for {} s",
            number(still / 1_000_000)
        );
        Finding::of("upkeep", Severity::Warning, what)
            .advise("does a message-state run without ACUSE_NO_UPKEEP? its log says what fails")
    } else {
        Finding::fine("upkeep", what)
    });
}

fn failed(error: &StoreError) -> Finding {
    Finding::of(ABOUT, Severity::Fault, error.to_string())
        .advise("the user of --database-url must be one that services may use: may it take the roles acuse_*?")
}

/// Whether others may listen to what is said to it.
fn of_the_way(address: &Address, found: &Condition, findings: &mut Findings) {
    findings.add(if !address.is_remote() {
        Finding::fine(ABOUT, "is on this machine")
    } else if !found.encrypted {
        Finding::of(ABOUT, Severity::Warning, "is spoken to without TLS").advise(
            "where nothing else encrypts what goes over the network: ?sslmode=verify-full in its URL, and its authority in --database-ca",
        )
    } else if !address.checks_certificates() {
        let what = "is spoken to over TLS, and whoever stands between could be taken for it";
        Finding::of(ABOUT, Severity::Warning, what)
            .advise("?sslmode=verify-full in its URL, and its authority in --database-ca")
    } else {
        Finding::fine(ABOUT, "is spoken to over TLS, with its certificate checked")
    });
}

fn of_condition(found: &Condition, now: Timestamp, findings: &mut Findings) {
    let mut add = |severity, what: String, advice: &str| {
        findings.add(Finding::of(ABOUT, severity, what).advise(advice));
    };
    let version = found.major_version;
    if version < OLDEST {
        add(
            Severity::Fault,
            format!("is Postgres {version}"),
            "15 or newer is needed",
        );
    }
    if found.standby {
        add(
            Severity::Fault,
            "is a standby, which takes no writes".to_owned(),
            "only reporting may use one, beside ACUSE_PRIMARY_DATABASE_URL; look at the primary",
        );
    }
    if !found.knows_zones {
        add(
            Severity::Fault,
            "knows no time zones".to_owned(),
            "install the time zone data (on Debian: apt install tzdata) and restart it",
        );
    }
    if !found.survives_crashes {
        add(
            Severity::Warning,
            "may be damaged by a crash: fsync or full_page_writes is off".to_owned(),
            "turn both on wherever messages matter",
        );
    }
    if !found.durable_commits {
        add(
            Severity::Warning,
            "tells of commits before they are on disk: synchronous_commit is off".to_owned(),
            "a crash loses what was taken in and acknowledged: turn it on wherever messages matter",
        );
    }
    if found.shared_buffers < LEAST_BUFFERS {
        add(
            Severity::Warning,
            format!("has shared_buffers of {} MiB", found.shared_buffers / MIB),
            "a quarter of the machine's memory is usual; as it is, it serves for trying out",
        );
    }
    if found.max_wal_size < LEAST_WAL {
        add(
            Severity::Warning,
            format!("has max_wal_size of {} MiB", found.max_wal_size / MIB),
            "16GB, where the disk has it, keeps checkpoints apart under load; as it is, it serves for trying out",
        );
    }
    if let Some(locale) = &found.foreign_messages {
        add(
            Severity::Warning,
            format!(
                "speaks to us in another language, {locale}, and services know some failures by their English words"
            ),
            "let the services' user change that: GRANT SET ON PARAMETER lc_messages TO …, or say lc_messages = 'C' for the server",
        );
    }
    let apart = found.now.micros_since(now);
    if apart.abs() > SKEW {
        add(
            Severity::Warning,
            format!(
                "has a clock that is {} s apart from this machine's",
                apart / 1_000_000
            ),
            "have both follow NTP",
        );
    }
    let connections = found.max_connections;
    findings.add(Finding::fine(
        ABOUT,
        format!("answers: Postgres {version}, {connections} connections at most"),
    ));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

    fn well() -> Condition {
        Condition {
            major_version: 15,
            now: NOW,
            shared_buffers: LEAST_BUFFERS,
            max_wal_size: LEAST_WAL,
            durable_commits: true,
            survives_crashes: true,
            standby: false,
            knows_zones: true,
            max_connections: 100,
            encrypted: true,
            foreign_messages: None,
        }
    }

    /// How many faults and warnings there are.
    fn found(condition: &Condition) -> (usize, usize) {
        let mut findings = Findings::default();
        of_condition(condition, NOW, &mut findings);
        (
            findings.count(Severity::Fault),
            findings.count(Severity::Warning),
        )
    }

    #[test]
    fn what_others_could_listen_to_is_told() {
        for (url, encrypted, warnings) in [
            ("postgres://u@localhost/d", false, 0),
            ("postgres://u@db.example/d", false, 1),
            ("postgres://u@db.example/d", true, 1),
            ("postgres://u@db.example/d?sslmode=verify-full", true, 0),
        ] {
            let condition = Condition {
                encrypted,
                ..well()
            };
            let mut findings = Findings::default();
            of_the_way(&url.parse().unwrap(), &condition, &mut findings);
            assert_eq!(findings.count(Severity::Warning), warnings, "{url}");
        }
    }

    #[test]
    fn work_that_stands_still_is_told() {
        for (seconds, warnings) in [(None, 0), (Some(300), 0), (Some(301), 1)] {
            let underway = Underway {
                restaging: 1,
                rebuilding: 2,
                stillest: seconds.map(|seconds| NOW - Duration::from_secs(seconds)),
            };
            let mut findings = Findings::default();
            of_upkeep(&underway, NOW, &mut findings);
            assert_eq!(findings.count(Severity::Warning), warnings, "{seconds:?}");
        }
    }

    #[test]
    fn each_thing_that_is_wrong_is_told() {
        assert_eq!(found(&well()), (0, 0));
        let faults: [fn(&mut Condition); 3] = [
            |it| it.major_version = 14,
            |it| it.standby = true,
            |it| it.knows_zones = false,
        ];
        for spoil in faults {
            let mut condition = well();
            spoil(&mut condition);
            assert_eq!(found(&condition), (1, 0), "{condition:?}");
        }
        let warnings: [fn(&mut Condition); 6] = [
            |it| it.foreign_messages = Some("es_PE.UTF-8".to_owned()),
            |it| it.survives_crashes = false,
            |it| it.durable_commits = false,
            |it| it.shared_buffers -= 1,
            |it| it.max_wal_size -= 1,
            |it| it.now = Timestamp::from_seconds(1_794_744_000 - 6),
        ];
        for spoil in warnings {
            let mut condition = well();
            spoil(&mut condition);
            assert_eq!(found(&condition), (0, 1), "{condition:?}");
        }
    }
}
