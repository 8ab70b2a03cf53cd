//! Addresses that calls about the same thing prefer, so that they meet at one replica.
//!
//! Every caller that knows the same addresses chooses the same one for a thing, without asking anybody. It is a preference:
//! an address that a call got no answer from is passed over for a while, and then tried by one call before others follow.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use tokio::time::Instant;
use tonic::transport::{Channel as Transport, Endpoint};

/// For how long an address is passed over that a call got no answer from; twice as long after each further one in vain.
const AWAY: Duration = Duration::from_secs(5);

/// How often that time doubles at most.
const DOUBLINGS: u32 = 4;

/// Addresses, each with a connection of its own.
#[derive(Default)]
pub(super) struct Addresses(RwLock<Vec<Arc<Address>>>);

/// An address that may be preferred.
struct Address {
    name: String,
    transport: Transport,
    health: Mutex<Health>,
}

/// What came of the calls to an address.
#[derive(Default)]
struct Health {
    /// How often it was tried in vain since a call was answered.
    failures: u32,
    /// Until when it is passed over.
    away_until: Option<Instant>,
}

/// A call to an address. Where it ends, however it does, without having been answered, the address is passed over.
pub(super) struct Attempt {
    address: Arc<Address>,
    /// Whether it is the one that tries an address that was passed over.
    is_probe: bool,
    answered: bool,
}

impl Addresses {
    /// Has these from now on, by their names; connects to none that was not there yet.
    pub(super) fn set(&self, now: &BTreeMap<String, Endpoint>) {
        let mut addresses = self.0.write().unwrap_or_else(PoisonError::into_inner);
        addresses.retain(|address| now.contains_key(&address.name));
        for (name, endpoint) in now {
            if addresses.iter().all(|address| address.name != *name) {
                addresses.push(Arc::new(Address {
                    name: name.clone(),
                    transport: endpoint.connect_lazy(),
                    health: Mutex::default(),
                }));
            }
        }
    }

    /// How many there are, one at least.
    pub(super) fn count(&self) -> usize {
        self.read().len().max(1)
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Address>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of the address that calls about `thing` prefer now; `None` as for a call.
    pub(super) fn name_of(&self, thing: &str, now: Instant) -> Option<String> {
        Some(self.preferred(thing, now)?.name.clone())
    }

    fn preferred(&self, thing: &str, now: Instant) -> Option<Arc<Address>> {
        let all = self.read();
        let some = if all.len() > 1 { all.as_slice() } else { &[] };
        let there = some.iter().filter(|address| !address.is_away(now));
        there
            .max_by_key(|address| weight(&address.name, thing))
            .cloned()
    }

    /// A call to the address that calls about `thing` prefer now; `None` where all are passed over, or there are none to choose
    /// from.
    pub(super) fn of(&self, thing: &str, now: Instant) -> Option<Attempt> {
        let address = self.preferred(thing, now)?;
        let mut health = address.lock();
        let is_probe = health.failures > 0;
        if is_probe {
            health.away_until = Some(now + AWAY);
        }
        drop(health);
        Some(Attempt {
            address,
            is_probe,
            answered: false,
        })
    }
}

impl Address {
    fn is_away(&self, now: Instant) -> bool {
        self.lock().away_until.is_some_and(|until| now < until)
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The way to the address.
    pub(super) fn transport(&self) -> Transport {
        self.address.transport.clone()
    }

    /// Notes that it was answered.
    pub(super) fn answered(mut self) {
        self.answered = true;
        *self.address.lock() = Health::default();
    }

    /// Notes that it came to nothing by `now`. Of several at once one alone counts.
    fn fail(&self, now: Instant) {
        let mut health = self.address.lock();
        if !self.is_probe && health.away_until.is_some_and(|until| now < until) {
            return;
        }
        let longer = 1 << health.failures.min(DOUBLINGS);
        health.away_until = Some(now + AWAY * longer);
        health.failures = health.failures.saturating_add(1);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.answered {
            self.fail(Instant::now());
        }
    }
}

/// How much a thing belongs to an address (rendezvous hashing): where one goes or comes, only what is its own moves.
fn weight(address: &str, thing: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(address.as_bytes());
    hasher.update(&[0]);
    hasher.update(thing.as_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn addresses(names: &[&'static str]) -> Addresses {
        let named = |name: &&'static str| ((*name).to_owned(), Endpoint::from_static(name));
        let addresses = Addresses::default();
        addresses.set(&names.iter().map(named).collect());
        addresses
    }

    /// The address that a thing prefers now, and answers.
    fn answering(from: &Addresses, thing: &str) -> Option<String> {
        let now = Instant::now();
        let attempt = from.of(thing, now)?;
        let name = attempt.address.name.clone();
        attempt.answered();
        assert_eq!(from.name_of(thing, now).as_ref(), Some(&name));
        Some(name)
    }

    fn chosen(from: &Addresses) -> HashMap<String, String> {
        let things = (0..300).map(|number| format!("workspace-{number}"));
        things
            .map(|thing| (thing.clone(), answering(from, &thing).unwrap()))
            .collect()
    }

    const ONE: &str = "http://one:1";
    const TWO: &str = "http://two:1";
    const THREE: &str = "http://three:1";

    #[tokio::test]
    async fn things_are_shared_out_and_each_stays_where_it_is() {
        let all = chosen(&addresses(&[ONE, TWO, THREE]));
        // The order in which addresses are named says nothing.
        assert_eq!(all, chosen(&addresses(&[THREE, ONE, TWO])));
        for address in [ONE, TWO, THREE] {
            let count = all.values().filter(|it| it.starts_with(address)).count();
            assert!((60..140).contains(&count), "{address}: {count}");
        }
        let two = chosen(&addresses(&[ONE, TWO]));
        for (thing, address) in &all {
            assert!(
                two[thing] == *address || address.starts_with(THREE),
                "{thing}"
            );
        }
    }

    #[tokio::test]
    async fn what_does_not_answer_is_passed_over_and_tried_by_one() {
        let (addresses, now) = (addresses(&[ONE, TWO]), Instant::now());
        let first = answering(&addresses, "it").unwrap();
        // Many calls at once come to nothing: it is passed over no longer for that.
        let calls: Vec<_> = (0..9).map(|_| addresses.of("it", now).unwrap()).collect();
        drop(calls);
        let second = answering(&addresses, "it").unwrap();
        assert_ne!(first, second);
        let later = Instant::now() + AWAY;
        let probe = addresses.of("it", later).unwrap();
        assert_eq!(probe.address.name, first);
        assert_eq!(addresses.of("it", later).unwrap().address.name, second);
        probe.fail(later);
        let probe_again = |at| addresses.of("it", at).map(|it| it.address.name.clone());
        assert_ne!(probe_again(later + AWAY), Some(first.clone()));
        assert_eq!(probe_again(later + 2 * AWAY), Some(first));
    }

    #[tokio::test]
    async fn where_all_are_passed_over_none_is_preferred() {
        let (addresses, now) = (addresses(&[ONE, TWO]), Instant::now());
        for _ in 0..2 {
            drop(addresses.of("it", now));
        }
        assert!(addresses.of("it", now).is_none());
        assert!(addresses.of("it", now + 2 * AWAY).is_some());
    }
}
