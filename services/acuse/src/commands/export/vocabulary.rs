//! The words of exports on the command line: whatever the API has of reports, formats, languages and states.

use acuse_proto::export::{ExportFormat, ExportLanguage, ExportReport, ExportState};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::commands::report::vocabulary::Words;

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
    ExportFormat: "EXPORT_FORMAT_",
    ExportLanguage: "EXPORT_LANGUAGE_",
    ExportReport: "EXPORT_REPORT_",
    ExportState: "EXPORT_STATE_",
}

/// A value's word as it is typed here: with hyphens.
pub(crate) fn hyphened<T: Words>(value: &T) -> String {
    value.word().replace('_', "-")
}

/// What reads a word from the command line, and names all of them in the help; underscores do as well.
pub(crate) fn typed<T: Words>() -> impl TypedValueParser<Value = T> {
    let words = T::all().map(|value| {
        let (typed, word) = (hyphened(&value), value.word());
        PossibleValue::new(typed).alias(word)
    });
    PossibleValuesParser::new(words.collect::<Vec<_>>())
        // It lets nothing else pass.
        .try_map(|word| T::of(&word).ok_or("not a word of this vocabulary"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_typed_with_hyphens() {
        assert_eq!(hyphened(&ExportReport::HsmManagement), "hsm-management");
        assert_eq!(
            ExportReport::of("hsm-management"),
            Some(ExportReport::HsmManagement)
        );
        let states = ExportState::all().map(|state| hyphened(&state));
        assert!(states.eq([
            "queued",
            "running",
            "succeeded",
            "failed",
            "expired",
            "cancelled"
        ]));
    }
}
