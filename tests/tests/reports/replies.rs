//! When contacts reply.

use std::collections::BTreeMap;

use acuse_proto::reporting::GetReplyActivityRequest;
use acuse_tests::reference::report::{Dimension, Sums};

use crate::compare::{Faults, basis};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::question;

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    hours: BTreeMap<(usize, usize), i64>,
    total: Sums,
}

impl Case {
    pub(crate) fn draw(ground: &Ground<'_>) -> Self {
        let covered = ground.covered.as_ref();
        let hours = covered.map(|request| ground.population.reply_hours(request));
        Self {
            hours: hours.unwrap_or_default(),
            total: ground.totals(covered, Dimension::Day).0,
        }
    }

    /// How many replies there are.
    pub(crate) fn replied(&self) -> i64 {
        self.hours.values().sum()
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = GetReplyActivityRequest {
            question: Some(question(ground.asked)),
        };
        let answer = client.get_reply_activity(request).await.unwrap();
        let answer = answer.into_inner();
        let mut faults = Faults::default();
        basis(
            &mut faults,
            ground,
            &self.total,
            false,
            answer.basis.as_ref(),
        );
        faults.same("replied", &self.total.count("replied"), &answer.replied);
        let of = |day, hour| self.hours.get(&(day, hour)).copied().unwrap_or_default();
        for (day, weekday) in answer.weekdays.iter().enumerate() {
            let expected: Vec<i64> = (0..24).map(|hour| of(day, hour)).collect();
            faults.same("weekday", &WEEKDAYS[day], &weekday.weekday.as_str());
            faults.same(&weekday.weekday, &expected, &weekday.by_hour);
            let sum: i64 = expected.iter().sum();
            faults.same("of the weekday", &sum, &weekday.replied);
        }
        faults.same("weekdays", &7, &answer.weekdays.len());
        let expected: Vec<i64> = (0..24)
            .map(|hour| (0..7).map(|day| of(day, hour)).sum())
            .collect();
        faults.same("by hour", &expected, &answer.by_hour);
        faults
    }
}
