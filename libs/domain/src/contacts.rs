//! Which addresses are one contact.
//!
//! Contacts are the connected components of addresses: every statement that names several addresses joins them. The
//! book holds the part of that graph that a batch touches.

use std::collections::{BTreeMap, HashMap};

use crate::contact::Address;
use crate::ids::{ContactId, Digest, WorkspaceId};

/// The addresses that a batch names, and whose they are.
#[derive(Debug, Default)]
pub struct ContactBook {
    owners: HashMap<(WorkspaceId, Digest), ContactId>,
    new_addresses: Vec<(WorkspaceId, Address, ContactId)>,
    new_contacts: Vec<(WorkspaceId, ContactId)>,
    /// Contacts that turned out to be another: gone -> stays.
    joined: BTreeMap<(WorkspaceId, ContactId), ContactId>,
    last: HashMap<WorkspaceId, i64>,
}

impl ContactBook {
    /// Sets the highest number given in a workspace so far.
    pub fn set_last(&mut self, workspace: WorkspaceId, last: i64) {
        self.last.insert(workspace, last);
    }

    /// The highest number given in a workspace.
    pub fn last(&self, workspace: WorkspaceId) -> i64 {
        self.last.get(&workspace).copied().unwrap_or(0)
    }

    /// Takes in a stored address.
    pub fn load(&mut self, workspace: WorkspaceId, address: Digest, contact: ContactId) {
        self.owners.insert((workspace, address), contact);
    }

    /// The contact with these addresses, which one statement named together; a new one if none is known. Several known
    /// contacts become one, the one with the least number. `None` without an address.
    pub fn resolve(&mut self, workspace: WorkspaceId, addresses: &[Address]) -> Option<ContactId> {
        let known: Vec<ContactId> = addresses
            .iter()
            .filter_map(|address| self.owners.get(&(workspace, address.digest())))
            .map(|contact| self.surviving(workspace, *contact))
            .collect();
        let contact = match known.iter().min() {
            Some(least) => *least,
            None if addresses.is_empty() => return None,
            None => self.new_contact(workspace),
        };
        for other in known {
            if other != contact {
                self.joined.insert((workspace, other), contact);
            }
        }
        for address in addresses {
            let key = (workspace, address.digest());
            if self.owners.insert(key, contact).is_none() {
                self.new_addresses
                    .push((workspace, address.clone(), contact));
            }
        }
        Some(contact)
    }

    /// The contact that a contact is now.
    pub fn surviving(&self, workspace: WorkspaceId, mut contact: ContactId) -> ContactId {
        while let Some(stays) = self.joined.get(&(workspace, contact)) {
            contact = *stays;
        }
        contact
    }

    /// Contacts that turned out to be another: (workspace, gone, stays).
    pub fn joined(&self) -> impl Iterator<Item = (WorkspaceId, ContactId, ContactId)> + '_ {
        self.joined
            .keys()
            .map(|(workspace, gone)| (*workspace, *gone, self.surviving(*workspace, *gone)))
    }

    /// Addresses seen for the first time, with whose they are.
    pub fn new_addresses(&self) -> impl Iterator<Item = (WorkspaceId, &Address, ContactId)> + '_ {
        self.new_addresses
            .iter()
            .map(|(workspace, address, contact)| {
                (*workspace, address, self.surviving(*workspace, *contact))
            })
    }

    /// Contacts seen for the first time, without those that became part of another.
    pub fn new_contacts(&self) -> impl Iterator<Item = (WorkspaceId, ContactId)> + '_ {
        self.new_contacts
            .iter()
            .copied()
            .filter(|key| !self.joined.contains_key(key))
    }

    fn new_contact(&mut self, workspace: WorkspaceId) -> ContactId {
        let last = self.last.entry(workspace).or_insert(0);
        *last += 1;
        let contact = ContactId(*last);
        self.new_contacts.push((workspace, contact));
        contact
    }
}
