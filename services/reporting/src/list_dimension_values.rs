//! The values of a dimension, for what filters are picked from.

use acuse_domain::error::{Error, Result};
use acuse_domain::names;
use acuse_domain::report::{Dimension, Group, Key, Value};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Axis, DimensionValues as Asked, words};
use acuse_store::read::{Entry, Scoped};

use crate::inquiry::{Inquiry, Wanted};
use crate::naming::Shown;
use crate::parts::Parts;
use crate::search::Search;

/// Names read at once in which something is searched for.
const CHUNK: usize = 2_000;

/// Names that a search looks through for one page, about.
const MOST_LOOKED_AT: usize = 50_000;

/// Values in their order.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) values: Vec<Shown>,
    /// The id after which the next page begins; `None` on the last one.
    pub(crate) next: Option<String>,
}

/// Up to `size` values that come after the id `after`. Vocabularies are the same for everyone. Of names, a caller who sees the
/// whole workspace gets those of the directory, and anyone else those that their scope covers by name, or that occur in
/// messages that they may see.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_dimension_values(
    parts: &Parts,
    scope: &Scope,
    asked: &Asked,
    after: &str,
    size: usize,
) -> Result<Page> {
    let scoped = Scoped::open(&parts.database, scope).await?;
    let scoped = scoped.ok_or_else(Error::workspace_not_found)?;
    let search = Search::new(&asked.search);
    let Some(dimension) = asked.dimension.names() else {
        return Ok(of_vocabulary(asked.dimension, &search, after, size));
    };
    let only = match scope.is_whole() || scoped.limits_names(dimension) {
        true => None,
        false => Some(occurring(parts, &scoped, asked.dimension).await?),
    };
    let names = Names {
        scoped,
        dimension,
        only,
    };
    names.page(asked.dimension, &search, after, size).await
}

fn of_vocabulary(dimension: Dimension, search: &Search, after: &str, size: usize) -> Page {
    let words = words(dimension).unwrap_or_default();
    let words = words.into_iter().map(|(_, word)| word);
    let mut rest: Vec<&str> = words.collect();
    if let Some(place) = rest.iter().position(|word| *word == after) {
        rest.drain(..=place);
    }
    rest.retain(|word| search.finds([*word]));
    let next = match rest.len() > size {
        true => size.checked_sub(1).map(|last| rest[last].to_owned()),
        false => None,
    };
    rest.truncate(size);
    let values = rest.into_iter();
    Page {
        values: values
            .map(|word| shown(dimension, word.to_owned(), None))
            .collect(),
        next,
    }
}

/// The values of messages that the scope shows, of as many days as a report may cover.
async fn occurring(parts: &Parts, scoped: &Scoped, dimension: Dimension) -> Result<Vec<Value>> {
    let mut inquiry = Inquiry::lately(parts, scoped.clone()).await?;
    let wanted = inquiry.whole_of(|inquiry| Wanted {
        interval: inquiry.covered(inquiry.requested),
        group: Group::values(dimension),
        durations: false,
        departments: false,
    })?;
    let told = inquiry.ask(wanted).await?;
    let tables = told.tables.into_iter();
    Ok(tables
        .flat_map(|table| table.figures.into_keys().map(Key::value))
        .collect())
}

/// Names of a dimension that exist for a caller.
struct Names {
    scoped: Scoped,
    dimension: names::Dimension,
    /// Those alone, where there is such a limit.
    only: Option<Vec<Value>>,
}

impl Names {
    async fn page(
        &self,
        dimension: Dimension,
        search: &Search,
        after: &str,
        size: usize,
    ) -> Result<Page> {
        let mut page = Page::default();
        let mut after = after.to_owned();
        let mut looked_at = 0;
        // One more than a page takes tells whether anything follows.
        let chunk = match search.finds_all() {
            true => size + 1,
            false => CHUNK,
        };
        loop {
            let entries = self.after(&after, chunk).await?;
            let is_last = entries.len() < chunk;
            looked_at += entries.len();
            for entry in entries {
                let (id, name) = (entry.external_id, entry.label.name);
                if search.finds([Some(id.as_str()), name.as_deref()].into_iter().flatten()) {
                    if page.values.len() == size {
                        page.next = Some(after);
                        return Ok(page);
                    }
                    page.values.push(shown(dimension, id.clone(), name));
                }
                after = id;
            }
            if is_last {
                return Ok(page);
            }
            if looked_at >= MOST_LOOKED_AT {
                page.next = Some(after);
                return Ok(page);
            }
        }
    }

    async fn after(&self, id: &str, limit: usize) -> Result<Vec<Entry>> {
        let (scoped, dimension) = (&self.scoped, self.dimension);
        Ok(match &self.only {
            Some(numbers) => scoped.entries_among(dimension, numbers, id, limit).await?,
            None => scoped.entries(dimension, id, limit).await?,
        })
    }
}

fn shown(dimension: Dimension, id: String, name: Option<String>) -> Shown {
    Shown {
        axis: Axis::Values(dimension),
        id: Some(id),
        name,
        interval: None,
    }
}
