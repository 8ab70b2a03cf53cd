//! How each provider's webhooks come: with what proof, and of what kind.

use acuse_corpus::Entry;
use acuse_proto::ingestion::{
    IngestWebhookRequest, Integration, IntegrationChannelAccount, IntegrationSecrets, MetaSecrets,
    SharedSecrets, SinchSecrets, TwilioSecrets, VonageSecrets, WebhookHeader,
    integration_secrets::Secrets,
};
use acuse_proto::types::{Channel, Provider};
use acuse_testkit::service::http::{Answer, send};
use acuse_testkit::service::signatures;

use crate::payload::ago;
use crate::rig::{Acuse, PUBLIC_URL};

/// What a webhook means that names no channel account.
const CHANNEL_ACCOUNT: &str = "1001";

/// What everything is signed with, or shown.
pub(super) const SECRET: &str = "a-secret-of-these-tests";

const NONCE: &str = "01J0ACUSE0NONCE";

/// What proves that a webhook is the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Meta,
    Twilio,
    Sinch,
    Vonage,
    Shared,
}

/// A provider.
#[derive(Debug)]
pub(super) struct Sender {
    /// Its name in the index.
    pub(super) name: &'static str,
    /// Whose ids its messages have; the first one is what its integrations are made for.
    pub(super) providers: &'static [Provider],
    channel: Channel,
    proof: Proof,
}

const fn sender(
    name: &'static str,
    providers: &'static [Provider],
    channel: Channel,
    proof: Proof,
) -> Sender {
    Sender {
        name,
        providers,
        channel,
        proof,
    }
}

/// All providers of the index.
pub(super) const SENDERS: [Sender; 10] = {
    use {Channel as C, Proof as By, Provider as P};
    [
        sender("meta_whatsapp", &[P::MetaWhatsapp], C::Whatsapp, By::Meta),
        sender(
            "meta_messenger",
            &[P::MetaMessenger],
            C::Messenger,
            By::Meta,
        ),
        sender(
            "meta_instagram",
            &[P::MetaInstagram],
            C::Instagram,
            By::Meta,
        ),
        sender("twilio", &[P::Twilio], C::Sms, By::Twilio),
        sender(
            "sinch",
            &[P::SinchConversation, P::SinchSms],
            C::Sms,
            By::Sinch,
        ),
        sender("sinch_latam", &[P::SinchLatam], C::Whatsapp, By::Shared),
        sender("vonage", &[P::Vonage], C::Sms, By::Vonage),
        sender("infobip", &[P::Infobip], C::Sms, By::Shared),
        sender("360dialog", &[P::Dialog360], C::Whatsapp, By::Shared),
        sender("gupshup", &[P::Gupshup], C::Whatsapp, By::Shared),
    ]
};

