//! The numbers of what messages' prices are called: each is the directory's for the word that the provider said.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::ids::WorkspaceId;
use acuse_domain::names::Dimension;
use acuse_domain::outbound::Outbound;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, SmallInt, Text};
use diesel_async::AsyncPgConnection;

use super::derived::{Fault, Faults};
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::sql::Sql;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = SmallInt)]
    dimension: i16,
    #[diesel(sql_type = Text)]
    external_id: String,
    #[diesel(sql_type = Integer)]
    name_id: i32,
}

/// What the price that counts is called, by the dimensions of its words.
fn words(message: &Outbound) -> [(Dimension, Option<String>); 2] {
    let counted = message.facts.within_window();
    let price = counted.stated.pricing.as_ref();
    let price = price.map(|price| price.value.clone()).unwrap_or_default();
    [
        (Dimension::PricingCategory, price.category),
        (Dimension::PricingType, price.price_type),
    ]
}

/// Where rows hold other numbers than those of the words.
pub(super) async fn misnamed(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    rows: &[MessageRow],
    messages: &[Outbound],
) -> Result<Vec<Fault>, StoreError> {
    let said: BTreeSet<(i16, String)> = messages
        .iter()
        .flat_map(words)
        .filter_map(|(dimension, word)| Some((dimension.code(), word?)))
        .collect();
    let mut numbers = HashMap::new();
    if !said.is_empty() {
        let found: Vec<Word> = Sql::new(
            "SELECT stored.dimension, stored.external_id, stored.name_id \
             FROM unnest(?, ?) AS said(dimension, external_id) \
             JOIN message_state.directory AS stored USING (dimension, external_id) WHERE stored.workspace_id = ?",
        )
        .bind_all::<SmallInt, _>(said.iter().map(|(dimension, _)| *dimension))
        .bind_all::<Text, _>(said.into_iter().map(|(_, word)| word).collect::<Vec<_>>())
        .bind::<Integer, _>(workspace.0)
        .fetch(connection)
        .await?;
        numbers.extend(
            found
                .into_iter()
                .map(|word| ((word.dimension, word.external_id), word.name_id)),
        );
    }
    let mut faults = Faults::default();
    for (row, message) in rows.iter().zip(messages) {
        let stored = [row.pricing_category_id, row.pricing_type_id];
        for ((dimension, word), stored) in words(message).into_iter().zip(stored) {
            let number = word.and_then(|word| numbers.get(&(dimension.code(), word)).copied());
            faults.note(
                message.id,
                dimension.as_str(),
                stored.map(i64::from),
                number.map(i64::from),
            );
        }
    }
    Ok(faults.0)
}
