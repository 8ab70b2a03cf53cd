//! Dimensions: by what reports group and filter.

use super::value::{NO_VALUE, Value, of_code, of_flag, of_name};
use crate::contribution::{Contribution, Measures, SentMeasures};
use crate::kinds::{Direction, vocabulary};
use crate::names;
use crate::rollup::Facet;

vocabulary! {
    /// A dimension of reports that is no time. (Hours, days and the like are cut from the interval instead.)
    Dimension {
        /// Outbound or inbound.
        Direction = 1, "direction";
        /// The channel.
        Channel = 2, "channel";
        /// The sending identity.
        ChannelAccount = 3, "channel_account";
        /// The sub-account.
        Account = 4, "account";
        /// What made the message; of outbound ones.
        Source = 5, "source";
        /// Session, message tag or template; of outbound ones.
        Type = 6, "type";
        /// The template's name or the tag; of outbound ones.
        Subtype = 7, "subtype";
        /// The template; of outbound ones.
        Template = 8, "template";
        /// What the template is for; of outbound ones.
        TemplateCategory = 9, "template_category";
        /// The campaign.
        Campaign = 10, "campaign";
        /// The broadcast; of outbound ones.
        Broadcast = 11, "broadcast";
        /// The agent.
        Agent = 12, "agent";
        /// The team.
        Team = 13, "team";
        /// The department.
        Department = 14, "department";
        /// What the message holds.
        ContentType = 15, "content_type";
        /// The state; of outbound ones.
        State = 16, "state";
        /// The stage at which it failed; of outbound ones.
        FailureStage = 17, "failure_stage";
        /// The cause of its failure; of outbound ones.
        FailureCategory = 18, "failure_category";
        /// The provider's error code; of outbound ones.
        ErrorCode = 19, "error_code";
        /// Whether a session was open when it was sent (1 no, 2 yes); of outbound ones.
        SessionOpen = 20, "session_open";
        /// Who opened the provider's conversation; of outbound ones.
        ConversationType = 21, "conversation_type";
        /// The provider's word for the price that applies; of outbound ones. (Parts of time have the codes between.)
        PricingCategory = 28, "pricing_category";
        /// The provider's word for the kind of the charge; of outbound ones.
        PricingType = 29, "pricing_type";
        /// Whether something failed although it was delivered (1 no, 2 yes); of outbound ones.
        Conflict = 30, "conflict";
    }
}

impl Dimension {
    /// Whether messages of that direction have it.
    pub const fn applies_to(self, direction: Direction) -> bool {
        match direction {
            Direction::Outbound => true,
            Direction::Inbound => matches!(
                self,
                Self::Direction
                    | Self::Channel
                    | Self::ChannelAccount
                    | Self::Account
                    | Self::Campaign
                    | Self::Agent
                    | Self::Team
                    | Self::Department
                    | Self::ContentType
            ),
        }
    }

    /// The facet that is kept for it, if one is. (Channels and departments are also keys of the totals, departments of
    /// every facet.)
    pub const fn facet(self) -> Option<Facet> {
        Some(match self {
            Self::Channel => Facet::Channel,
            Self::ChannelAccount => Facet::ChannelAccount,
            Self::Account => Facet::Account,
            Self::Source => Facet::Source,
            Self::Type => Facet::Type,
            Self::Subtype => Facet::Subtype,
            Self::Template => Facet::Template,
            Self::TemplateCategory => Facet::TemplateCategory,
            Self::Campaign => Facet::Campaign,
            Self::Broadcast => Facet::Broadcast,
            Self::Agent => Facet::Agent,
            Self::Team => Facet::Team,
            Self::ContentType => Facet::ContentType,
            Self::FailureCategory => Facet::FailureCategory,
            Self::ErrorCode => Facet::ErrorCode,
            Self::Direction
            | Self::Department
            | Self::State
            | Self::FailureStage
            | Self::SessionOpen
            | Self::ConversationType
            | Self::PricingCategory
            | Self::PricingType
            | Self::Conflict => return None,
        })
    }

    /// The kind of names whose numbers its values are; `None` where they are codes.
    pub const fn names(self) -> Option<names::Dimension> {
        Some(match self {
            Self::ChannelAccount => names::Dimension::ChannelAccount,
            Self::Account => names::Dimension::Account,
            Self::Subtype => names::Dimension::Subtype,
            Self::Template => names::Dimension::Template,
            Self::Campaign => names::Dimension::Campaign,
            Self::Broadcast => names::Dimension::Broadcast,
            Self::Agent => names::Dimension::Agent,
            Self::Team => names::Dimension::Team,
            Self::Department => names::Dimension::Department,
            Self::ErrorCode => names::Dimension::ErrorCode,
            Self::PricingCategory => names::Dimension::PricingCategory,
            Self::PricingType => names::Dimension::PricingType,
            _ => return None,
        })
    }

    /// Whether its values can be ranked.
    pub const fn is_ranked(self) -> bool {
        matches!(
            self,
            Self::Agent
                | Self::Department
                | Self::Team
                | Self::Template
                | Self::Campaign
                | Self::Broadcast
                | Self::ChannelAccount
                | Self::Account
                | Self::FailureCategory
        )
    }

    /// The value of a message with this contribution.
    pub fn value_of(self, contribution: &Contribution) -> Value {
        let of = &contribution.dimensions;
        match self {
            Self::Direction => Value::from(contribution.direction.code()),
            Self::Channel => of_code(of.channel.map(|value| value.code())),
            Self::ChannelAccount => of_name(of.channel_account),
            Self::Account => of_name(of.account),
            Self::Source => of_code(of.source.map(|value| value.code())),
            Self::Type => of_code(of.kind.map(|value| value.code())),
            Self::Subtype => of_name(of.subtype),
            Self::Template => of_name(of.template),
            Self::TemplateCategory => of_code(of.template_category.map(|value| value.code())),
            Self::Campaign => of_name(of.campaign),
            Self::Broadcast => of_name(of.broadcast),
            Self::Agent => of_name(of.agent),
            Self::Team => of_name(of.team),
            Self::Department => of_name(of.department),
            Self::ContentType => of_code(of.content_type.map(|value| value.code())),
            Self::FailureCategory => of_code(of.failure_category.map(|value| value.code())),
            Self::ErrorCode => of_name(of.error_code),
            Self::ConversationType => of_code(of.conversation_type.map(|value| value.code())),
            Self::PricingCategory => of_name(of.pricing_category),
            Self::PricingType => of_name(of.pricing_type),
            Self::State | Self::FailureStage | Self::SessionOpen | Self::Conflict => {
                match &contribution.measures {
                    Measures::Sent(sent) => self.value_of_sent(sent),
                    // In no count but its own, so it is in none of these.
                    Measures::Unattached | Measures::Received => NO_VALUE,
                }
            }
        }
    }

    fn value_of_sent(self, sent: &SentMeasures) -> Value {
        match self {
            Self::State => of_code(Some(sent.state.code())),
            Self::FailureStage => of_code(sent.failed_stage.map(|stage| stage.code())),
            Self::SessionOpen => of_flag(sent.session_open),
            Self::Conflict => of_flag(Some(sent.conflict)),
            _ => NO_VALUE,
        }
    }
}
