//! By what reports group and filter.

/// A dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is what it is called")]
pub enum Dimension {
    Direction,
    Channel,
    ChannelAccount,
    Account,
    Source,
    Type,
    Subtype,
    Template,
    TemplateCategory,
    Campaign,
    Broadcast,
    Agent,
    Team,
    Department,
    ContentType,
    State,
    FailureStage,
    FailureCategory,
    ErrorCode,
    SessionOpen,
    ConversationType,
    PricingCategory,
    PricingType,
    Conflict,
    Hour,
    Day,
    Week,
    Month,
    Weekday,
    HourOfDay,
}

/// The dimensions that are parts of time.
pub const TIMES: &[Dimension] = &[
    Dimension::Hour,
    Dimension::Day,
    Dimension::Week,
    Dimension::Month,
    Dimension::Weekday,
    Dimension::HourOfDay,
];

/// The dimensions whose values are ranked.
pub const RANKED: &[Dimension] = &[
    Dimension::Agent,
    Dimension::Department,
    Dimension::Team,
    Dimension::Template,
    Dimension::Campaign,
    Dimension::Broadcast,
    Dimension::ChannelAccount,
    Dimension::Account,
    Dimension::FailureCategory,
];

impl Dimension {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Direction,
        Self::Channel,
        Self::ChannelAccount,
        Self::Account,
        Self::Source,
        Self::Type,
        Self::Subtype,
        Self::Template,
        Self::TemplateCategory,
        Self::Campaign,
        Self::Broadcast,
        Self::Agent,
        Self::Team,
        Self::Department,
        Self::ContentType,
        Self::State,
        Self::FailureStage,
        Self::FailureCategory,
        Self::ErrorCode,
        Self::SessionOpen,
        Self::ConversationType,
        Self::PricingCategory,
        Self::PricingType,
        Self::Conflict,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Weekday,
        Self::HourOfDay,
    ];

    /// Whether it is a part of time.
    #[must_use]
    pub fn is_time(self) -> bool {
        TIMES.contains(&self)
    }

    /// Whether inbound messages have it: what they have themselves, and what they take from the message that they answer.
    #[must_use]
    pub fn is_of_inbound(self) -> bool {
        let own = [
            Self::Direction,
            Self::Channel,
            Self::ChannelAccount,
            Self::ContentType,
        ];
        let taken = [
            Self::Account,
            Self::Campaign,
            Self::Agent,
            Self::Team,
            Self::Department,
        ];
        own.contains(&self) || taken.contains(&self) || self.is_time()
    }
}
