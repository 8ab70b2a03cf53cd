//! An installation to take files into, and a way to it that can be held up and cut.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use acuse_testkit::Database;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

use crate::rig::{Folder, answer};

/// `acuse up` on a database of its own.
pub(crate) struct Installation {
    up: Child,
    variables: Vec<(String, String)>,
    pub(crate) folder: Folder,
    database_url: String,
    _database: Option<Database>,
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.up.kill().ok();
        self.up.wait().ok();
    }
}

impl Installation {
    /// Everything, with the workspace `acme`.
    pub(crate) async fn start() -> Self {
        let database = Database::new().await;
        let url = database.url().to_owned();
        let mut installation = Self::on(&url, &[]);
        installation._database = Some(database);
        installation
    }

    /// The same on the database at `url`, which `options` say more of.
    pub(crate) fn on(url: &str, options: &[&str]) -> Self {
        let folder = Folder::new();
        let home = folder.join("home");
        let mut up = Command::new(env!("CARGO_BIN_EXE_acuse"))
            .args(["up", "--first-port", "0", "--home"])
            .arg(&home)
            .args(options)
            .env("ACUSE_LOG", "warn")
            .env("ACUSE_DATABASE_URL", url)
            .env("ACUSE_REDIS_URL", std::env::var("REDIS_URL").unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(up.stdout.take().unwrap()).lines();
        let told = lines.find(|line| line.as_ref().unwrap().contains("In another terminal"));
        assert!(told.is_some(), "it did not start");
        let environment = fs::read_to_string(home.join("env")).unwrap();
        let variables = environment.lines().map(|line| {
            let (name, value) = line
                .strip_prefix("export ")
                .unwrap()
                .split_once('=')
                .unwrap();
            (name.to_owned(), value.trim_matches('\'').to_owned())
        });
        let installation = Self {
            up,
            variables: variables.collect(),
            folder,
            database_url: url.to_owned(),
            _database: None,
        };
        let made = installation.acuse(&["workspace", "create", "acme"]);
        assert!(made.status.success(), "{made:?}");
        installation
    }

    /// A command that finds the installation.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acuse"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.join(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn acuse(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Takes files in; gives how it ended, and what became of each.
    pub(crate) fn ingest(&self, arguments: &[&str]) -> (Option<i32>, Vec<Value>, String) {
        let common = ["ingest", "--workspace", "acme", "--json"];
        ended(&self.acuse(&[&common, arguments].concat()))
    }

    pub(crate) fn ingestion(&self) -> SocketAddr {
        let mut variables = self.variables.iter();
        let (_, address) = variables
            .find(|(name, _)| name == "ACUSE_INGESTION")
            .unwrap();
        address.parse().unwrap()
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// What a query that counts gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let connected = tokio_postgres::connect(&self.database_url, tokio_postgres::NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client.query_one(query, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn messages(&self) -> i64 {
        self.count("SELECT count(*) FROM message_state.messages")
            .await
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// How a run ended, and what it printed: an object a line, and the rest.
pub(crate) fn ended(output: &Output) -> (Option<i32>, Vec<Value>, String) {
    let lines = answer(output).lines();
    let told = lines.map(|line| serde_json::from_str(line).unwrap());
    let beside = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code(), told.collect(), beside)
}

/// How many rows a state says are taken in; 0 for no state.
pub(crate) fn rows_in(state: &Path) -> u64 {
    let Ok(text) = fs::read(state) else {
        return 0;
    };
    let state: Value = serde_json::from_slice(&text).unwrap();
    state["position"]["rows"].as_u64().unwrap()
}

/// Waits until a state says that so many rows are taken in, as long as a run goes on.
pub(crate) async fn until(child: &mut Child, state: &Path, rows: u64) {
    while rows_in(state) < rows {
        if let Some(status) = child.try_wait().unwrap() {
            let mut text = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            panic!("ended before, with {status}: {text}");
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What goes through a proxy.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// So many bytes of what is asked.
    allowed: u64,
    /// Nothing, and what is open ends.
    is_cut: bool,
}

/// A way to a service, until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: String,
    rules: watch::Sender<Rules>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// One through which so many bytes go, and no more until it is opened.
    pub(crate) async fn to(target: SocketAddr, allowed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let is_cut = false;
        let (rules, told) = watch::channel(Rules { allowed, is_cut });
        let task = tokio::spawn(async move {
            let passed = Arc::new(AtomicU64::new(0));
            loop {
                let (from, _) = listener.accept().await.unwrap();
                tokio::spawn(connect(from, target, told.clone(), Arc::clone(&passed)));
            }
        });
        Self {
            address,
            rules,
            task,
        }
    }

    /// Lets everything through.
    pub(crate) fn open(&self) {
        let is_cut = false;
        self.rules.send_replace(Rules {
            allowed: u64::MAX,
            is_cut,
        });
    }

    /// Ends what is open, and takes nothing.
    pub(crate) fn cut(&self) {
        self.rules.send_modify(|rules| rules.is_cut = true);
    }
}

async fn connect(
    from: TcpStream,
    target: SocketAddr,
    mut rules: watch::Receiver<Rules>,
    passed: Arc<AtomicU64>,
) {
    if rules.borrow().is_cut {
        return;
    }
    let to = TcpStream::connect(target).await.unwrap();
    let ((asked, answers), (said, to)) = (from.into_split(), to.into_split());
    let limit = Some((rules.clone(), passed));
    tokio::select! {
        () = pass(asked, to, limit) => {}
        () = pass(said, answers, None) => {}
        _ = rules.wait_for(|rules| rules.is_cut) => {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut limit: Option<(watch::Receiver<Rules>, Arc<AtomicU64>)>,
) {
    let mut chunk = vec![0; 4096];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        if let Some((rules, passed)) = &mut limit {
            let may = |rules: &Rules| passed.load(Ordering::SeqCst) < rules.allowed;
            if rules.wait_for(may).await.is_err() {
                return;
            }
            passed.fetch_add(length as u64, Ordering::SeqCst);
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}
