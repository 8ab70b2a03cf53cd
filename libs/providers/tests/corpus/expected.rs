//! What the index says, fact by fact, against what was read.

use acuse_corpus::{Inbound, Item, Status, Time, matches};
use acuse_domain::contact::ContactRef;
use acuse_domain::time::Timestamp;
use acuse_providers::{Explanation, ExplanationKind, Finding, Malformed, Meaning, Reading, Reason};

use crate::RECEIVED;

/// What was asserted about a file, and what was not as it should be.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) asserted: usize,
    pub(crate) faults: Vec<String>,
}

impl Facts {
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.asserted += 1;
        if !holds {
            self.faults.push(what());
        }
    }

    pub(crate) fn same(&mut self, name: &str, expected: Option<&str>, actual: Option<&str>) {
        let holds = match (expected, actual) {
            (Some(expected), Some(actual)) => matches(expected, actual),
            (None, None) => true,
            _ => false,
        };
        self.check(holds, || format!("{name} is {actual:?}, not {expected:?}"));
    }
}

/// A finding with its explanation; taken out once the index has spoken of it.
type Unclaimed<'a> = Vec<(&'a Finding, &'a Explanation)>;

pub(crate) fn compare(
    said: &acuse_corpus::Meaning<'_>,
    reading: &Result<Reading, Malformed>,
    explained: &[Explanation],
) -> Facts {
    let mut facts = Facts::default();
    let findings = match reading {
        Ok(reading) => reading.findings.as_slice(),
        Err(_) => &[],
    };
    let mut left: Unclaimed<'_> = findings.iter().zip(explained).collect();
    match said {
        acuse_corpus::Meaning::Nothing { malformed } => {
            let expected = match malformed {
                true => (ExplanationKind::Rejected, Reason::Malformed.as_str()),
                false => (ExplanationKind::NotUnderstood, "nothing_to_take_in"),
            };
            let told = explained
                .iter()
                .map(|it| (it.kind, it.reason.unwrap_or_default()));
            let told: Vec<_> = told.collect();
            facts.check(told == [expected], || format!("{told:?}"));
        }
        acuse_corpus::Meaning::Items(items) => {
            for item in items {
                compare_item(&mut facts, item, &mut left);
            }
        }
    }
    let evidence = left.iter().filter(|(_, it)| is_evidence(it) && !it.deleted);
    let more: Vec<_> = evidence.map(|(finding, _)| finding).collect();
    facts.check(more.is_empty(), || format!("also read: {more:?}"));
    facts
}

fn compare_item(facts: &mut Facts, item: &Item<'_>, left: &mut Unclaimed<'_>) {
    match item {
        Item::Status(said) => status(facts, said, left),
        Item::Inbound(said) => inbound(facts, said, left),
        Item::Error { code } => {
            let provider_error = Some(Reason::ProviderError.as_str());
            error(facts, code, left, |it| it.reason == provider_error);
        }
        // What was sent from elsewhere is compared as every provider's is.
        Item::Echo(said) => {
            let found = claim(left, |_, it| it.id.as_deref() == Some(said.id));
            facts.check(found.is_some(), || format!("{} is not told", said.id));
        }
        Item::Revoked { id } => {
            let news = claim(left, |_, it| it.id.as_deref() == *id);
            facts.check(news.is_some(), || format!("{id:?} is not told"));
            let deleted = claim(left, |_, it| it.evidence.as_deref() == Some("deleted"));
            facts.check(deleted.is_some(), || "nothing is deleted".to_owned());
        }
        Item::Aside {
            field: Some(field),
            id,
        } => aside(facts, field, *id, left),
        Item::Aside { field: None, .. } => {
            let found = claim(left, |_, it| it.reason.is_some());
            facts.check(found.is_some(), || "it is not kept aside".to_owned());
        }
    }
}

/// An error that is told beside evidence, or on its own.
fn error(
    facts: &mut Facts,
    code: &str,
    left: &mut Unclaimed<'_>,
    fits: impl Fn(&Explanation) -> bool,
) {
    let found = claim(left, |_, it| fits(it));
    let detail = found.and_then(|(_, it)| it.detail.as_deref());
    facts.check(detail.is_some_and(|it| it.contains(code)), || {
        format!("error {code} is not told: {detail:?}")
    });
}

