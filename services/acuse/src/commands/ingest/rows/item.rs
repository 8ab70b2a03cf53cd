//! One row as one item of the API.

use acuse_proto::types::{InboundMessage, OutboundRegistration, StatusEvidence};
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value as Field};
use serde_json::{Map, Value};

use super::{
    columns::{Kind, Shape, snake},
    value::{Reading, of_json, of_text},
};

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// An outbound message.
    Registration(Box<OutboundRegistration>),
    /// Something that happened to one.
    Status(Box<StatusEvidence>),
    /// A message from a contact.
    Inbound(Box<InboundMessage>),
}

/// Something wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The column, or the path of the field; empty for the row as a whole.
    pub(crate) field: String,
    /// What is wrong, and what would be right.
    pub(crate) problem: String,
}

impl Fault {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// Members and columns that begin so tell why a row was rejected, and are passed over on its way back in.
pub(crate) const NOTES: &str = "rejected_";

/// An item on its way.
pub(crate) struct Draft<'a> {
    shape: &'a Shape,
    reading: &'a Reading,
    message: DynamicMessage,
    faults: Vec<Fault>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(shape: &'a Shape, reading: &'a Reading) -> Self {
        Self {
            shape,
            reading,
            message: DynamicMessage::new(shape.message.clone()),
            faults: Vec::new(),
        }
    }

    /// Takes the text of a column; an empty one says nothing.
    pub(crate) fn text(&mut self, column: usize, text: &str) {
        let Some((field, before)) = self.shape.fields(column).split_last() else {
            return;
        };
        if text.trim().is_empty() {
            return;
        }
        match of_text(field, text, self.reading) {
            Ok(value) => self.set(before, field, value),
            Err(problem) => {
                let name = self.shape.name(column);
                self.faults.push(Fault::new(name, problem));
            }
        }
    }

    fn set(&mut self, before: &[FieldDescriptor], field: &FieldDescriptor, value: Field) {
        let mut message = &mut self.message;
        for step in before {
            // What stands before another step is a message, by the table of columns.
            let Some(inner) = message.get_field_mut(step).as_message_mut() else {
                return;
            };
            message = inner;
        }
        message.set_field(field, value);
    }

    /// Takes a JSON object: by the API's own names, or, where nothing is nested in it, by those of columns.
    pub(crate) fn object(&mut self, object: &Map<String, Value>) {
        let said = object
            .iter()
            .filter(|(name, value)| !value.is_null() && !name.starts_with(NOTES));
        if object.values().any(Value::is_object) {
            let mut filling = Filling {
                shape: self.shape,
                reading: self.reading,
                faults: &mut self.faults,
            };
            for (name, value) in said {
                filling.member(&mut self.message, "", name, value);
            }
            return;
        }
        for (name, value) in said {
            match (self.shape.find(name), flat(value)) {
                (Some(column), Some(text)) => self.text(column, &text),
                (Some(_), None) => {
                    let fault = Fault::new(name, "must be text, a number, true or false");
                    self.faults.push(fault);
                }
                (None, _) if self.reading.ignore_unknown => {}
                (None, _) => self.faults.push(unknown(self.shape, name)),
            }
        }
    }

    /// The item, with what follows from one field for another.
    pub(crate) fn finish(self) -> Result<Item, Vec<Fault>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let torn = |error: prost::DecodeError| vec![Fault::new("", error.to_string())];
        let message = &self.message;
        Ok(match self.shape.kind {
            Kind::Registrations => {
                let mut item: OutboundRegistration = message.transcode_to().map_err(torn)?;
                // A column for the provider is filled in also where its id is not known yet.
                item.provider_message_id.take_if(|id| id.id.is_empty());
                Item::Registration(Box::new(item))
            }
            Kind::Statuses => {
                let mut item: StatusEvidence = message.transcode_to().map_err(torn)?;
                if let Some(id) = item.provider_message_id.take_if(|id| id.id.is_empty()) {
                    item.provider = item.provider.or((id.provider != 0).then_some(id.provider));
                }
                Item::Status(Box::new(item))
            }
            Kind::Inbound => {
                let mut item: InboundMessage = message.transcode_to().map_err(torn)?;
                let provider = item.provider_message_id.as_ref().map(|id| id.provider);
                item.quoted_message_id.take_if(|id| id.id.is_empty());
                if let (Some(quoted), Some(provider)) = (&mut item.quoted_message_id, provider)
                    && quoted.provider == 0
                {
                    quoted.provider = provider;
                }
                Item::Inbound(Box::new(item))
            }
        })
    }
}

/// A JSON value as a cell of a file would hold it.
fn flat(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Array(all) => {
            let texts: Option<Vec<_>> = all.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join("|"))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn unknown(shape: &Shape, name: &str) -> Fault {
    let problem = match shape.nearest(name) {
        Some(nearest) => format!("is not known; is {nearest} meant?"),
        None => "is not known; --ignore-unknown passes over it".to_owned(),
    };
    Fault::new(name, problem)
}

/// Filling messages from JSON.
struct Filling<'a> {
    shape: &'a Shape,
    reading: &'a Reading,
    faults: &'a mut Vec<Fault>,
}

