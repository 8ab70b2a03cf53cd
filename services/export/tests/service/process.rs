//! The service as a process of its own, which may be killed and frozen.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use acuse_rpc::Secret;
use acuse_rpc::client::{Credentials, is_serving};
use acuse_testkit::own_address;
use acuse_testkit::service::{AUDIENCE, ISSUER, channel, eventually};

use crate::rig::{PATIENCE, Rig};

/// A process, which ends with this value, and with the test even where that is killed.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// A replica of a rig's service, on the real clock, whose claims are over three seconds after it was last heard of.
    pub(crate) async fn start(rig: &Rig) -> Self {
        Self::within(rig, &[]).await
    }

    /// The same, started by the program that `around` begins with.
    pub(crate) async fn within(rig: &Rig, around: &[&str]) -> Self {
        let beside = rig.beside();
        std::fs::create_dir_all(&beside).unwrap();
        let path = |name: &str| beside.join(name);
        std::fs::write(path("jwks.json"), rig.keys.set()).unwrap();
        std::fs::write(path("service.pem"), rig.keys.service_key().expose()).unwrap();
        let address = own_address();
        let log = path(&format!("{}.log", address.port()));
        let to = File::create(&log).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .args(around)
            .arg(env!("CARGO_BIN_EXE_acuse-export"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ACUSE_")) {
            command.env_remove(name);
        }
        let shown = |path: &Path| path.display().to_string();
        command
            .env("ACUSE_LISTEN", address.to_string())
            .env("ACUSE_DATABASE_URL", rig.database.url())
            .env("ACUSE_REDIS_URL", &rig.redis_url)
            .env("ACUSE_JWKS", shown(&path("jwks.json")))
            .env("ACUSE_ISSUER", ISSUER)
            .env("ACUSE_AUDIENCE", AUDIENCE)
            .env("ACUSE_SERVICE_KEY", shown(&path("service.pem")))
            .env("ACUSE_REPORTING_ADDRESSES", rig.peer.address.to_string())
            .env("ACUSE_EXPORT_FOLDER", shown(&rig.folder))
            .env("ACUSE_EXPORT_LEASE_SECONDS", "3")
            .stdin(Stdio::null())
            .stdout(to.try_clone().unwrap())
            .stderr(to);
        let mut process = Self {
            address,
            child: command.spawn().unwrap(),
            log,
        };
        let channel = channel(address, Credentials::None);
        eventually(PATIENCE, || async {
            is_serving(&channel, "").await.is_ok().then_some(())
        })
        .await;
        assert!(process.child.try_wait().unwrap().is_none());
        process
    }

    /// Its id in the system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it with SIGKILL. It must be running.
    pub(crate) fn kill(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "it has ended");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args(["-s", name, &self.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// The whole file of an export as it gives it.
    pub(crate) async fn download(&self, rig: &Rig, token: &Secret, id: &str) -> Vec<Vec<u8>> {
        let channel = channel(self.address, Credentials::Bearer(token.clone()));
        rig.download_from(channel, id, 0).await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            #[allow(clippy::print_stdout, reason = "shown with a failure")]
            {
                println!("--- {}:\n{log}", self.log.display());
            }
        }
    }
}
