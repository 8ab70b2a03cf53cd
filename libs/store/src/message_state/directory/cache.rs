//! The names that this process has seen: most of what a batch mentions is among them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::names::{DatedLabel, Dimension, Label, Mention};
use futures::FutureExt;

use super::{NameKey, Stored, Wanted, store};
use crate::apply::Submission;
use crate::error::StoreError;
use crate::pool::{Database, Role};

/// What is known of names, found by external ids as callers hold them.
#[derive(Debug)]
pub(crate) struct Known<T> {
    kinds: HashMap<(WorkspaceId, Dimension), HashMap<String, T>>,
    count: usize,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            kinds: HashMap::new(),
            count: 0,
        }
    }
}

impl<T> Known<T> {
    /// What is known of a name.
    pub(crate) fn get(
        &self,
        workspace: WorkspaceId,
        dimension: Dimension,
        external_id: &str,
    ) -> Option<&T> {
        self.kinds.get(&(workspace, dimension))?.get(external_id)
    }

    fn of(&self, workspace: WorkspaceId, mention: &Mention) -> Option<&T> {
        self.get(workspace, mention.dimension, &mention.external_id)
    }

    fn insert(&mut self, (workspace, dimension, external_id): NameKey, known: T) {
        let kind = self.kinds.entry((workspace, dimension)).or_default();
        if kind.insert(external_id, known).is_none() {
            self.count += 1;
        }
    }
}

/// The numbers of the names that a batch mentions.
pub(crate) type Numbers = Known<NameId>;

/// Names held at most; beyond, the cache starts anew.
const CACHE_SIZE: usize = 200_000;

/// The names that this process has seen, with their numbers and labels.
#[derive(Debug, Default)]
pub(crate) struct NameCache {
    names: RwLock<Known<(NameId, DatedLabel)>>,
}

/// What is known of the names that a batch mentions.
#[derive(Debug, Default)]
pub(crate) struct Found {
    numbers: Numbers,
    wanted: Wanted,
}

impl Found {
    fn note(&mut self, workspace: WorkspaceId, mention: &Mention, number: Option<NameId>) {
        if self.numbers.of(workspace, mention).is_some() {
            return;
        }
        let key = (workspace, mention.dimension, mention.external_id.clone());
        match number {
            Some(number) => self.numbers.insert(key, number),
            None => {
                let unlabelled = Mention {
                    external_id: mention.external_id.clone(),
                    label: Label::default(),
                    ..*mention
                };
                self.wanted.entry(key).or_insert_with(|| vec![unlabelled]);
            }
        }
    }
}

impl NameCache {
    /// What is known here of the names that a batch mentions; and, of each item, the mentions that would change what is shown
    /// of a name, for all that is known here.
    pub(crate) fn look_up(&self, batch: &[Submission]) -> (Found, Vec<Vec<Mention>>) {
        let mut found = Found::default();
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let mut restated = Vec::with_capacity(batch.len());
        for Submission { workspace, event } in batch {
            let mut mentions = event.item.mentions();
            mentions.retain(|mention| {
                let known = names.of(*workspace, mention);
                found.note(*workspace, mention, known.map(|(number, _)| *number));
                !mention.label.is_empty()
                    && known.is_none_or(|(_, label)| label.would_change(&mention.label, mention.at))
            });
            mentions.shrink_to_fit();
            restated.push(mentions);
        }
        (found, restated)
    }

    /// The number of every name mentioned; new ones are stored first. What they are called is not.
    pub(crate) async fn complete(
        &self,
        database: &Database,
        found: Found,
    ) -> Result<Numbers, StoreError> {
        let Found {
            mut numbers,
            wanted,
        } = found;
        if wanted.is_empty() {
            return Ok(numbers);
        }
        let stored = database
            .transaction(Role::Writer, None, move |connection| {
                store(connection, wanted).boxed()
            })
            .await?;
        for (key, (number, _)) in &stored {
            numbers.insert(key.clone(), *number);
        }
        self.keep(stored);
        Ok(numbers)
    }

    /// Leaves those mentions that still would change what is shown, now that what is stored of new names is known here.
    pub(crate) fn keep_restated(&self, batch: &[Submission], restated: &mut [Vec<Mention>]) {
        if restated.iter().all(Vec::is_empty) {
            return;
        }
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        for (Submission { workspace, .. }, mentions) in batch.iter().zip(restated) {
            mentions.retain(|mention| {
                let known = names.of(*workspace, mention);
                known.is_none_or(|(_, label)| label.would_change(&mention.label, mention.at))
            });
        }
    }

    /// Takes in names whose transaction has committed.
    pub(crate) fn keep(&self, stored: Stored) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.count + stored.len() > CACHE_SIZE {
            *names = Known::default();
        }
        for (key, known) in stored {
            names.insert(key, known);
        }
    }

    /// Forgets everything: what is stored is asked for again.
    pub(crate) fn clear(&self) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Known::default();
    }
}
