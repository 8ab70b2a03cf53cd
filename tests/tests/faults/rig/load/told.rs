//! What a load tells, and what must follow from it.
//!
//! Every message is registered and sent. One in four fails, the others are delivered, one in four is read, and of these
//! every other one is answered. Calls tell the registrations and the deliveries, webhooks all else.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use acuse_domain::kinds;
use acuse_domain::time::Timestamp;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{
    GetConsolidatedRequest, Interval, Metrics, Period, Question, period::Period as Of,
};
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    Channel as Kind, ContactRef, Content, ContentType, MessageType, OutboundRegistration, Provider,
    ProviderMessageId, Source, StatusEvidence, StatusKind, TemplateRef,
};
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::{channel, eventually};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::rig::Installation;

/// The sending identity.
const PHONE_NUMBER_ID: &str = "1001";

/// The kind under which a reply stands in its own timeline.
const INBOUND: i16 = 100;

/// What is sent at once.
#[derive(Debug, Clone)]
pub(super) enum Parcel {
    Registrations(Vec<OutboundRegistration>),
    Statuses(Vec<StatusEvidence>),
    Webhook(Vec<u8>),
}

/// So many messages, from an hour ago.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    messages: usize,
    /// In seconds since 1970.
    begun: i64,
    /// How long the text of each is, in bytes; they have none at 0.
    text: usize,
    /// Items in one call at most.
    pub(super) together: usize,
}

fn wamid(number: usize) -> String {
    format!("wamid.{number}")
}

fn reply(number: usize) -> String {
    format!("wamid.reply.{number}")
}

fn id(number: usize) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        id: wamid(number),
        scope: None,
    })
}

/// The contact of a message, who has no other.
fn contact(number: usize) -> String {
    format!("569{:08}", 10_000_000 + number)
}

/// A text that is always the same for a message, and does not get shorter by being compressed.
fn babble(number: usize, length: usize) -> String {
    let mut dice = StdRng::seed_from_u64(number as u64);
    let mut letters = vec![0_u8; length];
    dice.fill(&mut letters[..]);
    for letter in &mut letters {
        *letter = b' ' + *letter % 95;
    }
    String::from_utf8(letters).unwrap()
}

fn fails(number: usize) -> bool {
    number % 4 == 3
}

fn is_read(number: usize) -> bool {
    number.is_multiple_of(4)
}

fn is_answered(number: usize) -> bool {
    number.is_multiple_of(8)
}

impl Told {
    pub(crate) fn of(messages: usize) -> Self {
        let begun = Timestamp::now().micros() / 1_000_000 - 3_600;
        Self {
            messages,
            begun,
            text: 0,
            together: 3,
        }
    }

    /// The same with so long texts, and up to so many of them in a call.
    pub(crate) fn at_length(self, text: usize, together: usize) -> Self {
        Self {
            text,
            together,
            ..self
        }
    }

    fn at(&self, number: usize, later: i64) -> i64 {
        // Many begin in the same second.
        self.begun + i64::try_from(number / 10).unwrap() + later
    }

