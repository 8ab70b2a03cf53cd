//! Entries of the directory, in and out.

use acuse_domain::names::{Dimension, Label, Mention};
use acuse_proto::convert::{dimension, entry, entry_to_wire};
use acuse_proto::message_state::directory_entry::Entry as Wire;
use acuse_proto::message_state::{AgentMembership, ChannelAccount, DirectoryEntry, DirectoryKind};
use acuse_proto::types::{AgentRef, Channel, NamedRef, TemplateCategory, TemplateRef};

use crate::samples::{NOW, text};

fn wire(entry: Wire) -> DirectoryEntry {
    DirectoryEntry {
        entry: Some(entry),
        membership: None,
    }
}

fn named(id: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: text("Nombre"),
    }
}

fn agent(id: &str) -> AgentRef {
    AgentRef {
        id: id.to_owned(),
        ..AgentRef::default()
    }
}

fn member(departments: &[&str], has_left: bool) -> Option<AgentMembership> {
    Some(AgentMembership {
        department_ids: departments.iter().map(|id| (*id).to_owned()).collect(),
        has_left,
    })
}

/// Every kind of entry.
fn entries() -> Vec<DirectoryEntry> {
    vec![
        wire(Wire::Agent(AgentRef {
            id: "a".to_owned(),
            name: text("Diana"),
            email: text("diana@example.com"),
        })),
        DirectoryEntry {
            membership: member(&["soporte", "ventas"], false),
            ..wire(Wire::Agent(agent("b")))
        },
        DirectoryEntry {
            membership: member(&[], true),
            ..wire(Wire::Agent(agent("c")))
        },
        wire(Wire::Department(named("d"))),
        wire(Wire::Team(named("t"))),
        wire(Wire::Template(TemplateRef {
            id: text("1"),
            name: text("hola"),
            language: text("es"),
            category: Some(TemplateCategory::Marketing.into()),
        })),
        wire(Wire::Template(TemplateRef {
            id: None,
            name: text("hola"),
            language: text("es_MX"),
            category: None,
        })),
        wire(Wire::Campaign(named("c"))),
        wire(Wire::Broadcast(named("b"))),
        wire(Wire::Account(named("n"))),
        wire(Wire::ChannelAccount(ChannelAccount {
            channel: Channel::Sms.into(),
            id: "5551".to_owned(),
            name: text("Avisos"),
            phone: text("+5215550001"),
        })),
    ]
}

fn back(mention: Mention) -> Option<DirectoryEntry> {
    entry_to_wire(mention.dimension, mention.external_id, mention.label)
}

#[test]
fn every_entry_comes_back_as_it_went_in() {
    for sent in entries() {
        let kept = entry(sent.clone(), NOW).unwrap();
        assert_eq!(kept.at, NOW);
        assert_eq!(back(kept), Some(sent));
    }
}

#[test]
fn every_kind_has_a_dimension_that_shows() {
    for number in 1..=8 {
        assert!(DirectoryKind::try_from(number).is_ok());
        let dimension = dimension(number).unwrap();
        let shown = entry_to_wire(dimension, "1".to_owned(), Label::default());
        assert!(shown.is_some(), "{dimension:?}");
    }
    assert!(
        DirectoryKind::try_from(9).is_err(),
        "a new kind: count it above"
    );
    assert_eq!(dimension(0).unwrap_err()[0].field, "kind");
    assert_eq!(dimension(9).unwrap_err()[0].field, "kind");
    for hidden in [
        Dimension::ErrorCode,
        Dimension::PricingCategory,
        Dimension::PricingType,
        Dimension::Subtype,
    ] {
        let shown = entry_to_wire(hidden, "1".to_owned(), Label::default());
        assert_eq!(shown, None);
    }
}

#[test]
fn faults_are_told_by_path() {
    let cases = [
        (DirectoryEntry::default(), "entry"),
        (wire(Wire::Team(NamedRef::default())), "team.id"),
        (wire(Wire::Agent(AgentRef::default())), "agent.id"),
        (
            DirectoryEntry {
                membership: member(&[], false),
                ..wire(Wire::Team(named("t")))
            },
            "membership",
        ),
        (
            DirectoryEntry {
                membership: member(&["a", ""], false),
                ..wire(Wire::Agent(agent("a")))
            },
            "membership.department_ids[1]",
        ),
        (
            DirectoryEntry {
                membership: member(&["a"; 101], false),
                ..wire(Wire::Agent(agent("a")))
            },
            "membership.department_ids",
        ),
        (
            DirectoryEntry {
                membership: member(&["a".repeat(250).as_str(); 9], false),
                ..wire(Wire::Agent(agent("a")))
            },
            "membership.department_ids",
        ),
        (wire(Wire::Template(TemplateRef::default())), "template.id"),
        (
            wire(Wire::ChannelAccount(ChannelAccount {
                channel: Channel::Sms.into(),
                ..ChannelAccount::default()
            })),
            "channel_account.id",
        ),
    ];
    for (sent, expected) in cases {
        let faults = entry(sent.clone(), NOW).unwrap_err();
        let fields: Vec<_> = faults.into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, [expected], "{sent:?}");
    }
}
