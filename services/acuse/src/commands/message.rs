//! `acuse message`: one message, and how it got into its state.

mod facts;
mod talk;
mod view;

use acuse_proto::{
    message_state::{
        GetConversationRequest, GetConversationResponse, GetMessageRequest, GetTimelineRequest,
        MessageKey, TimelineEntry, message_key::Key,
        message_state_service_client::MessageStateServiceClient,
    },
    types::{Message, Provider, ProviderMessageId},
};
use acuse_rpc::client::{Call, Channel};
use jiff::tz::TimeZone;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    connection::{Access, MessageState, Server},
    failure::{Failure, Result},
    grpc::{reason, refused},
    output::{json, say},
    values::provider,
};

const EXAMPLES: &str = "\
Examples:
  acuse message 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --workspace acme --key keys/caller.pem
  acuse message order-4711-a --workspace acme --time-zone America/Lima
  acuse message SM0123… --provider twilio --json

Without --provider, a UUID is Acuse's own id, and anything else the sender's.";

/// Shows an outbound message with its stages, the evidence for them and the conversation around it. Texts are shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Acuse's id, the sender's own, or with --provider the provider's
    id: String,
    /// The id is this provider's, for example twilio or meta-whatsapp
    #[arg(long, value_name = "NAME", value_parser = provider)]
    provider: Option<Provider>,
    /// What makes the provider's id unique, where that is needed: a number, a chat
    #[arg(long, value_name = "TEXT", requires = "provider")]
    scope: Option<String>,
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// Zone of the times shown
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    time_zone: TimeZone,
    /// How many messages of its conversation are shown before it, and after it: 0 to 100
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(i32).range(0..=100))]
    around: i32,
    /// Print JSON: the message, then each entry of its timeline, then each message of its conversation
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// Shows the message.
pub(crate) async fn run(args: Args) -> Result<()> {
    let server = args.access.to(&args.message_state);
    let channel = server.as_reader(args.workspace.as_deref()).await?;
    let key = key(&args);
    let (message, timeline) = fetch(channel.clone(), key.clone())
        .await
        .map_err(|status| failed(&server, &status))?;
    let conversation = conversation(channel, key, args.around)
        .await
        .map_err(|status| failed(&server, &status))?;
    if !args.json {
        let zone = &args.time_zone;
        say(&view::view(&message, &timeline, zone))?;
        return match talk::talk(&message.id, &conversation, zone) {
            Some(talk) => say(&format!("\n{talk}")),
            None => Ok(()),
        };
    }
    say(&json(&message, "acuse.type.v1.Message")?)?;
    for entry in &timeline {
        say(&json(entry, "acuse.message_state.v1.TimelineEntry")?)?;
    }
    for message in &conversation.messages {
        say(&json(
            message,
            "acuse.message_state.v1.ConversationMessage",
        )?)?;
    }
    Ok(())
}

fn failed(server: &Server<'_>, status: &Status) -> Failure {
    let is_message = status.code() == Code::NotFound && reason(status) != "WORKSPACE_NOT_FOUND";
    if is_message {
        return Failure::new("there is no such message for this caller").advise(
            "check the id and the workspace; callers who see a part of the workspace see its messages alone",
        );
    }
    refused("show the message", server, status)
}

fn key(args: &Args) -> MessageKey {
    let id = args.id.clone();
    let key = match args.provider {
        Some(provider) => Key::ProviderMessageId(ProviderMessageId {
            provider: provider.into(),
            scope: args.scope.clone(),
            id,
        }),
        None if Uuid::try_parse(&id).is_ok() => Key::MessageId(id),
        None => Key::SenderMessageId(id),
    };
    MessageKey { key: Some(key) }
}

async fn fetch(
    channel: Channel,
    key: MessageKey,
) -> std::result::Result<(Message, Vec<TimelineEntry>), Status> {
    let mut client = MessageStateServiceClient::new(channel);
    let request = GetMessageRequest {
        key: Some(key.clone()),
    };
    let found = client
        .get_message(Call::plain().idempotent().request(request))
        .await?;
    let message = found.into_inner().message.unwrap_or_default();
    let mut timeline = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = GetTimelineRequest {
            key: Some(key.clone()),
            page_size: 1_000,
            page_token,
        };
        let page = client
            .get_timeline(Call::plain().idempotent().request(request))
            .await?;
        let page = page.into_inner();
        timeline.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok((message, timeline));
        }
    }
}

/// So many messages before and after it of its conversation.
async fn conversation(
    channel: Channel,
    key: MessageKey,
    around: i32,
) -> std::result::Result<GetConversationResponse, Status> {
    let request = GetConversationRequest {
        key: Some(key),
        before: Some(around),
        after: Some(around),
    };
    let mut client = MessageStateServiceClient::new(channel);
    let call = Call::plain().idempotent().request(request);
    Ok(client.get_conversation(call).await?.into_inner())
}

fn zone(text: &str) -> std::result::Result<TimeZone, &'static str> {
    TimeZone::get(text).map_err(|_| "not a time zone, such as America/Lima")
}
