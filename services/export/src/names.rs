//! The names of what filters ask for: the heads of files say them instead of ids.

use std::collections::BTreeMap;
use std::time::Duration;

use acuse_proto::reporting::filter::Condition;
use acuse_proto::reporting::{Dimension, ListDimensionValuesRequest, Question};
use acuse_store::export::Asker;
use tokio::time::timeout;

use crate::reporting::Reporting;

/// How long all of them may take together: a head with ids is better than none.
const PATIENCE: Duration = Duration::from_secs(10);

/// Values of a filter that are looked for: a head tells no more of them.
pub(crate) const MOST_VALUES: usize = 12;

/// Pages of values that are looked through for one.
const MOST_PAGES: usize = 5;

/// Dimensions whose values have names beside their ids.
const NAMED: [Dimension; 8] = [
    Dimension::ChannelAccount,
    Dimension::Account,
    Dimension::Template,
    Dimension::Campaign,
    Dimension::Broadcast,
    Dimension::Agent,
    Dimension::Team,
    Dimension::Department,
];

/// Names by dimension and id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names(BTreeMap<(i32, String), String>);

impl Names {
    /// Those of the values that a question's filters name, as far as reporting tells `asker` of them.
    pub(crate) async fn gather(reporting: &Reporting, asker: &Asker, question: &Question) -> Self {
        let mut names = Self::default();
        let gathering = async {
            for filter in &question.filters {
                let (Some(Condition::AnyOf(set)) | Some(Condition::NoneOf(set))) =
                    &filter.condition
                else {
                    continue;
                };
                if !NAMED.contains(&filter.dimension()) {
                    continue;
                }
                for id in set.values.iter().take(MOST_VALUES) {
                    if let Some(name) = name(reporting, asker, filter.dimension(), id).await {
                        names.0.insert((filter.dimension, id.clone()), name);
                    }
                }
            }
        };
        // What there was no time for keeps its id.
        let _ = timeout(PATIENCE, gathering).await;
        names
    }

    /// What a value is called.
    pub(crate) fn get(&self, dimension: i32, id: &str) -> Option<&str> {
        let name = self.0.get(&(dimension, id.to_owned()));
        name.map(String::as_str)
    }

    /// One name.
    #[cfg(test)]
    pub(crate) fn of(dimension: Dimension, id: &str, name: &str) -> Self {
        let key = (dimension.into(), id.to_owned());
        Self([(key, name.to_owned())].into())
    }
}

async fn name(
    reporting: &Reporting,
    asker: &Asker,
    dimension: Dimension,
    id: &str,
) -> Option<String> {
    let mut request = ListDimensionValuesRequest {
        dimension: dimension.into(),
        search: id.to_owned(),
        page_size: 1_000,
        page_token: String::new(),
    };
    for _ in 0..MOST_PAGES {
        let page = reporting.values(asker, request.clone()).await.ok()?;
        let mut values = page.values.into_iter();
        if let Some(found) = values.find(|value| value.id.as_deref() == Some(id)) {
            return found.name.filter(|name| !name.is_empty());
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return None;
        }
    }
    None
}
