//! Where servers of a test listen, and where nobody does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where nobody listens: a port that only a superuser may take, of a service that no machine has.
pub const NOBODY: &str = "127.0.0.1:1";

/// An address for one server of this test. It is on a loopback address that belongs to this process alone, by its id, so
/// that nobody takes the port while the server is away.
pub fn own_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(7_001);
    // Linux's ids have 22 bits.
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let port = NEXT.fetch_add(1, Ordering::Relaxed);
    SocketAddr::from(([127, 64 | (high & 63), middle, low], port))
}