/// What is kept aside, by its field, and by its id where it is a message.
fn aside(facts: &mut Facts, field: &str, id: Option<&str>, left: &mut Unclaimed<'_>) {
    let found = claim(left, |_, it| {
        it.reason.is_some() && (id.is_none() || it.id.as_deref() == id)
    });
    let Some((_, found)) = found else {
        return facts.check(false, || format!("nothing is told of {field}"));
    };
    facts.check(found.kind == ExplanationKind::NotUnderstood, || {
        "it is evidence".to_owned()
    });
    let told = format!("{:?} {:?}", found.detail, found.evidence);
    let is_message = id.is_some() && found.reason == Some(Reason::NotAMessage.as_str());
    facts.check(is_message || told.contains(field), || {
        format!("{told} does not name {field}")
    });
    if let Some(id) = id {
        facts.same("id", Some(id), found.id.as_deref());
        let reasons = [Reason::NotSupportedYet, Reason::NotAMessage].map(Reason::as_str);
        let fits = found.reason.is_some_and(|reason| reasons.contains(&reason));
        facts.check(fits, || format!("reason is {:?}", found.reason));
    }
}

fn status(facts: &mut Facts, said: &Status<'_>, left: &mut Unclaimed<'_>) {
    let found = claim(left, |_, it| {
        it.id.as_deref() == Some(said.id) && it.evidence.as_deref() == Some(said.kind)
    });
    let Some((_, found)) = found else {
        return facts.check(false, || {
            format!("nothing is told of {} {}", said.id, said.kind)
        });
    };
    facts.asserted += 2;
    if !said.is_known() {
        return facts.same("reason", Some(Reason::UnknownStatus.as_str()), found.reason);
    }
    if !time(facts, said.time, found) {
        return;
    }
    facts.check(found.kind == ExplanationKind::Status, || {
        format!("it is no status: {found:?}")
    });
    facts.same("to", said.to, found.to.as_deref());
    facts.same(
        "participant",
        said.participant,
        found.participant.as_deref(),
    );
    let conversation = found.conversation_id.as_deref();
    facts.same("conversation", said.conversation, conversation);
    let origin = found.conversation_origin.as_deref();
    facts.same("origin", said.origin, origin);
    if said.expires {
        facts.check(found.conversation_expires_at.is_some(), || {
            "the conversation does not expire".to_owned()
        });
    }
    let opaque = found.correlation_id.as_deref();
    facts.same("opaque", said.opaque.as_deref(), opaque);
    let price = &said.price;
    facts.same("model", price.model, found.pricing_model.as_deref());
    let category = found.pricing_category.as_deref();
    facts.same("category", price.category, category);
    facts.same("type", price.kind, found.pricing_type.as_deref());
    facts.check(found.billable == price.billable, || {
        format!("billable is {:?}, not {:?}", found.billable, price.billable)
    });
    let Some(failure) = &said.failure else {
        return facts.same("code", None, found.error_code.as_deref());
    };
    facts.same("code", failure.code, found.error_code.as_deref());
    let title = failure.title.as_deref();
    facts.same("title", title, found.error_title.as_deref());
    if let Some(details) = &failure.details {
        facts.same("details", Some(details), found.error_detail.as_deref());
    }
}

