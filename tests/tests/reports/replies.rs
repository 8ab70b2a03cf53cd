//! When contacts reply.

use std::collections::BTreeMap;

use acuse_proto::reporting::{FirstReply, GetReplyActivityRequest};
use acuse_tests::reference::report::{Dimension, Sums};

use crate::compare::{Faults, basis};
use crate::drill::Drill;
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::question;

pub(crate) const WEEKDAYS: [&str; 7] = [
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
        // One hour of the week becomes its messages, where no other hours were asked for.
        let busiest = self.hours.iter().max_by_key(|(_, count)| **count);
        if let (Some(((day, hour), count)), None) = (busiest, &ground.asked.request.first_reply) {
            let drill = Drill {
                first_reply: Some(FirstReply {
                    weekdays: vec![WEEKDAYS[*day].to_owned()],
                    hours_of_day: vec![i32::try_from(*hour).unwrap()],
                }),
                ..Drill::default()
            };
            let question = answer.basis.and_then(|basis| basis.question);
            drill
                .check(&mut faults, &mut client, question, *count)
                .await;
        }
        faults
    }
}
