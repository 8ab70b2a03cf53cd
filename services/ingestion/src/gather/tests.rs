mod peer;

use std::time::Duration;

use acuse_domain::error::ErrorKind;

use self::peer::{PANICS, Peer, REFUSED, WORKSPACE, names};
use super::*;

/// Other workspaces, and the address that calls about each go to.
const NEIGHBOUR: &str = "here/two";
const ELSEWHERE: &str = "there/three";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn who_comes_alone_is_sent_at_once() {
    let mut peer = Peer::new(false);
    let webhook = peer.webhook("a", 1).await;
    assert_eq!(peer.called(), Some(names("a", 1)));
    peer.answers.add_permits(1);
    assert_eq!(webhook.await.unwrap().unwrap(), names("a", 1));
    tokio::task::yield_now().await;
    assert!(peer.is_idle() && peer.called().is_none());
    let none = peer.webhook("b", 0).await;
    assert!(none.await.unwrap().unwrap().is_empty());
    assert!(peer.called().is_none(), "there is nothing to say");
}

#[tokio::test]
async fn what_comes_while_calls_are_under_way_goes_together() {
    let mut peer = Peer::new(false);
    let mut webhooks = Vec::new();
    for (of, count) in [("a", 1), ("b", 1), ("c", 2), ("d", 1), ("e", 3)] {
        webhooks.push((of, count, peer.webhook(of, count).await));
    }
    assert_eq!(peer.called(), Some(names("a", 1)));
    assert_eq!(peer.called(), Some(names("b", 1)));
    assert_eq!(peer.called(), None, "two are under way");
    peer.answers.add_permits(3);
    for (of, count, webhook) in webhooks {
        assert_eq!(webhook.await.unwrap().unwrap(), names(of, count), "its own");
    }
    let together = [names("c", 2), names("d", 1), names("e", 3)].concat();
    assert_eq!(peer.called(), Some(together));
    tokio::task::yield_now().await;
    assert!(peer.is_idle() && peer.called().is_none());
}

#[tokio::test]
async fn a_call_has_a_size() {
    let mut peer = Peer::new(false);
    let mut webhooks = Vec::new();
    for (of, count) in [
        ("a", 1),
        ("b", 1),
        ("c", MAX_EVENTS - 1),
        ("d", 2),
        ("e", MAX_EVENTS + 1),
    ] {
        webhooks.push(peer.webhook(of, count).await);
    }
    peer.answers.add_permits(10);
    for webhook in webhooks {
        webhook.await.unwrap().unwrap();
    }
    let mut sizes: Vec<usize> = std::iter::from_fn(|| peer.called())
        .map(|call| call.len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 2, MAX_EVENTS - 1, MAX_EVENTS + 1]);
}

#[tokio::test]
async fn who_left_takes_along_what_was_not_sent() {
    let mut peer = Peer::new(false);
    let first = [peer.webhook("a", 1).await, peer.webhook("b", 1).await];
    let left = peer.webhook("c", 1).await;
    let stays = peer.webhook("d", 1).await;
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    // What is under way goes on for the others, whoever began it.
    first[0].abort();
    peer.answers.add_permits(3);
    assert_eq!(stays.await.unwrap().unwrap(), names("d", 1));
    let calls: Vec<_> = std::iter::from_fn(|| peer.called()).collect();
    assert_eq!(calls, [names("a", 1), names("b", 1), names("d", 1)]);
}

#[tokio::test]
async fn a_failure_is_told_to_all_that_went_together() {
    let peer = Peer::new(true);
    let mut webhooks = Vec::new();
    for of in ["a", "b", "c", "d"] {
        webhooks.push(peer.webhook(of, 1).await);
    }
    peer.answers.add_permits(3);
    for webhook in webhooks {
        let error = webhook.await.unwrap().unwrap_err();
        assert!(matches!(
            error.kind,
            acuse_domain::error::ErrorKind::Unavailable { .. }
        ));
        assert_eq!(error.source.unwrap().to_string(), "a test");
    }
    tokio::task::yield_now().await;
    assert!(peer.is_idle());
}

