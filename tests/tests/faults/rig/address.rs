//! Where servers of a test listen.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};

/// An address for one service of this test. It is on a loopback address that belongs to this process alone, by its id, so
/// that nobody takes the port while the service is away.
pub(crate) fn own_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(7_001);
    // Linux's ids have 22 bits.
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let port = NEXT.fetch_add(1, Ordering::Relaxed);
    SocketAddr::from(([127, 64 | (high & 63), middle, low], port))
}
