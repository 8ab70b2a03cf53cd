//! Reports while messages come in.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::{ask::Asker, case::Case};
use crate::{Bench, load, stats::quantile, stream, tenants::Tenants, world::World};

/// How long it is looked at.
const LASTS: Duration = Duration::from_secs(25);
/// Time from one question to the next: people ask now and then, however fast the answer to the last one came.
const PAUSE: Duration = Duration::from_millis(50);
/// Rounds a second: what comes in is spread over the time, in calls that are worth their while.
const ROUNDS_A_SECOND: f64 = 2.0;
/// Events that there are for each message, all kinds taken together.
const EVENTS_A_MESSAGE: f64 = 3.4;

/// The 99th percentile of seconds that answers take while events come in at `rate` a second.
pub(crate) async fn p99(
    bench: &Bench,
    (tenants, asker): (&Tenants, &Asker),
    cases: &[Case],
    rate: f64,
) -> Result<f64> {
    let over = AtomicBool::new(false);
    let asking = async {
        let until = Instant::now() + LASTS;
        let mut pause = interval(PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seconds = Vec::new();
        for case in cases.iter().cycle() {
            pause.tick().await;
            if Instant::now() >= until {
                break;
            }
            seconds.push(asker.ask(case).await?.1);
        }
        over.store(true, Ordering::Relaxed);
        anyhow::Ok(seconds)
    };
    let (seconds, achieved) = tokio::try_join!(asking, arrive(bench, tenants, rate, &over))?;
    bench.note(&format!(
        "busy: {} reports while {achieved:.0} of {rate:.0} events a second came in",
        seconds.len()
    ));
    if achieved < rate * 0.9 {
        bench.note(
            "busy: THAT RATE WAS NOT KEPT: this machine has no room for it beside the reports",
        );
    }
    quantile(&seconds, 0.99).context("nothing was asked")
}

/// Has messages of yesterday come in at a rate until it is over; gives the rate that was kept.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)] // counts of one run
async fn arrive(bench: &Bench, tenants: &Tenants, rate: f64, over: &AtomicBool) -> Result<f64> {
    // More than come in: the time may be longer where answers are slow.
    let messages = (rate / EVENTS_A_MESSAGE * LASTS.as_secs_f64() * 4.0) as u64;
    let rounds = (LASTS.as_secs_f64() * 4.0 * ROUNDS_A_SECOND) as usize;
    let world = World::over(1, messages.max(1_000), bench.today());
    let mut telling = world.tell(rounds, bench.now);
    let begun = Instant::now();
    let mut due = begun;
    let mut events = 0;
    for _ in 0..rounds {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let round = telling.next_round(None);
        sleep_until(due).await;
        events += round.len();
        // Where it falls behind it does not catch up, and the rate tells.
        due = Instant::now().max(due) + Duration::from_secs_f64(round.len() as f64 / rate);
        for calls in [
            load::registrations(round.registrations),
            load::statuses(round.own_word),
            load::statuses(round.statuses),
            load::inbound(round.inbound),
        ] {
            stream::send(&tenants.clients, calls).await?;
        }
    }
    Ok(events as f64 / begun.elapsed().as_secs_f64())
}
