//! Filters as people type them.

use std::str::FromStr;

use acuse_proto::reporting::{self, Dimension, IdFilter, IdKind, ValueSet, filter::Condition};

use super::vocabulary::Words as _;

/// What stands for the messages without a value.
const NONE: &str = "(none)";

/// A condition on a dimension or on ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// On a dimension.
    Values(reporting::Filter),
    /// On ids.
    Ids(IdFilter),
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, values)) = text.split_once('=') else {
            return Err(format!(
                "not a filter: use DIMENSION=VALUE[,VALUE] or DIMENSION!=VALUE; {NONE} stands for messages without a value"
            ));
        };
        let (name, negated) = match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let values = split(values);
        if values.iter().any(String::is_empty) {
            return Err(format!(
                "an empty value; {NONE} stands for messages without one"
            ));
        }
        if let Some(dimension) = Dimension::of(name) {
            return Ok(Self::Values(of_values(dimension, negated, values)));
        }
        match IdKind::of(name) {
            Some(_) if negated => Err(format!("{name} can only be asked for with =")),
            Some(kind) => Ok(Self::Ids(IdFilter {
                kind: kind.into(),
                any_of: values,
            })),
            None => Err(format!(
                "{name} is neither a dimension ({}) nor an id ({})",
                Dimension::list(|_| true),
                IdKind::list(|_| true)
            )),
        }
    }
}

fn of_values(dimension: Dimension, negated: bool, values: Vec<String>) -> reporting::Filter {
    let (none, values): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| value == NONE);
    let set = ValueSet {
        values,
        none: !none.is_empty(),
    };
    reporting::Filter {
        dimension: dimension.into(),
        condition: Some(if negated {
            Condition::NoneOf(set)
        } else {
            Condition::AnyOf(set)
        }),
    }
}

/// Splits at commas; one behind a backslash belongs to its value.
fn split(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            ',' => {
                values.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or(letter),
            letter => letter,
        };
        if let Some(value) = values.last_mut() {
            value.push(letter);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Option<(Dimension, Condition)> {
        match text.parse() {
            Ok(Filter::Values(filter)) => Some((filter.dimension(), filter.condition?)),
            _ => None,
        }
    }

    #[test]
    fn a_filter_names_values_to_keep_or_to_leave_out() {
        let set = |values: &[&str], none| ValueSet {
            values: values.iter().map(|&value| value.to_owned()).collect(),
            none,
        };
        assert_eq!(
            values("agent=ana,luis,(none)"),
            Some((
                Dimension::Agent,
                Condition::AnyOf(set(&["ana", "luis"], true))
            ))
        );
        assert_eq!(
            values(r"content-type!=a\,b\\=c"),
            Some((
                Dimension::ContentType,
                Condition::NoneOf(set(&[r"a,b\=c"], false))
            ))
        );
        for wrong in [
            "agent",
            "agent=",
            "agent=a,,b",
            "=a",
            "nobody=a",
            "phone!=+51",
        ] {
            assert!(wrong.parse::<Filter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_are_filters_too() {
        let expected = Filter::Ids(IdFilter {
            kind: IdKind::Phone.into(),
            any_of: vec!["+51987654321".to_owned()],
        });
        assert_eq!("phone=+51987654321".parse(), Ok(expected));
    }
}