/// A webhook on its way.
pub(super) struct Request {
    /// The path, with its query.
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Sender {
    /// An integration of the provider, in a workspace.
    pub(super) async fn integration(&self, acuse: &Acuse, workspace: &str) -> Integration {
        let account = IntegrationChannelAccount {
            id: CHANNEL_ACCOUNT.to_owned(),
            channel: self.channel.into(),
            ..IntegrationChannelAccount::default()
        };
        let integration = Integration {
            provider: self.providers[0].into(),
            display_name: self.name.to_owned(),
            channel_accounts: vec![account],
            ..Integration::default()
        };
        let secrets = vec![SECRET.to_owned()];
        let secrets = match self.proof {
            Proof::Meta => Secrets::Meta(MetaSecrets {
                app_secrets: secrets,
                verify_token: "a verify token".to_owned(),
            }),
            Proof::Twilio => Secrets::Twilio(TwilioSecrets {
                auth_tokens: secrets,
            }),
            Proof::Sinch => Secrets::Sinch(SinchSecrets {
                webhook_secrets: secrets.clone(),
                shared_secrets: secrets,
            }),
            Proof::Vonage => Secrets::Vonage(VonageSecrets {
                signature_secrets: secrets,
            }),
            Proof::Shared => Secrets::Shared(SharedSecrets { secrets }),
        };
        let secrets = IntegrationSecrets {
            secrets: Some(secrets),
        };
        acuse.create_in(workspace, integration, secrets).await
    }

    /// A file of the index, proven with `secret`.
    pub(super) fn file(&self, entry: &Entry<'_>, path: &str, body: &[u8], secret: &str) -> Request {
        let kind = match entry.file.ends_with(".form") {
            true => "application/x-www-form-urlencoded",
            false => "application/json",
        };
        let mut request = Request {
            target: path.to_owned(),
            headers: vec![("content-type", kind.to_owned())],
            body: body.to_vec(),
        };
        match self.proof {
            Proof::Meta => {
                let signature = signatures::meta_signature(secret, body);
                request.headers.push(("x-hub-signature-256", signature));
            }
            Proof::Twilio => request.sign_as_twilio(secret),
            // What the SMS API sends is not signed.
            Proof::Sinch if entry.meaning.starts_with("XMS ") => request.show(secret),
            Proof::Sinch => {
                let is_older = entry.meaning.starts_with("Sinch WhatsApp ");
                request.sign_as_sinch(secret, is_older);
            }
            Proof::Vonage => {
                let token = signatures::vonage_token(secret, ago(0), body);
                let value = format!("Bearer {token}");
                request.headers.push(("authorization", value));
            }
            Proof::Shared => request.show(secret),
        }
        request
    }
}

impl Request {
    fn show(&mut self, secret: &str) {
        self.target = format!("{}?secret={secret}", self.target);
    }

    fn sign_as_twilio(&mut self, secret: &str) {
        let is_json = self.body.starts_with(b"{");
        if is_json {
            let hash = signatures::sha256(&self.body);
            self.target = format!("{}?bodySHA256={hash}", self.target);
        }
        let form: &[u8] = if is_json { b"" } else { &self.body };
        let signature = signatures::twilio_signature(secret, &self.url(), form);
        self.headers.push(("x-twilio-signature", signature));
    }

    fn sign_as_sinch(&mut self, secret: &str, is_older: bool) {
        let time = ago(0).to_string();
        let joined: &[&str] = if is_older { &[NONCE] } else { &[NONCE, &time] };
        let signature = signatures::sinch_signature(secret, &self.body, joined);
        let nonce = NONCE.to_owned();
        if is_older {
            self.headers.extend([
                ("sinch-whatsapp-callback-signature", signature),
                ("sinch-whatsapp-callback-signature-nonce", nonce),
                (
                    "sinch-whatsapp-callback-signature-algorithm",
                    "HMAC_SHA_256".to_owned(),
                ),
            ]);
        } else {
            self.headers.extend([
                ("x-sinch-webhook-signature", signature),
                ("x-sinch-webhook-signature-nonce", nonce),
                ("x-sinch-webhook-signature-timestamp", time),
                (
                    "x-sinch-webhook-signature-algorithm",
                    "HmacSHA256".to_owned(),
                ),
            ]);
        }
    }

    /// The URL that the provider calls.
    fn url(&self) -> String {
        format!("{PUBLIC_URL}{}", self.target)
    }

    /// The same without any proof.
    pub(super) fn unproven(mut self) -> Self {
        self.headers.truncate(1);
        if let Some((path, _)) = self.target.split_once('?') {
            self.target = path.to_owned();
        }
        self
    }

    pub(super) async fn post(&self, acuse: &Acuse) -> Answer {
        let headers = self.headers.iter();
        let headers: Vec<(&str, &str)> = headers.map(|(name, it)| (*name, it.as_str())).collect();
        send(acuse.address(), "POST", &self.target, &headers, &self.body).await
    }

    /// What a gateway makes of it, which has the signature checked.
    pub(super) fn handed_on(&self, integration: &str) -> IngestWebhookRequest {
        let header = |(name, value): &(&str, String)| WebhookHeader {
            name: (*name).to_owned(),
            value: value.clone(),
        };
        IngestWebhookRequest {
            integration_id: integration.to_owned(),
            payload: self.body.clone(),
            headers: self.headers.iter().map(header).collect(),
            url: Some(self.url()),
            verify_signature: true,
            ..IngestWebhookRequest::default()
        }
    }
}
