//! What a token says, and whom that makes its bearer.

use std::collections::BTreeSet;

use acuse_domain::scope::{Caller, Limit, Permission, Role, Scope};
use serde::{Deserialize, Serialize, Serializer};

/// The claims of a token.
///
/// `Debug` is left out on purpose: a token's content belongs in no log line.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: Audience,
    /// When the token ends, in seconds since 1970; the standard allows fractions.
    #[serde(serialize_with = "whole_seconds")]
    pub exp: f64,
    /// When the token begins, in seconds since 1970; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<f64>,
    /// Who bears it.
    pub sub: String,
    /// Slug of the workspace; absent for an operator alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Name of a [`Role`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// External ids of a supervisor's departments; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departments: Option<BTreeSet<String>>,
    /// External ids of the accounts to which the bearer is limited; not limited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<String>>,
    /// External id of an agent where it is not `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Names of [`Permission`]s; names that are not known allow nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub scopes: BTreeSet<String>,
    /// For whom a service calls; in tokens of services alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// One audience or several, as JWT allows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// The caller for whom a service calls, with the scope as it was when they asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The caller's own `sub`.
    pub sub: String,
    /// Slug of the workspace; absent for an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Name of a [`Role`].
    pub role: String,
    /// Departments seen; none if absent.
    #[serde(default)]
    pub departments: Members,
    /// Accounts seen; none if absent.
    #[serde(default)]
    pub accounts: Members,
    /// Agents seen; none if absent.
    #[serde(default)]
    pub agents: Members,
    /// Names of [`Permission`]s.
    #[serde(default)]
    pub scopes: BTreeSet<String>,
}

/// A limit as a claim: a list, or the word `all`. What is absent is an empty list, so that a claim which got lost
/// on its way shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Members {
    /// These alone.
    Only(BTreeSet<String>),
    /// No limit; written `"all"`.
    All(AllWord),
}

/// The word `all`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllWord {
    /// `all`.
    All,
}

impl Default for Members {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl From<&Limit> for Members {
    fn from(limit: &Limit) -> Self {
        match limit {
            Limit::All => Self::All(AllWord::All),
            Limit::Only(ids) => Self::Only(ids.clone()),
        }
    }
}

impl From<Members> for Limit {
    fn from(members: Members) -> Self {
        match members {
            Members::All(AllWord::All) => Self::All,
            Members::Only(ids) => Self::Only(ids),
        }
    }
}

impl Claims {
    /// Claims that make their bearer such a caller as `role` is in `workspace`, without departments, accounts or
    /// permissions yet, and without issuer, audience and end, which [`super::KeyPair::mint`] adds.
    pub fn of(subject: impl Into<String>, role: Role, workspace: Option<&str>) -> Self {
        Self {
            sub: subject.into(),
            role: Some(role.as_str().to_owned()),
            workspace: workspace.map(ToOwned::to_owned),
            ..Self::default()
        }
    }

    /// The same with these permissions.
    #[must_use]
    pub fn allowing(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.scopes = permissions.into_iter().map(name).collect();
        self
    }

    /// The caller that these claims describe; `None` where they contradict themselves or lack something.
    pub(super) fn caller(self) -> Option<Caller> {
        let role = Role::parse(&self.role?)?;
        let accounts = self.accounts.map_or(Limit::All, Limit::Only);
        let (departments, agents) = match role {
            Role::Operator | Role::Administrator | Role::Analyst | Role::Service => {
                (Limit::All, Limit::All)
            }
            Role::Supervisor => (
                Limit::Only(self.departments.unwrap_or_default()),
                Limit::All,
            ),
            Role::Agent => {
                let agent = self.agent.unwrap_or_else(|| self.sub.clone());
                (Limit::All, Limit::Only(BTreeSet::from([agent])))
            }
        };
        Some(Caller {
            scope: scope(role, self.workspace, departments, accounts, agents)?,
            subject: not_empty(self.sub)?,
            role,
            permissions: permissions(&self.scopes),
        })
    }
}

impl Act {
    /// What is told of `caller` to a peer.
    pub fn of(caller: &Caller) -> Self {
        let limit = |pick: fn(&Scope) -> &Limit| {
            caller
                .scope
                .as_ref()
                .map_or_else(Members::default, |scope| pick(scope).into())
        };
        Self {
            sub: caller.subject.clone(),
            workspace: caller.scope.as_ref().map(|scope| scope.workspace.clone()),
            role: caller.role.as_str().to_owned(),
            departments: limit(|scope| &scope.departments),
            accounts: limit(|scope| &scope.accounts),
            agents: limit(|scope| &scope.agents),
            scopes: caller.permissions.iter().copied().map(name).collect(),
        }
    }

    /// The caller as the peer told of them.
    pub(super) fn caller(self) -> Option<Caller> {
        let role = Role::parse(&self.role)?;
        Some(Caller {
            scope: scope(
                role,
                self.workspace,
                self.departments.into(),
                self.accounts.into(),
                self.agents.into(),
            )?,
            subject: not_empty(self.sub)?,
            role,
            permissions: permissions(&self.scopes),
        })
    }
}

/// `Some(None)` for an operator, who has no workspace; `None` where role and workspace contradict each other.
fn scope(
    role: Role,
    workspace: Option<String>,
    departments: Limit,
    accounts: Limit,
    agents: Limit,
) -> Option<Option<Scope>> {
    match (role, workspace) {
        (Role::Operator, None) => Some(None),
        (Role::Operator, Some(_)) | (_, None) => None,
        (_, Some(workspace)) => Some(Some(Scope {
            workspace: not_empty(workspace)?,
            departments,
            accounts,
            agents,
        })),
    }
}

/// Written without a fraction: not everyone who reads tokens takes one.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, as it should
fn whole_seconds<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(*seconds as u64)
}

fn permissions(names: &BTreeSet<String>) -> BTreeSet<Permission> {
    names
        .iter()
        .filter_map(|name| Permission::parse(name))
        .collect()
}

fn name(permission: Permission) -> String {
    permission.as_str().to_owned()
}

fn not_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