    fn time(&self, number: usize, later: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp {
            seconds: self.at(number, later),
            nanos: 0,
        })
    }

    pub(crate) fn registration(&self, number: usize) -> OutboundRegistration {
        OutboundRegistration {
            sender_message_id: Some(number.to_string()),
            provider_message_id: id(number),
            channel: Kind::Whatsapp.into(),
            channel_account_id: PHONE_NUMBER_ID.to_owned(),
            contact: Some(ContactRef {
                phone: Some(format!("+{}", contact(number))),
                ..ContactRef::default()
            }),
            source: Source::Api.into(),
            r#type: MessageType::Template.into(),
            subtype: Some(Subtype::Template(TemplateRef {
                id: Some("1795801177".to_owned()),
                ..TemplateRef::default()
            })),
            content_type: ContentType::Template.into(),
            content: (self.text > 0).then(|| Content {
                body: Some(babble(number, self.text)),
                ..Content::default()
            }),
            queued_at: self.time(number, 0),
            ..OutboundRegistration::default()
        }
    }

    pub(crate) fn delivery(&self, number: usize) -> StatusEvidence {
        StatusEvidence {
            provider_message_id: id(number),
            kind: StatusKind::Delivered.into(),
            happened_at: self.time(number, 20),
            provider: Some(Provider::MetaWhatsapp.into()),
            ..StatusEvidence::default()
        }
    }

    /// The id of a reply at its provider.
    pub(crate) fn inbound_id(self, number: usize) -> Option<ProviderMessageId> {
        let whole = id(number)?;
        Some(ProviderMessageId {
            id: reply(number),
            ..whole
        })
    }

    /// What calls tell, in pieces as long as `length` says.
    pub(super) fn calls(&self, mut length: impl FnMut() -> usize) -> Vec<Parcel> {
        let registrations = (0..self.messages).map(|number| self.registration(number));
        let registrations = pieces(registrations.collect(), &mut length);
        let deliveries = (0..self.messages).filter(|number| !fails(*number));
        let deliveries = deliveries.map(|number| self.delivery(number));
        let deliveries = pieces(deliveries.collect(), &mut length);
        let registrations = registrations.into_iter().map(Parcel::Registrations);
        registrations
            .chain(deliveries.into_iter().map(Parcel::Statuses))
            .collect()
    }

    /// What webhooks tell.
    pub(super) fn webhooks(&self, mut length: impl FnMut() -> usize) -> Vec<Parcel> {
        let updates = (0..self.messages).flat_map(|number| self.updates(number));
        let pieces = pieces(updates.collect(), &mut length);
        pieces
            .into_iter()
            .map(|piece| Parcel::Webhook(body(&piece)))
            .collect()
    }

    /// What Meta tells of a message, each with the member that it stands in.
    fn updates(&self, number: usize) -> Vec<(&'static str, Value)> {
        let status = |status: &str, later| {
            json!({
                "id": wamid(number), "status": status, "timestamp": self.at(number, later).to_string(),
                "recipient_id": contact(number),
            })
        };
        let mut updates = vec![("statuses", status("sent", 10))];
        if fails(number) {
            let mut failed = status("failed", 20);
            failed["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
            updates.push(("statuses", failed));
        }
        if is_read(number) {
            updates.push(("statuses", status("read", 30)));
        }
        if is_answered(number) {
            let reply = json!({
                "from": contact(number), "id": reply(number), "type": "text",
                "timestamp": self.at(number, 40).to_string(), "text": { "body": "hola" },
                "context": { "from": "56221234567", "id": wamid(number) },
            });
            updates.push(("messages", reply));
        }
        updates
    }

    /// Kinds of evidence by the message's id at its provider.
    fn timelines(&self) -> BTreeMap<String, Vec<i16>> {
        let code = |kind: kinds::StatusKind| kind.code();
        let mut all = BTreeMap::new();
        for number in 0..self.messages {
            let mut kinds = vec![
                code(kinds::StatusKind::Queued),
                code(kinds::StatusKind::Sent),
            ];
            kinds.push(code(if fails(number) {
                kinds::StatusKind::Failed
            } else {
                kinds::StatusKind::Delivered
            }));
            if is_read(number) {
                kinds.push(code(kinds::StatusKind::Read));
            }
            if is_answered(number) {
                all.insert(reply(number), vec![INBOUND]);
            }
            kinds.sort_unstable();
            all.insert(wamid(number), kinds);
        }
        all
    }

    /// Where what is stored differs from every message, and every piece of evidence on it, once.
    pub(crate) async fn faults(&self, acuse: &Installation) -> Vec<String> {
        let session = acuse.session().await;
        let timelines = "SELECT provider_message_id, array_agg(kind ORDER BY kind) \
                         FROM message_state.contents JOIN message_state.timeline USING (workspace_id, message_id) \
                         GROUP BY message_id, provider_message_id";
        let rows = session.query(timelines, &[]).await.unwrap();
        let stored = rows.len();
        let found: BTreeMap<String, Vec<i16>> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let expected = self.timelines();
        let mut faults = Vec::new();
        for (id, kinds) in &expected {
            if found.get(id) != Some(kinds) {
                faults.push(format!(
                    "{id}: {kinds:?} were told, {:?} found",
                    found.get(id)
                ));
            }
        }
        let replies = (0..self.messages).filter(|number| is_answered(*number));
        let replies = replies.count();
        for (table, expected) in [
            ("message_state.messages", self.messages),
            ("message_state.messages WHERE attached", self.messages),
            ("message_state.inbound_messages", replies),
            ("ingestion.not_understood", 0),
        ] {
            let found = acuse.count(&format!("SELECT count(*) FROM {table}")).await;
            if i64::try_from(expected).unwrap() != found {
                faults.push(format!("{table}: {expected} were told, {found} found"));
            }
        }
        if stored != expected.len() {
            faults.push(format!("{stored} timelines instead of {}", expected.len()));
        }
        faults
    }

    /// A period that all of it lies in.
    pub(crate) fn period(&self) -> Period {
        let day = 24 * 3_600;
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let all = Interval {
            start_at: at(self.begun - day),
            end_at: at(self.begun + day),
        };
        Period {
            period: Some(Of::Custom(all)),
        }
    }

    /// What a report says of all of it. One that is asked for a moment after an outage may be turned away.
    pub(crate) async fn reported(&self, acuse: &Installation, reporting: SocketAddr) -> Metrics {
        let channel = channel(reporting, Credentials::Bearer(acuse.token()));
        eventually(Duration::from_secs(10), || self.ask(&channel)).await
    }

    async fn ask(&self, reporting: &Channel) -> Option<Metrics> {
        let question = Question {
            period: Some(self.period()),
            ..Question::default()
        };
        let request = GetConsolidatedRequest {
            question: Some(question),
            ..GetConsolidatedRequest::default()
        };
        let mut client = ReportingServiceClient::new(reporting.clone());
        client
            .get_consolidated(request)
            .await
            .ok()?
            .into_inner()
            .total
    }

    /// A report's totals are the known ones.
    pub(crate) fn is_reported(&self, total: &Metrics) {
        let count = |of: &dyn Fn(usize) -> bool| {
            let numbers = (0..self.messages).filter(|number| of(*number));
            i64::try_from(numbers.count()).unwrap()
        };
        let expected = [
            ("messages", count(&|_| true), total.messages),
            ("sent", count(&|_| true), total.sent),
            (
                "delivered",
                count(&|number| !fails(number)),
                total.delivered,
            ),
            ("read", count(&is_read), total.read),
            ("failed", count(&fails), total.failed),
            ("replied", count(&is_answered), total.replied),
            ("received", count(&is_answered), total.received.unwrap()),
            ("unattached", 0, total.unattached),
        ];
        for (name, expected, found) in expected {
            assert_eq!(found, expected, "{name}");
        }
    }
}

/// A list in pieces, in its order.
fn pieces<T>(list: Vec<T>, length: &mut impl FnMut() -> usize) -> Vec<Vec<T>> {
    let (mut list, mut pieces) = (list.into_iter(), Vec::new());
    loop {
        let piece: Vec<T> = list.by_ref().take(length()).collect();
        if piece.is_empty() {
            return pieces;
        }
        pieces.push(piece);
    }
}

/// A webhook's body with these updates.
fn body(updates: &[(&'static str, Value)]) -> Vec<u8> {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "56221234567", "phone_number_id": PHONE_NUMBER_ID },
    });
    for member in ["statuses", "messages"] {
        let mine = updates.iter().filter(|(of, _)| *of == member);
        let mine: Vec<&Value> = mine.map(|(_, update)| update).collect();
        if !mine.is_empty() {
            value[member] = json!(mine);
        }
    }
    let change = json!({ "field": "messages", "value": value });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "102290129340398", "changes": [change] }],
    })
    .to_string()
    .into_bytes()
}
