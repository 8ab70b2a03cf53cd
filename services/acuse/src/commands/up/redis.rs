//! A private Redis. It keeps nothing: what it holds can be had again from Postgres.

use std::path::Path;

use acuse_rpc::Secret;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    child::{Account, Server, free_port, programs, unusable},
    home,
};
use crate::failure::{Failure, Result};

/// Starts it. Gives it with its URL.
pub(super) async fn start(account: &Account, home: &Path) -> Result<(Server, Secret)> {
    let program = programs("redis-server", [])
        .into_iter()
        .next()
        .ok_or_else(|| {
            Failure::new("there is no Redis on this machine").advise(
                "install it (on Debian: apt install redis-server), or give one with --redis-url",
            )
        })?;
    let folder = home.join("redis");
    home::folder(&folder, 0o700)?;
    let password = home::secret(&home.join("redis-password"), home::hexadecimal)?;
    let port = free_port()?;
    // In a file: command lines can be read by everyone on the machine.
    let settings = folder.join("redis.conf");
    let text = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {}\nsave \"\"\nappendonly no\n",
        password.expose()
    );
    std::fs::write(&settings, text).map_err(|error| unusable(&settings, &error))?;
    account.own(&folder)?;
    account.own(&settings)?;
    let mut server = Server::start("Redis", account, &folder, &program, &["redis.conf"])?;
    server.ready(async || answers(port).await).await?;
    let url = format!("redis://:{}@127.0.0.1:{port}/0", password.expose());
    Ok((server, Secret::new(url)))
}

/// Whether it answers, if only that it wants a password.
async fn answers(port: u16) -> bool {
    let Ok(mut connection) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let mut first = [0_u8; 1];
    connection.write_all(b"PING\r\n").await.is_ok()
        && connection.read_exact(&mut first).await.is_ok()
        && matches!(first[0], b'+' | b'-')
}
