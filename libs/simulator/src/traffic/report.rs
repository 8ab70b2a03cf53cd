//! What a provider says of a message: its statuses, with price and conversation where it tells them.

use acuse_proto::types::{
    Channel, ContactRef, ContentType, Conversation, Pricing, Provider, ProviderMessageId,
    StatusEvidence, StatusKind, TemplateCategory,
};

use super::{
    Happening, What,
    course::{Course, Temper, wait},
    moment::{DAY, Moment, SECOND},
    send::Send,
};
use crate::dice::Dice;

impl Send<'_> {
    /// What people make of it.
    pub(super) fn temper(&self) -> Temper {
        match self.template.map(|template| template.category) {
            Some(TemplateCategory::Marketing) => Temper::Marketing,
            Some(TemplateCategory::Authentication) => Temper::Code,
            Some(_) => Temper::Utility,
            None => Temper::Session,
        }
    }

    /// The provider's statuses; none comes before the platform had its answer.
    pub(super) fn report(
        &self,
        id: &ProviderMessageId,
        dispatched: Moment,
        course: &Course,
        dice: &mut Dice,
        told: &mut Vec<Happening>,
    ) {
        let mut say = |kind: StatusKind, at: Moment, more: StatusEvidence| {
            let told_at = at.max(dispatched).after(wait(
                &[(97, 300..=3 * SECOND), (3, 3 * SECOND..=120 * SECOND)],
                dice,
            ));
            // Whoever passes on what has no time notes when it was told.
            let happened_at = if self.sender.is_timeless() {
                told_at
            } else {
                at
            };
            told.push(Happening {
                told_at,
                what: What::Status(StatusEvidence {
                    provider_message_id: Some(id.clone()),
                    kind: kind.into(),
                    happened_at: Some(happened_at.wire()),
                    recipient: Some(self.recipient()),
                    channel: Some(self.sender.channel.into()),
                    channel_account_id: Some(self.sender.id.clone()),
                    correlation_id: self.given_back(),
                    ..more
                }),
            });
        };
        if let Some(at) = course.sent {
            say(StatusKind::Sent, at, self.terms(at));
        }
        if let Some((at, fault)) = &course.failed {
            let failure = StatusEvidence {
                failure: Some(fault.wire()),
                ..StatusEvidence::default()
            };
            say(StatusKind::Failed, *at, failure);
        }
        if let Some(at) = course.delivered {
            say(StatusKind::Delivered, at, self.terms(at));
        }
        if let Some(at) = course.read {
            let listened = self.content_type == ContentType::Audio;
            let kind = if listened {
                StatusKind::Played
            } else {
                StatusKind::Read
            };
            say(kind, at, StatusEvidence::default());
        }
    }

    fn recipient(&self) -> ContactRef {
        self.contact.as_reported(self.sender.channel)
    }

    /// What Meta gives back of the sender's own with each status.
    fn given_back(&self) -> Option<String> {
        let is_meta = self.sender.provider == Provider::MetaWhatsapp;
        self.correlation.clone().filter(|_| is_meta)
    }

    /// What WhatsApp says with a status about its price; gateways still name the conversation.
    fn terms(&self, at: Moment) -> StatusEvidence {
        if self.sender.channel != Channel::Whatsapp {
            return StatusEvidence::default();
        }
        let category = match self.temper() {
            Temper::Marketing => "marketing",
            Temper::Utility => "utility",
            Temper::Code => "authentication",
            Temper::Session => "service",
        };
        let is_free = category == "service";
        let pricing = Pricing {
            billable: Some(!is_free),
            model: Some("PMP".to_owned()),
            category: Some(category.to_owned()),
            r#type: Some(
                if is_free {
                    "free_customer_service"
                } else {
                    "regular"
                }
                .to_owned(),
            ),
        };
        let names_conversation = self.sender.provider != Provider::MetaWhatsapp;
        let conversation = names_conversation.then(|| Conversation {
            id: Some(format!(
                "conv-{}-{}",
                self.contact.user_id(Channel::Whatsapp),
                at.wire().seconds / 86_400
            )),
            origin_type: Some(category.to_owned()),
            expires_at: Some(at.after(DAY).wire()),
        });
        StatusEvidence {
            pricing: Some(pricing),
            conversation,
            ..StatusEvidence::default()
        }
    }
}
