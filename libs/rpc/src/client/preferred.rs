//! Addresses that calls about the same thing prefer, so that they meet at one replica.
//!
//! Every caller that knows the same addresses chooses the same one for a thing, without asking anybody. It is a preference:
//! where the address takes no connection, calls go wherever they are taken.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::Uri;
use tokio::time::Instant;
use tonic::transport::{Channel as Transport, Endpoint};

/// For how long an address that took no connection is not preferred. Calls wait for a connection no more often than that.
const AWAY: Duration = Duration::from_secs(5);

/// Addresses, each with a connection of its own.
pub(super) struct Addresses(Vec<Address>);

/// An address that may be preferred.
pub(super) struct Address {
    name: String,
    transport: Transport,
    away_until: Mutex<Option<Instant>>,
}

impl Addresses {
    /// Those of a peer; connects to none of them yet.
    pub(super) fn new<'a>(endpoints: impl IntoIterator<Item = (&'a Uri, &'a Endpoint)>) -> Self {
        let addresses = endpoints.into_iter().map(|(uri, endpoint)| Address {
            name: uri.to_string(),
            transport: endpoint.connect_lazy(),
            away_until: Mutex::new(None),
        });
        Self(addresses.collect())
    }

    /// The address that calls about `thing` prefer now; `None` where all are away, or there is none to choose from.
    pub(super) fn of(&self, thing: &str, now: Instant) -> Option<&Address> {
        let there = self.0.iter().filter(|address| !address.is_away(now));
        there.max_by_key(|address| weight(&address.name, thing))
    }
}

impl Address {
    pub(super) fn transport(&self) -> Transport {
        self.transport.clone()
    }

    /// Notes that it takes no connection now.
    pub(super) fn is_gone(&self, now: Instant) {
        *self.lock() = Some(now + AWAY);
    }

    fn is_away(&self, now: Instant) -> bool {
        self.lock().is_some_and(|until| now < until)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        let parts: Vec<_> = names
            .iter()
            .map(|name| (Uri::from_static(name), Endpoint::from_static(name)))
            .collect();
        Addresses::new(parts.iter().map(|(uri, endpoint)| (uri, endpoint)))
    }

    fn chosen(from: &Addresses) -> HashMap<String, String> {
        let things = (0..300).map(|number| format!("workspace-{number}"));
        things
            .map(|thing| {
                (
                    thing.clone(),
                    from.of(&thing, Instant::now()).unwrap().name.clone(),
                )
            })
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
    async fn what_is_away_is_not_preferred_for_a_while() {
        let (addresses, now) = (addresses(&[ONE, TWO]), Instant::now());
        let first = addresses.of("it", now).unwrap();
        first.is_gone(now);
        let second = addresses.of("it", now).unwrap();
        assert_ne!(second.name, first.name);
        second.is_gone(now);
        assert!(addresses.of("it", now).is_none());
        assert_eq!(addresses.of("it", now + AWAY).unwrap().name, first.name);
    }
}
