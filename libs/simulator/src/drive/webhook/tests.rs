use acuse_proto::types::StatusEvidence;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::*;

/// A server that gives these answers, one after the other, and then what it was sent.
async fn answering(
    answers: &'static [(&'static str, &'static str)],
) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let serve = async move {
        let mut seen = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            seen.push(request(&mut stream).await);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}", body.len());
            let answer = format!("{head}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    };
    (address, tokio::spawn(serve))
}

async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).await.unwrap();
        text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if length.map_or(0, |length| length.parse().unwrap()) <= body.len() {
            return text;
        }
    }
}

fn webhook(address: &str) -> Webhook {
    let line = Line {
        account_id: "1".to_owned(),
        phone_number_id: "2".to_owned(),
        display_phone_number: "3".to_owned(),
    };
    Webhook::new(address, &Secret::new("a secret"), line, NonZeroUsize::MIN).unwrap()
}

fn updates() -> [Update; 1] {
    [Update::Status(StatusEvidence::default())]
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_fails_is_told_again() {
    let answers = &[
        ("503 Service Unavailable", ""),
        ("429 Too Many Requests", ""),
        ("200 OK", ""),
    ];
    let (address, served) = answering(answers).await;
    let retries = webhook(&address).tell(&updates(), MINUTE).await.unwrap();
    assert_eq!(retries, 2);
    let seen = served.await.unwrap();
    let (head, body) = seen[2].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
    let signature = Signer::new(&Secret::new("a secret")).sign(body.as_bytes());
    let line = format!("x-hub-signature-256: {signature}");
    assert!(head.lines().any(|found| found == line), "{head}");
    assert!(seen.iter().all(|one| one.ends_with(body)));
}

#[tokio::test]
async fn a_refusal_is_final() {
    let (address, served) = answering(&[("400 Bad Request", "")]).await;
    let refused = webhook(&address).tell(&updates(), MINUTE).await;
    assert!(
        matches!(refused, Err(WebhookError::Refused(StatusCode::BAD_REQUEST))),
        "{refused:?}"
    );
    assert_eq!(served.await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_there_is_waited_for_as_long_as_patience_lasts() {
    // Where nobody listens: a port that only a superuser may take, of a service that no machine has.
    let patience = Duration::from_millis(250);
    let away = webhook("http://127.0.0.1:1/hook")
        .tell(&updates(), patience)
        .await;
    let told = away.unwrap_err().to_string();
    assert!(told.to_lowercase().contains("refused"), "{told}");
}

#[tokio::test]
async fn an_address_is_verified_by_its_challenge() {
    let answers = &[("200 OK", "something else"), ("200 OK", CHALLENGE)];
    let (address, served) = answering(answers).await;
    let token = Secret::new("a token/with signs");
    webhook(&address).verify(&token).await.unwrap();
    let asked = served.await.unwrap().remove(1);
    let expected = "GET /hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=\
                    a%20token%2Fwith%20signs HTTP/1.1";
    assert_eq!(asked.lines().next(), Some(expected));
}

#[test]
fn addresses_are_plain_http() {
    let line = || webhook("http://localhost:1/x").line.as_ref().clone();
    for address in ["https://localhost:1/x", "localhost:1", "/x", ""] {
        let made = Webhook::new(address, &Secret::new("x"), line(), NonZeroUsize::MIN);
        assert!(matches!(made, Err(WebhookError::Address(_))), "{address}");
    }
}
