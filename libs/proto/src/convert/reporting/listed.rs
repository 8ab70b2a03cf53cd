//! Which values of a dimension are asked for.

use acuse_domain::error::FieldViolation;
use acuse_domain::report::Dimension;
use acuse_domain::time::Timestamp;

use super::axis::Axis;
use crate::convert::faults::Faults;
use crate::reporting as wire;

/// The longest text to search for, in bytes.
const LONGEST_SEARCH: usize = 256;

/// Which values are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionValues {
    /// Of what.
    pub dimension: Dimension,
    /// What their ids or names contain.
    pub search: String,
}

/// Which values of a dimension are asked for; what pages them is for the caller to read.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn dimension_values(
    wire: &wire::ListDimensionValuesRequest,
    now: Timestamp,
) -> Result<DimensionValues, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let dimension = match faults.axis("dimension", wire.dimension) {
        Some(Axis::Values(dimension)) => Some(dimension),
        Some(Axis::Time(_)) => {
            let fault = "is a time, which has no list of values; give any other DIMENSION_ value";
            faults.add("dimension", fault);
            None
        }
        None => None,
    };
    let search = &wire.search;
    if search.len() > LONGEST_SEARCH {
        let length = search.len();
        let fault = format!("has {length} bytes; at most {LONGEST_SEARCH} are allowed");
        faults.add("search", fault);
    }
    let asked = dimension.map(|dimension| DimensionValues {
        dimension,
        search: search.clone(),
    });
    faults.finish(asked)
}
