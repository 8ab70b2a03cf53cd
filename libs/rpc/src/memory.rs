//! The memory of a process.

/// Has the kernel give this process small pages alone. Where it gives huge ones on its own account, a service that waits holds
/// 12 MB more than it uses, as its allocator's pieces are spread; calls take no less time with them.
///
/// Does nothing where the kernel knows no such thing.
pub fn small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay");
    }
}
