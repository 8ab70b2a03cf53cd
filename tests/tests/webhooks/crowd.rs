//! Many at once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::future::join_all;

use crate::payload::{ago, body, status, text, with};
use crate::rig::{Acuse, post};

/// Webhooks that had to come again.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

const CONNECTIONS: usize = 64;
const EACH: usize = 6;

/// Posts a body until it is taken: on a machine with other work to do, Postgres too may be slow, and a provider is then told
/// to come again.
async fn deliver(address: SocketAddr, path: &str, said: &[u8]) {
    for _ in 0..10 {
        match post(address, path, said).await.status {
            200 => return,
            503 => REFUSED.fetch_add(1, Ordering::Relaxed),
            other => panic!("answered {other}"),
        };
    }
    panic!("turned away ten times");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_senders_flat_out_lose_nothing() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let (address, at) = (acuse.address(), ago(100));
    let began = Instant::now();
    let senders = (0..CONNECTIONS).map(|sender| {
        let path = path.clone();
        tokio::spawn(async move {
            for turn in 0..EACH {
                let name = format!("wamid.{sender}.{turn}");
                let contact = format!("5691{sender:03}{turn:04}");
                let status = |kind, at| with(status(&name, kind, at), &contact);
                let reply = with(text(&format!("{name}.in"), "hola", at + 2), &contact);
                let said = body(&[status("sent", at), status("delivered", at + 1)], &[reply]);
                // Every second one twice, as Meta may.
                for _ in 0..=turn % 2 {
                    deliver(address, &path, &said).await;
                }
            }
        })
    });
    for sender in join_all(senders).await {
        sender.unwrap();
    }
    let (webhooks, took) = (CONNECTIONS * EACH * 3 / 2, began.elapsed());
    let refused = REFUSED.load(Ordering::Relaxed);
    println!(
        "{webhooks} webhooks by {CONNECTIONS} connections in {took:?}, {refused} of them told to come again"
    );
    acuse.drained().await;
    let messages = i64::try_from(CONNECTIONS * EACH).unwrap();
    assert_eq!(acuse.stored().await, (messages, 2 * messages, messages));
}
