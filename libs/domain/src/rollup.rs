//! Rollups: where in them a contribution counts.
//!
//! There are three: totals by quarter hour (every zone's offset is a multiple of it), facets by day of the workspace's
//! own zone, and histograms of the times that messages took. [`Deltas`] gathers what a run of changes adds to each.

use std::collections::HashMap;

use crate::calendar::{DayCutter, LocalDay, Zone, quarter_hour};
use crate::contribution::{Contribution, Measures, SentMeasures};
use crate::counts::Counts;
use crate::ids::{NameId, WorkspaceId};
use crate::kinds::{Direction, MessageType, Source, vocabulary};
use crate::metrics;
use crate::time::Timestamp;

vocabulary! {
    /// A dimension by which facets are kept. A value of 0 stands for messages without one.
    Facet {
        /// Everything; kept for histograms, where totals have none.
        All = 0, "all";
        /// The channel's code.
        Channel = 1, "channel";
        /// The sending identity.
        ChannelAccount = 2, "channel_account";
        /// The sub-account.
        Account = 3, "account";
        /// The source's code.
        Source = 4, "source";
        /// The type's code.
        Type = 5, "type";
        /// The template's name or the tag.
        Subtype = 6, "subtype";
        /// The template.
        Template = 7, "template";
        /// The template category's code.
        TemplateCategory = 8, "template_category";
        /// The campaign.
        Campaign = 9, "campaign";
        /// The broadcast.
        Broadcast = 10, "broadcast";
        /// The agent.
        Agent = 11, "agent";
        /// The team.
        Team = 12, "team";
        /// The content type's code.
        ContentType = 13, "content_type";
        /// The failure category's code.
        FailureCategory = 14, "failure_category";
        /// The provider's error code.
        ErrorCode = 15, "error_code";
        /// The hour of the week of the first reply, in the workspace's zone: 1 + 24 x weekday + hour, Monday's being 0.
        ReplyHour = 16, "reply_hour";
        /// The kind of a proactive send (a template): 1 any, 2 an individual one (a user sent it), and 2 more where it opened
        /// a ticket.
        Proactive = 17, "proactive";
    }
}

vocabulary! {
    /// A time that a message took, from its origin.
    Span {
        /// To be delivered.
        ToDeliver = 1, "to_deliver";
        /// To be read.
        ToRead = 2, "to_read";
        /// To be replied to.
        ToReply = 3, "to_reply";
    }
}

impl Facet {
    /// Whether histograms are kept for it: for the values that are ranked.
    pub const fn has_histograms(self) -> bool {
        matches!(
            self,
            Self::All
                | Self::ChannelAccount
                | Self::Account
                | Self::Template
                | Self::Campaign
                | Self::Broadcast
                | Self::Agent
                | Self::Team
                | Self::FailureCategory
        )
    }
}

/// The key of a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TotalKey {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The quarter hour, by its first instant.
    pub at: Timestamp,
    /// Outbound or inbound.
    pub direction: Direction,
    /// Code of the channel; 0 where unknown.
    pub channel: i16,
    /// Number of the department; 0 for none.
    pub department: i32,
}

/// The key of a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FacetKey {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Outbound or inbound.
    pub direction: Direction,
    /// The dimension.
    pub facet: Facet,
    /// The day in the workspace's own zone.
    pub day: LocalDay,
    /// Number of the department; 0 for none.
    pub department: i32,
    /// The value: a code or a name's number; 0 for none.
    pub value: i32,
}

/// The key of one bin of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HistogramKey {
    /// Of which messages; its direction is always outbound.
    pub of: FacetKey,
    /// Of which time.
    pub span: Span,
    /// The bin, see [`metrics::bin_of`].
    pub bin: u16,
}

/// What a run of changes adds to the rollups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deltas {
    /// To totals.
    pub totals: HashMap<TotalKey, Counts>,
    /// To facets.
    pub facets: HashMap<FacetKey, Counts>,
    /// To histograms.
    pub histograms: HashMap<HistogramKey, i64>,
}

/// Cuts the days of one workspace.
#[derive(Debug, Clone)]
pub struct Clock {
    workspace: WorkspaceId,
    zone: Zone,
    days: DayCutter,
}

impl Clock {
    /// The clock of a workspace in `zone`.
    pub fn new(workspace: WorkspaceId, zone: Zone) -> Self {
        Self {
            workspace,
            days: DayCutter::new(&zone),
            zone,
        }
    }
}

impl Deltas {
    /// Adds a contribution `times` over; `-1` takes it away.
    pub fn add(&mut self, clock: &mut Clock, contribution: &Contribution, times: i64) {
        let counts = Counts::from(contribution);
        let dimensions = &contribution.dimensions;
        let department = number(dimensions.department);
        let total = TotalKey {
            workspace: clock.workspace,
            at: quarter_hour(contribution.at),
            direction: contribution.direction,
            channel: dimensions.channel.map_or(0, |channel| channel.code()),
            department,
        };
        self.totals.entry(total).or_default().add(&counts, times);
        let day = clock.days.day_of(contribution.at);
        for facet in Facet::ALL.iter().copied() {
            let Some(value) = facet_value(facet, contribution, &clock.zone) else {
                continue;
            };
            let key = FacetKey {
                workspace: clock.workspace,
                direction: contribution.direction,
                facet,
                day,
                department,
                value,
            };
            if facet != Facet::All {
                self.facets.entry(key).or_default().add(&counts, times);
            }
            if let (true, Measures::Sent(sent)) = (facet.has_histograms(), &contribution.measures) {
                self.add_spans(key, contribution.at, sent, times);
            }
        }
    }

