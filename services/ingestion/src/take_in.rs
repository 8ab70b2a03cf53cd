//! Takes in what a webhook says: what is understood goes to message-state, what is not is kept.

use acuse_domain::error::{Error, ErrorKind};
use acuse_domain::kinds::Channel;
use acuse_domain::scope::Caller;
use acuse_proto::convert::{inbound_event, status_event, watermark_event};
use acuse_proto::types::{ItemError, ItemOutcome, ItemResult};
use acuse_providers::{Delivery, Format, Malformed, Meaning, Reading, read};
use acuse_store::ingestion::{Finding, Parcel, keep_not_understood};
use acuse_telemetry::metrics::catalog::WEBHOOK_ITEMS;
use tokio::time::Instant;

use crate::parts::Parts;
use crate::webhook::parameters;

/// The parameter that names the channel of what does not.
const CHANNEL: &str = "channel";

/// The reason under which an item is kept that message-state refuses for good.
const REJECTED: &str = "rejected";

/// The fields of events, by the ends of their paths, that message-state holds against its own clock.
const TIMES: [&str; 3] = ["received_at", "happened_at", "up_to"];

/// Why a payload was not taken in, or not all of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It is nothing of its format at all, and never will be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A part of the system is away or at fault, or its clocks differ; taking it in again is safe.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// How a payload is taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// Its format.
    pub(crate) format: Format,
    /// The HTTP headers, names in lower case.
    pub(crate) headers: &'a [(String, String)],
    /// The channel account that it means where it names none.
    pub(crate) channel_account: Option<&'a str>,
    /// The channel of that account.
    pub(crate) channel: Option<Channel>,
    /// For whom message-state is called.
    pub(crate) caller: &'a Caller,
    /// When message-state is waited for no longer.
    pub(crate) until: Instant,
    /// Whether its events may share a call with those of others, and with it that call's failure.
    pub(crate) may_share: bool,
}

/// What became of a payload's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    /// Taken in; durable and counted.
    pub(crate) applied: usize,
    /// Known already.
    pub(crate) duplicate: usize,
    /// Too late to change anything.
    pub(crate) late: usize,
    /// Refused for good, and kept with what was not understood.
    pub(crate) rejected: usize,
    /// Not understood, and kept.
    pub(crate) not_understood: usize,
}

/// What came of a reading.
#[derive(Debug)]
pub(crate) struct Applied {
    /// In numbers.
    pub(crate) taken: Taken,
    /// What is to be kept in the payload with what is not understood.
    pub(crate) left: Vec<Finding>,
    /// What message-state answered of each finding; `None` for those that it was not asked about.
    pub(crate) results: Vec<Option<ItemResult>>,
}

/// Takes in what `parcel` says. When this returns, every item of it is applied by message-state, or kept in the payload with
/// what was not understood.
///
/// # Errors
///
/// [`NotTaken`]. Some of it may be applied then.
pub(crate) async fn take_in(
    parts: &Parts,
    manner: Manner<'_>,
    parcel: &Parcel,
) -> Result<Taken, NotTaken> {
    let reading = read_parcel(&manner, parcel)?;
    let applied = apply(parts, manner, parcel, reading).await?;
    keep(parts, parcel, &applied.left).await?;
    applied.taken.measure(manner.format);
    Ok(applied.taken)
}

/// What `parcel` says.
///
/// # Errors
///
/// [`Malformed`] where it is nothing of its format.
pub(crate) fn read_parcel(manner: &Manner<'_>, parcel: &Parcel) -> Result<Reading, Malformed> {
    let query = reading_query(manner.format, parcel.query.as_deref(), manner.channel);
    let delivery = Delivery {
        body: &parcel.body,
        headers: manner.headers,
        received_at: parcel.received_at,
        channel_account: manner.channel_account,
        // What is read later is read the same: nothing more of these is kept.
        url: None,
        query: &query,
    };
    read(manner.format, &delivery)
}

