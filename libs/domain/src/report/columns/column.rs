//! A column: one value for each row, as places in a list of those that occur.

use crate::report::Value;

/// One value for each row.
#[derive(Debug)]
pub(super) struct Column {
    /// Those that occur, ascending.
    values: Vec<Value>,
    /// Where the value of each row is among them.
    places: Places,
}

/// A place for each row, as narrow as it can be.
#[derive(Debug)]
pub(super) enum Places {
    /// All rows have the same value.
    Same,
    Narrow(Box<[u8]>),
    Medium(Box<[u16]>),
    Wide(Box<[u32]>),
}

impl Column {
    pub(super) fn new(of_rows: impl Iterator<Item = Value> + Clone) -> Self {
        // Neighbours are often alike.
        let mut values: Vec<Value> = Vec::new();
        for value in of_rows.clone() {
            if values.last() != Some(&value) {
                values.push(value);
            }
        }
        values.sort_unstable();
        values.dedup();
        values.shrink_to_fit();
        let place = |value: Value| values.partition_point(|known| *known < value);
        let places = match values.len() {
            0 | 1 => Places::Same,
            2..=0x100 => Places::Narrow(of_rows.map(|value| narrowed(place(value))).collect()),
            0x101..=0x1_0000 => {
                Places::Medium(of_rows.map(|value| narrowed(place(value))).collect())
            }
            _ => Places::Wide(of_rows.map(|value| narrowed(place(value))).collect()),
        };
        Self { values, places }
    }

    /// The values that occur, ascending; each one's place is its position.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// The value of a row.
    pub(super) fn value(&self, row: usize) -> Value {
        let place = match &self.places {
            Places::Same => 0,
            Places::Narrow(places) => usize::from(places[row]),
            Places::Medium(places) => usize::from(places[row]),
            Places::Wide(places) => places[row] as usize,
        };
        self.values.get(place).copied().unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> usize {
        let places = match &self.places {
            Places::Same => 0,
            Places::Narrow(places) => places.len(),
            Places::Medium(places) => size_of_val::<[u16]>(places),
            Places::Wide(places) => size_of_val::<[u32]>(places),
        };
        size_of_val(self) + size_of_val::<[Value]>(&self.values) + places
    }
}

/// A place among as many as its type can tell apart.
fn narrowed<T: TryFrom<usize> + Default>(place: usize) -> T {
    T::try_from(place).unwrap_or_default()
}