fn inbound(facts: &mut Facts, said: &Inbound<'_>, left: &mut Unclaimed<'_>) {
    let found = claim(left, |_, it| match (said.id, it.id.as_deref()) {
        (None, Some(given)) => given.starts_with("derived:"),
        (id, given) => given == id,
    });
    let Some((finding, found)) = found else {
        return facts.check(false, || format!("nothing is told of {:?}", said.id));
    };
    facts.asserted += 1;
    if !said.is_somebodys() {
        let expected = Some(Reason::MissingContact.as_str());
        return facts.same("reason", expected, found.reason);
    }
    if !time(facts, said.time, found) {
        return;
    }
    let Meaning::Inbound(message) = &finding.meaning else {
        return facts.check(false, || format!("it is no message: {found:?}"));
    };
    facts.same("from", said.from.or(said.user), found.from.as_deref());
    facts.same("group", said.group, found.group.as_deref());
    if said.group.is_some() {
        // Whoever wrote there is shown, and is not whom the conversation is with.
        let contact = ContactRef {
            channel_user_id: found.group.clone(),
            ..ContactRef::default()
        };
        facts.check(message.contact == contact, || {
            format!("the contact is {:?}, not the group alone", message.contact)
        });
    }
    if said.user.is_some() {
        let user = found.business_scoped_user_id.as_deref();
        facts.same("user", said.user, user);
    }
    if let Some(expected) = said.content_type() {
        facts.same("type", Some(expected), found.content_type);
    }
    if let Some(counts) = said.counts() {
        let is_counted = found.inbound_kind == Some("regular");
        facts.check(counts == is_counted, || {
            format!("{} is {:?}", said.kind, found.inbound_kind)
        });
    }
    if said.kind == "revoke" {
        let deletion = claim(left, |_, it| it.deleted && it.id == found.quoted);
        facts.check(deletion.is_some(), || "nothing is deleted".to_owned());
    }
    content(facts, said, found, message.content.footer.as_deref());
    if let Some(code) = said.error {
        error(facts, code, left, |it| {
            it.id == found.id && it.detail.is_some()
        });
    }
}

fn content(facts: &mut Facts, said: &Inbound<'_>, found: &Explanation, footer: Option<&str>) {
    let text = found.text.as_deref();
    if let Some(body) = &said.body {
        facts.same("body", Some(body), text);
    }
    if let Some(media) = &said.media {
        facts.same("media", media.id, found.media_id.as_deref());
        facts.same("media type", media.kind, found.media_type.as_deref());
    }
    if let Some(point) = &said.point {
        facts.check(text.is_some_and(|it| it.ends_with(point)), || {
            format!("{point} is not in {text:?}")
        });
    }
    if let Some(reaction) = &said.reaction {
        facts.same("emoji", Some(&reaction.emoji), text);
        facts.same("target", reaction.target, found.quoted.as_deref());
    }
    if let Some(button) = &said.button {
        let id = button.id.as_deref();
        facts.same("button id", id, found.button_id.as_deref());
        let title = Some(&*button.title);
        facts.same("button", title, found.button_title.as_deref());
        facts.same("text of the button", title, text);
    }
    if said.has_context {
        let quoted = found.quoted.as_deref();
        facts.same("quoted", said.quoted.as_deref(), quoted);
    }
    if said.referral.is_some() {
        facts.same("referral", said.referral, footer);
    }
    if said.notice.is_some() {
        facts.same("notice", said.notice, text);
    }
}

/// When it happened; false where the time is none that is taken in, of which no more is to be asked.
fn time(facts: &mut Facts, said: Option<Time>, found: &Explanation) -> bool {
    match said {
        Some(time) if !time.is_plausible(RECEIVED) => {
            let reason = Some(Reason::ImplausibleTime.as_str());
            facts.same("reason", reason, found.reason);
            false
        }
        Some(Time(seconds)) => {
            let at = Timestamp::from_seconds(seconds).to_string();
            facts.same("time", Some(&at), found.happened_at.as_deref());
            true
        }
        None => {
            facts.check(found.time_is_receipt, || "it has a time".to_owned());
            true
        }
    }
}

/// Takes the first finding for which `fits` holds out of what is left.
fn claim<'a>(
    left: &mut Unclaimed<'a>,
    fits: impl Fn(&Finding, &Explanation) -> bool,
) -> Option<(&'a Finding, &'a Explanation)> {
    let index = left.iter().position(|(finding, it)| fits(finding, it))?;
    Some(left.remove(index))
}

fn is_evidence(explained: &Explanation) -> bool {
    explained.kind != ExplanationKind::NotUnderstood
}