    fn add_spans(&mut self, of: FacetKey, origin: Timestamp, sent: &SentMeasures, times: i64) {
        for (span, bin) in bins_of(origin, sent) {
            *self
                .histograms
                .entry(HistogramKey { of, span, bin })
                .or_default() += times;
        }
    }

    /// Adds what others add.
    pub fn merge(&mut self, others: &Self) {
        for (key, counts) in &others.totals {
            self.totals.entry(*key).or_default().add(counts, 1);
        }
        for (key, counts) in &others.facets {
            self.facets.entry(*key).or_default().add(counts, 1);
        }
        for (key, messages) in &others.histograms {
            *self.histograms.entry(*key).or_default() += messages;
        }
    }

    /// Drops what adds nothing.
    pub fn retain_nonzero(&mut self) {
        self.totals.retain(|_, counts| !counts.is_zero());
        self.facets.retain(|_, counts| !counts.is_zero());
        self.histograms.retain(|_, count| *count != 0);
    }
}

/// The times that a message took, as far as they are known, by their bins.
pub(crate) fn bins_of(
    origin: Timestamp,
    sent: &SentMeasures,
) -> impl Iterator<Item = (Span, u16)> + use<> {
    [
        (Span::ToDeliver, sent.delivered_at),
        (Span::ToRead, sent.read_at),
        (Span::ToReply, sent.replied_at),
    ]
    .into_iter()
    .filter_map(move |(span, at)| Some((span, metrics::bin_between(origin, at?))))
}

fn number(name: Option<NameId>) -> i32 {
    name.map_or(0, |NameId(number)| number)
}

/// Under which value of a facet a message counts; `None` where the facet does not apply to it.
fn facet_value(facet: Facet, contribution: &Contribution, zone: &Zone) -> Option<i32> {
    let dimensions = &contribution.dimensions;
    let code = |code: Option<i16>| i32::from(code.unwrap_or(0));
    let outbound_only = matches!(
        facet,
        Facet::Source
            | Facet::Type
            | Facet::Subtype
            | Facet::Template
            | Facet::TemplateCategory
            | Facet::Broadcast
            | Facet::FailureCategory
            | Facet::ErrorCode
            | Facet::ReplyHour
            | Facet::Proactive
    );
    if outbound_only && contribution.direction == Direction::Inbound {
        return None;
    }
    Some(match facet {
        Facet::All => 0,
        Facet::Channel => code(dimensions.channel.map(|value| value.code())),
        Facet::ChannelAccount => number(dimensions.channel_account),
        Facet::Account => number(dimensions.account),
        Facet::Source => code(dimensions.source.map(|value| value.code())),
        Facet::Type => code(dimensions.kind.map(|value| value.code())),
        Facet::Subtype => number(dimensions.subtype),
        Facet::Template => number(dimensions.template),
        Facet::TemplateCategory => code(dimensions.template_category.map(|value| value.code())),
        Facet::Campaign => number(dimensions.campaign),
        Facet::Broadcast => number(dimensions.broadcast),
        Facet::Agent => number(dimensions.agent),
        Facet::Team => number(dimensions.team),
        Facet::ContentType => code(dimensions.content_type.map(|value| value.code())),
        Facet::FailureCategory => code(dimensions.failure_category.map(|value| value.code())),
        Facet::ErrorCode => number(dimensions.error_code),
        Facet::ReplyHour => reply_hour(contribution, zone),
        Facet::Proactive => proactive(contribution),
    })
}

/// The hour of the week of the first reply, see [`Facet::ReplyHour`]; 0 without one.
pub(crate) fn reply_hour(contribution: &Contribution, zone: &Zone) -> i32 {
    match &contribution.measures {
        Measures::Sent(SentMeasures {
            replied_at: Some(at),
            ..
        }) => hour_of_week(*at, zone),
        _ => 0,
    }
}

/// A kind of proactive sends, see [`Facet::Proactive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proactive {
    /// Whether a user sent it.
    pub individual: bool,
    /// Whether it opened a ticket.
    pub with_ticket: bool,
}

impl Proactive {
    /// What a code has more of than 1 where a user sent it, and where it opened a ticket.
    pub const INDIVIDUAL: i32 = 1;
    /// The same of a ticket.
    pub const WITH_TICKET: i32 = 2;

    /// As it is stored: from 1.
    pub fn code(self) -> i32 {
        1 + Self::INDIVIDUAL * i32::from(self.individual)
            + Self::WITH_TICKET * i32::from(self.with_ticket)
    }

    /// The kind that is stored so; `None` for what is no proactive send.
    pub fn from_code(code: i32) -> Option<Self> {
        let flags = code.checked_sub(1).filter(|flags| (0..4).contains(flags))?;
        Some(Self {
            individual: flags & Self::INDIVIDUAL != 0,
            with_ticket: flags & Self::WITH_TICKET != 0,
        })
    }
}

/// The code of the kind of a proactive send; 0 for all else.
pub(crate) fn proactive(contribution: &Contribution) -> i32 {
    let dimensions = &contribution.dimensions;
    match &contribution.measures {
        Measures::Sent(sent) if dimensions.kind == Some(MessageType::Template) => Proactive {
            individual: dimensions.source == Some(Source::User),
            with_ticket: sent.opened_ticket,
        }
        .code(),
        _ => 0,
    }
}

/// 1 + 24 x weekday + hour that the zone's clock shows at an instant, Monday's being 0.
pub fn hour_of_week(at: Timestamp, zone: &Zone) -> i32 {
    let (weekday, hour) = zone.weekday_hour(at);
    1 + 24 * i32::from(weekday) + i32::from(hour)
}
