//! What became of the items of a batch, for the wire.

use acuse_domain::error::{Error, FieldViolation};
use acuse_domain::ids::MessageId;
use acuse_domain::ledger::Refusal;
use acuse_proto::types::{ItemError, ItemFieldViolation, ItemOutcome, ItemResult};
use acuse_store::apply::Outcome;

use crate::commit::Fate;

/// Splits what was checked into what goes on and, for each item, why it does not.
pub(super) fn sift<T>(
    checked: impl Iterator<Item = Result<T, Vec<FieldViolation>>>,
) -> (Vec<T>, Vec<Option<ItemError>>) {
    let mut good = Vec::new();
    let errors = checked
        .map(|item| match item {
            Ok(item) => {
                good.push(item);
                None
            }
            Err(violations) => Some(invalid(violations)),
        })
        .collect();
    (good, errors)
}

/// One result for each item: its error, or the next of the fates of those that went on.
pub(super) fn results(errors: Vec<Option<ItemError>>, fates: Vec<Fate>) -> Vec<ItemResult> {
    let mut fates = fates.into_iter();
    errors
        .into_iter()
        .map(|error| match error {
            Some(error) => rejected(error),
            // There is a fate for each that went on; without one the item counts as not taken in.
            None => fates
                .next()
                .map_or_else(|| rejected(not_storable()), result),
        })
        .collect()
}

fn result(fate: Fate) -> ItemResult {
    let known = |outcome: ItemOutcome, id: MessageId| ItemResult {
        outcome: outcome.into(),
        message_id: Some(id.to_string()),
        error: None,
    };
    match fate {
        Fate::Settled(Outcome::Applied(id)) => known(ItemOutcome::Applied, id),
        Fate::Settled(Outcome::Duplicate(id)) => known(ItemOutcome::Duplicate, id),
        Fate::Settled(Outcome::Late(id)) => known(ItemOutcome::Late, id),
        Fate::Settled(Outcome::Watermark { is_new }) => ItemResult {
            outcome: match is_new {
                true => ItemOutcome::Applied.into(),
                false => ItemOutcome::Duplicate.into(),
            },
            message_id: None,
            error: None,
        },
        Fate::Settled(Outcome::Refused(Refusal::ContradictsRegistration)) => rejected(error(
            "REGISTRATION_CONFLICT",
            "the message was registered before with something else, and that stands",
        )),
        Fate::Settled(Outcome::Refused(Refusal::IdsOfTwoMessages)) => rejected(error(
            "MESSAGE_ID_CONFLICT",
            "its ids belong to two messages that were both registered",
        )),
        Fate::Unstorable => rejected(not_storable()),
    }
}

fn rejected(error: ItemError) -> ItemResult {
    ItemResult {
        outcome: ItemOutcome::Rejected.into(),
        message_id: None,
        error: Some(error),
    }
}

fn not_storable() -> ItemError {
    error(
        "NOT_STORABLE",
        "the database refuses to keep it, by a fault of the service's; its log says more",
    )
}

fn error(reason: &str, message: &str) -> ItemError {
    ItemError {
        reason: reason.to_owned(),
        message: message.to_owned(),
        field_violations: Vec::new(),
    }
}

/// The error of an item some of whose fields are wrong.
fn invalid(violations: Vec<FieldViolation>) -> ItemError {
    let error = Error::invalid(violations.clone());
    ItemError {
        reason: error.reason.to_owned(),
        message: error.message,
        field_violations: violations
            .into_iter()
            .map(|violation| ItemFieldViolation {
                field: violation.field,
                description: violation.description,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn results_come_in_the_order_asked() {
        let id = MessageId(Uuid::max());
        let wrong = || Err(vec![FieldViolation::new("status.kind", "must be given")]);
        let checked = [Ok(1), wrong(), Ok(2), Ok(3), Ok(4), wrong(), Ok(5)];
        let (good, errors) = sift(checked.into_iter());
        assert_eq!(good, [1, 2, 3, 4, 5]);
        let fates = vec![
            Fate::Settled(Outcome::Applied(id)),
            Fate::Settled(Outcome::Duplicate(id)),
            Fate::Settled(Outcome::Late(id)),
            Fate::Settled(Outcome::Refused(Refusal::ContradictsRegistration)),
            Fate::Unstorable,
        ];
        let results = results(errors, fates);
        let told: Vec<_> = results
            .iter()
            .map(|result| {
                let reason = result.error.as_ref().map_or("", |error| &error.reason);
                (result.outcome(), reason, result.message_id.is_some())
            })
            .collect();
        assert_eq!(
            told,
            [
                (ItemOutcome::Applied, "", true),
                (ItemOutcome::Rejected, "INVALID_ARGUMENT", false),
                (ItemOutcome::Duplicate, "", true),
                (ItemOutcome::Late, "", true),
                (ItemOutcome::Rejected, "REGISTRATION_CONFLICT", false),
                (ItemOutcome::Rejected, "INVALID_ARGUMENT", false),
                (ItemOutcome::Rejected, "NOT_STORABLE", false),
            ]
        );
        let error = results[1].error.as_ref().unwrap();
        assert_eq!(error.field_violations[0].field, "status.kind");
    }
}
