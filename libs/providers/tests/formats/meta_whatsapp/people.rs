//! Who it is.

use acuse_domain::contact::ContactRef;
use acuse_domain::kinds::Channel;
use acuse_providers::{Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{
    message, of_message, of_status, of_value, only_message, only_unknown, status, text,
};

/// Whether two name a person by an address that is the same.
fn is_same(one: &ContactRef, other: &ContactRef) -> bool {
    let addresses = |contact: &ContactRef| contact.addresses(Channel::WhatsApp, "1");
    let others = addresses(other);
    addresses(one)
        .iter()
        .any(|address| others.contains(address))
}

#[test]
fn a_status_is_about_the_contact_that_was_registered() {
    for (registered, reported) in [
        ("+51 977 452 931", "51977452931"),
        // Networks leave out Brazil's ninth digit, and put Mexico's 1 in.
        ("+5531987654321", "553187654321"),
        ("+525512345678", "5215512345678"),
    ] {
        let registered = ContactRef {
            phone: text(registered),
            ..ContactRef::default()
        };
        let told = of_status(json!({"recipient_id": reported}))
            .recipient
            .unwrap();
        assert!(is_same(&registered, &told), "{reported}");
        let wrote = of_message(json!({"from": reported})).contact;
        assert!(is_same(&told, &wrote), "{reported}");
        assert_eq!(wrote.phone, text(reported));
    }
}

#[test]
fn hidden_numbers_leave_the_business_scoped_id() {
    for members in [
        json!({"from": null, "from_user_id": "PE.12ab"}),
        json!({"from": "", "from_user_id": "PE.12ab"}),
        json!({"from": "PE.12ab"}),
        json!({"from": null, "from_parent_user_id": "PE.12ab"}),
        json!({"from": null, "from_user_id": "PE.12ab", "from_parent_user_id": "PE.ENT.9"}),
    ] {
        let contact = of_message(members.clone()).contact;
        assert_eq!(
            contact.business_scoped_user_id,
            text("PE.12ab"),
            "{members}"
        );
        assert_eq!((contact.phone, contact.channel_user_id), (None, None));
    }
    let members = json!({"recipient_id": null, "recipient_user_id": "PE.12ab"});
    let recipient = of_status(members).recipient.unwrap();
    assert_eq!(recipient.business_scoped_user_id, text("PE.12ab"));
    let other = of_message(json!({"from": "user 7"})).contact;
    assert_eq!((other.channel_user_id, other.phone), (text("user 7"), None));
}

fn from(message: Value, contacts: Value) -> ContactRef {
    only_message(of_value(
        json!({"contacts": contacts, "messages": [message]}),
    ))
    .contact
}

#[test]
fn a_contact_described_is_found_by_its_address() {
    let contacts = json!([
        {"wa_id": "51900000001", "profile": {"name": "Luz"}},
        {"wa_id": "51977452931", "profile": {"name": "Ana"}, "user_id": "PE.1"},
    ]);
    let contact = from(message(json!({})), contacts.clone());
    assert_eq!(contact.name, text("Ana"));
    assert_eq!(contact.business_scoped_user_id, text("PE.1"));
    let hidden = message(json!({"from": null, "from_user_id": "PE.1"}));
    let contact = from(hidden, contacts);
    assert_eq!(
        (contact.name, contact.phone),
        (text("Ana"), text("51977452931"))
    );
}

#[test]
fn nobody_is_joined_to_somebody_else() {
    let luz = json!([{"wa_id": "51900000001", "profile": {"name": "Luz"}, "user_id": "PE.9"}]);
    let contact = from(message(json!({})), luz);
    assert_eq!(
        (contact.name, contact.business_scoped_user_id),
        (None, None)
    );

    // An item that says nothing is about the one person described, where it is the only item.
    let luz = json!([{"wa_id": "51900000001"}]);
    let contact = from(message(json!({"from": null})), luz.clone());
    assert_eq!(contact.phone, text("51900000001"));
    let two = json!([
        message(json!({"from": null})),
        message(json!({"id": "wamid.2"}))
    ]);
    let findings = of_value(json!({"contacts": luz, "messages": two}));
    let named: Vec<_> = findings
        .into_iter()
        .filter_map(|finding| match finding.meaning {
            acuse_providers::Meaning::Inbound(inbound) => Some(inbound.contact.phone),
            _ => None,
        })
        .collect();
    assert_eq!(named, [text("51977452931")]);
}

#[test]
fn the_only_person_described_may_have_but_a_name() {
    let contact = from(message(json!({})), json!([{"profile": {"name": "Ana"}}]));
    assert_eq!(
        (contact.name, contact.phone),
        (text("Ana"), text("51977452931"))
    );
}

#[test]
fn contacts_of_statuses_may_lack_most() {
    for (contacts, business_scoped) in [
        (
            json!([{"wa_id": "51977452931", "user_id": "PE.1"}]),
            text("PE.1"),
        ),
        (
            json!({"wa_id": "51977452931", "user_id": "PE.1"}),
            text("PE.1"),
        ),
        (json!([{"wa_id": "51977452931"}]), None),
        (json!([{"profile": {"name": "?"}}]), None),
        (json!([null, 7, "x", {}]), None),
        (json!("none"), None),
    ] {
        let value = json!({"contacts": contacts, "statuses": [status(json!({}))]});
        let recipient = crate::meta_whatsapp::rig::only_status(of_value(value))
            .recipient
            .unwrap();
        assert_eq!(recipient.phone, text("51977452931"));
        assert_eq!(recipient.business_scoped_user_id, business_scoped);
    }
}

#[test]
fn members_of_a_group_are_not_the_group() {
    let value = json!({
        "contacts": [{"wa_id": "51977452931", "profile": {"name": "Ana"}}],
        "statuses": [status(json!({
            "recipient_id": "group-1", "recipient_type": "group",
            "recipient_participant_id": "51977452931",
        }))],
    });
    let got = crate::meta_whatsapp::rig::only_status(of_value(value));
    let group = ContactRef {
        channel_user_id: text("group-1"),
        ..ContactRef::default()
    };
    assert_eq!(got.recipient, Some(group));
}

#[test]
fn a_message_in_a_group_is_the_groups() {
    let value = |members| {
        json!({
            "contacts": [{"wa_id": "51977452931", "user_id": "PE.1", "profile": {"name": "Ana"}}],
            "messages": [message(members)],
        })
    };
    let group = ContactRef {
        channel_user_id: text("120363001@g"),
        ..ContactRef::default()
    };
    for member in [
        json!({"group_id": "120363001@g", "from_user_id": "PE.1"}),
        json!({"group_id": "120363001@g", "from": null, "from_user_id": "PE.1"}),
        json!({"group_id": "120363001@g", "from": null}),
    ] {
        let got = only_message(of_value(value(member)));
        assert_eq!(got.contact, group);
    }
    let deleted = json!({"group_id": "120363001@g", "type": "revoke", "revoke": {"original_message_id": "wamid.1"}});
    for finding in of_value(value(deleted)) {
        let Meaning::Inbound(said) = finding.meaning else {
            panic!("a deletion is two messages: {finding:?}");
        };
        assert_eq!(said.contact, group);
        assert_eq!(finding.participant, text("51977452931"));
    }
    let endless = of_value(value(json!({"group_id": "1".repeat(257)})));
    assert_eq!(only_unknown(&endless).reason, Reason::TooLong);
    let alone = of_value(value(json!({"group_id": ""})));
    let alone = only_message(alone).contact;
    assert_eq!(
        (alone.phone, alone.name),
        (text("51977452931"), text("Ana"))
    );
}

/// A notice with these members over its own.
fn notice(members: Value) -> Value {
    let mut system =
        json!({"type": "user_changed_number", "body": "User Ana changed", "wa_id": "51900000001"});
    for (key, member) in members.as_object().unwrap() {
        system[key] = member.clone();
    }
    json!({"type": "system", "text": null, "system": system})
}

#[test]
fn who_changed_their_number_is_known_by_both() {
    let by = |number: &str| ContactRef {
        phone: text(number),
        ..ContactRef::default()
    };
    for members in [
        json!({}),
        json!({"type": "customer_changed_number", "customer": "51977452931"}),
        json!({"type": "customer_changed_number", "wa_id": null, "new_wa_id": "51900000001"}),
        json!({"wa_id": 51_900_000_001_i64}),
    ] {
        let got = of_message(notice(members.clone()));
        // The notice is from the old number, whoever is shown it.
        assert_eq!(got.contact.phone, text("51977452931"), "{members}");
        for number in ["51977452931", "+51 900 000 001"] {
            assert!(is_same(&got.contact, &by(number)), "{number}: {members}");
        }
        assert!(!is_same(&got.contact, &by("51900000002")), "{members}");
    }
    // The number may be hidden, and where the notice is from a number the id that is new goes with it.
    let got = of_message(notice(json!({"user_id": "PE.2"})));
    assert_eq!(got.contact.business_scoped_user_id, text("PE.2"));
    let mut hidden = notice(json!({}));
    hidden["from"] = Value::Null;
    hidden["from_user_id"] = json!("PE.1");
    let got = of_message(hidden).contact;
    assert_eq!(
        (got.phone, got.business_scoped_user_id),
        (text("51900000001"), text("PE.1"))
    );
    // Where it is from the new number, it says of the old one that it was the customer's.
    let mut late = notice(json!({"customer": "51977452931"}));
    late["from"] = json!("51900000001");
    let got = of_message(late).contact;
    for number in ["51977452931", "51900000001"] {
        assert!(is_same(&got, &by(number)), "{number}: {got:?}");
    }
}

#[test]
fn who_changed_their_id_is_known_by_the_new_one() {
    let mut changed = notice(json!({
        "type": "user_changed_user_id", "user_id": "PE.2", "wa_id": "51977452931",
    }));
    let expected = ContactRef {
        phone: text("51977452931"),
        business_scoped_user_id: text("PE.2"),
        ..ContactRef::default()
    };
    assert_eq!(of_message(changed.clone()).contact, expected);
    changed["from"] = Value::Null;
    assert_eq!(of_message(changed.clone()).contact, expected);
    changed["system"]["wa_id"] = Value::Null;
    let got = of_message(changed.clone()).contact;
    assert_eq!(
        (got.phone, got.business_scoped_user_id),
        (None, text("PE.2"))
    );
    // Who shows no number is one contact by both ids.
    changed["from_user_id"] = json!("PE.1");
    let got = of_message(changed).contact;
    for id in ["PE.1", "PE.2"] {
        let by = ContactRef {
            business_scoped_user_id: text(id),
            ..ContactRef::default()
        };
        assert!(is_same(&got, &by), "{id}: {got:?}");
    }
}

#[test]
fn other_notices_join_nobody() {
    for members in [
        json!({"type": "customer_identity_changed"}),
        json!({"type": "user_identity_changed"}),
        json!({"type": "customer_name_changed"}),
        json!({"type": null}),
        json!({"wa_id": null}),
        json!({"wa_id": "51977452931"}),
        json!({"wa_id": ""}),
    ] {
        let got = of_message(notice(members.clone())).contact;
        let expected = ContactRef {
            phone: text("51977452931"),
            ..ContactRef::default()
        };
        assert_eq!(got, expected, "{members}");
    }
}
