//! What a handler asks before it answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use acuse_domain::{
    error::{Error, ErrorKind},
    scope::{Caller, Permission, Role, Scope},
};
use tonic::{Request, Status};

use super::Identity;
use crate::status::from_error;

/// How long it is waited for a token's end before the clock is looked at again.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// What the caller of one call may do.
///
/// A scope, without which no query can be built, comes out of it only with a demand for a permission.
#[derive(Debug, Clone)]
pub struct Access {
    identity: Arc<Identity>,
    asked: Arc<AtomicBool>,
}

/// Remembers whether a handler asked for anything.
#[derive(Debug)]
pub(crate) struct Witness(Arc<AtomicBool>);

impl Witness {
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The access of the call that `request` belongs to.
///
/// # Errors
///
/// UNAUTHENTICATED where no token was checked, which is to say outside the server's layers.
pub fn caller<T>(request: &Request<T>) -> Result<Access, Status> {
    request
        .extensions()
        .get::<Access>()
        .cloned()
        .ok_or_else(|| from_error(super::Refusal::Missing.into()))
}

impl Access {
    pub(crate) fn new(identity: Identity) -> (Self, Witness) {
        let asked = Arc::new(AtomicBool::new(false));
        let access = Self {
            identity: Arc::new(identity),
            asked: Arc::clone(&asked),
        };
        (access, Witness(asked))
    }

    /// Demands a permission, and gives what the caller may see with it.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED where the token does not have it, or belongs to no workspace.
    pub fn require(&self, permission: Permission) -> Result<Scope, Status> {
        self.require_one_of(&[permission])
    }

    /// Demands one of several permissions, and gives what the caller may see with it.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED where the token has none of them, or belongs to no workspace.
    pub fn require_one_of(&self, permissions: &[Permission]) -> Result<Scope, Status> {
        self.note();
        self.require_held(permissions)?;
        self.scope()
    }

    fn require_held(&self, permissions: &[Permission]) -> Result<(), Status> {
        let held = &self.identity.caller.permissions;
        if permissions
            .iter()
            .any(|permission| held.contains(permission))
        {
            return Ok(());
        }
        let names: Vec<_> = permissions.iter().map(|one| one.as_str()).collect();
        Err(denied(
            "PERMISSION_MISSING",
            format!("this needs a token with the scope {}", names.join(" or ")),
        ))
    }

    /// Demands that one of our own services calls, for a caller with that permission.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED where the caller calls themselves, or lacks the permission.
    pub fn require_peer(&self, permission: Permission) -> Result<Scope, Status> {
        self.note();
        if self.identity.peer.is_none() {
            return Err(peer_required());
        }
        self.require(permission)
    }

    /// Demands that one of our own services calls as an operator, with that permission: for work of several workspaces.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED for everyone else.
    pub fn require_peer_operator(&self, permission: Permission) -> Result<(), Status> {
        self.note();
        if self.identity.peer.is_none() {
            return Err(peer_required());
        }
        self.require_operator()?;
        self.require_held(&[permission])
    }

    /// Demands an operator of the installation.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED for everyone else.
    pub fn require_operator(&self) -> Result<(), Status> {
        self.note();
        if self.identity.caller.role == Role::Operator {
            Ok(())
        } else {
            Err(denied(
                "OPERATOR_REQUIRED",
                "this needs a token with the role operator",
            ))
        }
    }

    /// Demands a member of a workspace, whatever they may call.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED for an operator, who belongs to none.
    pub fn require_workspace(&self) -> Result<Scope, Status> {
        self.note();
        self.scope()
    }

    /// Who calls: to record who did something, or to call a peer for them.
    pub fn caller(&self) -> &Caller {
        &self.identity.caller
    }

    /// Returns when the caller's token is good no more, and gives what is to be told then.
    pub async fn expired(&self) -> Error {
        let until = self.identity.until;
        while let Ok(rest) = until.duration_since(SystemTime::now()) {
            // Not all at once: the clock may be set meanwhile.
            tokio::time::sleep(rest.min(LONGEST_NAP) + Duration::from_millis(1)).await;
        }
        super::Refusal::Expired.into()
    }

    /// The service of ours that calls for the caller, if one does.
    pub fn peer(&self) -> Option<&str> {
        self.identity.peer.as_deref()
    }

    fn scope(&self) -> Result<Scope, Status> {
        self.identity
            .caller
            .scope
            .clone()
            .ok_or_else(|| denied("WORKSPACE_REQUIRED", "this needs a token of a workspace"))
    }

    fn note(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}

fn peer_required() -> Status {
    denied(
        "PEER_REQUIRED",
        "only a service of the installation may call this",
    )
}

fn denied(reason: &'static str, message: impl Into<String>) -> Status {
    from_error(Error::new(ErrorKind::PermissionDenied, reason, message))
}
