//! Who works there: departments, teams, agents, accounts.

use acuse_proto::types::{AgentRef, NamedRef};

use super::{countries::Language, names};
use crate::dice::Dice;

/// What a department is for. The order is that of [`Staff::departments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    Sales,
    Support,
    Collections,
    Logistics,
}

impl Duty {
    pub(crate) const ALL: [Self; 4] = [
        Self::Sales,
        Self::Support,
        Self::Collections,
        Self::Logistics,
    ];

    fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Sales, Language::Spanish) => "Ventas",
            (Self::Sales, Language::Portuguese) => "Vendas",
            (Self::Support, Language::Spanish) => "Soporte",
            (Self::Support, Language::Portuguese) => "Suporte",
            (Self::Collections, Language::Spanish) => "Cobranzas",
            (Self::Collections, Language::Portuguese) => "Cobrança",
            (Self::Logistics, _) => "Logística",
        }
    }
}

/// A department with its people.
#[derive(Debug, Clone)]
pub(crate) struct Department {
    pub(crate) named: NamedRef,
    pub(crate) agents: Vec<Agent>,
}

/// An agent and their team.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) named: AgentRef,
    pub(crate) team: NamedRef,
}

/// Everybody, and the accounts on whose budgets they send.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    /// One for each [`Duty`].
    pub(crate) departments: Vec<Department>,
    pub(crate) accounts: Vec<NamedRef>,
}

impl Staff {
    /// The staff of the business at `domain`.
    pub(super) fn new(dice: &mut Dice, language: Language, domain: &str) -> Self {
        let mut hired = 0;
        let departments = Duty::ALL
            .iter()
            .enumerate()
            .map(|(index, duty)| {
                let name = duty.name(language);
                let teams: Vec<_> = (1..=dice.between(1..=3))
                    .map(|team| {
                        named(
                            &format!("team-{}{team}", index + 1),
                            &format!("{name} {team}"),
                        )
                    })
                    .collect();
                let agents = (0..dice.between(3..=8))
                    .map(|_| {
                        hired += 1;
                        Agent {
                            named: agent(dice, hired, domain),
                            team: dice.pick(&teams).clone(),
                        }
                    })
                    .collect();
                Department {
                    named: named(&format!("dep-{}", index + 1), name),
                    agents,
                }
            })
            .collect();
        let accounts = ["Retail", "Empresas", "Online"]
            .iter()
            .zip(1..=dice.between(2..=3))
            .map(|(name, number)| named(&format!("acc-{number}"), name))
            .collect();
        Self {
            departments,
            accounts,
        }
    }

    /// The department with that duty.
    pub(crate) fn department(&self, duty: Duty) -> &Department {
        &self.departments[duty as usize]
    }
}

fn agent(dice: &mut Dice, number: u64, domain: &str) -> AgentRef {
    let (first, last) = names::person(dice);
    // The number keeps two people of one name apart.
    let address = names::plain(&format!("{first} {last}"));
    AgentRef {
        id: format!("agent-{number}"),
        name: Some(format!("{first} {last}")),
        email: Some(format!("{address}{number}@{domain}")),
    }
}

/// A reference with a name.
pub(crate) fn named(id: &str, name: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: Some(name.to_owned()),
    }
}
