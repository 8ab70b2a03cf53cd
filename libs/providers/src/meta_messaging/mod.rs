//! Meta's Messenger and Instagram messaging, which differ in little.
//!
//! A body holds entries (one a page or account), and an entry events: in `messaging`, in `standby` where another app answers,
//! in `calls`, or in `changes`, which also tell of what is no message. An event names both ends and has a member for what
//! happened.

mod content;
mod envelope;
mod event;
mod inbound;
mod outbound;

use acuse_domain::kinds::{Channel, Provider};

use crate::format::Webhook;
use crate::json::{self, Node};
use crate::meta;
use crate::reading::{Delivery, Findings, Malformed, Reading};
use crate::secrets::{Secrets, Unverified};

/// The format of one of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MetaMessaging {
    provider: Provider,
    channel: Channel,
}

impl MetaMessaging {
    /// Messenger.
    pub(crate) const MESSENGER: Self = Self {
        provider: Provider::MetaMessenger,
        channel: Channel::Messenger,
    };

    /// Instagram.
    pub(crate) const INSTAGRAM: Self = Self {
        provider: Provider::MetaInstagram,
        channel: Channel::Instagram,
    };

    /// Of which of both a body is: as it says, since an app may have one address for both.
    fn of(self, body: Node<'_>) -> Self {
        match body.get("object").word().as_deref() {
            Some("page") => Self::MESSENGER,
            Some("instagram") => Self::INSTAGRAM,
            _ => self,
        }
    }
}

impl Webhook for MetaMessaging {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body)?;
        let body = Node::of(&body);
        meta::check_shape(body)?;
        let mut findings = Findings::default();
        envelope::read(body, *self, delivery, &mut findings);
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        meta::verify(secrets, delivery)
    }

    fn handshake(
        &self,
        secrets: &Secrets,
        query: &[(String, String)],
    ) -> Result<String, Unverified> {
        meta::handshake(secrets, query)
    }
}
