//! A Redis of a test's own, which keeps nothing: killed, it has lost everything.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use acuse_testkit::own_address;
use acuse_testkit::service::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server, which ends with this value.
pub(crate) struct Redis {
    address: SocketAddr,
    child: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let mut redis = Self {
            address: own_address(),
            child: None,
        };
        redis.resume().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Starts it, empty, and returns when it answers.
    pub(crate) async fn resume(&mut self) {
        let (ip, port) = (
            self.address.ip().to_string(),
            self.address.port().to_string(),
        );
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "redis-server"])
            .args(["--bind", &ip, "--port", &port])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let child = command.spawn();
        self.child = Some(child.expect("there is no redis-server on the PATH"));
        eventually(Duration::from_secs(20), || self.answers()).await;
    }

    async fn answers(&self) -> Option<()> {
        let mut connection = TcpStream::connect(self.address).await.ok()?;
        connection.write_all(b"PING\r\n").await.ok()?;
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await.ok()?;
        (&answer == b"+PONG").then_some(())
    }

    /// Kills it with all that it held.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
