//! By what reports group and filter: values, and parts of time.

use acuse_domain::calendar::Bucket;
use acuse_domain::kinds::{
    Channel, ContentType, ConversationType, Direction, MessageState, MessageType, Source, Stage,
    TemplateCategory,
};
use acuse_domain::report::{Dimension, Value};
use acuse_domain::taxonomy::FailureCategory;

use crate::convert::faults::Faults;
use crate::reporting as wire;

/// A dimension of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// What messages have values of.
    Values(Dimension),
    /// What the interval is cut by.
    Time(TimeAxis),
}

/// How the interval is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeAxis {
    /// Into buckets, each for itself.
    Buckets(Bucket),
    /// Into days, those of one weekday together.
    Weekdays,
    /// Into hours, those of which the clock shows the same together.
    HoursOfDay,
}

impl Axis {
    /// The name by which answers refer to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Values(dimension) => dimension.as_str(),
            Self::Time(TimeAxis::Buckets(bucket)) => bucket.as_str(),
            Self::Time(TimeAxis::Weekdays) => "weekday",
            Self::Time(TimeAxis::HoursOfDay) => "hour_of_day",
        }
    }

    /// The dimension of the wire.
    pub fn to_wire(self) -> wire::Dimension {
        match self {
            Self::Values(dimension) => {
                // Its codes are the wire's numbers; a test compares the names.
                wire::Dimension::try_from(i32::from(dimension.code())).unwrap_or_default()
            }
            Self::Time(TimeAxis::Buckets(Bucket::Hour)) => wire::Dimension::Hour,
            Self::Time(TimeAxis::Buckets(Bucket::Day)) => wire::Dimension::Day,
            Self::Time(TimeAxis::Buckets(Bucket::Week)) => wire::Dimension::Week,
            Self::Time(TimeAxis::Buckets(Bucket::Month)) => wire::Dimension::Month,
            Self::Time(TimeAxis::Weekdays) => wire::Dimension::Weekday,
            Self::Time(TimeAxis::HoursOfDay) => wire::Dimension::HourOfDay,
        }
    }

    fn from_wire(wire: wire::Dimension) -> Option<Self> {
        let time = match wire {
            wire::Dimension::Unspecified => return None,
            wire::Dimension::Hour => TimeAxis::Buckets(Bucket::Hour),
            wire::Dimension::Day => TimeAxis::Buckets(Bucket::Day),
            wire::Dimension::Week => TimeAxis::Buckets(Bucket::Week),
            wire::Dimension::Month => TimeAxis::Buckets(Bucket::Month),
            wire::Dimension::Weekday => TimeAxis::Weekdays,
            wire::Dimension::HourOfDay => TimeAxis::HoursOfDay,
            values => {
                let code = i16::try_from(i32::from(values)).ok()?;
                return Dimension::from_code(code).map(Self::Values);
            }
        };
        Some(Self::Time(time))
    }
}

impl Faults {
    /// A dimension that has to be given.
    pub(super) fn axis(&mut self, field: &str, number: i32) -> Option<Axis> {
        let axis = wire::Dimension::try_from(number)
            .ok()
            .and_then(Axis::from_wire);
        if axis.is_none() {
            self.add(field, "must be given: one of the DIMENSION_ values");
        }
        axis
    }
}

/// The words of a dimension that is a closed vocabulary, with the values they stand for; `None` for names.
pub fn words(dimension: Dimension) -> Option<Vec<(Value, &'static str)>> {
    macro_rules! of {
        ($vocabulary:ty) => {
            <$vocabulary>::ALL
                .iter()
                .map(|value| (Value::from(value.code()), value.as_str()))
                .collect::<Vec<_>>()
        };
    }
    Some(match dimension {
        Dimension::Direction => of!(Direction),
        Dimension::Channel => of!(Channel),
        Dimension::Source => of!(Source),
        Dimension::Type => of!(MessageType),
        Dimension::TemplateCategory => of!(TemplateCategory),
        Dimension::ContentType => of!(ContentType),
        Dimension::State => of!(MessageState),
        // Nothing fails at being read.
        Dimension::FailureStage => of!(Stage)
            .into_iter()
            .filter(|(_, word)| *word != Stage::Read.as_str())
            .collect(),
        Dimension::FailureCategory => of!(FailureCategory),
        Dimension::ConversationType => of!(ConversationType),
        Dimension::SessionOpen | Dimension::Conflict => vec![(1, "no"), (2, "yes")],
        Dimension::ChannelAccount
        | Dimension::Account
        | Dimension::Subtype
        | Dimension::Template
        | Dimension::Campaign
        | Dimension::Broadcast
        | Dimension::Agent
        | Dimension::Team
        | Dimension::Department
        | Dimension::ErrorCode
        | Dimension::PricingCategory
        | Dimension::PricingType => return None,
    })
}

/// The word for a value of a closed vocabulary; `None` for "(none)", for names and for what this build does not know.
pub fn word_of(dimension: Dimension, value: Value) -> Option<&'static str> {
    words(dimension)?
        .into_iter()
        .find(|(known, _)| *known == value)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_goes_there_and_back_under_its_name() {
        for number in 1..=30 {
            let wire = wire::Dimension::try_from(number).unwrap();
            let axis = Axis::from_wire(wire).unwrap();
            assert_eq!(axis.to_wire(), wire);
            let name = format!("DIMENSION_{}", axis.name().to_uppercase());
            assert_eq!(wire.as_str_name(), name);
        }
        assert!(wire::Dimension::try_from(31).is_err());
        assert_eq!(Axis::from_wire(wire::Dimension::Unspecified), None);
    }

    #[test]
    fn a_dimension_has_words_or_names() {
        for dimension in Dimension::ALL.iter().copied() {
            assert_ne!(
                words(dimension).is_some(),
                dimension.names().is_some(),
                "{dimension:?}"
            );
            assert_eq!(word_of(dimension, 0), None);
        }
        assert_eq!(word_of(Dimension::SessionOpen, 2), Some("yes"));
        assert_eq!(word_of(Dimension::Channel, 1), Some("whatsapp"));
    }
}
