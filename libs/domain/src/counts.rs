//! Counts: the columns of every rollup, and what one message adds to each.

use crate::contribution::{Contribution, Measures, SentMeasures};
use crate::kinds::{MessageState, Stage};

/// Declares the counts in their stored order.
macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident: $count:ident,)+) => {
        /// A count.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Count { $($(#[$doc])* $count,)+ }

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

            /// One of the counts.
            pub const fn get(&self, count: Count) -> i64 {
                match count { $(Count::$count => self.$name,)+ }
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
    messages: Messages,
    /// Messages that opened a ticket.
    tickets: Tickets,
    /// Messages that left the platform.
    dispatched: Dispatched,
    /// Messages that the provider sent.
    sent: Sent,
    /// Messages that were delivered.
    delivered: Delivered,
    /// Messages that were read.
    read: Read,
    /// Messages with a reply.
    replied: Replied,
    /// Of the sent rate: messages whose channel account reports sending.
    sent_base: SentBase,
    /// Of the sent rate: those that were sent.
    sent_hits: SentHits,
    /// Of the delivery rate: messages whose channel account reports delivery and that reached the stage before.
    delivery_base: DeliveryBase,
    /// Of the delivery rate: those that were delivered.
    delivery_hits: DeliveryHits,
    /// Left out of the delivery rate: messages whose channel account does not report delivery.
    delivery_unreported: DeliveryUnreported,
    /// Of the read rate: messages whose channel account reports reading and that reached the stage before.
    read_base: ReadBase,
    /// Of the read rate: those that were read.
    read_hits: ReadHits,
    /// Left out of the read rate: messages whose channel account does not report reading.
    read_unreported: ReadUnreported,
    /// Of the reply rate: messages that were replied to, or reached the last stage up to delivery that their channel
    /// account reports.
    reply_base: ReplyBase,
    /// Messages in the state queued.
    in_queued: InQueued,
    /// Messages in the state dispatched.
    in_dispatched: InDispatched,
    /// Messages in the state sent.
    in_sent: InSent,
    /// Messages in the state delivered.
    in_delivered: InDelivered,
    /// Messages in the state read.
    in_read: InRead,
    /// Messages that failed at dispatch.
    failed_dispatch: FailedDispatch,
    /// Messages that failed at sending.
    failed_send: FailedSend,
    /// Messages that failed at delivery.
    failed_delivery: FailedDelivery,
    /// Messages of which more is to be heard; those of old days count as unconfirmed when a report is read.
    pending: Pending,
    /// Delivered messages that the provider calls billable.
    billable: Billable,
    /// Messages sent while a session was open.
    with_session: WithSession,
    /// Messages known only by what happened at their end; in no other count.
    unattached: Unattached,
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
