//! Attribution windows: how long after an outbound message an inbound one still answers it, and since when.
//!
//! A change applies from an instant on, by the time at which the inbound message was received. Whatever was received
//! before keeps the window that applied then, also when it is looked at again: past figures stay, and the order in which
//! messages come decides nothing.

use std::time::Duration;

use crate::time::{CLOCK_SKEW, Timestamp};

/// Changes kept at most.
pub const MAX_WINDOWS: usize = 100;

/// The window was changed too often within the time for which rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyChanges;

/// Makes `window` the last of `windows` (each with the instant from which it applies, the earliest first) as of `now`.
/// Rows older than `kept` are dropped; a window that applied to nothing younger is forgotten.
///
/// It applies from the first instant that no message taken in so far can have been received at.
///
/// # Errors
/// Refuses the change, and leaves `windows` as they were, where [`MAX_WINDOWS`] are still needed.
pub fn change_window(
    windows: &mut Vec<(Timestamp, Duration)>,
    window: Duration,
    now: Timestamp,
    kept: Duration,
) -> Result<(), TooManyChanges> {
    let ahead = now + CLOCK_SKEW + Duration::from_micros(1);
    let mut changed = windows.clone();
    // A clock that goes back must not put a change before the one that is already there.
    match changed.last_mut() {
        Some((from, last)) if *from >= ahead => *last = window,
        _ => changed.push((ahead, window)),
    }
    let horizon = now - kept;
    let outdated = changed
        .windows(2)
        .take_while(|pair| pair[1].0 <= horizon)
        .count();
    changed.drain(..outdated);
    if changed.len() > MAX_WINDOWS {
        return Err(TooManyChanges);
    }
    *windows = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{days, hours};

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn changed(windows: &mut Vec<(Timestamp, Duration)>, hour: u64, now: Timestamp) {
        assert_eq!(change_window(windows, hours(hour), now, days(400)), Ok(()));
    }

    #[test]
    fn a_change_applies_from_where_nothing_was_taken_in() {
        let mut windows = Vec::new();
        changed(&mut windows, 1, NOW);
        assert_eq!(windows.len(), 1);
        // A message received as far ahead as is accepted keeps the window of before.
        assert!(windows[0].0 > NOW + CLOCK_SKEW);
    }

    #[test]
    fn changes_stay_in_order_also_when_the_clock_goes_back() {
        let mut windows = Vec::new();
        changed(&mut windows, 1, NOW);
        let first = windows[0].0;
        changed(&mut windows, 2, NOW - hours(1));
        assert_eq!(windows, [(first, hours(2))]);
        changed(&mut windows, 3, NOW + Duration::from_secs(1));
        assert_eq!(windows.len(), 2);
        assert!(windows.is_sorted());
    }

    #[test]
    fn what_applied_only_to_dropped_rows_is_forgotten() {
        let mut windows = vec![(Timestamp::default(), hours(1))];
        changed(&mut windows, 2, NOW);
        changed(&mut windows, 3, NOW + days(399));
        assert_eq!(windows.len(), 3);
        changed(&mut windows, 4, NOW + days(401));
        let lengths: Vec<Duration> = windows.iter().map(|(_, window)| *window).collect();
        assert_eq!(lengths, [hours(2), hours(3), hours(4)]);
    }

    #[test]
    fn there_is_an_end_to_changes() {
        let mut windows = Vec::new();
        let at = |number: u64| NOW + hours(number);
        for number in 0..MAX_WINDOWS as u64 {
            changed(&mut windows, number, at(number));
        }
        let full = windows.clone();
        let refused = change_window(&mut windows, hours(1), at(200), days(400));
        assert_eq!((refused, &windows), (Err(TooManyChanges), &full));
        // A year later there is room again.
        changed(&mut windows, 1, at(24 * 500));
        assert_eq!(windows.len(), 2);
    }
}
