//! What messages there are, and how far they came.

use std::collections::BTreeMap;

use acuse_proto::reporting::{
    CountedIn, Delivery, DeliveryPart, Distribution, GetMessagesOverviewRequest, Metric,
};
use acuse_tests::reference::report::{Dimension, Sums, Value};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{Faults, basis};
use crate::drill::Drill;
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{bucket, dimension, interval, question};

/// A report that is asked for, and what it should say.
pub(crate) struct Case {
    unit: Dimension,
    cumulative: bool,
    limit: i32,
    received: BTreeMap<Value, i64>,
    outbound: Vec<(Dimension, BTreeMap<Value, i64>)>,
    total: Sums,
    series: Vec<(i64, i64, Sums)>,
}

impl Case {
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>) -> Self {
        let units = [
            Dimension::Day,
            Dimension::Week,
            Dimension::Month,
            Dimension::Hour,
        ];
        let unit = *units.choose(rng).unwrap();
        let covered = ground.covered.as_ref();
        let counted = |by, name| {
            let groups = ground.groups(covered, by).into_iter();
            let counts = groups.map(|(value, sums)| (value, sums.count(name)));
            counts.filter(|(_, count)| *count > 0).collect()
        };
        let outbound = [
            Dimension::Channel,
            Dimension::Source,
            Dimension::Type,
            Dimension::Subtype,
        ];
        let (total, series) = ground.totals(covered, unit);
        Self {
            unit,
            cumulative: rng.random_bool(0.5),
            limit: *[1, 2, 100].choose(rng).unwrap(),
            received: counted(Dimension::Channel, "received"),
            outbound: outbound
                .map(|by| (by, counted(by, "messages")))
                .into_iter()
                .collect(),
            total,
            series,
        }
    }

    pub(crate) fn what(&self) -> String {
        format!(
            "overview by {:?}, cumulative {}, limit {}",
            self.unit, self.cumulative, self.limit
        )
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, mut client: Client) -> Faults {
        let request = GetMessagesOverviewRequest {
            question: Some(question(ground.asked)),
            bucket: Some(bucket(self.unit).into()),
            cumulative: self.cumulative,
            limit: Some(self.limit),
        };
        let answer = client.get_messages_overview(request).await.unwrap();
        let answer = answer.into_inner();
        let mut faults = Faults::default();
        let of_inbound = ground.of_inbound();
        basis(
            &mut faults,
            ground,
            &self.total,
            of_inbound,
            answer.basis.as_ref(),
        );
        faults.same(
            "tells what was received",
            &of_inbound,
            &answer.received_by_channel.is_some(),
        );
        let question = answer
            .basis
            .as_ref()
            .and_then(|basis| basis.question.clone());
        if let Some(received) = &answer.received_by_channel {
            self.distribution(&mut faults, Dimension::Channel, &self.received, received);
            if let Some(drill) = of_others(received, Metric::Received) {
                drill
                    .check(&mut faults, &mut client, question.clone(), received.others)
                    .await;
            }
        }
        let found = [
            &answer.by_channel,
            &answer.by_source,
            &answer.by_type,
            &answer.by_subtype,
        ];
        for ((by, expected), found) in self.outbound.iter().zip(found) {
            let found = found.as_ref().unwrap();
            self.distribution(&mut faults, *by, expected, found);
            if let Some(drill) = of_others(found, Metric::Messages) {
                drill
                    .check(&mut faults, &mut client, question.clone(), found.others)
                    .await;
            }
        }
        let total = answer.total.unwrap();
        faults.same("total", &self.delivery(&self.total), &total);
        let expected: Vec<_> = self
            .series
            .iter()
            .map(|(start, end, sums)| (Some(interval(*start, *end)), Some(self.delivery(sums))))
            .collect();
        let buckets = answer.delivery.iter();
        let found: Vec<_> = buckets
            .map(|bucket| (bucket.interval, bucket.delivery))
            .collect();
        faults.same("delivery", &expected, &found);
        let sum: i64 = answer
            .delivery
            .iter()
            .map(|bucket| bucket.delivery.unwrap().messages)
            .sum();
        faults.same("buckets add up", &total.messages, &sum);
        faults
    }

    fn distribution(
        &self,
        faults: &mut Faults,
        by: Dimension,
        expected: &BTreeMap<Value, i64>,
        found: &Distribution,
    ) {
        let total: i64 = expected.values().sum();
        let limit = usize::try_from(self.limit).unwrap();
        faults.same(
            &format!("{by:?}: dimension"),
            &dimension(by),
            &found.dimension(),
        );
        faults.same(&format!("{by:?}: total"), &total, &found.total);
        let shown = expected.len().min(limit);
        faults.same(&format!("{by:?}: values"), &shown, &found.values.len());
        let mut rest = expected.clone();
        let mut last = i64::MAX;
        for one in &found.values {
            let value = one.value.clone().unwrap().id;
            let what = format!("{by:?} {value:?}");
            let count = rest.remove(&value).unwrap_or_default();
            faults.same(&what, &count, &one.count);
            faults.same(&what, &(count as f64 / total as f64), &one.share);
            faults.same(&format!("order of {what}"), &true, &(one.count <= last));
            last = one.count;
        }
        let most = rest.values().copied().max().unwrap_or_default();
        faults.same(&format!("{by:?}: most of others"), &true, &(most <= last));
        faults.same(
            &format!("{by:?}: others"),
            &rest.values().sum(),
            &found.others,
        );
        let others = i64::try_from(rest.len()).unwrap();
        faults.same(
            &format!("{by:?}: other values"),
            &others,
            &found.other_values,
        );
        faults.same(
            &format!("{by:?}: filter of others"),
            &(others > 0),
            &found.others_filter.is_some(),
        );
    }

    fn delivery(&self, sums: &Sums) -> Delivery {
        let messages = sums.count("messages");
        let part = |count: i64| {
            Some(DeliveryPart {
                count,
                share: (messages > 0).then(|| count as f64 / messages as f64),
            })
        };
        let state = |name| part(sums.count(&format!("state_{name}")));
        let waiting = sums.count("state_queued") + sums.count("state_dispatched");
        let failed = part(sums.count("failed"));
        if self.cumulative {
            return Delivery {
                messages,
                sent: part(sums.count("sent")),
                delivered: part(sums.count("delivered")),
                read: part(sums.count("read")),
                failed,
                waiting: None,
            };
        }
        Delivery {
            messages,
            sent: state("sent"),
            delivered: state("delivered"),
            read: state("read"),
            failed,
            waiting: part(waiting),
        }
    }
}

/// What leaves the messages of a distribution's others that a figure counts.
fn of_others(found: &Distribution, metric: Metric) -> Option<Drill> {
    Some(Drill {
        filters: vec![found.others_filter.clone()?],
        counted_in: vec![CountedIn {
            metric: metric.into(),
            part: None,
        }],
        first_reply: None,
    })
}
