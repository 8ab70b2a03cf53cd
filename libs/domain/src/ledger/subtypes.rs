//! Subtypes: what templates are called by registrations that differ in nothing else.
//!
//! A template that goes by an id may be named in one registration of a message and not, or otherwise, in another. Names are not
//! compared, so that both are the same registration; but the subtype is counted. A name goes before the id alone, and of
//! several names the least stands, so that it does not matter which came first. That is told by their texts, of which the
//! ledger knows only the numbers: storage gives the texts of those that are contested, which are hardly ever any.

use std::collections::{BTreeMap, BTreeSet};

use super::Ledger;
use crate::ids::{MessageId, NameId, WorkspaceId};
use crate::names::Dimension;
use crate::outbound::{Attribution, Registered};

/// Something by its number.
pub type Numbered = (WorkspaceId, Dimension, NameId);

/// By message the subtypes that its registrations give it, where they differ.
pub(super) type Contested = BTreeMap<MessageId, BTreeSet<NameId>>;

impl Ledger {
    /// What the texts are needed of for [`Ledger::settle_subtypes`]: subtypes, and the templates that they are of.
    pub fn contested_names(&self) -> BTreeSet<Numbered> {
        let mut names = BTreeSet::new();
        for (id, subtypes) in &self.contested {
            let Some(message) = self.outbound(*id) else {
                continue;
            };
            let of = |dimension, number| (message.workspace, dimension, number);
            let Attribution {
                template, subtype, ..
            } = message.attribution();
            names.extend(template.map(|template| of(Dimension::Template, template)));
            let subtypes = subtypes.iter().copied().chain(subtype);
            names.extend(subtypes.map(|subtype| of(Dimension::Subtype, subtype)));
        }
        names
    }

    /// Gives each message that is registered with several subtypes the one that stands.
    pub fn settle_subtypes<'a>(&mut self, text: impl Fn(Numbered) -> Option<&'a str>) {
        let mut contested = Contested::new();
        for (id, subtypes) in std::mem::take(&mut self.contested) {
            let id = self.surviving(id);
            contested.entry(id).or_default().extend(subtypes);
        }
        for (id, mut subtypes) in contested {
            let Some(entry) = self.outbound.get_mut(&id) else {
                continue;
            };
            let workspace = entry.now.workspace;
            let Some(registered) = &mut entry.now.registered else {
                continue;
            };
            let attribution = &mut registered.attribution;
            subtypes.extend(attribution.subtype);
            let template = attribution.template;
            let template = template.and_then(|it| text((workspace, Dimension::Template, it)));
            let rank = |subtype: &NameId| {
                let text = text((workspace, Dimension::Subtype, *subtype));
                // A number that nobody knows the text of comes last.
                (text.is_none(), text == template, text, *subtype)
            };
            attribution.subtype = subtypes.into_iter().min_by_key(rank);
        }
    }

    /// Notes that two registrations of a message may call its template otherwise.
    pub(super) fn contest(&mut self, id: MessageId, one: &Registered, other: &Registered) {
        let subtypes = [one, other].map(|registered| registered.attribution.subtype);
        if subtypes[0] != subtypes[1] {
            let contested = self.contested.entry(id).or_default();
            contested.extend(subtypes.into_iter().flatten());
        }
    }
}
