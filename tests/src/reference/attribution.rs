//! What a message is part of, as its registration says.

use std::collections::BTreeMap;

use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{OutboundRegistration, TemplateRef};

/// What a message is part of, by external ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attribution {
    pub(super) account: Option<String>,
    pub(super) campaign: Option<String>,
    pub(super) broadcast: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) team: Option<String>,
    pub(super) department: Option<String>,
    pub(super) kind: Option<i32>,
    pub(super) template: Option<String>,
    pub(super) template_category: Option<i32>,
    pub(super) subtype: Option<String>,
    pub(super) content_type: Option<i32>,
}

impl Attribution {
    /// What an inbound message takes over as well, by the names of columns.
    pub(super) fn shared_fields(&self) -> BTreeMap<&'static str, String> {
        [
            ("account_id", &self.account),
            ("campaign_id", &self.campaign),
            ("agent_id", &self.agent),
            ("team_id", &self.team),
            ("department_id", &self.department),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
    }
}

/// What the registrations of one message say; nothing where there is none.
pub(super) fn attribution(registrations: &[&OutboundRegistration]) -> Option<Attribution> {
    let registration = registrations.first()?;
    let id = |of: &Option<acuse_proto::types::NamedRef>| of.as_ref().map(|of| of.id.clone());
    let template = template(registration);
    Some(Attribution {
        account: id(&registration.account),
        campaign: id(&registration.campaign),
        broadcast: id(&registration.broadcast),
        agent: registration.agent.as_ref().map(|agent| agent.id.clone()),
        team: id(&registration.team),
        department: id(&registration.department),
        kind: Some(registration.r#type),
        template: template.map(template_id),
        template_category: template.and_then(|template| template.category),
        subtype: match &registration.subtype {
            Some(Subtype::MessageTag(tag)) => Some(tag.clone()),
            Some(Subtype::Template(_)) => called(registrations),
            None => None,
        },
        content_type: Some(registration.content_type),
    })
}

fn template(registration: &OutboundRegistration) -> Option<&TemplateRef> {
    match &registration.subtype {
        Some(Subtype::Template(template)) => Some(template),
        _ => None,
    }
}

/// What any of them calls the template, the first of the alphabet of several names; its id where none names it. A name that is
/// the id's own text says no more than the id.
fn called(registrations: &[&OutboundRegistration]) -> Option<String> {
    let templates: Vec<&TemplateRef> = registrations.iter().copied().filter_map(template).collect();
    let id = templates.iter().find_map(|template| template.id.as_ref());
    let names = templates
        .iter()
        .filter_map(|template| template.name.as_ref());
    let least = names.filter(|name| Some(*name) != id).min();
    least.or(id).cloned()
}

/// A template goes by its id, else by name and language.
fn template_id(template: &TemplateRef) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let by_name = format!("{}/{}", part(&template.name), part(&template.language));
    template.id.clone().unwrap_or(by_name)
}
