//! Registrations: what the sender says of a message that it sends.

use serde::{Deserialize, Serialize};

use crate::contact::ContactRef;
use crate::dispatch;
use crate::evidence::{FailureReport, StatusEvidence};
use crate::identity::MessageNames;
use crate::ids::Digest;
use crate::kinds::{
    Channel, ContentType, MessageType, Provider, Source, StatusKind, TemplateCategory,
};
use crate::names::{Dimension, Label, Mention, channel_account};
use crate::time::Timestamp;

/// An external id with what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedRef {
    /// External id; never empty.
    pub id: String,
    /// What it is called, where the registration says so.
    pub name: Option<String>,
    /// Email address; of agents only.
    pub email: Option<String>,
}

/// A template as a registration names it: by id, or by name and language, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateRef {
    /// The provider's id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its language, as the provider writes it.
    pub language: Option<String>,
    /// What it is for.
    pub category: Option<TemplateCategory>,
}

impl TemplateRef {
    /// The template behind an external id. One that goes by name and language has no id of its own.
    pub fn known_as(external_id: String, label: Label) -> Self {
        let named = Self {
            id: None,
            name: label.name,
            language: label.language,
            category: label.category,
        };
        let id = Some(external_id).filter(|id| *id != named.external_id());
        Self { id, ..named }
    }

    /// The external id that it goes by: the id where known, else name and language.
    pub fn external_id(&self) -> String {
        match &self.id {
            Some(id) => id.clone(),
            None => format!(
                "{}/{}",
                self.name.as_deref().unwrap_or_default(),
                self.language.as_deref().unwrap_or_default()
            ),
        }
    }

    /// Its subtype: the name, or the id where no name is known. Of several registrations of one message a name goes before
    /// the id, and the least before other names.
    pub fn subtype(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.id.clone())
            .unwrap_or_default()
    }
}

/// What a message says. Kept beside the narrow row, shown and exported, never counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// Header text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Body, or the caption of a medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Footer text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// Texts of the buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
    /// The provider's id of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// MIME type of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// File name of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

impl Content {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the sender says of a message. Immutable: the first one stands, but for a template's name, which is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What the message is known by.
    pub names: MessageNames,
    /// The channel.
    pub channel: Channel,
    /// The sending identity.
    pub channel_account: NamedRef,
    /// The sub-account.
    pub account: Option<NamedRef>,
    /// To whom.
    pub contact: ContactRef,
    /// What made it.
    pub source: Source,
    /// Session, message tag or template.
    pub kind: MessageType,
    /// The template; of templates only.
    pub template: Option<TemplateRef>,
    /// The tag; of tagged messages only.
    pub message_tag: Option<String>,
    /// The campaign.
    pub campaign: Option<NamedRef>,
    /// The broadcast.
    pub broadcast: Option<NamedRef>,
    /// Who sent it.
    pub agent: Option<NamedRef>,
    /// Their team.
    pub team: Option<NamedRef>,
    /// The department that it was sent from.
    pub department: Option<NamedRef>,
    /// What it holds.
    pub content_type: ContentType,
    /// What it says.
    pub content: Content,
    /// The ticket that it is part of.
    pub ticket_id: Option<String>,
    /// Whether it opened that ticket.
    pub opened_ticket: bool,
    /// The provider's conversation, where the sender knows it.
    pub conversation_id: Option<String>,
    /// The sender's own text.
    pub correlation_id: Option<String>,
    /// Whether a session was open when it was sent, where the sender knows.
    pub session_open: Option<bool>,
    /// When it was made.
    pub queued_at: Timestamp,
    /// When it left the platform; `None` while it has not.
    pub dispatched_at: Option<Timestamp>,
}

impl Registration {
    /// The subtype: the tag's or the template's name; none for session messages.
    pub fn subtype(&self) -> Option<String> {
        match self.kind {
            MessageType::Session => None,
            MessageType::MessageTag => self.message_tag.clone(),
            MessageType::Template => self.template.as_ref().map(TemplateRef::subtype),
        }
    }

