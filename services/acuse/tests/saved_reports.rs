//! `acuse report values` and `acuse report saved` against a running service.

#![allow(clippy::unwrap_used, reason = "tests")]

use acuse_domain::names::{Dimension, Label, Mention};
use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_reporting::{Clock, Config, Serving, start};
use acuse_rpc::Secret;
use acuse_store::workspaces::{self, NewWorkspace, Settings};
use acuse_store::{Database, PoolConfig, directory};
use acuse_testkit::service::Keys;
use tokio::process::Command;

const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

/// A reporting service with a workspace of two campaigns.
struct Rig {
    serving: Serving,
    token: Secret,
    // Dropped last, when nobody uses it any more.
    _database: acuse_testkit::Database,
}

impl Rig {
    async fn start() -> Self {
        let database = acuse_testkit::Database::new().await;
        let store = Database::new(&PoolConfig::new(database.address(), 2)).unwrap();
        let acme = NewWorkspace {
            slug: "acme".to_owned(),
            settings: Settings::usual("Acme"),
        };
        let acme = workspaces::create(&store, acme, NOW)
            .await
            .unwrap()
            .unwrap();
        let campaign = |id: &str, name: &str| Mention {
            dimension: Dimension::Campaign,
            external_id: id.to_owned(),
            label: Label {
                name: Some(name.to_owned()),
                ..Label::default()
            },
            at: NOW,
        };
        let campaigns = [campaign("c1", "Navidad"), campaign("c2", "Campaña Perú")];
        directory::upsert(&store, acme.id, &campaigns)
            .await
            .unwrap();
        let keys = Keys::new();
        let config = Config::new(keys.server_config(), database.address());
        let serving = start(config, Clock::fixed(NOW), std::future::pending());
        Self {
            serving: serving.await.unwrap(),
            token: keys.allowed(Role::Analyst, "acme", &[Permission::Report]),
            _database: database,
        }
    }

    /// Runs `acuse report`; gives whether it went well, and what it says: the answer, else why there is none.
    async fn report(&self, arguments: &[&str]) -> (bool, String) {
        let ran = Command::new(env!("CARGO_BIN_EXE_acuse"))
            .env_clear()
            .env("ACUSE_TOKEN", self.token.expose())
            .env("ACUSE_REPORTING", self.serving.address().to_string())
            .arg("report")
            .args(arguments)
            .output()
            .await
            .unwrap();
        let said = match ran.status.success() {
            true => ran.stdout,
            false => ran.stderr,
        };
        (ran.status.success(), String::from_utf8(said).unwrap())
    }

    async fn answer(&self, arguments: &[&str]) -> String {
        let (succeeded, said) = self.report(arguments).await;
        assert!(succeeded, "{arguments:?}: {said}");
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_found() {
    let rig = Rig::start().await;
    let all = rig.answer(&["values", "campaign", "--csv"]).await;
    assert_eq!(
        all,
        "campaign,campaign_name\r\nc1,Navidad\r\nc2,Campaña Perú\r\n"
    );
    let found = rig
        .answer(&["values", "campaign", "--search", "PERU"])
        .await;
    assert!(found.contains("c2") && !found.contains("c1"), "{found}");
    let json = rig
        .answer(&["values", "campaign", "--limit", "1", "--json"])
        .await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["values"][0]["id"], "c1");
    assert_eq!(json["values"].as_array().unwrap().len(), 1);
    let none = rig.answer(&["values", "campaign", "--search", "%"]).await;
    assert_eq!(none, "there is no such value\n");
    let (succeeded, said) = rig.report(&["values", "day"]).await;
    assert!(!succeeded && said.contains("time"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_saved_run_and_deleted() {
    let rig = Rig::start().await;
    let none = rig.answer(&["saved", "list"]).await;
    assert!(none.contains("no saved report"), "{none}");
    let kinds: [(&str, &[&str], &str); 8] = [
        ("a", &["consolidated", "--bucket", "week"], "sent"),
        ("b", &["overview"], ""),
        ("c", &["breakdown", "--by", "agent"], "nothing to show"),
        ("d", &["ranking", "--by", "agent", "--metric", "sent"], ""),
        ("e", &["replies", "--period", "yesterday"], "replied to"),
        ("g", &["funnel", "--individual"], "delivered"),
        ("h", &["list", "failed"], "no such message"),
        ("f", &["rows", "--preset", "hsm_management"], ""),
    ];
    for (name, arguments, shown) in kinds {
        let saving = [&["saved", "save", name, "--shared"], arguments].concat();
        let said = rig.answer(&saving).await;
        assert!(said.starts_with(&format!("saved {name} as ")), "{said}");
        let (succeeded, said) = rig.report(&["saved", "run", name]).await;
        match name {
            "f" => assert!(!succeeded && said.contains("StreamRows"), "{said}"),
            _ => {
                assert!(succeeded && said.contains(shown), "{name}: {said}");
                // As its own command shows it.
                assert_eq!(said, rig.answer(arguments).await);
                let again = rig.answer(&["saved", "run", name, "--json"]).await;
                assert!(serde_json::from_str::<serde_json::Value>(&again).is_ok());
            }
        }
        let (succeeded, said) = rig.report(&saving).await;
        assert!(!succeeded && said.contains("has that name"), "{said}");
    }
    let listed = rig.answer(&["saved", "list"]).await;
    for word in [
        "consolidated",
        "overview",
        "breakdown",
        "ranking",
        "replies",
        "rows",
    ] {
        assert!(listed.contains(word), "{word} in {listed}");
    }
    let own = rig.answer(&["saved", "list", "--own"]).await;
    assert!(own.contains("no saved report"), "{own}");
    assert_eq!(rig.answer(&["saved", "delete", "a"]).await, "deleted a\n");
    let (succeeded, said) = rig.report(&["saved", "delete", "a"]).await;
    assert!(!succeeded && said.contains("not found"), "{said}");
}
