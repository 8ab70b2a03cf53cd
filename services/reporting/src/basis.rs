//! The basis: what an answer rests on.

use acuse_domain::calendar::{Interval, Zone};
use acuse_domain::time::Timestamp;
use acuse_proto::reporting::Question;
use acuse_store::read::ProviderLag;

use crate::figures::Figures;
use crate::inquiry::Inquiry;

/// What an answer rests on.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) requested: Interval,
    pub(crate) covered: Option<Interval>,
    pub(crate) zone: Zone,
    pub(crate) as_of: AsOf,
    /// Messages in the figures of which more is to be heard.
    pub(crate) pending: i64,
    /// Whether there is any outbound message.
    pub(crate) outbound: bool,
    pub(crate) received: Received,
    /// What was asked, as it was understood.
    pub(crate) question: Option<Question>,
}

/// As of when figures are, and how far behind that is what providers tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct AsOf {
    /// When the newest event in them was taken in.
    pub(crate) newest: Option<Timestamp>,
    /// How far behind the workspace's providers are.
    pub(crate) provider_lags: Vec<ProviderLag>,
}

/// Whether there are figures of inbound messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    /// There are.
    Available,
    /// Nothing is left of them.
    NoData,
    /// There can be none, for these conditions.
    NotApplicable(Vec<&'static str>),
}

impl Basis {
    /// What a report with these totals rests on.
    pub(crate) fn new(inquiry: &Inquiry, as_of: AsOf, total: &Figures) -> Self {
        let received = match (&inquiry.not_inbound, total.received) {
            (names, _) if !names.is_empty() => Received::NotApplicable(names.clone()),
            (_, 0) => Received::NoData,
            _ => Received::Available,
        };
        Self {
            requested: inquiry.requested,
            covered: inquiry.covered(inquiry.requested),
            zone: inquiry.zone.clone(),
            as_of,
            pending: total.pending(),
            outbound: total.has_outbound(),
            received,
            question: inquiry.settled(),
        }
    }

    /// Whether inbound messages are counted at all.
    pub(crate) fn counts_received(&self) -> bool {
        !matches!(self.received, Received::NotApplicable(_))
    }
}
