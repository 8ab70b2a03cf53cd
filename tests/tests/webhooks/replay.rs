//! What was not understood is read again by a version that understands it.

use acuse_proto::ingestion::replay_not_understood_request::Which;
use acuse_proto::ingestion::{
    NotUnderstoodFilter, ReplayNotUnderstoodRequest, ReplayNotUnderstoodResponse,
};

use crate::payload::{ago, body, status, text};
use crate::rig::{Acuse, post};

async fn replay(acuse: &Acuse, page_size: i32, page_token: &str) -> ReplayNotUnderstoodResponse {
    let request = ReplayNotUnderstoodRequest {
        which: Some(Which::Filter(NotUnderstoodFilter::default())),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = acuse.not_understood().replay_not_understood(request).await;
    answer.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_understood_by_now_is_taken_in_once_and_gone() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    // A version that did not know a word of them: this one is told a word that it does not know, in its place.
    let older = |name: usize, word: &str| {
        let known = status(&format!("wamid.{name}"), "sent", ago(100));
        let unknown = status(&format!("wamid.{name}"), word, ago(90));
        body(&[known, unknown], &[])
    };
    for name in 0..5 {
        let said = older(name, "brought");
        assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    }
    let odd = older(5, "eaten");
    assert_eq!(post(acuse.address(), &path, &odd).await.status, 200);
    assert_eq!(acuse.stored().await, (6, 6, 0));
    let session = acuse.session().await;
    let newer = "UPDATE ingestion.not_understood SET \
         body = convert_to(replace(convert_from(body, 'UTF8'), 'brought', 'delivered'), 'UTF8')";
    assert_eq!(session.execute(newer, &[]).await.unwrap(), 6);

    let (mut read, mut understood, mut applied, mut token) = (0, 0, 0, String::new());
    loop {
        let answer = replay(&acuse, 4, &token).await;
        read += answer.read;
        understood += answer.understood;
        applied += answer.items_applied;
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((read, understood, applied), (6, 5, 5));
    assert_eq!(acuse.stored().await, (6, 11, 0));
    assert_eq!(acuse.rows("ingestion.not_understood").await, 1);
    // Once more changes nothing.
    let again = replay(&acuse, 0, "").await;
    assert_eq!(
        (again.read, again.understood, again.items_applied),
        (1, 0, 0)
    );
    assert_eq!(acuse.stored().await, (6, 11, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_receipt_stand_in_as_they_did_at_first() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let said = body(
        &[status("wamid.1", "eaten", ago(90))],
        &[text("wamid.2", "Hola", 0)],
    );
    assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    assert_eq!(acuse.stored().await, (0, 0, 1));
    let answer = replay(&acuse, 0, "").await;
    assert_eq!(
        (answer.read, answer.understood, answer.items_applied),
        (1, 0, 0)
    );
    assert_eq!(acuse.stored().await, (0, 0, 1), "it is the same message");
}
