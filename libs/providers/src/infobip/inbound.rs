//! Messages from contacts.

use acuse_domain::contact::{ContactRef, is_business_scoped};
use acuse_domain::kinds::{Channel, Provider};

use super::said::{self, Read};
use super::{IDS, channel};
use crate::aside::aside;
use crate::item::{self, message_id, when};
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::advertise;
use crate::typed;
use crate::written::{self, Head, derived};

const PROVIDER: Provider = Provider::Infobip;

/// Reads one message.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = item.first(&IDS);
    let message = item.get("message");
    let Read {
        mut said,
        word,
        is_known,
        more,
    } = said::said(item);
    let head = match head(item, id, delivery) {
        Ok(head) => head,
        Err(what) => {
            let kind = Some(shown(&word)).filter(|word| !word.is_empty());
            return findings.not_understood(path, NotUnderstood { kind, ..what });
        }
    };
    let context = message.get("context").first(&["id", "messageId"]);
    let context = context
        .short()
        .or_else(|| item.get("context").first(&["id", "messageId"]).short());
    let referral = message.get("referral");
    said.content.header = item.get("subject").cut(TEXT);
    advertise(
        &mut said.content,
        referral.get("headline"),
        referral.get("sourceUrl"),
    );
    let inbound = written::evidence(head, said, context);
    findings.add(path, Meaning::Inbound(Box::new(inbound)));
    if more > 0 {
        let detail = format!("{more} more parts of the message");
        let what = aside(Reason::NotSupportedYet, detail, id, None);
        findings.not_understood(path, what);
    }
    if !is_known {
        let detail = typed::unknown(&word);
        let what = aside(Reason::UnknownMessageType, detail, id, Some(&word));
        findings.not_understood(path, what);
    }
}

fn head(item: Node<'_>, id: Node<'_>, delivery: &Delivery<'_>) -> Result<Head, NotUnderstood> {
    let at = when(item.get("receivedAt"), delivery.received_at).map_err(|it| it.about(id))?;
    let described = item.get("contact");
    // People who write are described on WhatsApp; a message of which nothing tells the channel is an SMS.
    let channel = channel::of(item, delivery).unwrap_or(match described.is_object() {
        true => Channel::WhatsApp,
        false => Channel::Sms,
    });
    let account = item.first(&["to", "destination"]).short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(channel_account) = account else {
        let detail = "no to, and no channel account that it could only be";
        return Err(aside(Reason::MissingChannelAccount, detail, id, None));
    };
    let contact = contact(item.first(&["from", "sender"]), described, channel);
    if !is_somebody(&contact) {
        let detail = "no from that is an address";
        return Err(aside(Reason::MissingContact, detail, id, None));
    }
    let known = match item::id(id) {
        Err(what) if id.exists() || at.1 => return Err(what.about(id)),
        // Its time tells it from another that says the same.
        Err(_) => derived(item, PROVIDER, &channel_account),
        Ok(known) => known,
    };
    Ok(Head {
        id: message_id(PROVIDER, known),
        channel,
        channel_account,
        contact,
        at,
    })
}

/// Who wrote, with what Infobip says of them besides.
fn contact(from: Node<'_>, described: Node<'_>, channel: Channel) -> ContactRef {
    let from = from.short().unwrap_or_default();
    let phone = described.get("phoneNumber").short().unwrap_or_default();
    let user = described.first(&["userId", "parentUserId"]).short();
    let besides = ContactRef {
        name: described.get("name").cut(SHORT),
        business_scoped_user_id: user.filter(|user| is_business_scoped(user)),
        ..party::contact(channel, &phone)
    };
    party::joined(party::contact(channel, &from), besides)
}
