//! Filters in words: what a file says of the question that it answers.

use acuse_proto::reporting as wire;
use acuse_proto::reporting::filter::Condition;

use super::figures::values;
use super::words::Words;
use crate::names::{MOST_VALUES, Names};

/// What a question asks of messages, one condition after the other, in the language of a file. Of a filter with many values some
/// are told, and how many more there are.
pub(crate) fn filters(question: &wire::Question, names: &Names, words: &mut Words) -> String {
    let mut told = Vec::new();
    for filter in &question.filters {
        let (form, set) = match &filter.condition {
            Some(Condition::AnyOf(set)) => ("any_of", set),
            Some(Condition::NoneOf(set)) => ("none_of", set),
            None => continue,
        };
        let label = words.message("dimension", &values::dimension_key(filter.dimension()));
        let ids = set.values.iter().map(|id| Some(id.clone()));
        let values = ids.chain(set.none.then_some(None)).map(|id| {
            let name = id.as_deref().and_then(|id| names.get(filter.dimension, id));
            let value = wire::DimensionValue {
                dimension: filter.dimension,
                name: name.map(str::to_owned),
                id,
                ..wire::DimensionValue::default()
            };
            let mut text = String::new();
            values::value(&value, words).put(&mut text);
            text
        });
        let values = listed(values.collect());
        told.push(filled(words.message("pack", form), &[label, &values]));
    }
    for filter in &question.id_filters {
        let name = filter.kind().as_str_name().trim_start_matches("ID_KIND_");
        let label = words.message("id_kind", &name.to_ascii_lowercase());
        let values = listed(filter.any_of.clone());
        told.push(format!("{label}: {values}"));
    }
    for counted in &question.counted_in {
        let label = words.message("metric", &values::metric_key(counted.metric()));
        told.push(filled(words.message("pack", "counted_in"), &[label]));
    }
    if let Some(reply) = &question.first_reply {
        let weekdays = reply.weekdays.iter();
        let weekdays = weekdays.map(|day| words.message("weekday", day).to_owned());
        let hours = reply.hours_of_day.iter().map(|hour| format!("{hour}:00"));
        let values = listed(weekdays.chain(hours).collect());
        let label = words.message("pack", "first_reply");
        told.push(format!("{label}: {values}"));
    }
    if told.is_empty() {
        return words.message("pack", "no_filters").to_owned();
    }
    told.join("; ")
}

/// A text with what belongs into it.
pub(crate) fn filled(text: &str, by: &[&str]) -> String {
    let mut text = text.to_owned();
    for part in by {
        text = text.replacen("%s", part, 1);
    }
    text
}

/// Values one after the other, not without end.
fn listed(values: Vec<String>) -> String {
    let more = values.len().saturating_sub(MOST_VALUES);
    let mut told = values.into_iter().take(MOST_VALUES).collect::<Vec<_>>();
    if more > 0 {
        told.push(format!("… (+{more})"));
    }
    told.join(", ")
}
