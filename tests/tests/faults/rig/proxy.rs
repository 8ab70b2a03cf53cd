//! A proxy before a connection, which can be cut, delayed, rationed and blackholed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acuse_testkit::own_address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

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
    /// So many bytes of answers arrive, give or take a chunk for each connection; what is left does once the proxy is open
    /// again.
    Rationed(usize),
}

/// A proxy, until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: watch::Sender<Mode>,
    answered: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// What one direction of a connection goes by.
#[derive(Clone)]
struct Rules {
    mode: watch::Receiver<Mode>,
    /// Bytes of answers that arrived since the mode was set.
    answered: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy to `target`.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(own_address()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = watch::Sender::new(Mode::Open);
        let rules = Rules {
            mode: mode.subscribe(),
            answered: Arc::default(),
        };
        let answered = Arc::clone(&rules.answered);
        let task = tokio::spawn(async move {
            loop {
                let (from, _) = listener.accept().await.unwrap();
                tokio::spawn(connect(from, target, rules.clone()));
            }
        });
        Self {
            address,
            mode,
            answered,
            task,
        }
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_modify(|current| {
            self.answered.store(0, Ordering::SeqCst);
            *current = mode;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(from: TcpStream, target: SocketAddr, mut rules: Rules) {
    let open = rules.passable().await;
    if open.is_none_or(|mode| mode == Mode::Cut) {
        return;
    }
    let Ok(to) = TcpStream::connect(target).await else {
        return;
    };
    let ((from, answers), (said, to)) = (from.into_split(), to.into_split());
    let (mut cut, back) = (rules.mode.clone(), rules.clone());
    let both = async {
        tokio::join!(
            pass(from, to, rules, false),
            pass(said, answers, back, true)
        )
    };
    tokio::select! {
        _ = both => {}
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

impl Rules {
    /// The mode, once it is another than that in which nothing arrives; `None` where the proxy is gone.
    async fn passable(&mut self) -> Option<Mode> {
        let now = self.mode.wait_for(|mode| *mode != Mode::Blackholed).await;
        now.ok().map(|mode| *mode)
    }

    /// The same for an answer.
    async fn answerable(&mut self) -> Option<Mode> {
        let answered = &self.answered;
        let arrives = |mode: &Mode| match mode {
            Mode::Blackholed => false,
            Mode::Rationed(most) => answered.load(Ordering::SeqCst) < *most,
            Mode::Open | Mode::Cut | Mode::Delayed(_) => true,
        };
        let now = self.mode.wait_for(arrives).await;
        now.ok().map(|mode| *mode)
    }
}

/// Passes on what is said in one direction, to its end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut rules: Rules, answers: bool) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let mode = if answers {
            rules.answerable().await
        } else {
            rules.passable().await
        };
        match mode {
            None => return,
            Some(Mode::Delayed(delay)) => sleep(delay).await,
            Some(_) => {}
        }
        if answers {
            rules.answered.fetch_add(length, Ordering::SeqCst);
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
    // Whoever listens hears that nothing more comes, and may go on speaking.
    let _ = to.shutdown().await;
}
