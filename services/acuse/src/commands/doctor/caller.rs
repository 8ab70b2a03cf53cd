//! Whether services trust the caller, and whether clocks agree.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acuse_proto::export::{ListExportsRequest, export_service_client::ExportServiceClient};
use acuse_proto::ingestion::{
    ListIntegrationsRequest, integration_service_client::IntegrationServiceClient,
};
use acuse_proto::message_state::{
    ListWorkspacesRequest, workspace_service_client::WorkspaceServiceClient,
};
use acuse_proto::reporting::{
    ListSavedReportsRequest, saved_report_service_client::SavedReportServiceClient,
};
use tonic::{Code, Status};

use super::{
    Args,
    finding::{Finding, Findings, Severity},
};
use crate::{connection::Place, failure::Result, grpc::reason};

/// How far clocks may be apart; services forgive more.
const SKEW: i64 = 5;

/// How long a token should still be good, in seconds.
const SOON: i64 = 3_600;

/// Asks each service for something small, in the caller's name.
pub(super) async fn look(args: &Args, findings: &mut Findings) -> Result<()> {
    let access = &args.access;
    if !access.says_who() {
        let finding = Finding::of("token", Severity::Unknown, "not looked at");
        findings.add(finding.advise("give one with --token, or with --key the key to make one"));
        return Ok(());
    }
    if let Some(claims) = access.claims() {
        findings.add(of_claims(&claims, now()));
    }
    macro_rules! ask {
        ($service:expr, $client:ident, $method:ident, $request:ident) => {{
            let server = access.to(&$service);
            let channel = server.as_operator().await?;
            let request = $request {
                page_size: 1,
                ..$request::default()
            };
            let answer = $client::new(channel).$method(request).await;
            let refusal = answer.map(drop).err();
            if let Some(finding) = of_answer(server.place(), refusal.as_ref()) {
                findings.add(finding);
            }
        }};
    }
    ask!(
        args.ingestion,
        IntegrationServiceClient,
        list_integrations,
        ListIntegrationsRequest
    );
    ask!(
        args.message_state,
        WorkspaceServiceClient,
        list_workspaces,
        ListWorkspacesRequest
    );
    ask!(
        args.reporting,
        SavedReportServiceClient,
        list_saved_reports,
        ListSavedReportsRequest
    );
    ask!(
        args.export,
        ExportServiceClient,
        list_exports,
        ListExportsRequest
    );
    Ok(())
}

/// What an answer says of the caller; `None` where the service is away, which is told elsewhere.
fn of_answer(place: Place<'_>, refusal: Option<&Status>) -> Option<Finding> {
    let name = place.name;
    let Some(refusal) = refusal else {
        return Some(Finding::fine(name, "trusts the token"));
    };
    let (code, reason) = (refusal.code(), reason(refusal));
    Some(match (code, reason.as_str()) {
        (Code::Unauthenticated, "TOKEN_EXPIRED") => {
            Finding::of(name, Severity::Fault, "takes the token for expired").advise(
                "make another with `acuse token`; a token just made that is taken for expired means that its clock is ahead of this one",
            )
        }
        (Code::Unauthenticated, _) => Finding::of(name, Severity::Fault, "does not trust the token").advise(
            "its ACUSE_JWKS must hold the key, and its ACUSE_ISSUER and ACUSE_AUDIENCE must be --issuer and --audience; a clock far \
             behind refuses as well",
        ),
        // Who it is, is known; only that they may not do this.
        (Code::PermissionDenied, _) => {
            Finding::fine(name, "trusts the token, which may not do everything here")
        }
        (Code::Unavailable | Code::DeadlineExceeded, _) => return None,
        (Code::ResourceExhausted, _) => {
            Finding::of(name, Severity::Warning, "turns calls away: it is overloaded")
                .advise("more replicas, or a larger ACUSE_MAX_CONCURRENT_CALLS")
        }
        (Code::NotFound, "WORKSPACE_NOT_FOUND") => {
            Finding::of(name, Severity::Fault, "trusts the token, whose workspace does not exist")
                .advise("`acuse workspace list` shows those there are")
        }
        _ => {
            let what = format!("fails: {} {}", refusal.code(), refusal.message());
            Finding::of(name, Severity::Fault, what).advise("its log says more")
        }
    })
}

/// What a token says of itself.
fn of_claims(claims: &serde_json::Value, now: i64) -> Finding {
    let text = |name: &str| claims[name].as_str().unwrap_or("nobody").to_owned();
    let seconds = |name: &str| claims[name].as_f64().map(|at| at as i64);
    let role = text("role");
    if let Some(ahead) = seconds("iat")
        .map(|made| made - now)
        .filter(|it| *it > SKEW)
    {
        let what = format!("was made {ahead} s in the future, by this machine's clock");
        return Finding::of("token", Severity::Warning, what)
            .advise("the clocks of this machine and of who made it differ: have both follow NTP");
    }
    match seconds("exp").map(|end| end - now) {
        Some(left) if left <= 0 => {
            let what = format!("expired {} s ago", -left);
            Finding::of("token", Severity::Fault, what).advise("`acuse token` makes another")
        }
        Some(left) if left < SOON => {
            let what = format!("of role {role}, good for {left} s more");
            Finding::of("token", Severity::Warning, what).advise("`acuse token` makes another")
        }
        Some(left) => Finding::fine(
            "token",
            format!("of role {role}, good for {} h more", left / 3_600),
        ),
        None => Finding::of("token", Severity::Fault, "does not say when it expires")
            .advise("`acuse token` makes one that does"),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or(Duration::ZERO).as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_tell_of_clocks_and_of_their_end() {
        let told = |iat: i64, exp: i64| {
            let claims = json!({"role": "operator", "iat": iat, "exp": exp});
            serde_json::to_value(of_claims(&claims, 1_000)).unwrap()["severity"].clone()
        };
        assert_eq!(told(1_000, 1_000 + 7_200), "fine");
        assert_eq!(told(1_004, 1_000 + 7_200), "fine");
        assert_eq!(told(1_006, 1_000 + 7_200), "warning");
        assert_eq!(told(900, 1_100), "warning");
        assert_eq!(told(900, 1_000), "fault");
    }

    #[test]
    fn who_may_not_do_it_is_known_all_the_same() {
        let place = Place {
            name: "export",
            option: "--export",
            variable: "ACUSE_EXPORT",
            address: "127.0.0.1:1",
        };
        let told = |code| {
            let finding = of_answer(place, Some(&Status::new(code, "no")));
            finding.map(|finding| serde_json::to_value(finding).unwrap()["severity"].clone())
        };
        assert_eq!(told(Code::PermissionDenied).unwrap(), "fine");
        assert_eq!(told(Code::Unauthenticated).unwrap(), "fault");
        assert_eq!(told(Code::Internal).unwrap(), "fault");
        assert_eq!(told(Code::Unavailable), None);
    }
}
