//! What a run of a schedule comes to: an export of somebody's, as far as they see anything now, or why there is none.

use acuse_domain::calendar::{Due, Interval};
use acuse_domain::error::{ErrorKind, Result};
use acuse_domain::ids::MessageId;
use acuse_domain::scope::{Limit, Role, Scope};
use acuse_domain::time::Timestamp;
use acuse_store::export::{self, Asker, Failure, Membership, NewJob, Outcome, Schedule, Workspace};
use prost::Message as _;

use super::Definition;
use crate::parts::Parts;
use crate::{asked, saved};

/// Why a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// It is due.
    Due(Due),
    /// Somebody asked for it then.
    Asked(Timestamp),
}

/// What a run that was triggered so comes to at `now`.
///
/// # Errors
///
/// INTERNAL for a schedule that cannot be read, UNAVAILABLE while the database is away, or reporting where the schedule names a
/// saved report.
pub(crate) async fn outcome(
    parts: &Parts,
    workspace: &Workspace,
    schedule: &Schedule,
    trigger: Trigger,
    now: Timestamp,
) -> Result<Outcome> {
    let definition = Definition::stored(schedule)?;
    let agent = agent(&schedule.owner);
    let membership = export::membership(&parts.database, workspace.id, agent).await?;
    let refused = |definition: &Definition, reason: &str, message: String| {
        let period = period(definition, trigger);
        Outcome::Refused {
            request: definition.request(period).encode_to_vec(),
            period,
            failure: Failure {
                reason: reason.to_owned(),
                message,
            },
        }
    };
    if membership.has_left {
        let message = "the directory says that the owner of the schedule has left".to_owned();
        return Ok(refused(&definition, "OWNER_LEFT", message));
    }
    let asker = Asker {
        scope: cut(&schedule.owner, &membership),
        ..schedule.owner.clone()
    };
    let definition = match definition.clone().resolved(parts, &asker).await {
        Ok(resolved) => resolved,
        Err(error) => match saved::refusal(&error) {
            Some(reason) => return Ok(refused(&definition, reason, error.message)),
            None => return Err(error),
        },
    };
    let period = period(&definition, trigger);
    let checked = match asked::checked(Some(definition.request(period)), workspace, now) {
        Ok(checked) => checked,
        Err(error) if matches!(error.kind, ErrorKind::InvalidArgument(_)) => {
            let message = format!("what it asks is not taken any more: {}", error.message);
            return Ok(refused(&definition, "REQUEST_REFUSED", message));
        }
        Err(error) => return Err(error),
    };
    let job = NewJob {
        // Any UUIDv7 of that time would do.
        id: MessageId::new(now).0,
        workspace: workspace.id,
        request_id: None,
        report: i16::try_from(checked.report).unwrap_or_default(),
        schedule: Some(schedule.id),
        request: checked.encode_to_vec(),
        asker,
    };
    Ok(Outcome::Made(Box::new(job), period))
}

/// What a run that was triggered so covers.
fn period(definition: &Definition, trigger: Trigger) -> Interval {
    match trigger {
        Trigger::Due(due) => definition.period(due.at, Some(due)),
        Trigger::Asked(at) => definition.period(at, None),
    }
}

/// By which id the directory knows somebody: agents may have another there than their token's subject.
fn agent(owner: &Asker) -> &str {
    if owner.role == Role::Agent
        && let Limit::Only(ids) = &owner.scope.agents
        && let (1, Some(id)) = (ids.len(), ids.first())
    {
        return id;
    }
    &owner.subject
}

/// What an owner sees: what they saw, and of a supervisor's departments those that they belong to still.
fn cut(owner: &Asker, membership: &Membership) -> Scope {
    let mut scope = owner.scope.clone();
    if let (Role::Supervisor, Some(present)) = (owner.role, &membership.departments) {
        let kept = match &scope.departments {
            Limit::All => present.clone(),
            Limit::Only(ids) => ids.intersection(present).cloned().collect(),
        };
        scope.departments = Limit::Only(kept);
    }
    scope
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn owner(role: Role, departments: Limit) -> Asker {
        Asker {
            subject: "sup".to_owned(),
            role,
            scope: Scope {
                departments,
                ..Scope::whole("acme")
            },
        }
    }

    fn belongs(departments: &[&str]) -> Membership {
        Membership {
            departments: Some(ids(departments)),
            has_left: false,
        }
    }

    #[test]
    fn a_supervisor_keeps_what_they_had_and_have() {
        let had = owner(Role::Supervisor, Limit::Only(ids(&["soporte", "ventas"])));
        let left = |membership: &Membership| cut(&had, membership).departments;
        assert_eq!(
            left(&belongs(&["norte", "ventas"])),
            Limit::Only(ids(&["ventas"]))
        );
        assert_eq!(left(&belongs(&[])), Limit::Only(ids(&[])));
        assert_eq!(left(&Membership::default()), had.scope.departments);
    }

    #[test]
    fn others_are_not_limited_by_where_they_belong() {
        for role in [
            Role::Administrator,
            Role::Analyst,
            Role::Service,
            Role::Agent,
        ] {
            let whole = owner(role, Limit::All);
            assert_eq!(cut(&whole, &belongs(&["ventas"])), whole.scope);
        }
    }

    #[test]
    fn agents_are_known_by_their_own_ids() {
        let mut diana = owner(Role::Agent, Limit::All);
        diana.scope.agents = Limit::Only(ids(&["a-17"]));
        assert_eq!(agent(&diana), "a-17");
        assert_eq!(agent(&owner(Role::Supervisor, Limit::All)), "sup");
    }
}
