//! Who is asking, and what exists for them.
//!
//! A [`Scope`] is made once, where a token is checked, and handed down to the query. A message outside it does not
//! exist for the caller. External ids that the directory does not know limit to nothing, never to everything.

use std::collections::BTreeSet;

/// What a caller is in the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Runs the installation: creates workspaces, verifies and repairs. Belongs to no workspace.
    Operator,
    /// Sees everything of the workspace and changes its settings.
    Administrator,
    /// Sees everything of the workspace.
    Analyst,
    /// Sees the departments that the token lists.
    Supervisor,
    /// Sees the messages that they sent.
    Agent,
    /// A system of the business: sends registrations, reads reports as its scopes allow.
    Service,
}

impl Role {
    /// The role's name in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Administrator => "administrator",
            Self::Analyst => "analyst",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }

    /// The role of that name in a token.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Operator,
            Self::Administrator,
            Self::Analyst,
            Self::Supervisor,
            Self::Agent,
            Self::Service,
        ]
        .into_iter()
        .find(|role| role.as_str() == name)
    }
}

/// A family of RPCs that a token may be allowed to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Register messages, record statuses and inbound messages.
    Ingest,
    /// Read messages and reports.
    Report,
    /// Ask for exports and download them.
    Export,
    /// Change settings, the directory and integrations.
    Admin,
}

impl Permission {
    /// The permission's name in a token's `scopes`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Report => "report",
            Self::Export => "export",
            Self::Admin => "admin",
        }
    }

    /// The permission of that name in a token.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ingest, Self::Report, Self::Export, Self::Admin]
            .into_iter()
            .find(|permission| permission.as_str() == name)
    }
}

/// A limit to some external ids, or none. An empty set limits to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Limit {
    /// No limit.
    All,
    /// These external ids alone.
    Only(BTreeSet<String>),
}

impl Limit {
    /// Whether something with this external id (or with none) is inside the limit.
    pub fn covers(&self, external_id: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => external_id.is_some_and(|id| ids.contains(id)),
        }
    }

    /// Whether everything inside `other` is inside this limit.
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(ids), Self::Only(others)) => others.is_subset(ids),
        }
    }
}

/// The part of one workspace that a caller may see. Without one no query for messages can be built.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Slug of the workspace.
    pub workspace: String,
    /// Departments whose messages are seen.
    pub departments: Limit,
    /// Accounts whose messages are seen.
    pub accounts: Limit,
    /// Agents whose messages are seen.
    pub agents: Limit,
}

impl Scope {
    /// Everything of a workspace.
    pub fn whole(workspace: impl Into<String>) -> Self {
        Self {
            workspace: workspace.into(),
            departments: Limit::All,
            accounts: Limit::All,
            agents: Limit::All,
        }
    }

    /// Whether the whole workspace is seen: inbound messages that answer nothing are shown only then.
    pub fn is_whole(&self) -> bool {
        self.departments == Limit::All && self.accounts == Limit::All && self.agents == Limit::All
    }

    /// Whether a message of this department, account and agent is seen.
    pub fn covers(
        &self,
        department: Option<&str>,
        account: Option<&str>,
        agent: Option<&str>,
    ) -> bool {
        self.departments.covers(department)
            && self.accounts.covers(account)
            && self.agents.covers(agent)
    }

    /// Whether everything that `other` shows is shown by this scope as well.
    pub fn includes(&self, other: &Self) -> bool {
        self.workspace == other.workspace
            && self.departments.includes(&other.departments)
            && self.accounts.includes(&other.accounts)
            && self.agents.includes(&other.agents)
    }
}

/// Who calls: the checked content of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`.
    pub subject: String,
    /// Role of the caller.
    pub role: Role,
    /// What they may call.
    pub permissions: BTreeSet<Permission>,
    /// What they may see; `None` for an operator, who belongs to no workspace.
    pub scope: Option<Scope>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(ids: &[&str]) -> Limit {
        Limit::Only(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn a_limit_includes_what_is_no_wider() {
        let (none, one, two) = (only(&[]), only(&["a"]), only(&["a", "b"]));
        for narrow in [&none, &one, &two, &Limit::All] {
            assert!(Limit::All.includes(narrow) && narrow.includes(narrow));
        }
        assert!(two.includes(&one) && one.includes(&none));
        assert!(!one.includes(&two) && !two.includes(&Limit::All) && !none.includes(&one));
        assert!(!only(&["b"]).includes(&one));
    }

    #[test]
    fn a_scope_includes_another_where_each_limit_does() {
        let whole = Scope::whole("acme");
        let narrow = Scope {
            departments: only(&["sales"]),
            ..Scope::whole("acme")
        };
        let across = Scope {
            agents: only(&["ana"]),
            ..Scope::whole("acme")
        };
        assert!(whole.includes(&narrow) && whole.includes(&across));
        assert!(!narrow.includes(&whole) && !narrow.includes(&across));
        assert!(!Scope::whole("other").includes(&narrow));
    }
}
