//! A bucket at moto, a server that speaks S3 and is not ours.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use acuse_export::{Config, S3Config, S3Keys, Storage};
use acuse_rpc::Secret;
use acuse_testkit::service::http::{Answer, send};

use crate::door;

const BUCKET: &str = "exports";

/// A server with one bucket, until it is dropped.
pub(crate) struct Moto {
    address: SocketAddr,
    child: Child,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "moto_server"])
            .args(["--host", "127.0.0.1", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It says where it listens, and then each request, which somebody has to read.
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("http://")?;
            address.trim().parse().ok()
        });
        let address = address.expect("moto_server does not run: `./dev env` installs it");
        std::thread::spawn(move || lines.for_each(drop));
        let moto = Self { address, child };
        assert_eq!(moto.ask("PUT", "", b"").await.status, 200);
        moto
    }

    /// Keeps the files of a service here.
    pub(crate) fn keep(&self, config: &mut Config) {
        config.storage = Storage::S3(S3Config {
            bucket: BUCKET.to_owned(),
            endpoint: Some(format!("http://{}", self.address)),
            region: "us-east-1".to_owned(),
            keys: Some(S3Keys {
                id: "key".to_owned(),
                secret: Secret::new("secret"),
            }),
            virtual_hosted: false,
            allow_plaintext: true,
            authorities: None,
        });
    }

    /// The same over TLS, through a door.
    pub(crate) async fn behind_tls(&self, config: &mut Config) {
        let door = door::to(self.address.to_string()).await;
        self.keep(config);
        if let Storage::S3(bucket) = &mut config.storage {
            bucket.endpoint = Some(format!("https://{door}"));
            bucket.allow_plaintext = false;
        }
    }

    /// The keys of what is in the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        named("Key", &self.ask("GET", "?list-type=2", b"").await)
    }

    /// The keys of what is on its way into the bucket.
    pub(crate) async fn uploads(&self) -> Vec<String> {
        named("Key", &self.ask("GET", "?uploads", b"").await)
    }

    /// Leaves parts of a file that wait for the others, and what tells of them.
    pub(crate) async fn leave_unfinished(&self, key: &str) {
        let begun = self.ask("POST", &format!("{key}?uploads"), b"").await;
        let [id] = named("UploadId", &begun).try_into().unwrap();
        let part = format!("{key}?partNumber=1&uploadId={id}");
        assert_eq!(self.ask("PUT", &part, b"part").await.status, 200);
        let told = format!("{key}.upload");
        assert_eq!(self.ask("PUT", &told, id.as_bytes()).await.status, 200);
    }

    /// Puts an object into the bucket.
    pub(crate) async fn put(&self, key: &str) {
        assert_eq!(self.ask("PUT", key, b"left behind").await.status, 200);
    }

    async fn ask(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let target = format!("/{BUCKET}/{target}");
        send(self.address, method, &target, &[], body).await
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands in the elements of that name, in the order of the answer.
fn named(name: &str, answer: &Answer) -> Vec<String> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let parts = answer.body.split(&begin).skip(1);
    let values = parts.map(|part| part.split(&end).next().unwrap().to_owned());
    values.collect()
}
