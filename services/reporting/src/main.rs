//! The reporting service as a process of its own.

use acuse_reporting::{Clock, Config, start};
use acuse_rpc::config::{Settings, telemetry};
use acuse_rpc::server::shutdown_signal;
use acuse_rpc::small_pages;
use anyhow::Context as _;

// Calls are made of many small pieces, which the system's allocator takes a quarter of a service's time for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    small_pages();
    let mut settings = Settings::from_environment();
    let telemetry = telemetry(&mut settings, "reporting");
    let config = Config::read(&mut settings);
    let config = settings.finish(|| config)?;
    let telemetry = acuse_telemetry::init(&telemetry)?;
    let serving = start(config, Clock::system(), shutdown_signal())
        .await
        .context("reporting cannot start")?;
    let stopped = serving.stopped().await;
    telemetry.shutdown().await;
    Ok(stopped?)
}
