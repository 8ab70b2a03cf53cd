//! Counts: the columns of every rollup, and what one message adds to each.

use crate::contribution::{Contribution, Measures, SentMeasures};
use crate::kinds::{MessageState, Stage};

/// Declares the counts in their stored order.
macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Numbers of messages. All of them add up: over time, over values of a dimension, over workspaces.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct Counts { $($(#[$doc])* pub $name: i64,)+ }

        impl Counts {
            /// The names of the counts, which are those of the rollups' columns.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)+];

            /// The counts in the order of [`Self::NAMES`].
            pub fn values(&self) -> [i64; Self::NAMES.len()] {
                [$(self.$name,)+]
            }

            /// From values in the order of [`Self::NAMES`].
            pub fn from_values(values: [i64; Self::NAMES.len()]) -> Self {
                let [$($name,)+] = values;
                Self { $($name,)+ }
            }

            /// Adds `other`, `times` over; `-1` takes it away.
            pub fn add(&mut self, other: &Self, times: i64) {
                $(self.$name += other.$name * times;)+
            }
        }
    };
}

counts! {
    /// Messages: outbound ones that are attached, or inbound ones.
    messages,
    /// Messages that opened a ticket.
    tickets,
    /// Messages that left the platform.
    dispatched,
    /// Messages that the provider sent.
    sent,
    /// Messages that were delivered.
    delivered,
    /// Messages that were read.
    read,
    /// Messages with a reply.
    replied,
    /// Of the sent rate: messages whose channel reports sending.
    sent_base,
    /// Of the sent rate: those that were sent.
    sent_hits,
    /// Of the delivery rate: messages whose channel reports delivery and that reached the stage before.
    delivery_base,
    /// Of the delivery rate: those that were delivered.
    delivery_hits,
    /// Left out of the delivery rate: messages whose channel does not report delivery.
    delivery_unreported,
    /// Of the read rate: messages whose channel reports reading and that reached the stage before.
    read_base,
    /// Of the read rate: those that were read.
    read_hits,
    /// Left out of the read rate: messages whose channel does not report reading.
    read_unreported,
    /// Of the reply rate: messages that were replied to, or reached the last stage up to delivery that their channel
    /// reports.
    reply_base,
    /// Messages in the state queued.
    in_queued,
    /// Messages in the state dispatched.
    in_dispatched,
    /// Messages in the state sent.
    in_sent,
    /// Messages in the state delivered.
    in_delivered,
    /// Messages in the state read.
    in_read,
    /// Messages that failed at dispatch.
    failed_dispatch,
    /// Messages that failed at sending.
    failed_send,
    /// Messages that failed at delivery.
    failed_delivery,
    /// Messages of which more is to be heard; those of old days count as unconfirmed when a report is read.
    pending,
    /// Delivered messages that the provider calls billable.
    billable,
    /// Messages sent while a session was open.
    with_session,
    /// Messages known only by what happened at their end; in no other count.
    unattached,
}

impl Counts {
    /// Whether nothing is counted.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Messages that failed, at whatever stage.
    pub fn failed(&self) -> i64 {
        self.failed_dispatch + self.failed_send + self.failed_delivery
    }
}

impl From<&Contribution> for Counts {
    fn from(contribution: &Contribution) -> Self {
        match &contribution.measures {
            Measures::Received => Self {
                messages: 1,
                ..Self::default()
            },
            Measures::Unattached => Self {
                unattached: 1,
                ..Self::default()
            },
            Measures::Sent(sent) => of_sent(sent),
        }
    }
}

fn of_sent(message: &SentMeasures) -> Counts {
    let is = i64::from;
    let reached = |stage| message.has_reached(stage);
    let in_state = |state| is(message.state == state);
    let failed_at = |stage| is(message.failed_stage == Some(stage));
    let replied = message.replied_at.is_some();
    // A rate covers what the channel can report, over what reached the nearest earlier stage that it reports.
    let rate = |stage: Stage| {
        let before = message.reportable.stage_before(stage);
        let base = message.reportable.reports(stage) && before.is_some_and(reached);
        (is(base), is(base && reached(stage)))
    };
    // Where delivery is never reported, it is at most implied by a read, and a rate over that would be one of those
    // who read or replied.
    let arrived = reached(message.reportable.last_stage_up_to(Stage::Delivery));
    let sends_reported = message.reportable.reports(Stage::Send);
    let unreported = |stage| is(!message.reportable.reports(stage));
    let (delivery_base, delivery_hits) = rate(Stage::Delivery);
    let (read_base, read_hits) = rate(Stage::Read);
    Counts {
        messages: 1,
        tickets: is(message.opened_ticket),
        dispatched: is(reached(Stage::Dispatch)),
        sent: is(reached(Stage::Send)),
        delivered: is(reached(Stage::Delivery)),
        read: is(reached(Stage::Read)),
        replied: is(replied),
        sent_base: is(sends_reported),
        sent_hits: is(sends_reported && reached(Stage::Send)),
        delivery_base,
        delivery_hits,
        delivery_unreported: unreported(Stage::Delivery),
        read_base,
        read_hits,
        read_unreported: unreported(Stage::Read),
        reply_base: is(arrived || replied),
        in_queued: in_state(MessageState::Queued),
        in_dispatched: in_state(MessageState::Dispatched),
        in_sent: in_state(MessageState::Sent),
        in_delivered: in_state(MessageState::Delivered),
        in_read: in_state(MessageState::Read),
        failed_dispatch: failed_at(Stage::Dispatch),
        failed_send: failed_at(Stage::Send),
        failed_delivery: failed_at(Stage::Delivery),
        pending: is(message.pending),
        billable: is(message.billable),
        with_session: is(message.session_open == Some(true)),
        unattached: 0,
    }
}
