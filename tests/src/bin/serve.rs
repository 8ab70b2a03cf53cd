//! One service as a process of its own, as its own `main` runs it but for the allocator and the clock: `acuse-tests-serve
//! SERVICE [NOW]`.
//!
//! NOW is what its clock shows at the start, in microseconds since 1970, for a history that happened at a certain time. The
//! clock goes on from there.

use std::env::args;
use std::time::Instant;

use acuse_domain::time::Timestamp;
use acuse_rpc::Clock;
use acuse_rpc::config::{Settings, telemetry};
use acuse_rpc::server::shutdown_signal;
use anyhow::{Context as _, bail};

macro_rules! serve {
    ($service:ident, $name:expr, $clock:expr) => {{
        let mut settings = Settings::from_environment();
        let telemetry = telemetry(&mut settings, $name);
        let config = $service::Config::read(&mut settings);
        let config = settings.finish(|| config)?;
        let telemetry = acuse_telemetry::init(&telemetry)?;
        let running = $service::start(config, $clock, shutdown_signal()).await?;
        let stopped = running.stopped().await;
        telemetry.shutdown().await;
        Ok(stopped?)
    }};
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = args().nth(1).context("which service?")?;
    let now = args().nth(2).map(|now| now.parse()).transpose()?;
    let clock = now.map_or_else(Clock::system, |now| {
        going_on_from(Timestamp::from_micros(now))
    });
    match &*service {
        "message-state" => serve!(acuse_message_state, "message-state", clock),
        "ingestion" => serve!(acuse_ingestion, "ingestion", clock),
        "reporting" => serve!(acuse_reporting, "reporting", clock),
        "export" => serve!(acuse_export, "export", clock),
        other => bail!("there is no service {other}"),
    }
}

fn going_on_from(now: Timestamp) -> Clock {
    let begun = Instant::now();
    Clock::new(move || now + begun.elapsed())
}
