//! Metrics: what a running suite tells is what the catalog, the manual, the dashboard and the alerts say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../faults/rig/address.rs"]
mod address;
mod manual;
mod named;
#[path = "../faults/rig/redis.rs"]
mod redis;
mod scraped;
mod streams;
mod suite;

use std::collections::BTreeSet;
use std::time::Duration;

use acuse_telemetry::metrics::catalog;
use acuse_testkit::service::eventually;

use named::{Named, alerts, dashboard};
use redis::Redis;
use scraped::Scraped;
use suite::{PRIVATE, Suite};

/// The label that Prometheus itself adds to what it scrapes, and the one of histograms.
const ADDED: [&str; 3] = ["instance", "job", "le"];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_dashboard_and_the_alerts_name_is_told_by_a_running_suite() {
    let suite = Suite::start(std::env::var("REDIS_URL").unwrap()).await;
    assert_first_ones_will_be_seen(&suite).await;
    suite.work().await;
    let named: Vec<Named> = dashboard()
        .into_iter()
        .chain(alerts().into_iter().map(|alert| alert.expression))
        .flat_map(|expression| named::metrics(&expression))
        .collect();
    assert!(named.len() > 60, "only {} are named", named.len());

    // What is asked of the database is told a moment later.
    let scraped = eventually(Duration::from_secs(60), || async {
        let scraped = Scraped::parse(&suite.scrape().await);
        let missing = named.iter().find(|named| !scraped.has(&named.metric));
        if let Some(named) = missing {
            eprintln!("{} is not told yet", named.metric);
        }
        missing.is_none().then_some(scraped)
    })
    .await;

    for named in &named {
        let metric = scraped.metric(&named.metric).expect("it is told");
        for (label, values) in &named.matched {
            let label = label.as_str();
            let known = metric
                .labels
                .iter()
                .any(|known| known.replace('.', "_") == label);
            assert!(
                known || ADDED.contains(&label),
                "{} has no {label}",
                named.metric
            );
            for value in values {
                let told =
                    codes().contains(value) || scraped.values(&named.metric, label).contains(value);
                assert!(
                    told || metric.meaning.contains(value.as_str()) || value.is_empty(),
                    "{}: nothing says that {label} may be {value:?}",
                    named.metric
                );
            }
        }
    }
    let text = suite.scrape().await;
    for private in PRIVATE {
        assert!(!text.contains(private), "{private:?} is told");
    }
    // The suite has worked: it is not zeros that are told.
    assert!(scraped.sum("acuse_events_total", &[("outcome", "applied")]) >= 4.0);
    assert_eq!(
        scraped.sum("acuse_webhooks_total", &[("outcome", "unsigned")]),
        1.0
    );
    assert_eq!(
        scraped.sum("acuse_export_attempts_total", &[("outcome", "succeeded")]),
        1.0
    );
    assert_eq!(
        scraped.sum(
            "acuse_export_duration_seconds_count",
            &[("outcome", "succeeded")]
        ),
        1.0
    );
    assert!(
        scraped.sum(
            "rpc_server_call_duration_seconds_count",
            &[("rpc_response_status_code", "UNAUTHENTICATED")]
        ) >= 1.0
    );
    for work in ["restaging", "rebuilding"] {
        assert_eq!(
            scraped.count("acuse_upkeep_workspaces", &[("work", work)]),
            1
        );
    }
    assert!(scraped.sum("process_memory_usage_bytes", &[]) > 1e6);
    scraped.check();
}

/// What is compared over time is told as zero before there is one, for whoever compares to see the first.
async fn assert_first_ones_will_be_seen(suite: &Suite) {
    let scraped = Scraped::parse(&suite.scrape().await);
    let told = |name: &str, labels: &[(&str, &str)]| {
        assert_eq!(scraped.count(name, labels), 1, "{name} {labels:?}");
        assert_eq!(scraped.sum(name, labels), 0.0, "{name} {labels:?}");
    };
    let providers = acuse_providers::Format::ALL.iter().map(|it| it.as_str());
    for provider in providers.chain(["_OTHER"]) {
        for outcome in [
            "taken_in",
            "inbox",
            "unsigned",
            "unknown",
            "malformed",
            "unread",
            "refused",
        ] {
            let labels = [("provider", provider), ("outcome", outcome)];
            told("acuse_webhooks_total", &labels);
        }
    }
    for outcome in ["succeeded", "failed", "postponed", "handed_back", "lost"] {
        told("acuse_export_attempts_total", &[("outcome", outcome)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_redis_answers_is_told_without_any_export() {
    let mut redis = Redis::start().await;
    let suite = Suite::start(redis.url()).await;
    let told = async |answers: f64| {
        eventually(Duration::from_secs(60), async || {
            let scraped = Scraped::parse(&suite.scrape().await);
            let is_so = scraped.sum("acuse_redis_answers", &[]) == answers;
            (scraped.has("acuse_redis_answers") && is_so).then_some(())
        })
        .await;
    };
    told(1.0).await;
    redis.kill();
    told(0.0).await;
    redis.resume().await;
    told(1.0).await;
}

/// The codes that calls end with, as metrics write them.
fn codes() -> BTreeSet<String> {
    let code = |number| {
        let mut name = String::new();
        for letter in format!("{:?}", tonic::Code::from_i32(number)).chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    };
    (0..17).map(code).collect()
}

#[test]
fn every_alert_has_its_section_and_every_section_its_alert() {
    let alerts = alerts();
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    assert_eq!(names.len(), alerts.len(), "an alert is there twice");
    let text = manual::text();
    let (_, after) = text.split_once("\n## Alerts\n").unwrap();
    let section = after.split("\n## ").next().unwrap();
    let sections = section.lines().filter_map(|line| line.strip_prefix("### "));
    assert_eq!(names, sections.collect());
    for alert in &alerts {
        let expected = format!("docs/operations.md#{}", alert.name.to_lowercase());
        assert_eq!(alert.runbook, expected);
    }
}

#[test]
fn the_manual_lists_every_metric() {
    let mut table =
        String::from("| metric | type | labels | what it says |\n| --- | --- | --- | --- |\n");
    for metric in catalog::all() {
        let labels: Vec<String> = metric
            .labels
            .iter()
            .map(|label| format!("`{}`", label.replace('.', "_")))
            .collect();
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            metric.prometheus_name(),
            metric.kind.as_str(),
            labels.join(", "),
            metric.meaning
        ));
    }
    manual::assert_block("metrics", &table);
}
