//! How many files are downloaded by address at once. Nobody's token counts these, and one that nobody reads never ends by
//! itself: without a share of their own, one address could take all the places of calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// Downloads of one export at once: some more than the connections that a program opens for one file.
const OF_ONE: usize = 16;

/// The places of downloads.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    most: usize,
    taken: Arc<Mutex<HashMap<Uuid, usize>>>,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    job: Uuid,
}

impl Places {
    /// Half of the places that calls have in all.
    pub(crate) fn beside(concurrent_calls: usize) -> Self {
        Self {
            most: (concurrent_calls / 2).max(1),
            taken: Arc::default(),
        }
    }

    /// A place for a download of a job's file; `None` where there is none left.
    pub(super) fn take(&self, job: Uuid) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let of_job = taken.get(&job).copied().unwrap_or_default();
        if all >= self.most || of_job >= OF_ONE {
            return None;
        }
        taken.insert(job, of_job + 1);
        Some(Place {
            places: self.clone(),
            job,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &self.places.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.job) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.job);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_shared_and_given_back() {
        let places = Places::beside(40);
        let [one, other, third] = [1, 2, 3].map(Uuid::from_u128);
        let held: Vec<_> = std::iter::from_fn(|| places.take(one)).collect();
        assert_eq!(held.len(), 16);
        let more: Vec<_> = std::iter::from_fn(|| places.take(other)).collect();
        assert_eq!(more.len(), 4);
        assert!(places.take(third).is_none());
        drop(held);
        assert!(places.take(third).is_some());
        drop(more);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
