//! What the log says of calls, and what it does not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{Secret, auth::Claims};
use tonic_types::StatusExt as _;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    probe::SECRET,
    rig::{Rig, mint, until},
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn with(&self, part: &str) -> Vec<String> {
        let text = self.text();
        text.lines()
            .filter(|line| line.contains(part))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_tells_faults_once_and_tokens_never() {
    let lines = Lines::default();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("acuse_rpc=trace"))
        .with_ansi(false)
        .with_writer(lines.clone())
        .init();
    let rig = Rig::start().await;
    let token = rig.keys.analyst();
    let analyst = rig.with_token(token.clone());
    assert!(analyst.call("Echo", "what the message said").await.is_ok());
    let id = |status: &tonic::Status| status.get_details_request_info().unwrap().request_id;

    let failed = id(&analyst.call("Fail", "").await.unwrap_err());
    let panicked = id(&analyst.call("Panic", "").await.unwrap_err());
    let forged = format!("{}x", token.expose());
    let refused = rig
        .with_token(Secret::new(&forged))
        .call("Echo", "")
        .await
        .unwrap_err();
    let claims = Claims::of("crm", Role::Service, Some("acme")).allowing([Permission::Ingest]);
    let ingester = rig.with_token(mint(&rig.keys.callers, claims));
    let denied = ingester.call("Echo", "").await.unwrap_err();
    let last = id(&denied);
    until(|| {
        lines
            .with(&last)
            .iter()
            .any(|line| line.contains("call refused"))
    })
    .await;

    let errors = lines.with(" ERROR ");
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(
        errors[0].contains(&failed) && errors[0].contains(SECRET),
        "{errors:#?}"
    );
    assert!(
        errors[1].contains(&panicked) && !errors[1].contains(SECRET),
        "{errors:#?}"
    );
    for status in [&refused, &denied] {
        let told = lines.with(&id(status));
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(
            told[0].contains("INFO"),
            "what callers do wrong is no error: {told:#?}"
        );
    }
    let served = &lines.with("call served")[0];
    for part in [
        "DEBUG",
        "acuse.test.v1.Probe/Echo",
        "acme",
        "analyst",
        "latency_ms",
    ] {
        assert!(served.contains(part), "{part} in {served}");
    }
    let text = lines.text();
    let parts = token.expose().split('.').chain(forged.split('.'));
    for unwanted in parts.chain(["what the message said", "grpc.health"]) {
        assert!(!text.contains(unwanted), "{unwanted} in the log");
    }
}