#[tokio::test]
async fn workspaces_share_the_calls_to_an_address() {
    let mut peer = Peer::new(false);
    let now = Instant::now();
    let by = |seconds| now + Duration::from_secs(seconds);
    let mut webhooks = Vec::new();
    // Both places of each address are taken by the first two. The latest of those that go together is neither the first nor the last.
    for (workspace, of, seconds) in [
        (WORKSPACE, "a", 10),
        (ELSEWHERE, "b", 11),
        (NEIGHBOUR, "c", 20),
        (ELSEWHERE, "d", 21),
        (WORKSPACE, "e", 30),
        (ELSEWHERE, "f", 31),
        (NEIGHBOUR, "g", 50),
        (WORKSPACE, "h", 40),
    ] {
        let webhook = peer.webhook_of(workspace, of, 2, by(seconds)).await;
        webhooks.push((of, webhook));
    }
    assert_eq!(peer.calls.len(), 4, "two to each are under way");
    peer.answers.add_permits(6);
    for (of, webhook) in webhooks {
        assert_eq!(webhook.await.unwrap().unwrap(), names(of, 2), "its own");
    }
    let mut calls: Vec<_> = std::iter::from_fn(|| peer.calls.try_recv().ok())
        .map(|call| (call.parts, call.until))
        .collect();
    calls.sort();
    let part = |workspace: &str, of: &[&str]| {
        let names = of.iter().flat_map(|of| names(of, 2)).collect();
        (workspace.to_owned(), names)
    };
    let alone = |workspace, of, seconds| (vec![part(workspace, &[of])], by(seconds));
    let together = vec![part(WORKSPACE, &["e", "h"]), part(NEIGHBOUR, &["g"])];
    let expected = [
        alone(WORKSPACE, "a", 10),
        (together, by(50)),
        alone(NEIGHBOUR, "c", 20),
        alone(ELSEWHERE, "b", 11),
        alone(ELSEWHERE, "d", 21),
        alone(ELSEWHERE, "f", 31),
    ];
    assert_eq!(calls, expected);
    tokio::task::yield_now().await;
    assert!(peer.is_idle());
}

#[tokio::test]
async fn a_part_that_fails_is_its_own_webhooks_failure() {
    let peer = Peer::new(false);
    let until = Instant::now() + Duration::from_secs(60);
    let mut webhooks = Vec::new();
    for (workspace, of) in [
        (WORKSPACE, "a"),
        (WORKSPACE, "b"),
        (REFUSED, "c"),
        (NEIGHBOUR, "d"),
        (REFUSED, "e"),
        (NEIGHBOUR, "f"),
    ] {
        let webhook = peer.webhook_of(workspace, of, 1, until).await;
        webhooks.push((workspace, of, webhook));
    }
    peer.answers.add_permits(3);
    for (workspace, of, webhook) in webhooks {
        match webhook.await.unwrap() {
            Ok(own) => assert_eq!(own, names(of, 1)),
            Err(error) => assert_eq!((workspace, &*error.message), (REFUSED, "away")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_holds_up_nobody_for_long() {
    let mut peer = Peer::new(false);
    let mut webhooks = Vec::new();
    for of in ["a", "b", "c", "d"] {
        webhooks.push((of, peer.webhook(of, 1).await));
    }
    assert_eq!(peer.calls.len(), 2, "two are under way");
    tokio::time::sleep(SLOW + Duration::from_millis(1)).await;
    let calls: Vec<_> = std::iter::from_fn(|| peer.called()).collect();
    let together = [names("c", 1), names("d", 1)].concat();
    assert_eq!(calls, [names("a", 1), names("b", 1), together]);
    // Slow or not, all are answered.
    peer.answers.add_permits(3);
    for (of, webhook) in webhooks {
        assert_eq!(webhook.await.unwrap().unwrap(), names(of, 1));
    }
    tokio::time::sleep(SLOW).await;
    assert!(peer.is_idle());
}

#[tokio::test]
async fn a_call_that_panics_strands_nobody() {
    for panics in PANICS {
        let mut peer = Peer::new(false);
        let mut webhooks = Vec::new();
        // While both places are taken come two calls that panic, one for each place, and one that does not.
        for (of, count) in [
            ("a", 1),
            ("b", 1),
            (panics, MAX_EVENTS - 1),
            ("c", 1),
            ("d", MAX_EVENTS - 1),
            (panics, 1),
            ("e", 1),
        ] {
            webhooks.push((of, count, peer.webhook(of, count).await));
        }
        peer.answers.add_permits(10);
        let mut broke_off = Vec::new();
        for (of, count, webhook) in webhooks {
            let answer = tokio::time::timeout(PATIENCE, webhook).await;
            match answer.expect("nobody answers").unwrap() {
                Ok(own) => assert_eq!(own, names(of, count)),
                Err(error) => {
                    let is_internal = matches!(error.kind, ErrorKind::Internal);
                    assert!(is_internal, "{error:?}");
                    broke_off.push(of);
                }
            }
        }
        assert_eq!(broke_off, [panics, "c", "d", panics]);
        let calls = std::iter::from_fn(|| peer.called());
        let sizes: Vec<usize> = calls.map(|call| call.len()).collect();
        assert_eq!(sizes, [1, 1, MAX_EVENTS, MAX_EVENTS, 1]);
        let next = peer.webhook("f", 1).await;
        assert_eq!(next.await.unwrap().unwrap(), names("f", 1));
        tokio::task::yield_now().await;
        assert!(peer.is_idle());
    }
}
