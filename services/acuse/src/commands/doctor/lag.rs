//! How far behind a workspace's providers are, as its reports say.

use acuse_proto::reporting::{
    GetMessagesOverviewRequest, ProviderLag, reporting_service_client::ReportingServiceClient,
};
use tonic::Code;

use super::{
    Args,
    finding::{Finding, Findings, Severity},
};
use crate::{failure::Result, grpc::refused, output::number};

const ABOUT: &str = "providers";

/// How late nine of ten may come, in seconds.
const LATE: f64 = 600.0;

/// Asks for a report, for what it rests on.
pub(super) async fn look(args: &Args, findings: &mut Findings) -> Result<()> {
    let claimed = args.access.claimed_workspace();
    let known = args.workspace.as_ref().or(claimed.as_ref());
    let Some(workspace) = known.filter(|_| args.access.says_who()) else {
        let finding = Finding::of(ABOUT, Severity::Unknown, "not looked at");
        findings.add(finding.advise("name a workspace with --workspace, beside a key or a token"));
        return Ok(());
    };
    let server = args.access.to(&args.reporting);
    let channel = server.as_reader(args.workspace.as_deref()).await?;
    let answer = ReportingServiceClient::new(channel)
        .get_messages_overview(GetMessagesOverviewRequest::default())
        .await;
    let basis = match answer {
        Ok(answer) => answer.into_inner().basis.unwrap_or_default(),
        Err(status) if status.code() == Code::PermissionDenied => {
            let finding = Finding::of(ABOUT, Severity::Unknown, "the token may not read reports");
            findings.add(finding.advise("give one with the scope \"report\""));
            return Ok(());
        }
        Err(status) => {
            let told = refused("ask for a report", &server, &status).to_string();
            let (what, advice) = told
                .split_once("\n  ")
                .unwrap_or((&told, "its log says more"));
            findings.add(Finding::of(ABOUT, Severity::Fault, what).advise(advice));
            return Ok(());
        }
    };
    if basis.provider_lags.is_empty() {
        let what = format!("nothing came for {workspace} in the last hour, and nothing waits");
        findings.add(Finding::fine(ABOUT, what));
    }
    for lag in &basis.provider_lags {
        findings.add(of_lag(lag));
    }
    Ok(())
}

fn of_lag(lag: &ProviderLag) -> Finding {
    let provider = lag.provider().as_str_name();
    let provider = provider.trim_start_matches("PROVIDER_").to_lowercase();
    let late = lag.p90_seconds.unwrap_or(0.0);
    let what = format!(
        "{provider}: {} events in the last hour, nine of ten at most {late:.0} s late, {} webhooks wait",
        number(lag.events),
        number(lag.waiting)
    );
    if lag.waiting > 0 {
        Finding::of(ABOUT, Severity::Warning, what)
            .advise("message-state was or is away; they are applied by themselves once it is there")
    } else if late > LATE {
        Finding::of(ABOUT, Severity::Warning, what).advise(
            "the provider reports late, or a file was taken in afterwards: look at the provider's own status",
        )
    } else {
        Finding::fine(ABOUT, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_or_waits_is_told() {
        let severity = |p90_seconds, waiting| {
            let lag = ProviderLag {
                events: 10,
                p90_seconds,
                waiting,
                ..ProviderLag::default()
            };
            serde_json::to_value(of_lag(&lag)).unwrap()["severity"].clone()
        };
        assert_eq!(severity(Some(600.0), 0), "fine");
        assert_eq!(severity(None, 0), "fine");
        assert_eq!(severity(Some(601.0), 0), "warning");
        assert_eq!(severity(Some(1.0), 1), "warning");
    }
}
