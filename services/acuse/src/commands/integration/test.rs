//! What a payload would mean to an integration.

use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use std::path::PathBuf;

use acuse_proto::{
    ingestion::{
        SignatureCheck, TestIntegrationRequest, TestIntegrationResponse, WebhookFinding,
        WebhookHeader, webhook_finding::Meaning,
    },
    types::ProviderMessageId,
};
use acuse_rpc::client::Call;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::commands::within::Within;
use crate::{
    failure::{Failure, Result},
    grpc::refused,
    input::{MAX_WEBHOOK, read},
    output::{json, say, table, time, word},
};

#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// The integration's id
    id: Uuid,
    /// File with the body of a webhook; - for standard input
    payload: PathBuf,
    /// A header that came with it, as 'X-Hub-Signature-256: sha256=…'; may be repeated
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<WebhookHeader>,
    /// The URL that the provider called, with its query: some sign it, some show their secret in it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Shows what it means; fails where its signature is wrong.
pub(super) async fn test(args: Test) -> Result<()> {
    let payload = read(&args.payload, MAX_WEBHOOK)?;
    let request = TestIntegrationRequest {
        id: args.id.to_string(),
        payload,
        headers: args.headers.clone(),
        url: args.url.clone(),
    };
    let mut client = args.within.client(IntegrationServiceClient::new).await?;
    let answer = client
        .test_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("test the payload", &args.within.server(), &status))?
        .into_inner();
    let is_wrong = answer.signature() == SignatureCheck::Invalid;
    if args.json {
        say(&json(
            &answer,
            "acuse.ingestion.v1.TestIntegrationResponse",
        )?)?;
    } else {
        show(answer)?;
    }
    if is_wrong {
        return Err(Failure::no("the signature is not the provider's")
            .advise("a webhook like this would be answered with 401: compare the app's secret and the body, byte for byte"));
    }
    Ok(())
}

fn show(answer: TestIntegrationResponse) -> Result<()> {
    let signature = word(answer.signature().as_str_name(), "SIGNATURE_CHECK_");
    say(&format!("signature: {}", signature.to_lowercase()))?;
    if answer.findings.is_empty() {
        return say("there is nothing in it to take in");
    }
    let mut shown = table(&["path", "meaning", "message", "time (UTC)"], &[]);
    for finding in answer.findings {
        shown.add_row(row(finding));
    }
    say(&shown.to_string())
}

fn row(finding: WebhookFinding) -> [String; 4] {
    let id = |id: Option<ProviderMessageId>| id.map_or_else(|| "-".to_owned(), |id| id.id);
    let at = |at: Option<prost_types::Timestamp>| {
        let note = if finding.time_is_receipt {
            " (of receipt)"
        } else {
            ""
        };
        format!("{}{note}", time(at.as_ref(), &TimeZone::UTC))
    };
    let (meaning, message, at) = match finding.meaning {
        Some(Meaning::Status(status)) => {
            let kind = word(status.kind().as_str_name(), "STATUS_KIND_");
            (
                kind.to_lowercase(),
                id(status.provider_message_id),
                at(status.happened_at),
            )
        }
        Some(Meaning::Inbound(inbound)) => {
            let kind = word(inbound.content_type().as_str_name(), "CONTENT_TYPE_");
            let kind = format!("from a contact: {}", kind.to_lowercase());
            (
                kind,
                id(inbound.provider_message_id),
                at(inbound.received_at),
            )
        }
        Some(Meaning::Watermark(mark)) => {
            let kind = word(mark.kind().as_str_name(), "STATUS_KIND_").to_lowercase();
            let up_to = time(mark.up_to.as_ref(), &TimeZone::UTC);
            let happened_at = at(mark.happened_at);
            (format!("all {kind} up to {up_to}"), id(None), happened_at)
        }
        Some(Meaning::NotUnderstood(what)) => (
            format!("not understood: {} ({})", what.reason, what.detail),
            id(None),
            at(None),
        ),
        // Of what goes on in no form of its own the explanation tells.
        None => {
            let told = finding.explanation.unwrap_or_default();
            let kind = word(told.kind().as_str_name(), "WEBHOOK_FINDING_KIND_");
            let meaning = format!("{}: {}", kind.to_lowercase(), told.evidence);
            (meaning, told.id, at(told.happened_at))
        }
    };
    [finding.path, meaning, message, at]
}

fn header(text: &str) -> std::result::Result<WebhookHeader, &'static str> {
    let (name, value) = text.split_once(':').ok_or("not a header, as NAME: VALUE")?;
    Ok(WebhookHeader {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}