impl Filling<'_> {
    /// Takes a member of an object into the message that the object stands for.
    fn member(&mut self, message: &mut DynamicMessage, before: &str, name: &str, value: &Value) {
        let path = match before {
            "" => name.to_owned(),
            before => format!("{before}.{name}"),
        };
        let kind = message.descriptor();
        let field = kind
            .get_field_by_json_name(name)
            .or_else(|| kind.get_field_by_name(&snake(name)));
        let Some(field) = field else {
            if !self.reading.ignore_unknown {
                let fault = match before {
                    "" => unknown(self.shape, name),
                    _ => Fault::new(path, "is not known"),
                };
                self.faults.push(fault);
            }
            return;
        };
        let inner = field
            .kind()
            .as_message()
            .is_some_and(|inner| inner.full_name() != "google.protobuf.Timestamp");
        match value {
            Value::Null => {}
            Value::Object(object) if inner => {
                if let Some(message) = message.get_field_mut(&field).as_message_mut() {
                    for (name, value) in object {
                        self.member(message, &path, name, value);
                    }
                }
            }
            _ if inner => self.faults.push(Fault::new(path, "must be an object")),
            value => match of_json(&field, value, self.reading) {
                Ok(value) => message.set_field(&field, value),
                Err(problem) => self.faults.push(Fault::new(path, problem)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::types::{
        Channel, ContactRef, ContentType, InboundKind, Provider, Source, StatusKind, TemplateRef,
        outbound_registration::Subtype,
    };
    use serde_json::json;

    use super::*;
    use crate::commands::ingest::described::shape;

    fn read(kind: Kind, object: &Value) -> Result<Item, Vec<Fault>> {
        let shape = shape(kind).unwrap();
        let reading = Reading::default();
        let mut draft = Draft::new(&shape, &reading);
        draft.object(object.as_object().unwrap());
        draft.finish()
    }

    fn registration(object: &Value) -> OutboundRegistration {
        match read(Kind::Registrations, object) {
            Ok(Item::Registration(item)) => *item,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nested_and_flat_objects_say_the_same() {
        let nested = registration(&json!({
            "senderMessageId": "o-1",
            "channel": "CHANNEL_WHATSAPP",
            "channel_account_id": 1001,
            "contact": {"phone": "+51977452931", "name": null},
            "source": "broadcast",
            "template": {"name": "hola", "language": "es", "category": "MARKETING"},
            "contentType": "Template",
            "content": {"body": "Hola", "buttons": ["Sí", "No"]},
            "queuedAt": "2026-09-30T14:05:06Z",
            "sessionOpen": false,
        }));
        let flat = registration(&json!({
            "sender_message_id": "o-1",
            "channel": "whatsapp",
            "channel_account_id": "1001",
            "contact_phone": "+51977452931",
            "source": "SOURCE_BROADCAST",
            "template_name": "hola",
            "template_language": "es",
            "template_category": "marketing",
            "content_type": "template",
            "content_body": "Hola",
            "content_buttons": ["Sí", "No"],
            "queued_at": "2026-09-30T14:05:06Z",
            "session_open": false,
            "rejected_reason": "a note",
        }));
        assert_eq!(nested, flat);
        assert_eq!(nested.channel(), Channel::Whatsapp);
        assert_eq!(nested.source(), Source::Broadcast);
        assert_eq!(nested.content_type(), ContentType::Template);
        assert_eq!(nested.session_open, Some(false));
        let phone = Some("+51977452931".to_owned());
        assert_eq!(
            nested.contact,
            Some(ContactRef {
                phone,
                ..ContactRef::default()
            })
        );
        assert!(matches!(
            nested.subtype,
            Some(Subtype::Template(TemplateRef { id: None, .. }))
        ));
        assert_eq!(nested.content.unwrap().buttons, ["Sí", "No"]);
    }

    #[test]
    fn a_provider_without_an_id_is_who_says_so() {
        let flat = json!({"sender_message_id": "o-1", "provider": "meta-whatsapp", "kind": "READ"});
        let Ok(Item::Status(item)) = read(Kind::Statuses, &flat) else {
            panic!("no status")
        };
        assert_eq!(item.provider_message_id, None);
        assert_eq!(
            (item.provider(), item.kind()),
            (Provider::MetaWhatsapp, StatusKind::Read)
        );
        let mut of_registration = flat;
        of_registration.as_object_mut().unwrap().remove("kind");
        assert_eq!(registration(&of_registration).provider_message_id, None);
    }

    #[test]
    fn a_quoted_id_is_of_the_same_provider() {
        let flat = json!({
            "provider": "telegram", "provider_scope": 7, "provider_message_id": 12,
            "quoted_message_id": 11, "kind": "regular",
        });
        let Ok(Item::Inbound(item)) = read(Kind::Inbound, &flat) else {
            panic!("no inbound message")
        };
        assert_eq!(item.kind(), InboundKind::Regular);
        assert_eq!(
            item.quoted_message_id.unwrap().provider(),
            Provider::Telegram
        );
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let faults = read(
            Kind::Registrations,
            &json!({
                "contact": {"phone": true, "fone": "1"},
                "template": "hola",
                "queued_at": "yesterday",
                "sauce": "bot",
                "opened_ticket": "perhaps",
            }),
        )
        .unwrap_err();
        let mut fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        fields.sort_unstable();
        let expected = [
            "contact.fone",
            "contact.phone",
            "opened_ticket",
            "queued_at",
            "sauce",
            "template",
        ];
        assert_eq!(fields, expected);
        let sauce = faults.iter().find(|fault| fault.field == "sauce").unwrap();
        assert!(sauce.problem.contains("source"), "{sauce:?}");
    }
}