    /// The evidence that a registration is: that the message was queued, that it left, or that it never will, because
    /// its destination or content cannot be sent.
    pub fn evidence(&self) -> Vec<StatusEvidence> {
        let piece = |kind, at| StatusEvidence::new(kind, at, Provider::Sender);
        let mut pieces = vec![piece(StatusKind::Queued, self.queued_at)];
        if let Some(at) = self.dispatched_at {
            pieces.push(piece(StatusKind::Dispatched, at));
        } else if self.names.provider.is_none()
            && let Some(reason) = self.own_fault()
        {
            let mut failed = piece(StatusKind::DispatchFailed, self.queued_at);
            failed.failure = Some(FailureReport {
                code: reason.as_str().to_owned(),
                ..FailureReport::default()
            });
            pieces.push(failed);
        }
        pieces
    }

    /// Why the message cannot be sent, as far as that can be seen from the registration.
    fn own_fault(&self) -> Option<dispatch::DispatchFailureReason> {
        dispatch::inspect(&dispatch::Inspection {
            channel: self.channel,
            is_template: self.kind == MessageType::Template,
            phone: self.contact.phone.as_deref(),
            header: self.content.header.as_deref(),
            body: self.content.body.as_deref(),
            has_other_components: self.content.header.is_some()
                || self.content.footer.is_some()
                || !self.content.buttons.is_empty()
                || self.content.media_id.is_some(),
        })
    }

    /// What two registrations of one message are compared by: every field but ids, names and times.
    pub fn digest(&self) -> Digest {
        fn id(named: Option<&NamedRef>) -> Option<&str> {
            named.map(|named| named.id.as_str())
        }
        let account = &self.channel_account.id;
        let template = self.template.as_ref();
        let sender = (
            self.channel,
            account,
            id(self.account.as_ref()),
            self.contact.digest(self.channel, account),
            self.source,
        );
        let part_of = (
            id(self.campaign.as_ref()),
            id(self.broadcast.as_ref()),
            id(self.agent.as_ref()),
            id(self.team.as_ref()),
            id(self.department.as_ref()),
        );
        let what = (
            self.kind,
            template.map(TemplateRef::external_id),
            template.and_then(|template| template.category),
            &self.message_tag,
            self.content_type,
            &self.content,
        );
        let rest = (
            &self.ticket_id,
            self.opened_ticket,
            &self.conversation_id,
            &self.correlation_id,
            self.session_open,
        );
        // Serialising plain values into memory cannot fail; an empty text would still be a valid, if weak, digest.
        let bytes = serde_json::to_vec(&(sender, part_of, what, rest)).unwrap_or_default();
        Digest::of(&[b"registration", &bytes])
    }

    /// Every external id that it refers to, with what it calls them.
    pub fn mentions(&self) -> Vec<Mention> {
        let at = self.queued_at;
        let mention = |dimension, external_id: String, label| Mention {
            dimension,
            external_id,
            label,
            at,
        };
        let named = |dimension, named: &NamedRef| {
            let label = Label {
                name: named.name.clone(),
                email: named.email.clone(),
                ..Label::default()
            };
            mention(dimension, named.id.clone(), label)
        };
        let sender = &self.channel_account;
        let mut mentions = vec![channel_account(
            self.channel,
            &sender.id,
            sender.name.clone(),
            at,
        )];
        let optional = [
            (Dimension::Account, &self.account),
            (Dimension::Campaign, &self.campaign),
            (Dimension::Broadcast, &self.broadcast),
            (Dimension::Agent, &self.agent),
            (Dimension::Team, &self.team),
            (Dimension::Department, &self.department),
        ];
        mentions.extend(
            optional
                .into_iter()
                .filter_map(|(dimension, reference)| Some(named(dimension, reference.as_ref()?))),
        );
        if let Some(template) = &self.template {
            let label = Label {
                name: template.name.clone(),
                language: template.language.clone(),
                category: template.category,
                ..Label::default()
            };
            mentions.push(mention(Dimension::Template, template.external_id(), label));
        }
        if let Some(subtype) = self.subtype() {
            mentions.push(mention(Dimension::Subtype, subtype, Label::default()));
        }
        mentions
    }
}
