//! An export's trace, from who asks for it to its file.

use std::net::SocketAddr;
use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_message_state::Clock;
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{
    CreateExportRequest, ExportFormat, ExportReport, ExportRequest, ExportState, GetExportRequest,
};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::Credentials;
use acuse_testkit::Database;
use acuse_testkit::service::{Keys, channel, eventually, peer};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::rig::{Program, WORKSPACE, open};
use crate::{CALLER, assert_shown, nothing_private, traceparent, tree};
use acuse_tests::collector::{Collector, Seen};

const CREATE: &str = "acuse.export.v1.ExportService/CreateExport";
const ROWS: &str = "acuse.reporting.v1.ReportingService/StreamRows";

/// Message-state, reporting and export, each with telemetry of its own.
struct Suite {
    programs: Vec<(Program, acuse_export::Serving)>,
    message_state: (Program, acuse_message_state::Running),
    keys: Keys,
    export: SocketAddr,
    collector: Collector,
    folder: std::path::PathBuf,
    _database: Database,
}

impl Suite {
    async fn start() -> Self {
        let (database, keys) = (Database::new().await, Keys::new());
        let collector = Collector::start().await;
        let place = || database.address();

        let (program, told) = Program::new("message-state", &collector);
        let config = acuse_message_state::Config::new(keys.server_config(), place());
        let starting = acuse_message_state::start(config, Clock::system(), told);
        let running = program.threads.spawn(starting).await.unwrap().unwrap();
        let message_state = (program, running);

        let (program, told) = Program::new("reporting", &collector);
        let config = acuse_reporting::Config::new(keys.server_config(), place());
        let starting = acuse_reporting::start(config, Clock::system(), told);
        let reporting = program.threads.spawn(starting).await.unwrap().unwrap();
        let called = (peer(reporting.address()), keys.identity("export"));
        let mut programs = vec![(program, reporting)];

        let (program, told) = Program::new("export", &collector);
        let id = uuid::Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("acuse-test-{id}"));
        let redis = acuse_export::RedisConfig {
            prefix: format!("acuse:test:{id}"),
            ..acuse_export::RedisConfig::new(Secret::new(std::env::var("REDIS_URL").unwrap()))
        };
        let config =
            acuse_export::Config::new(keys.server_config(), place(), redis, called, folder.clone());
        let starting = acuse_export::start(config, Clock::system(), told);
        let serving = program.threads.spawn(starting).await.unwrap().unwrap();
        let export = serving.address();
        programs.push((program, serving));

        open(&keys, message_state.1.address()).await;
        Self {
            programs,
            message_state,
            keys,
            export,
            collector,
            folder,
            _database: database,
        }
    }

    /// Asks for a file in a trace, and waits until it is there.
    async fn export(&self, trace: u128) {
        let analyst = Claims::of("ana", Role::Analyst, Some(WORKSPACE));
        let token = self.keys.mint(analyst.allowing([Permission::Export]));
        let mut client = ExportServiceClient::new(channel(self.export, Credentials::Bearer(token)));
        let mut request = tonic::Request::new(CreateExportRequest {
            export: Some(ExportRequest {
                report: ExportReport::HsmManagement.into(),
                format: ExportFormat::Csv.into(),
                ..ExportRequest::default()
            }),
            request_id: None,
        });
        let header = traceparent(trace).parse().unwrap();
        request.metadata_mut().insert("traceparent", header);
        let created = client.create_export(request).await.unwrap().into_inner();
        let id = created.export.unwrap().id;
        eventually(Duration::from_secs(60), || async {
            let request = GetExportRequest { id: id.clone() };
            let found = client.clone().get_export(request).await.unwrap();
            let found = found.into_inner().export.unwrap();
            (found.state() == ExportState::Succeeded).then_some(())
        })
        .await;
    }

    async fn end(self) -> Vec<Seen> {
        // Those that call others first.
        for (program, serving) in self.programs.into_iter().rev() {
            program
                .end(async { serving.stopped().await.unwrap() })
                .await;
        }
        let (program, running) = self.message_state;
        program
            .end(async { running.stopped().await.unwrap() })
            .await;
        let _ = std::fs::remove_dir_all(&self.folder);
        self.collector.spans()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_one_trace_over_the_services_that_make_it() {
    let trace = 0x5bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
    let suite = Suite::start().await;
    suite.export(trace).await;
    let spans = suite.end().await;

    let one = |service: &str, kind: SpanKind, name: &str| {
        let mut found = spans.iter().filter(|seen| {
            let span = &seen.span;
            span.trace_id == u128::to_be_bytes(trace)
                && (seen.service.as_str(), span.kind(), span.name.as_str()) == (service, kind, name)
        });
        let first = found.next();
        assert!(found.next().is_none(), "several of {name}");
        &first
            .unwrap_or_else(|| panic!("no {name} of {service}"))
            .span
    };
    let created = one("export", SpanKind::Server, CREATE);
    assert_eq!(created.parent_span_id, CALLER.to_be_bytes());
    let work = one("export", SpanKind::Consumer, "export");
    assert_eq!(work.parent_span_id, created.span_id);
    let asked = one("export", SpanKind::Client, ROWS);
    assert_eq!(asked.parent_span_id, work.span_id);
    let answered = one("reporting", SpanKind::Server, ROWS);
    assert_eq!(answered.parent_span_id, asked.span_id);
    nothing_private(&spans);
    assert_shown("export", &tree::render(&spans, trace));
}
