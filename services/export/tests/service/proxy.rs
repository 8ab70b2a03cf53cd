//! A proxy that can be cut, and that can hang.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They go through.
    Open,
    /// They end at once.
    Cut,
    /// They are taken, and nothing is ever answered.
    Hanging,
}

/// A proxy, until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    connections: Arc<Mutex<JoinSet<()>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to `target`, a host and a port.
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(Mutex::new(Mode::Open));
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let (now, open) = (Arc::clone(&mode), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                let (mode, target) = (*now.lock().unwrap(), target.clone());
                open.lock().unwrap().spawn(async move {
                    match mode {
                        Mode::Cut => {}
                        Mode::Hanging => std::future::pending().await,
                        Mode::Open => {
                            let mut to = TcpStream::connect(target).await.unwrap();
                            let _ = copy_bidirectional(&mut from, &mut to).await;
                        }
                    }
                });
            }
        });
        Self {
            address,
            mode,
            connections,
            task,
        }
    }

    /// Ends all connections; later ones are as `mode` says.
    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
        self.connections.lock().unwrap().abort_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
