//! Values that are called alike and are not the same: two agents of one name. On paper, where no id stands beside a name, they are
//! told apart by it.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::reporting::{DimensionValue, GetBreakdownResponse, GetRankingResponse};

/// Tells apart the values of a breakdown.
pub(crate) fn of_breakdown(answer: &mut GetBreakdownResponse) {
    let values = answer.rows.iter_mut().flat_map(|row| &mut row.values);
    tell_apart(values.collect());
}

/// Tells apart the values of a ranking.
pub(crate) fn of_ranking(answer: &mut GetRankingResponse) {
    let rows = answer.rows.iter_mut();
    let values = rows.flat_map(|row| row.value.iter_mut().chain(&mut row.departments));
    tell_apart(values.collect());
}

fn tell_apart(values: Vec<&mut DimensionValue>) {
    let mut ids: BTreeMap<(i32, &str), BTreeSet<&str>> = BTreeMap::new();
    for value in &values {
        if let (Some(name), Some(id)) = (value.name.as_deref(), value.id.as_deref()) {
            ids.entry((value.dimension, name)).or_default().insert(id);
        }
    }
    let doubled: BTreeSet<(i32, String)> = ids
        .into_iter()
        .filter(|(_, ids)| ids.len() > 1)
        .map(|((dimension, name), _)| (dimension, name.to_owned()))
        .collect();
    for value in values {
        let Some(name) = value.name.take() else {
            continue;
        };
        let id = value.id.as_deref().unwrap_or_default();
        let key = (value.dimension, name);
        value.name = Some(match doubled.contains(&key) {
            true => format!("{} ({id})", key.1),
            false => key.1,
        });
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::{BreakdownRow, Dimension};

    use super::*;

    #[test]
    fn namesakes_have_their_ids_behind_their_names() {
        let value = |dimension: Dimension, id: &str, name: &str| DimensionValue {
            dimension: dimension.into(),
            id: Some(id.to_owned()),
            name: Some(name.to_owned()),
            ..DimensionValue::default()
        };
        let row = |agent, name, team| BreakdownRow {
            values: vec![
                value(Dimension::Agent, agent, name),
                value(Dimension::Team, team, "Diana"),
            ],
            ..BreakdownRow::default()
        };
        let rows = [
            ("a1", "Diana", "t"),
            ("a2", "Diana", "t"),
            ("a1", "Diana", "t"),
            ("a3", "Luis", "t"),
        ];
        let mut answer = GetBreakdownResponse {
            rows: rows
                .map(|(agent, name, team)| row(agent, name, team))
                .into(),
            ..GetBreakdownResponse::default()
        };
        of_breakdown(&mut answer);
        let names = answer.rows.iter().map(|row| {
            let names = row.values.iter().filter_map(|value| value.name.as_deref());
            names.collect::<Vec<_>>().join(", ")
        });
        let expected = [
            "Diana (a1), Diana",
            "Diana (a2), Diana",
            "Diana (a1), Diana",
            "Luis, Diana",
        ];
        assert!(names.eq(expected));
    }
}
