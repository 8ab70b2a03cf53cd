//! What the index says, fact by fact, against what was read.

use acuse_domain::contact::ContactRef;
use acuse_domain::time::Timestamp;
use acuse_providers::{Explanation, ExplanationKind, Finding, Malformed, Meaning, Reading, Reason};

use crate::text::{after, matches, quoted, word};

/// What was asserted about a file, and what was not as it should be.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) asserted: usize,
    pub(crate) faults: Vec<String>,
}

impl Facts {
    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.asserted += 1;
        if !holds {
            self.faults.push(what());
        }
    }

    fn same(&mut self, name: &str, expected: Option<&str>, actual: Option<&str>) {
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

/// The index separates what it says of several items of one file by bars.
const BETWEEN: &str = " | ";

pub(crate) fn compare(
    meaning: &str,
    reading: &Result<Reading, Malformed>,
    explained: &[Explanation],
) -> Facts {
    let mut facts = Facts::default();
    let findings = match reading {
        Ok(reading) => reading.findings.as_slice(),
        Err(_) => &[],
    };
    let mut left: Unclaimed<'_> = findings.iter().zip(explained).collect();
    if meaning.contains("nothing to ingest") {
        let expected = match meaning.starts_with("malformed") {
            true => Reason::Malformed.as_str(),
            false => "nothing_to_take_in",
        };
        let reasons: Vec<_> = explained.iter().map(|it| it.reason).collect();
        facts.check(reasons == [Some(expected)], || format!("{reasons:?}"));
    } else {
        let (field, items) = field(meaning);
        for item in items.split(BETWEEN) {
            compare_item(&mut facts, field, item, &mut left);
        }
    }
    let evidence = left.iter().filter(|(_, it)| is_evidence(it) && !it.deleted);
    let more: Vec<_> = evidence.map(|(finding, _)| finding).collect();
    facts.check(more.is_empty(), || format!("also read: {more:?}"));
    facts
}

/// The field that a description begins with, where it is another than the one for messages, and the rest.
fn field(meaning: &str) -> (Option<&str>, &str) {
    let Some((field, rest)) = after(meaning, "field ").and_then(|it| it.split_once(": ")) else {
        return (None, meaning);
    };
    (Some(field).filter(|field| *field != "(absent)"), rest)
}

fn compare_item(facts: &mut Facts, field: Option<&str>, item: &str, left: &mut Unclaimed<'_>) {
    if item.starts_with("value-level errors") {
        let found = claim(left, |_, it| {
            it.reason == Some(Reason::ProviderError.as_str())
        });
        let code = word(item, "code ").unwrap();
        let detail = found.and_then(|(_, it)| it.detail.as_deref());
        facts.check(detail.is_some_and(|it| it.contains(code)), || {
            format!("error {code} is not told: {detail:?}")
        });
    } else if let Some(field) = field {
        aside(facts, field, item, left);
    } else if item.starts_with("outbound ") {
        status(facts, item, left);
    } else if item.starts_with("inbound ") {
        inbound(facts, item, left);
    } else {
        // Something else, of which nothing follows.
        let found = claim(left, |_, it| it.reason.is_some());
        facts.check(found.is_some(), || "it is not kept aside".to_owned());
    }
}

/// What is kept aside, by its field, and by its id where it is a message.
fn aside(facts: &mut Facts, field: &str, item: &str, left: &mut Unclaimed<'_>) {
    let id = word(item, "echo ").or_else(|| word(item, "inbound "));
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
    facts.check(told.contains(field), || {
        format!("{told} does not name {field}")
    });
    if let Some(id) = id {
        facts.same("id", Some(id), found.id.as_deref());
        let supported = found.reason == Some(Reason::NotSupportedYet.as_str());
        facts.check(supported, || format!("reason is {:?}", found.reason));
    }
}

fn status(facts: &mut Facts, item: &str, left: &mut Unclaimed<'_>) {
    let mut words = item.split(' ').skip(1);
    let (id, kind) = (words.next().unwrap(), words.next().unwrap());
    let found = claim(left, |_, it| {
        it.id.as_deref() == Some(id) && it.evidence.as_deref() == Some(kind)
    });
    let Some((_, found)) = found else {
        return facts.check(false, || format!("nothing is told of {id} {kind}"));
    };
    facts.asserted += 2;
    if kind == "in_orbit" {
        return facts.same("reason", Some(Reason::UnknownStatus.as_str()), found.reason);
    }
    if !time(facts, item, found) {
        return;
    }
    facts.check(found.kind == ExplanationKind::Status, || {
        format!("it is no status: {found:?}")
    });
    let to = (!item.contains("(no recipient_id)")).then(|| word(item, " to ").unwrap());
    facts.same("to", to, found.to.as_deref());
    let participant = word(item, "participant_recipient_id=");
    facts.same("participant", participant, found.participant.as_deref());
    let conversation = word(item, "conversation=");
    facts.same(
        "conversation",
        conversation,
        found.conversation_id.as_deref(),
    );
    let origin = word(item, "origin=");
    facts.same("origin", origin, found.conversation_origin.as_deref());
    let opaque = quoted(item, "opaque=");
    facts.same("opaque", opaque.as_deref(), found.correlation_id.as_deref());
    price(facts, item, found);
    if let Some(error) = after(item, "errors: ") {
        facts.same("code", word(error, "code "), found.error_code.as_deref());
        let title = quoted(error, "title ");
        facts.same("title", title.as_deref(), found.error_title.as_deref());
        if let Some(details) = quoted(error, "details ") {
            facts.same("details", Some(&details), found.error_detail.as_deref());
        }
    } else {
        facts.same("code", None, found.error_code.as_deref());
    }
}

fn price(facts: &mut Facts, item: &str, found: &Explanation) {
    let mut parts = word(item, "pricing=").unwrap_or("-/-/-").split('/');
    let mut part = || parts.next().filter(|part| *part != "-");
    facts.same("model", part(), found.pricing_model.as_deref());
    facts.same("category", part(), found.pricing_category.as_deref());
    facts.same("type", part(), found.pricing_type.as_deref());
    let billable = word(item, "billable=").map(|flag| flag == "True");
    facts.check(found.billable == billable, || {
        format!("billable is {:?}, not {billable:?}", found.billable)
    });
    let expires = item.contains("(expires)");
    // A placeholder in place of a time is none.
    if expires && !word(item, "conversation=").is_some_and(|id| id.starts_with("CONVERSATION")) {
        facts.check(found.conversation_expires_at.is_some(), || {
            "the conversation does not expire".to_owned()
        });
    }
}

fn inbound(facts: &mut Facts, item: &str, left: &mut Unclaimed<'_>) {
    let id = after(item, "inbound ").unwrap();
    let (id, rest) = id.split_once(" type ").unwrap();
    let kind = rest.split(' ').next().unwrap();
    let found = claim(left, |_, it| match it.id.as_deref() {
        Some(given) if id == "(no id)" => given.starts_with("derived:"),
        given => given == Some(id),
    });
    let Some((finding, found)) = found else {
        return facts.check(false, || format!("nothing is told of {id}"));
    };
    facts.asserted += 1;
    let (from, user) = (after(item, " from ").unwrap(), word(item, " user "));
    let nobody = from.starts_with("(no from)") && user.is_none();
    if nobody {
        return facts.same(
            "reason",
            Some(Reason::MissingContact.as_str()),
            found.reason,
        );
    }
    if !time(facts, item, found) {
        return;
    }
    let Meaning::Inbound(said) = &finding.meaning else {
        return facts.check(false, || format!("it is no message: {found:?}"));
    };
    if from.starts_with("(no from)") {
        facts.same("from", user, found.from.as_deref());
    } else {
        facts.same("from", from.split(' ').next(), found.from.as_deref());
    }
    let group = word(item, "' group ");
    facts.same("group", group, found.group.as_deref());
    if group.is_some() {
        // Whoever wrote there is shown, and is not whom the conversation is with.
        let contact = ContactRef {
            channel_user_id: found.group.clone(),
            ..ContactRef::default()
        };
        facts.check(said.contact == contact, || {
            format!("the contact is {:?}, not the group alone", said.contact)
        });
    }
    if user.is_some() {
        facts.same("user", user, found.business_scoped_user_id.as_deref());
    }
    let expected = match kind {
        "voice" => Some("audio"),
        "ad" | "unknown" | "revoke" => Some("unsupported"),
        // An edit holds what the message holds now, a notice its text.
        "edit" | "system" => None,
        plain => Some(plain),
    };
    if expected.is_some() {
        facts.same("type", expected, found.content_type);
    }
    let is_notice = matches!(kind, "edit" | "revoke" | "system" | "reaction");
    // Of what Meta does not pass on the index does not tell an edit from a message.
    if kind != "unsupported" {
        let counts = found.inbound_kind == Some("regular");
        facts.check(counts != is_notice, || {
            format!("{kind} is {:?}", found.inbound_kind)
        });
    }
    if kind == "revoke" {
        let deletion = claim(left, |_, it| it.deleted && it.id == found.quoted);
        facts.check(deletion.is_some(), || "nothing is deleted".to_owned());
    }
    content(facts, item, found, said.content.footer.as_deref());
    if let Some(error) = after(item, "errors: ") {
        let code = word(error, "code ").unwrap();
        let about = |it: &Explanation| it.id == found.id && it.detail.is_some();
        let noted = claim(left, |_, it| about(it));
        let detail = noted.and_then(|(_, it)| it.detail.as_deref());
        facts.check(detail.is_some_and(|it| it.contains(code)), || {
            format!("error {code} is not told: {detail:?}")
        });
    }
}

fn content(facts: &mut Facts, item: &str, found: &Explanation, footer: Option<&str>) {
    let text = found.text.as_deref();
    if let Some(body) = quoted(item, " body ") {
        facts.same("body", Some(&body), text);
    }
    if let Some(media) = after(item, " media ") {
        let (id, kind) = media.split_once(' ').unwrap();
        let known = |value| Some(value).filter(|value| *value != "None");
        facts.same("media", known(id), found.media_id.as_deref());
        let kind = kind.split(" with ").next().unwrap();
        let kind = kind.split(" errors: ").next().unwrap();
        facts.same("media type", known(kind), found.media_type.as_deref());
    }
    if let (Some(latitude), Some(longitude)) = (word(item, " lat "), word(item, " lon ")) {
        let point = format!("{latitude},{longitude}");
        facts.check(text.is_some_and(|it| it.ends_with(&point)), || {
            format!("{point} is not in {text:?}")
        });
    }
    if let Some(emoji) = quoted(item, " emoji ") {
        facts.same("emoji", Some(&emoji), text);
        let target = word(item, "' on ").filter(|target| *target != "(no");
        facts.same("target", target, found.quoted.as_deref());
    }
    for (id, title) in [("_reply id=", " title="), (" payload ", " button text ")] {
        if let Some(title) = quoted(item, title).filter(|_| item.contains(id)) {
            let id = quoted(item, id);
            facts.same("button id", id.as_deref(), found.button_id.as_deref());
            facts.same("button", Some(&title), found.button_title.as_deref());
            facts.same("text of the button", Some(&title), text);
        }
    }
    if let Some(context) = after(item, " with context ") {
        let quote = quoted(context, "\"id\": ");
        facts.same("quoted", quote.as_deref(), found.quoted.as_deref());
    }
    if let Some(url) = word(item, " with ad referral ") {
        facts.same("referral", Some(url), footer);
    }
    if let Some(notice) = after(item, " system ").and_then(|it| after(it, ": ")) {
        facts.same("notice", Some(notice), text);
    }
}

/// When it happened; false where the time is none that is taken in, of which no more is to be asked.
fn time(facts: &mut Facts, item: &str, found: &Explanation) -> bool {
    let epoch = quoted(item, "at epoch ").and_then(|it| it.parse::<i64>().ok());
    match epoch {
        Some(epoch) if epoch < 1_230_768_000 => {
            let reason = Some(Reason::ImplausibleTime.as_str());
            facts.same("reason", reason, found.reason);
            false
        }
        Some(epoch) => {
            let at = Timestamp::from_seconds(epoch).to_string();
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
