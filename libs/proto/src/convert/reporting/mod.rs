//! What reporting is asked: every request checked, and put into the domain's words.

mod asked;
mod axis;
mod columns;
mod counted;
mod filter;
mod label;
mod listed;
mod question;
mod saved;

pub use asked::{
    Breakdown, Consolidated, Funnel, Overview, Ranking, Rows, breakdown, consolidated, funnel,
    list, overview, ranking, reply_activity, rows,
};
pub use axis::{Axis, TimeAxis, word_of, words};
pub use columns::{FUNNEL_COLUMNS, OVERVIEW_COLUMNS, REPLY_COLUMNS, row_columns, wrong_columns};
pub use counted::CountedIn;
pub use filter::{Filter, Values, any_of, none_of};
pub use label::Label;
pub use listed::{DimensionValues, dimension_values};
pub use question::{Period, Question};
pub use saved::{
    Savable, SavedChange, SavedDraft, decoded, encoded, fitting_columns, kind_of, saved_change,
    saved_draft,
};
