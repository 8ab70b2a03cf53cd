//! The envelope: entries, with their lists of events and their changes.

use super::MetaMessaging;
use super::event::{self, Event};
use crate::aside::misshapen;
use crate::json::{Node, below};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// The lists of events in an entry.
const LISTS: [&str; 3] = ["messaging", "standby", "calls"];

/// Fields of changes that are about no message: what people do on a page or an account, in public or on forms.
const NO_MESSAGES: [&str; 42] = [
    "about",
    "affiliation",
    "attire",
    "awards",
    "bio",
    "birthday",
    "category",
    "comments",
    "company_overview",
    "conversations",
    "culinary_team",
    "current_location",
    "description",
    "email",
    "feed",
    "follow",
    "founded",
    "general_info",
    "hours",
    "inbox_labels",
    "leadgen",
    "leadgen_fat",
    "live_comments",
    "live_videos",
    "location",
    "mention",
    "mentions",
    "merchant_review",
    "name",
    "page_about_story",
    "page_change_proposal",
    "page_upcoming_change",
    "phone",
    "picture",
    "product_review",
    "ratings",
    "send_cart",
    "share_to_feed",
    "story_insights",
    "story_reactions",
    "videos",
    "website",
];

/// Reads a whole body, which may be an event without its envelope.
pub(super) fn read(
    body: Node<'_>,
    product: MetaMessaging,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    for (path, one) in body.bodies() {
        if findings.is_full() {
            return;
        }
        let reader = Reader {
            product: product.of(one),
            delivery,
        };
        reader.body(one, &path, findings);
    }
}

/// What everything in a body has in common.
struct Reader<'a> {
    product: MetaMessaging,
    delivery: &'a Delivery<'a>,
}

impl Reader<'_> {
    fn body(&self, body: Node<'_>, path: &str, findings: &mut Findings) {
        let holds = |key: &str| body.get(key).exists();
        if body.exists() && !body.is_object() {
            findings.not_understood(path, misshapen(body));
        } else if body.get("entry").exists() {
            for (path, entry) in body.list(path, "entry") {
                self.entry(entry, &path, findings);
            }
        } else if LISTS.iter().any(|key| holds(key)) || holds("changes") {
            self.entry(body, path, findings);
        } else if body.get("value").exists() {
            self.change(body, Node::default(), path, findings);
        } else if event::is_one(body) {
            self.event(body, Node::default(), path, findings);
        } else if let Some(key) = body.keys().find(|key| *key != "object") {
            let detail = format!("no entry, but {}", shown(key));
            findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
        }
    }

    fn entry(&self, entry: Node<'_>, path: &str, findings: &mut Findings) {
        if !entry.is_object() {
            return findings.not_understood(path, misshapen(entry));
        }
        for key in LISTS {
            let mut junk = None;
            for (path, event) in entry.list(path, key) {
                if findings.is_full() {
                    return;
                }
                if !event.is_object() {
                    junk = junk.or(Some(event));
                } else if key == "calls" {
                    findings.not_understood(&path, event::call(event));
                } else {
                    self.event(event, entry, &path, findings);
                }
            }
            // However many there are of what is nothing, it is said once.
            if let Some(event) = junk {
                findings.not_understood(&below(path, key), misshapen(event));
            }
        }
        for (path, change) in entry.list(path, "changes") {
            if findings.is_full() {
                return;
            }
            self.change(change, entry, &path, findings);
        }
    }

    /// A change tells of an event, or of something else by its field.
    fn change(&self, change: Node<'_>, entry: Node<'_>, path: &str, findings: &mut Findings) {
        if !change.is_object() {
            return findings.not_understood(path, misshapen(change));
        }
        let (value, path) = (change.get("value"), below(path, "value"));
        let field = change.get("field").text().unwrap_or_default();
        let is_no_message = NO_MESSAGES.contains(&field.as_str());
        if !is_no_message && event::is_one(value) {
            return self.event(value, entry, &path, findings);
        }
        let reason = if is_no_message {
            Reason::NotAMessage
        } else if event::is_field(&field) {
            Reason::NothingKnown
        } else {
            Reason::UnknownField
        };
        let field = shown(&field);
        let what = NotUnderstood {
            kind: Some(field.clone()).filter(|field| !field.is_empty()),
            ..NotUnderstood::new(reason, format!("change of {field}"))
        };
        findings.not_understood(&path, what);
    }

    fn event(&self, event: Node<'_>, entry: Node<'_>, path: &str, findings: &mut Findings) {
        let stands_for = self.delivery.channel_account.map(str::to_owned);
        let event = Event {
            node: event,
            product: self.product,
            received_at: self.delivery.received_at,
            own: entry.get("id").short().or(stands_for),
        };
        event::read(&event, path, findings);
    }
}
