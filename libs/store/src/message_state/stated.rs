//! The column `messages.stated`: what evidence states beside its time, in few bytes.
//!
//! The types here are those of storage, apart from the domain's own: they change only together with [`ENCODING`]. Behind what the
//! encoding says stands the recipient as text, where there is one: who does not know of it reads the rest.

use acuse_domain::evidence::{
    Conversation, Echoed, Failure, FailureReport, Pricing, PricingNames, Ranked, Recipient,
    SenderIdentity,
};
use acuse_domain::facts::Stated;
use acuse_domain::ids::{ContactId, Digest, NameId};
use acuse_domain::kinds::{Channel, ContentType, Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// The first byte: how the rest is encoded.
const ENCODING: u8 = 1;

/// The same with what an echo holds behind it. Few messages are echoes.
const WITH_ECHO: u8 = 2;

/// The same with an echo, if there is one, and the numbers of the price's words behind it: of a price that is too late to
/// count, which the message's columns therefore do not tell. Hardly any is.
const WITH_LATE_PRICE: u8 = 3;

#[derive(Serialize, Deserialize)]
struct Stored {
    failure: Option<StoredFailure>,
    dispatch_failure: Option<StoredFailure>,
    pricing: Option<(Rank, StoredPricing)>,
    conversation: Option<(Rank, StoredConversation)>,
    /// Channel and external id.
    sender: Option<(Rank, (i16, String))>,
    /// Digest of the addresses.
    recipient: Option<(Rank, [u8; 16])>,
    correlation_id: Option<(Rank, String)>,
}

/// When, by whom, digest and content type.
type StoredEcho = (i64, i16, [u8; 16], i16);

/// Numbers of category and type in the directory.
type StoredNames = (Option<i32>, Option<i32>);

/// What is stored, and what may stand behind it.
type Decoded = (Stored, Option<StoredEcho>, StoredNames);

/// When, what and by whom, as codes.
type Rank = (i64, i16, i16);

#[derive(Serialize, Deserialize)]
struct StoredFailure {
    at: i64,
    provider: i16,
    code: String,
    title: String,
    detail: String,
    stage: Option<i16>,
    error_code: Option<i32>,
}

#[derive(Serialize, Deserialize)]
struct StoredPricing {
    billable: Option<bool>,
    category: Option<String>,
    price_type: Option<String>,
    model: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredConversation {
    id: Option<String>,
    origin: Option<String>,
    expires_at: Option<i64>,
}

/// What is stored beside columns that tell of the price what counts; `None` where nothing was stated.
pub(crate) fn encode(stated: &Stated, told: PricingNames) -> Result<Option<Vec<u8>>, StoreError> {
    if stated.is_empty() {
        return Ok(None);
    }
    let stored = Stored {
        failure: stated.failure.as_ref().map(store_failure),
        dispatch_failure: stated.dispatch_failure.as_ref().map(store_failure),
        pricing: stated.pricing.as_ref().map(|said| {
            let pricing = said.value.clone();
            let stored = StoredPricing {
                billable: pricing.billable,
                category: pricing.category,
                price_type: pricing.price_type,
                model: pricing.model,
            };
            (rank(said), stored)
        }),
        conversation: stated.conversation.as_ref().map(|said| {
            let conversation = said.value.clone();
            let stored = StoredConversation {
                id: conversation.id,
                origin: conversation.origin,
                expires_at: conversation.expires_at.map(Timestamp::micros),
            };
            (rank(said), stored)
        }),
        sender: stated.sender.as_ref().map(|said| {
            let sender = (said.value.channel.code(), said.value.external_id.clone());
            (rank(said), sender)
        }),
        recipient: stated
            .recipient
            .as_ref()
            .map(|said| (rank(said), said.value.addresses.0)),
        correlation_id: stated
            .correlation_id
            .as_ref()
            .map(|said| (rank(said), said.value.clone())),
    };
    let echo = stated.echo.as_ref().map(store_echo);
    let destination = stated.recipient.as_ref();
    let destination = destination.and_then(|said| said.value.destination.as_ref());
    let encoded = match (echo, names_beside(stated, told)) {
        (None, None) => postcard::to_extend(&stored, vec![ENCODING]),
        (Some(_), None) => postcard::to_extend(&(stored, echo), vec![WITH_ECHO]),
        (_, Some(names)) => postcard::to_extend(&(stored, echo, names), vec![WITH_LATE_PRICE]),
    };
    encoded
        .and_then(|bytes| match destination {
            Some(text) => postcard::to_extend(text, bytes),
            None => Ok(bytes),
        })
        .map(Some)
        .map_err(|error| StoreError::Corrupt(format!("what a message states: {error}")))
}

/// The numbers of the price's words, where columns of the message do not tell them.
fn names_beside(stated: &Stated, told: PricingNames) -> Option<StoredNames> {
    let names = stated.pricing.as_ref()?.value.names;
    let number = |name: Option<NameId>| name.map(|NameId(number)| number);
    let is_told = names == told || names == PricingNames::default();
    (!is_told).then(|| (number(names.category), number(names.price_type)))
}

/// What was stated. The numbers behind sender, recipient and a price that counts are columns of the message, not part of it.
pub(crate) fn decode(stored: Option<&[u8]>) -> Result<Stated, StoreError> {
    let none = StoredNames::default();
    let decoded = match stored {
        None => return Ok(Stated::default()),
        Some([ENCODING, rest @ ..]) => {
            postcard::take_from_bytes(rest).map(|(stored, text)| ((stored, None, none), text))
        }
        Some([WITH_ECHO, rest @ ..]) => postcard::take_from_bytes(rest)
            .map(|((stored, echo), text)| ((stored, echo, none), text)),
        Some([WITH_LATE_PRICE, rest @ ..]) => postcard::take_from_bytes(rest),
        Some(_) => {
            return Err(StoreError::Corrupt(
                "a stored statement in an unknown encoding".to_owned(),
            ));
        }
    };
    let corrupt = |error| StoreError::Corrupt(format!("a stored statement: {error}"));
    let (decoded, text): (Decoded, &[u8]) = decoded.map_err(corrupt)?;
    let (stored, echo, names) = decoded;
    let destination = match text {
        [] => None,
        text => Some(postcard::from_bytes(text).map_err(corrupt)?),
    };
    Ok(Stated {
        echo: echo.map(load_echo),
        failure: stored.failure.map(load_failure),
        dispatch_failure: stored.dispatch_failure.map(load_failure),
        pricing: stored.pricing.map(|(rank, stored)| {
            let pricing = Pricing {
                billable: stored.billable,
                category: stored.category,
                price_type: stored.price_type,
                model: stored.model,
                names: PricingNames {
                    category: names.0.map(NameId),
                    price_type: names.1.map(NameId),
                },
            };
            ranked(rank, pricing)
        }),
        conversation: stored.conversation.map(|(rank, stored)| {
            let conversation = Conversation {
                id: stored.id,
                origin: stored.origin,
                expires_at: stored.expires_at.map(Timestamp::from_micros),
            };
            ranked(rank, conversation)
        }),
        sender: stored.sender.map(|(rank, (channel, external_id))| {
            let sender = SenderIdentity {
                channel: Channel::from_code(channel).unwrap_or(Channel::Custom),
                external_id,
                name: NameId::default(),
            };
            ranked(rank, sender)
        }),
        recipient: stored.recipient.map(|(rank, addresses)| {
            let recipient = Recipient {
                addresses: Digest(addresses),
                destination,
                contact: ContactId::default(),
            };
            ranked(rank, recipient)
        }),
        correlation_id: stored
            .correlation_id
            .map(|(rank, correlation_id)| ranked(rank, correlation_id)),
    })
}

fn rank<T>(said: &Ranked<T>) -> Rank {
    (said.at.micros(), said.kind.code(), said.provider.code())
}

fn ranked<T>((at, kind, provider): Rank, value: T) -> Ranked<T> {
    Ranked {
        at: Timestamp::from_micros(at),
        kind: StatusKind::from_code(kind).unwrap_or(StatusKind::Queued),
        provider: Provider::from_code(provider).unwrap_or(Provider::Other),
        value,
    }
}

fn store_echo(echo: &Echoed) -> StoredEcho {
    let (provider, holds) = (echo.provider.code(), echo.content_type.code());
    (echo.at.micros(), provider, echo.digest.0, holds)
}

fn load_echo((at, provider, digest, holds): StoredEcho) -> Echoed {
    Echoed {
        at: Timestamp::from_micros(at),
        provider: Provider::from_code(provider).unwrap_or(Provider::Other),
        digest: Digest(digest),
        content_type: ContentType::from_code(holds).unwrap_or(ContentType::Unsupported),
    }
}

fn store_failure(failure: &Failure) -> StoredFailure {
    StoredFailure {
        at: failure.at.micros(),
        provider: failure.provider.code(),
        code: failure.report.code.clone(),
        title: failure.report.title.clone(),
        detail: failure.report.detail.clone(),
        stage: failure.report.stage.map(Stage::code),
        error_code: failure.error_code.map(|NameId(number)| number),
    }
}

fn load_failure(stored: StoredFailure) -> Failure {
    Failure {
        at: Timestamp::from_micros(stored.at),
        provider: Provider::from_code(stored.provider).unwrap_or(Provider::Other),
        report: FailureReport {
            code: stored.code,
            title: stored.title,
            detail: stored.detail,
            stage: stored.stage.and_then(Stage::from_code),
        },
        error_code: stored.error_code.map(NameId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stated_comes_back() {
        let at = Timestamp::from_seconds(1_790_000_000);
        let said = (
            at.micros(),
            StatusKind::Sent.code(),
            Provider::MetaWhatsApp.code(),
        );
        let failure = |code: &str| Failure {
            at,
            provider: Provider::Twilio,
            report: FailureReport {
                code: code.to_owned(),
                title: "t".to_owned(),
                detail: "d".to_owned(),
                stage: Some(Stage::Delivery),
            },
            error_code: Some(NameId(7)),
        };
        let stated = Stated {
            failure: Some(failure("30008")),
            dispatch_failure: Some(failure("")),
            pricing: Some(ranked(
                said,
                Pricing {
                    billable: Some(true),
                    ..Pricing::default()
                },
            )),
            conversation: Some(ranked(
                said,
                Conversation {
                    expires_at: Some(at),
                    ..Conversation::default()
                },
            )),
            sender: Some(ranked(
                said,
                SenderIdentity {
                    channel: Channel::Sms,
                    external_id: "s".to_owned(),
                    name: NameId::default(),
                },
            )),
            recipient: Some(ranked(
                said,
                Recipient {
                    addresses: Digest([9; 16]),
                    destination: Some("+51 977 452 931".to_owned()),
                    contact: ContactId::default(),
                },
            )),
            correlation_id: Some(ranked(said, "c".to_owned())),
            echo: None,
        };
        let told = PricingNames::default();
        let stored = encode(&stated, told).unwrap().unwrap();
        assert_eq!(decode(Some(&stored)).unwrap(), stated);
        let echo = Echoed {
            at,
            provider: Provider::MetaWhatsApp,
            digest: Digest([7; 16]),
            content_type: ContentType::Image,
        };
        let echoed = Stated {
            echo: Some(echo),
            ..stated
        };
        let with_echo = encode(&echoed, told).unwrap().unwrap();
        assert_eq!(decode(Some(&with_echo)).unwrap(), echoed);
        // Without the text behind it, as it was written by who did not know of it.
        let text = "+51 977 452 931".len() + 1;
        let without = decode(Some(&with_echo[..with_echo.len() - text])).unwrap();
        let recipient = without.recipient.unwrap().value;
        assert_eq!(
            (recipient.addresses, recipient.destination),
            (Digest([9; 16]), None)
        );
        assert!(decode(Some(&with_echo[..with_echo.len() - 1])).is_err());
        assert_eq!(encode(&Stated::default(), told).unwrap(), None);
        assert_eq!(decode(None).unwrap(), Stated::default());
        assert!(decode(Some(&[250, 1])).is_err());
        assert!(decode(Some(&stored[..5])).is_err());
    }

    #[test]
    fn what_a_price_is_called_is_stored_where_no_column_tells_it() {
        let at = Timestamp::from_seconds(1_790_000_000);
        let rank = (
            at.micros(),
            StatusKind::Read.code(),
            Provider::MetaWhatsApp.code(),
        );
        let names = PricingNames {
            category: Some(NameId(8)),
            price_type: None,
        };
        let pricing = Pricing {
            category: Some("marketing".to_owned()),
            names,
            ..Pricing::default()
        };
        let stated = Stated {
            pricing: Some(ranked(rank, pricing)),
            ..Stated::default()
        };
        let again = |told| decode(encode(&stated, told).unwrap().as_deref()).unwrap();
        assert_eq!(again(PricingNames::default()), stated);
        let beside_columns = again(names).pricing.unwrap().value;
        assert_eq!(beside_columns.names, PricingNames::default());
        assert_eq!(beside_columns.category.as_deref(), Some("marketing"));
    }
}