/// The parameters by which a webhook is read: those `kept` of its URL, and the channel of the one account that its integration
/// reports on where the format asks for a channel and the URL names none.
pub(crate) fn reading_query(
    format: Format,
    kept: Option<&str>,
    channel: Option<Channel>,
) -> Vec<(String, String)> {
    let mut query = parameters(kept.unwrap_or_default());
    let asked = format.parameters().contains(&CHANNEL);
    let named = query.iter().any(|(name, _)| name == CHANNEL);
    if let Some(channel) = channel.filter(|_| asked && !named) {
        query.push((CHANNEL.to_owned(), channel.as_str().to_owned()));
    }
    query
}

/// Keeps `parcel` for what is `left` of it, if anything is.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn keep(parts: &Parts, parcel: &Parcel, left: &[Finding]) -> Result<(), Error> {
    if left.is_empty() {
        return Ok(());
    }
    keep_not_understood(&parts.database, parcel, left)
        .await
        .map_err(Error::from)
}

/// Has message-state apply what was read in `parcel`. What is left is for the caller to keep.
///
/// # Errors
///
/// Where a part of the system is away or at fault, or its clocks differ. Some of it may be applied then; applying all of it
/// again is safe.
pub(crate) async fn apply(
    parts: &Parts,
    manner: Manner<'_>,
    parcel: &Parcel,
    reading: Reading,
) -> Result<Applied, Error> {
    let mut results: Vec<Option<ItemResult>> = Vec::with_capacity(reading.findings.len());
    let (mut events, mut places, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for finding in reading.findings {
        results.push(None);
        let event = match finding.meaning {
            Meaning::Status(status) => status_event(*status, parcel.received_at),
            Meaning::Inbound(inbound) => inbound_event(*inbound, parcel.received_at),
            Meaning::Watermark(watermark) => watermark_event(*watermark, parcel.received_at),
            Meaning::NotUnderstood(what) => {
                left.push(Finding {
                    path: finding.path,
                    reason: what.reason.as_str().to_owned(),
                    detail: what.detail,
                });
                continue;
            }
        };
        events.push(event);
        places.push((results.len() - 1, finding.path));
    }
    let mut taken = Taken {
        not_understood: left.len(),
        ..Taken::default()
    };
    let (caller, until) = (manner.caller, manner.until);
    let answered = if manner.may_share {
        parts.gatherer.apply(caller, events, until).await
    } else {
        parts.message_state.apply(caller, events, Some(until)).await
    }?;
    for ((index, path), result) in places.into_iter().zip(answered) {
        if !taken.count(result.outcome()) {
            let error = result.error.clone().unwrap_or_default();
            if is_about_time(&error) {
                return Err(ahead());
            }
            left.push(rejected(path, error));
        }
        if let Some(place) = results.get_mut(index) {
            *place = Some(result);
        }
    }
    Ok(Applied {
        taken,
        left,
        results,
    })
}

impl Taken {
    fn measure(&self, format: Format) {
        let results = [
            (self.applied, "applied"),
            (self.duplicate, "duplicate"),
            (self.late, "late"),
            (self.rejected, "rejected"),
            (self.not_understood, "not_understood"),
        ];
        for (count, result) in results {
            WEBHOOK_ITEMS.add(count as u64, [format.as_str().into(), result.into()]);
        }
    }

    /// Counts what became of an item; false where it was refused.
    fn count(&mut self, outcome: ItemOutcome) -> bool {
        let counter = match outcome {
            ItemOutcome::Applied => &mut self.applied,
            ItemOutcome::Duplicate => &mut self.duplicate,
            ItemOutcome::Late => &mut self.late,
            ItemOutcome::Rejected | ItemOutcome::Unspecified => &mut self.rejected,
        };
        *counter += 1;
        !matches!(outcome, ItemOutcome::Rejected | ItemOutcome::Unspecified)
    }
}

/// Whether nothing but its times is wrong with an item. Those of a webhook were held against the clock here, so that the two
/// clocks differ: in a while the time will have come.
fn is_about_time(error: &ItemError) -> bool {
    let mut violations = error.field_violations.iter();
    !error.field_violations.is_empty()
        && violations.all(|violation| {
            let field = violation.field.rsplit('.').next();
            field.is_some_and(|field| TIMES.contains(&field))
        })
}

/// What a payload fails with that comes before its time.
fn ahead() -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "CLOCKS_DIFFER",
        "message-state refuses its times; the clocks of this machine and of message-state may differ",
    )
}

