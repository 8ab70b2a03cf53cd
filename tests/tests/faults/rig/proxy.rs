//! A proxy before a connection, which can be cut, delayed and blackholed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::process::own_address;

/// Bytes that are passed on at once, and thus what a delay is of.
const CHUNK: usize = 16 * 1024;

/// What becomes of connections, those that are open included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They go through.
    Open,
    /// They end at once.
    Cut,
    /// They are taken and stay, and nothing that is sent arrives; it does once the proxy is open again.
    Blackholed,
    /// What is sent arrives this much later, chunk by chunk.
    Delayed(Duration),
}

/// A proxy, until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to `target`.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(own_address()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = watch::Sender::new(Mode::Open);
        let told = mode.subscribe();
        let task = tokio::spawn(async move {
            loop {
                let (from, _) = listener.accept().await.unwrap();
                tokio::spawn(connect(from, target, told.clone()));
            }
        });
        Self {
            address,
            mode,
            task,
        }
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(from: TcpStream, target: SocketAddr, mut mode: watch::Receiver<Mode>) {
    let open = passable(&mut mode).await;
    if open.is_none_or(|mode| mode == Mode::Cut) {
        return;
    }
    let Ok(to) = TcpStream::connect(target).await else {
        return;
    };
    let ((from, answers), (said, to)) = (from.into_split(), to.into_split());
    let (mut cut, back) = (mode.clone(), mode.clone());
    let both = async { tokio::join!(pass(from, to, mode), pass(said, answers, back)) };
    tokio::select! {
        _ = both => {}
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

/// The mode, once it is another than that in which nothing arrives; `None` where the proxy is gone.
async fn passable(mode: &mut watch::Receiver<Mode>) -> Option<Mode> {
    let now = mode.wait_for(|mode| *mode != Mode::Blackholed).await;
    now.ok().map(|mode| *mode)
}

/// Passes on what is said in one direction, to its end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        match passable(&mut mode).await {
            None => return,
            Some(Mode::Delayed(delay)) => sleep(delay).await,
            Some(_) => {}
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
    // Whoever listens hears that nothing more comes, and may go on speaking.
    let _ = to.shutdown().await;
}
