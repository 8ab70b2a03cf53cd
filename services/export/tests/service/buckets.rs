//! Files in a bucket that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::time::days;
use acuse_proto::export::ExportState;
use acuse_testkit::certificates::AUTHORITY;
use acuse_testkit::service::eventually;
use acuse_testkit::service::http::send;
use tokio::sync::Semaphore;

use crate::moto::Moto;
use crate::peer::Answer;
use crate::rig::{NOW, PATIENCE, Rig, ids, plain};

/// Rows of some parts: 5 MiB each, but for the last.
const ROWS: usize = 30_000;

fn redis_url() -> String {
    std::env::var("REDIS_URL").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_part_and_of_many_are_kept_in_a_bucket() {
    let moto = Moto::start().await;
    for rows in [10, ROWS] {
        let script = move |_| Ok(Answer::of(rows));
        let rig = Rig::with(redis_url(), script, |config| moto.keep(config)).await;
        let ana = rig.analyst();
        let id = rig.create(&ana, plain()).await.unwrap().id;
        let done = rig.until(&ana, &id, ExportState::Succeeded).await;
        let file = done.file.unwrap();
        assert_eq!(done.attempts, 1);
        let pieces = rig.download(&ana, &id, 0).await.unwrap();
        assert_eq!(ids(&pieces), (0..rows).collect::<Vec<_>>());
        let bytes = pieces.concat();
        assert_eq!(file.size_bytes, i64::try_from(bytes.len()).unwrap());
        assert_eq!(bytes.len() > 2 * (5 << 20), rows == ROWS, "{}", bytes.len());
        let middle = bytes.len() / 2;
        let rest = rig.download(&ana, &id, i64::try_from(middle).unwrap());
        assert!(rest.await.unwrap().concat() == bytes[middle..]);

        let url = rig.url(&ana, &id, None).await.unwrap().url;
        let address = rig.service.running.address();
        let path = url.strip_prefix(&format!("http://{address}")).unwrap();
        let range = format!("bytes={}-{}", middle, middle + 99);
        let part = send(address, "GET", path, &[("range", &range)], b"").await;
        assert_eq!(part.status, 206);
        assert!(part.bytes == bytes[middle..middle + 100]);

        // The file is all that there is, and nothing once it is deleted.
        let [key] = moto.keys().await.try_into().unwrap();
        assert!(key.ends_with(&format!("/{id}/1")), "{key}");
        assert!(moto.uploads().await.is_empty());
        rig.delete(&ana, &id).await.unwrap();
        assert!(moto.keys().await.is_empty());
        assert!(rig.files().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_behind_tls_is_used_where_its_authority_is_trusted() {
    let moto = Moto::start().await;
    let trusting = |trusts: bool| {
        let moto = &moto;
        async move {
            let script = |_| Ok(Answer::of(10));
            let rig = Rig::with(redis_url(), script, |config| config.work.workers = 0).await;
            let mut storage = rig.config();
            moto.behind_tls(&mut storage).await;
            if let acuse_export::Storage::S3(bucket) = &mut storage.storage {
                bucket.authorities = trusts.then(|| AUTHORITY.into());
            }
            let worker = rig
                .replica_with(|config| config.storage = storage.storage)
                .await;
            let ana = rig.analyst();
            let id = rig.create(&ana, plain()).await.unwrap().id;
            let ended = eventually(Duration::from_secs(60), || async {
                let found = rig.get(&ana, &id).await.unwrap();
                found.end_time.is_some().then_some(found)
            })
            .await;
            worker.stop().await;
            ended
        }
    };
    assert_eq!(trusting(true).await.state(), ExportState::Succeeded);
    assert_eq!(moto.keys().await.len(), 1);
    let failed = trusting(false).await;
    assert_eq!(failed.failure.unwrap().reason, "ATTEMPTS_EXHAUSTED");
    assert_eq!(moto.keys().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_leaves_no_part_of_it() {
    let moto = Moto::start().await;
    let gate = Arc::new(Semaphore::new(15));
    let opened = Arc::clone(&gate);
    let script = move |_| {
        Ok(Answer {
            gate: Some(Arc::clone(&gate)),
            ..Answer::of(ROWS)
        })
    };
    let rig = Rig::with(redis_url(), script, |config| moto.keep(config)).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    eventually(PATIENCE, || async {
        (moto.uploads().await.len() == 1).then_some(())
    })
    .await;
    // Whoever finds what was left knows what to take away.
    let marked = eventually(PATIENCE, || async { moto.keys().await.pop() }).await;
    assert!(marked.ends_with(&format!("/{id}/1.upload")), "{marked}");
    rig.cancel(&ana, &id).await.unwrap();
    eventually(PATIENCE, || async {
        let left = (moto.uploads().await, moto.keys().await);
        (left == (Vec::new(), Vec::new())).then_some(())
    })
    .await;
    opened.add_permits(1_000);
    let after = rig.get(&ana, &id).await.unwrap();
    assert_eq!(after.state(), ExportState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_finished_or_needs_is_removed() {
    let moto = Moto::start().await;
    let script = |_| Ok(Answer::of(10));
    let rig = Rig::with(redis_url(), script, |config| moto.keep(config)).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &id, ExportState::Succeeded).await;
    let [kept] = moto.keys().await.try_into().unwrap();
    let (workspace, _) = kept.split_once('/').unwrap();
    moto.put(&format!("{workspace}/{id}/7")).await;
    moto.put("notes.txt").await;
    moto.leave_unfinished(&format!("{workspace}/{id}/8")).await;
    let stranger = uuid::Uuid::from_u128(1);
    moto.leave_unfinished(&format!("{workspace}/{stranger}/1"))
        .await;
    assert_eq!(moto.uploads().await.len(), 2);
    let cleaning = rig.replica_with(|config| moto.keep(config)).await;
    eventually(PATIENCE, || async {
        let left = (moto.uploads().await.len(), moto.keys().await);
        (left == (0, vec![kept.clone(), "notes.txt".to_owned()])).then_some(())
    })
    .await;
    cleaning.stop().await;

    // Its time is over.
    rig.set_now(NOW + days(7));
    let cleaning = rig.replica_with(|config| moto.keep(config)).await;
    eventually(PATIENCE, || async {
        (moto.keys().await == ["notes.txt"]).then_some(())
    })
    .await;
    cleaning.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_fails_exports_with_their_reason() {
    let moto = Moto::start().await;
    let elsewhere = |config: &mut acuse_export::Config| {
        moto.keep(config);
        if let acuse_export::Storage::S3(bucket) = &mut config.storage {
            bucket.bucket = "nobodys".to_owned();
        }
    };
    let rig = Rig::with(redis_url(), |_| Ok(Answer::of(ROWS)), elsewhere).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let failed = eventually(Duration::from_secs(60), || async {
        let found = rig.get(&ana, &id).await.unwrap();
        (found.state() == ExportState::Failed).then_some(found)
    })
    .await;
    let failure = failed.failure.unwrap();
    assert_eq!(failure.reason, "ATTEMPTS_EXHAUSTED");
    assert_eq!(failure.message, "the file could not be written");
    assert_eq!(failed.attempts, 5);
}
