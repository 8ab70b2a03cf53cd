//! A server at work in a task of its own.

use std::net::SocketAddr;

use tokio::task::JoinHandle;

use super::ServeError;

/// A service that is running: where it listens, and its end.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Serving {
    /// The service that listens on `address` and runs in `task`, which ends when everything of it has.
    pub fn new(address: SocketAddr, task: JoinHandle<Result<(), ServeError>>) -> Self {
        Self { address, task }
    }

    /// The address that it listens on: with the port that the system chose, where 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns when it has stopped, with everything that it had under way.
    ///
    /// # Errors
    ///
    /// [`ServeError`] where serving ended before it was to.
    pub async fn stopped(self) -> Result<(), ServeError> {
        // It panics where the task did.
        match self.task.await {
            Ok(served) => served,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Ok(()),
        }
    }
}
