//! The words of reports on the command line: the enum values of the API without what all of a kind begin with.

use acuse_proto::reporting::{
    Bucket, Dimension, FunnelStage, IdKind, Metric, Preset, RatePart, RowPreset,
};
use acuse_proto::types::{Channel, MessageState, MessageType, Source};
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A closed vocabulary of the API.
pub(crate) trait Words: Clone + Send + Sync + TryFrom<i32> + 'static {
    /// What the names of all values begin with.
    const PREFIX: &'static str;

    /// The value's name in the API.
    fn name(&self) -> &'static str;

    /// The value's word.
    fn word(&self) -> String {
        let name = self.name();
        name.strip_prefix(Self::PREFIX)
            .unwrap_or(name)
            .to_lowercase()
    }

    /// All values, the one for "not set" left out.
    fn all() -> impl Iterator<Item = Self> {
        (1..).map_while(|number| Self::try_from(number).ok())
    }

    /// The value of a word; hyphens stand for underscores.
    fn of(word: &str) -> Option<Self> {
        let word = word.to_lowercase().replace('-', "_");
        Self::all().find(|value| value.word() == word)
    }

    /// The words of those values that are `wanted`, for a sentence.
    fn list(wanted: impl Fn(&Self) -> bool) -> String {
        let words = Self::all().filter(wanted).map(|value| value.word());
        words.collect::<Vec<_>>().join(", ")
    }

    /// What reads one from the command line, and names all of them in the help.
    fn parser() -> impl TypedValueParser<Value = Self> {
        let words = Self::all().map(|value| value.word());
        PossibleValuesParser::new(words.collect::<Vec<_>>())
            // It lets nothing else pass.
            .try_map(|word| Self::of(&word).ok_or("not a word of this vocabulary"))
    }
}

macro_rules! words {
    ($($kind:ty: $prefix:literal,)+) => {
        $(impl Words for $kind {
            const PREFIX: &'static str = $prefix;

            fn name(&self) -> &'static str {
                self.as_str_name()
            }
        })+
    };
}

words! {
    Bucket: "BUCKET_",
    Channel: "CHANNEL_",
    Dimension: "DIMENSION_",
    FunnelStage: "FUNNEL_STAGE_",
    IdKind: "ID_KIND_",
    MessageState: "MESSAGE_STATE_",
    MessageType: "MESSAGE_TYPE_",
    Metric: "METRIC_",
    Preset: "PRESET_",
    RatePart: "RATE_PART_",
    RowPreset: "ROW_PRESET_",
    Source: "SOURCE_",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_apis() {
        assert_eq!(Dimension::all().count(), 30);
        assert_eq!(Dimension::HourOfDay.word(), "hour_of_day");
        assert_eq!(Preset::of("last-7-days"), Some(Preset::Last7Days));
        assert_eq!(Metric::of("Reply_Rate"), Some(Metric::ReplyRate));
        assert_eq!(Metric::of("unspecified"), None);
    }
}
