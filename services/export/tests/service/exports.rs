//! An export from the request to the file's end.

use std::io::Read as _;
use std::sync::Arc;

use acuse_domain::scope::{Limit, Role, Scope};
use acuse_domain::time::{Timestamp, days};
use acuse_proto::convert::timestamp;
use acuse_proto::export::{
    CsvOptions, ExportCompression, ExportFormat, ExportLanguage, ExportRequest, ExportState,
};
use acuse_proto::reporting::{Period, Preset, Question, period};
use acuse_rpc::auth::Claims;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::reason;
use tokio::sync::Semaphore;
use tonic::Code;
use uuid::Uuid;

use crate::peer::Answer;
use crate::rig::{ACME, NOW, OTHER, PATIENCE, Rig, ids, plain};

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_made_and_downloaded() {
    let rig = Rig::of(2_345).await;
    let sup = rig.supervisor("sup", &["ventas"]);
    let created = rig.create(&sup, plain()).await.unwrap();
    assert_eq!(created.requested_by, "sup");
    assert_eq!(created.create_time, Some(timestamp(NOW)));
    let asked = created.request.clone().unwrap();
    assert_eq!(asked.name.as_deref(), Some("Reporte de gestión de HSM"));
    assert_eq!(asked.language(), ExportLanguage::Spanish);
    assert_eq!(asked.csv.as_ref().unwrap().delimiter(), ",");
    let question = asked.question.unwrap();
    assert_eq!(question.time_zone(), "America/Lima");

    let done = rig.until(&sup, &created.id, ExportState::Succeeded).await;
    let file = done.file.unwrap();
    assert_eq!(file.name, "gestion-hsm-2022-10-01.csv");
    assert_eq!(file.media_type, "text/csv; charset=utf-8");
    assert_eq!(file.rows, 2_345);
    assert_eq!(file.expire_time, Some(timestamp(NOW + days(7))));
    let progress = done.progress.unwrap();
    assert_eq!((progress.rows_done, progress.share), (2_345, Some(1.0)));
    assert_eq!((done.attempts, done.failure), (1, None));

    let pieces = rig.download(&sup, &created.id, 0).await.unwrap();
    assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= 256 * 1024));
    let bytes = pieces.concat();
    assert_eq!(file.size_bytes, i64::try_from(bytes.len()).unwrap());
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    assert_eq!(file.sha256, hexadecimal(digest.as_ref()));
    assert!(bytes.starts_with("Nombre del agente,Nombre de campaña,".as_bytes()));
    assert_eq!(ids(&pieces), (0..2_345).collect::<Vec<_>>());
    // What broke off goes on anywhere.
    for offset in [1, 300_000, bytes.len() - 1, bytes.len()] {
        let rest = rig.download(&sup, &created.id, i64::try_from(offset).unwrap());
        assert_eq!(rest.await.unwrap().concat(), bytes[offset..]);
    }

    // Reporting was asked by the service, for who asked, within what they may see, about the days that they meant.
    let [call] = rig.peer.calls().try_into().unwrap();
    assert_eq!(call.service.as_deref(), Some("export"));
    assert_eq!(
        (call.caller.subject.as_str(), call.caller.role),
        ("sup", Role::Supervisor)
    );
    let scope = Scope {
        departments: Limit::Only(["ventas".to_owned()].into()),
        ..Scope::whole(ACME)
    };
    assert_eq!(call.caller.scope, Some(scope));
    let Some(period::Period::Custom(covered)) = call.question.period.unwrap().period else {
        unreachable!()
    };
    let lima = |text: &str| text.parse::<jiff::Timestamp>().unwrap().into();
    let end: Timestamp = lima("2022-10-02T05:00:00Z");
    assert_eq!(covered.end_at, Some(timestamp(end)));
    assert_eq!(covered.start_at, Some(timestamp(end - days(7))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_as_asked() {
    let rig = Rig::of(2).await;
    let today = Period {
        period: Some(period::Period::Preset(Preset::Today.into())),
    };
    let request = ExportRequest {
        name: Some("Ventas: octubre".to_owned()),
        csv: Some(CsvOptions {
            delimiter: Some(";".to_owned()),
            byte_order_mark: true,
        }),
        question: Some(Question {
            period: Some(today),
            time_zone: Some("UTC".to_owned()),
            ..Question::default()
        }),
        ..plain()
    };
    let ana = rig.analyst();
    let created = rig.create(&ana, request.clone()).await.unwrap();
    let told = created.request.unwrap();
    assert_eq!(
        (told.name, told.csv, told.question),
        (request.name, request.csv, request.question)
    );
    let done = rig.until(&ana, &created.id, ExportState::Succeeded).await;
    assert_eq!(done.file.unwrap().name, "Ventas- octubre-2022-10-02.csv");
    let bytes = rig.download(&ana, &created.id, 0).await.unwrap().concat();
    assert!(bytes.starts_with("\u{feff}Nombre del agente;Nombre".as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_again_gives_the_same_export() {
    let rig = Rig::of(1).await;
    let (ana, eva) = (rig.analyst(), rig.supervisor("eva", &[]));
    let id = Some(Uuid::from_u128(7).to_string());
    let asks = (0..8).map(|_| rig.ask(&ana, plain(), id.clone()));
    let created = futures::future::join_all(asks).await;
    let first = created[0].as_ref().unwrap().id.clone();
    assert!(created.iter().all(|one| one.as_ref().unwrap().id == first));
    let others = rig.ask(&eva, plain(), id.clone()).await.unwrap();
    assert_ne!(others.id, first);
    // The id is looked at before what is asked for: neither is an export that nobody meant.
    let (mut other, mut faulty) = (plain(), plain());
    other.name = Some("Another".to_owned());
    faulty.format = 99;
    for asked in [other, faulty] {
        let error = rig.ask(&ana, asked, id.clone()).await.unwrap_err();
        assert_eq!(
            (error.code(), &*reason(&error)),
            (Code::AlreadyExists, "REQUEST_ID_REUSED")
        );
    }
    rig.until(&ana, &first, ExportState::Succeeded).await;
    rig.until(&ana, &others.id, ExportState::Succeeded).await;
    assert_eq!(rig.peer.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_listed_newest_first() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let mut created = Vec::new();
    for second in 1..=5 {
        rig.set_now(NOW + std::time::Duration::from_secs(second));
        created.insert(0, rig.create(&ana, plain()).await.unwrap().id);
    }
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let page = rig.list(&ana, 2, token).await.unwrap();
        listed.extend(page.exports.into_iter().map(|export| export.id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        // Nobody else goes on with it.
        let eva = rig.token(Claims::of("eva", Role::Analyst, Some(ACME)));
        let elsewhere = rig.token(Claims::of("ana", Role::Analyst, Some(OTHER)));
        for other in [eva, elsewhere] {
            let error = rig.list(&other, 2, token.clone()).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument);
        }
    }
    assert_eq!(listed, created);
    assert_eq!(
        rig.list(&ana, 0, String::new())
            .await
            .unwrap()
            .exports
            .len(),
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_there_from_its_end_until_it_expires() {
    let gate = Arc::new(Semaphore::new(1));
    let opened = Arc::clone(&gate);
    let rig = Rig::scripted(move |_| {
        Ok(Answer {
            gate: Some(Arc::clone(&gate)),
            ..Answer::of(3_000)
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let refusal = async |id: &str, offset| {
        let error = rig.download(&ana, id, offset).await.unwrap_err();
        (error.code(), reason(&error))
    };
    // One batch is let through: progress is told while the record knows of none yet.
    let running = eventually(PATIENCE, || async {
        let found = rig.get(&ana, &id).await.unwrap();
        (found.progress?.rows_done == 1_000).then_some(found)
    })
    .await;
    assert_eq!(running.state(), ExportState::Running);
    let progress = running.progress.unwrap();
    assert_eq!(
        (progress.rows_expected, progress.share),
        (Some(3_000), Some(1.0 / 3.0))
    );
    let not_ready = (Code::FailedPrecondition, "EXPORT_NOT_READY".to_owned());
    assert_eq!(refusal(&id, 0).await, not_ready);
    opened.add_permits(2);
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    let size = done.file.unwrap().size_bytes;
    assert_eq!(refusal(&id, size + 1).await.0, Code::OutOfRange);
    assert_eq!(rig.files().len(), 1);

    // At that time it is gone for callers, and the next cleaning removes it.
    rig.set_now(NOW + days(7));
    let expired = rig.get(&ana, &id).await.unwrap();
    assert_eq!(
        (expired.state(), expired.file),
        (ExportState::Expired, None)
    );
    let gone = (Code::FailedPrecondition, "EXPORT_EXPIRED".to_owned());
    assert_eq!(refusal(&id, 0).await, gone);
    let cleaning = rig.replica().await;
    eventually(PATIENCE, || async { rig.files().is_empty().then_some(()) }).await;
    assert_eq!(
        rig.get(&ana, &id).await.unwrap().state(),
        ExportState::Expired
    );
    cleaning.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_laid_out_as_asked() {
    let rig = Rig::of(3).await;
    let ana = rig.analyst();
    let columns = ["state", "message_id"].map(str::to_owned);
    let asked = ExportRequest {
        language: ExportLanguage::Portuguese.into(),
        columns: columns.to_vec(),
        compression: ExportCompression::Gzip.into(),
        csv: Some(CsvOptions {
            delimiter: Some("|".to_owned()),
            byte_order_mark: true,
        }),
        ..plain()
    };
    let json_lines = ExportRequest {
        format: ExportFormat::JsonLines.into(),
        csv: None,
        ..asked.clone()
    };
    let csv = "\u{feff}Status da mensagem|ID da mensagem\r\n\
               Entregue|0\r\nEntregue|1\r\nEntregue|2\r\n";
    let lines = "{\"state\":\"delivered\",\"message_id\":\"0\"}\n\
                 {\"state\":\"delivered\",\"message_id\":\"1\"}\n\
                 {\"state\":\"delivered\",\"message_id\":\"2\"}\n";
    for (asked, name, text) in [
        (asked, "gestao-hsm-2022-10-01.csv.gz", csv),
        (json_lines, "gestao-hsm-2022-10-01.jsonl.gz", lines),
    ] {
        let made = rig.create(&ana, asked.clone()).await.unwrap();
        let request = made.request.unwrap();
        assert_eq!(request.name.unwrap(), "Relatório de gestão de HSM");
        assert_eq!((request.columns, request.csv), (asked.columns, asked.csv));
        let done = rig.until(&ana, &made.id, ExportState::Succeeded).await;
        let file = done.file.unwrap();
        assert_eq!((file.name.as_str(), file.rows), (name, 3));
        assert_eq!(file.media_type, "application/gzip");
        let bytes = rig.download(&ana, &made.id, 0).await.unwrap().concat();
        let mut read = String::new();
        let mut unpacked = flate2::read::GzDecoder::new(bytes.as_slice());
        unpacked.read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }
}
