//! What is said that is wrong, in every way in which a service says no.

use std::time::Duration;

use acuse_proto::types::OutboundRegistration;
use acuse_rpc::Secret;
use acuse_rpc::client::Credentials;
use acuse_testkit::service::channel;
use acuse_testkit::service::wire::first;
use futures::StreamExt as _;
use prost::Message as _;
use serde_json::json;
use tokio::time::timeout;

use super::Rig;
use super::said::Webhook;
use crate::rig::asked::{Texts, choices, filled, methods};

/// How long a method is waited for whose answer may never end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Calls that are under way at once.
const TOGETHER: usize = 16;

impl Rig {
    /// Has everything said wrongly.
    pub(super) async fn everything_is_refused(&self, webhook: &Webhook) {
        self.registers_what_is_wrong().await;
        self.registers_what_the_database_refuses().await;
        self.posts_what_is_wrong(webhook).await;
        for choice in 0..3 {
            self.is_asked_everything(choice).await;
        }
        self.shows_what_is_no_token().await;
    }

    async fn registers_what_is_wrong(&self) {
        let good = self.registration();
        self.registers(good.clone()).await.unwrap();
        let text = |what| self.markers.fresh(what);
        let with = |change: &dyn Fn(&mut OutboundRegistration)| {
            let mut wrong = self.registration();
            change(&mut wrong);
            wrong
        };
        let mut contradicting = self.registration();
        contradicting
            .sender_message_id
            .clone_from(&good.sender_message_id);
        for wrong in [
            contradicting,
            with(&|it| it.channel = 99),
            with(&|it| it.channel_account_id = text("an account").repeat(20)),
            with(&|it| it.queued_at = None),
            with(&|it| {
                let contact = it.contact.as_mut().unwrap();
                contact.phone = Some(format!("tel:{}", text("a phone")));
                contact.name = Some(text("a contact's name").repeat(100));
            }),
            with(&|it| {
                let content = it.content.as_mut().unwrap();
                content.body = Some(text("a text").repeat(10_000));
                content.header = Some(format!("{}\0", text("a text")));
            }),
            with(&|it| it.correlation_id = Some(text("a correlation id").repeat(100))),
        ] {
            let results = self.registers(wrong).await.unwrap().results;
            assert!(results[0].error.is_some(), "{results:?}");
        }
    }

    /// What no check of ours finds: the database refuses it, and tells of the whole row.
    async fn registers_what_the_database_refuses(&self) {
        let session = self.whole.acuse.session().await;
        let refuse = "ALTER TABLE message_state.contents ADD CONSTRAINT refused CHECK (ticket_id <> 'refused') NOT VALID";
        session.batch_execute(refuse).await.unwrap();
        let refused = OutboundRegistration {
            ticket_id: Some("refused".to_owned()),
            ..self.registration()
        };
        let results = self.registers(refused).await.unwrap().results;
        assert!(results[0].error.is_some(), "{results:?}");
        let allow = "ALTER TABLE message_state.contents DROP CONSTRAINT refused";
        session.batch_execute(allow).await.unwrap();
    }

    async fn posts_what_is_wrong(&self, webhook: &Webhook) {
        let text = || self.markers.fresh("a text");
        let strange = json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": text(), "changes": [
                { "field": text(), "value": { "a": text() } },
                { "field": "messages", "value": {
                    "messaging_product": "whatsapp",
                    "metadata": { "display_phone_number": self.markers.phone(), "phone_number_id": "1001" },
                    "messages": [{ "from": self.markers.phone(), "id": text(), "timestamp": text(), "type": text(),
                        "text": { "body": text() } }],
                    "statuses": [{ "id": text(), "status": text(), "recipient_id": self.markers.phone() }],
                    "errors": [{ "code": 1, "title": text(), "message": text() }]
                } }
            ] }]
        });
        let strange = strange.to_string();
        assert_eq!(self.posts_signed(webhook, strange.as_bytes()).await, 200);
        let broken = format!("{{\"object\": \"{}\", ", text());
        assert_eq!(self.posts_signed(webhook, broken.as_bytes()).await, 400);
        let bytes = [text().as_bytes(), &[0xff, 0x00, 0xfe]].concat();
        assert_eq!(self.posts_signed(webhook, &bytes).await, 400);

        let signature = format!("sha256={}", self.markers.fresh("a signature"));
        let json = ("content-type", "application/json");
        let signed = [json, ("x-hub-signature-256", &*signature)];
        let body = strange.as_bytes();
        let (unsigned, _) = &webhook.unsigned;
        let nowhere = format!("/webhooks/meta_whatsapp/{}", self.markers.fresh("an id"));
        let other = format!("/webhooks/{}/x", self.markers.fresh("a provider"));
        for path in [&webhook.path, unsigned, &nowhere, &other] {
            let target = format!("{path}?secret={}", self.markers.fresh("a secret"));
            let status = self.visits("POST", &target, &signed, body).await;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
        let verify = format!(
            "{}?hub.mode=subscribe&hub.challenge=1&hub.verify_token={}",
            webhook.path,
            self.markers.fresh("a token of verification")
        );
        assert_eq!(self.visits("GET", &verify, &[], b"").await, 401);
        let basic = format!("Basic {}", self.markers.fresh("a password"));
        let headers = [json, ("authorization", &*basic)];
        assert_eq!(self.visits("POST", unsigned, &headers, body).await, 401);
        let target = format!("/{}", self.markers.fresh("a path"));
        assert_eq!(self.visits("GET", &target, &[], b"").await, 404);
    }

    /// Asks every method for what is private in all its fields, by all who may ask; of several fields of which there is one, of
    /// the one with a number.
    pub(super) async fn is_asked_everything(&self, choice: usize) {
        let methods = methods().into_iter();
        let methods = methods.filter(|method| choice < choices(&method.input));
        let calls = methods.flat_map(|method| {
            let text = self.markers.fresh("what is asked");
            let request = filled(&method.input, choice, &mut Texts(text)).encode_to_vec();
            let address = self.whole.serves(&method.package);
            self.callers.iter().map(move |caller| {
                let to = channel(address, Credentials::Bearer(caller.clone()));
                let (path, request) = (method.path.clone(), request.clone());
                // Those that watch may find nothing wrong, and never end.
                async move { timeout(PATIENCE, first(to, &path, request)).await.is_ok() }
            })
        });
        let calls = futures::stream::iter(calls).buffer_unordered(TOGETHER);
        let answered = calls.filter(|answered| futures::future::ready(*answered));
        assert!(answered.count().await > 0);
    }

    async fn shows_what_is_no_token(&self) {
        let signed = self.callers[0].expose();
        let (head, _) = signed.rsplit_once('.').unwrap();
        for token in [
            self.markers.fresh("a token"),
            format!("{head}.{}", self.markers.fresh("a signature")),
        ] {
            for package in ["ingestion", "message_state", "reporting", "export"] {
                let package = format!("acuse.{package}.v1");
                let method = methods().into_iter().find(|it| it.package == package);
                let path = method.unwrap().path;
                let credentials = Credentials::Bearer(Secret::new(&token));
                let to = channel(self.whole.serves(&package), credentials);
                let refused = first(to, &path, Vec::new()).await.unwrap_err();
                assert_eq!(refused.code(), tonic::Code::Unauthenticated);
            }
        }
    }
}
