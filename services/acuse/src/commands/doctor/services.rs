//! Whether services are there and serve, as gRPC health says.

use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use super::finding::{Finding, Findings, Severity};
use crate::{connection::Server, failure::Result};

/// The name under which whoever answers is alive.
const LIVE: &str = "live";

/// What a service says of its parts, by their names in its health: who has it, what it is, how bad it is without it, and
/// what to do.
const PARTS: [(&str, &str, &str, Severity, &str); 5] = [
    (
        "ingestion",
        "acuse.ingestion.v1.IngestionService",
        "message-state, as ingestion sees it",
        Severity::Fault,
        "webhooks wait in the inbox meanwhile: check ingestion's ACUSE_MESSAGE_STATE_ADDRESSES, ACUSE_PEER_CA and the network between them",
    ),
    (
        "reporting",
        "acuse.reporting.v1.SavedReportService",
        "the primary database, as reporting sees it",
        Severity::Fault,
        "reports go on, and none that is saved is found: check reporting's ACUSE_PRIMARY_DATABASE_URL, and whether that database is there",
    ),
    (
        "export",
        "reporting",
        "reporting, as export sees it",
        Severity::Fault,
        "exports wait meanwhile, and fail in the end: check export's ACUSE_REPORTING_ADDRESSES, ACUSE_PEER_CA and the network between them",
    ),
    (
        "export",
        "redis",
        "Redis, as export sees it",
        Severity::Warning,
        "exports go on, and nobody is told how far they are: check export's ACUSE_REDIS_URL, and whether Redis runs there",
    ),
    (
        "export",
        "files",
        "the place for files, as export sees it",
        Severity::Fault,
        "no export can be made: check ACUSE_EXPORT_FOLDER (it must exist, and export must be allowed to write there) or the bucket of \
         ACUSE_EXPORT_S3_BUCKET and its access key",
    ),
];

/// Asks a service.
pub(super) async fn look(server: &Server<'_>, findings: &mut Findings) -> Result<()> {
    let place = server.place();
    let (name, address) = (place.name, place.address);
    if server.health(LIVE).await?.is_err() {
        let what = format!("does not answer at {address}");
        findings.add(Finding::of(name, Severity::Fault, what).advise(format!(
            "is it running there? {} or {} says where it is; an https:// address needs --ca where its authority is not known",
            place.option, place.variable
        )));
        return Ok(());
    }
    if !serves(server.health("").await?) {
        let what = format!("answers at {address} and does not serve");
        findings.add(Finding::of(name, Severity::Fault, what).advise(
            "its database is away, or it is stopping: check its ACUSE_DATABASE_URL; its log says what it waits for",
        ));
        return Ok(());
    }
    let version = server.version().await?;
    findings.add(serving(name, address, version.as_deref()));
    for (_, part, what, severity, advice) in PARTS.iter().filter(|(of, ..)| *of == name) {
        let answer = server.health(part).await?;
        findings.add(match answer {
            Err(status) if status.code() == Code::NotFound => Finding::of(
                name,
                Severity::Unknown,
                format!("{what}: this version of the service does not say"),
            ),
            Ok(ServingStatus::Serving) => Finding::fine(name, format!("{what}, is there")),
            _ => Finding::of(name, *severity, format!("{what}, is away")).advise(*advice),
        });
    }
    Ok(())
}

/// What is said of a service that serves.
fn serving(name: &'static str, address: &str, version: Option<&str>) -> Finding {
    const OWN: &str = env!("CARGO_PKG_VERSION");
    match version {
        Some(OWN) => Finding::fine(name, format!("serves at {address}, as version {OWN}")),
        Some(other) => {
            let what = format!("serves at {address}, as version {other}; this command is {OWN}");
            Finding::of(name, Severity::Warning, what).advise(
                "neighbouring releases go together while one follows the other; else bring all to one version (docs/upgrades.md)",
            )
        }
        None => Finding::fine(
            name,
            format!("serves at {address}, and does not say as which version"),
        ),
    }
}

fn serves(answer: std::result::Result<ServingStatus, tonic::Status>) -> bool {
    matches!(answer, Ok(ServingStatus::Serving))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_differ_are_told() {
        let own = env!("CARGO_PKG_VERSION");
        for (version, warnings) in [(Some(own), 0), (None, 0), (Some("0.0.9"), 1)] {
            let mut findings = Findings::default();
            findings.add(serving("export", "localhost:7004", version));
            assert_eq!(findings.count(Severity::Warning), warnings, "{version:?}");
            let told = findings.text();
            assert!(
                version.is_none_or(|version| told.contains(version)),
                "{told}"
            );
        }
    }
}