/// An item that message-state refuses for good: its reason and the fields at fault, without anything that they hold.
fn rejected(path: String, error: ItemError) -> Finding {
    let mut detail = error.reason;
    for (index, violation) in error.field_violations.into_iter().enumerate() {
        detail.push_str(if index == 0 { ": " } else { ", " });
        detail.push_str(&violation.field);
    }
    Finding {
        path,
        reason: REJECTED.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::ids::WorkspaceId;
    use acuse_domain::kinds::Provider;
    use acuse_domain::time::Timestamp;
    use acuse_proto::types::ItemFieldViolation;
    use acuse_store::ingestion::IntegrationRef;
    use uuid::Uuid;

    use crate::known_integrations::caller_of;

    use super::*;

    #[test]
    fn what_a_url_says_is_read_later_as_well() {
        let integration = IntegrationRef {
            workspace: WorkspaceId(1),
            id: Uuid::nil(),
            provider: Provider::Infobip,
        };
        let caller = caller_of(&integration, "acme");
        let sender = |query: Option<&str>, channel| {
            let manner = Manner {
                format: Format::Infobip,
                headers: &[],
                channel_account: Some("Acme"),
                channel,
                caller: &caller,
                until: Instant::now(),
                may_share: false,
            };
            let body = r#"{"results":[{"messageId":"m-1","to":"56912345678",
                "status":{"groupName":"DELIVERED"},"doneAt":"2026-01-05T12:00:01.000+0000"}]}"#;
            let parcel = Parcel {
                integration,
                received_at: Timestamp::from_seconds(1_767_700_000),
                content_type: None,
                query: query.map(str::to_owned),
                body: body.as_bytes().to_vec(),
            };
            let mut reading = read_parcel(&manner, &parcel).unwrap();
            let Meaning::Status(told) = reading.findings.remove(0).meaning else {
                panic!("no status");
            };
            let sender = told.evidence.sender?;
            Some((sender.channel, sender.external_id))
        };
        let of = |channel| Some((channel, "Acme".to_owned()));
        assert_eq!(sender(None, None), None);
        assert_eq!(sender(Some("channel=sms"), None), of(Channel::Sms));
        assert_eq!(sender(None, Some(Channel::Viber)), of(Channel::Viber));
        let both = sender(Some("channel=sms"), Some(Channel::Viber));
        assert_eq!(both, of(Channel::Sms), "the URL goes before the account");
    }

    #[test]
    fn what_comes_before_its_time_is_not_refused_for_good() {
        let about = |fields: &[&str]| {
            let violation = |field: &&str| ItemFieldViolation {
                field: (*field).to_owned(),
                description: "is ahead".to_owned(),
            };
            is_about_time(&ItemError {
                reason: "INVALID_ARGUMENT".to_owned(),
                field_violations: fields.iter().map(violation).collect(),
                ..ItemError::default()
            })
        };
        assert!(about(&["received_at"]) && about(&["received_at", "status.happened_at"]));
        assert!(about(&["inbound.received_at"]));
        assert!(!about(&["received_at", "status.kind"]) && !about(&["status.recipient.id"]));
        assert!(!about(&[]), "refused for another reason than a field");
    }

    #[test]
    fn a_rejection_tells_fields_and_nothing_of_what_they_hold() {
        let violation = |field: &str| ItemFieldViolation {
            field: field.to_owned(),
            description: "quotes 56912345678".to_owned(),
        };
        let error = ItemError {
            reason: "INVALID_ARGUMENT".to_owned(),
            message: "quotes 56912345678".to_owned(),
            field_violations: vec![violation("status.kind"), violation("status.recipient.id")],
        };
        let found = rejected("entry[0]".to_owned(), error);
        assert_eq!(found.reason, "rejected");
        assert_eq!(
            found.detail,
            "INVALID_ARGUMENT: status.kind, status.recipient.id"
        );
        let bare = ItemError {
            reason: "NOT_STORABLE".to_owned(),
            ..ItemError::default()
        };
        assert_eq!(rejected(String::new(), bare).detail, "NOT_STORABLE");
    }
}
