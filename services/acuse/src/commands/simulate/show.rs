//! What came of a simulation.

use std::time::Duration;

use acuse_simulator::{Tally, drive::Outcome};

use super::Cast;
use crate::{
    failure::Result,
    output::{note, number, say, table},
};

/// What was told to each workspace, and what was acknowledged.
pub(super) fn totals(casts: &[Cast], outcomes: &[Outcome], tallies: &[Tally]) -> Result<()> {
    let columns = [
        "workspace",
        "messages",
        "statuses",
        "inbound",
        "twice",
        "lost",
        "applied",
        "duplicate",
        "late",
        "rejected",
        "by webhook",
    ];
    let mut shown = table(&columns, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (index, (cast, outcome)) in casts.iter().zip(outcomes).enumerate() {
        // Of a simulation that was stopped it is not known how much it told.
        let tally = tallies.get(index).copied();
        let told = |count: fn(Tally) -> u64| {
            tally.map_or_else(|| "-".to_owned(), |tally| number(count(tally)))
        };
        shown.add_row([
            cast.business.slug().to_owned(),
            told(|tally| tally.registrations),
            told(|tally| tally.statuses),
            told(|tally| tally.inbound),
            told(|tally| tally.duplicates),
            told(|tally| tally.lost),
            number(outcome.applied),
            number(outcome.duplicate),
            number(outcome.late),
            number(outcome.rejected),
            number(outcome.by_webhook),
        ]);
    }
    say(&shown.to_string())
}

/// How fast it went.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
pub(super) fn pace(total: &Outcome, took: Duration) {
    let events = total.acknowledged();
    let rate = (events as f64 / took.as_secs_f64().max(0.001)) as u64;
    note(&format!(
        "{} events acknowledged in {:.1} s ({} a second): {} calls, {} webhooks, {} sent again",
        number(events),
        took.as_secs_f64(),
        number(rate),
        number(total.calls),
        number(total.webhooks),
        number(total.retries),
    ));
}
