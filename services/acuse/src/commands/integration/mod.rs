//! `acuse integration`: providers that report to a workspace by webhooks.

mod change;
mod list;
mod secrets;
mod test;

use clap::Subcommand;

use crate::failure::Result;
pub(crate) use list::all;

const EXAMPLES: &str = "\
Examples:
  acuse integration create --workspace acme --provider meta-whatsapp --name 'WhatsApp Perú' --app-secret app.secret
  acuse integration create --workspace acme --provider twilio --name SMS --auth-token twilio.token --channel-account +56221234567
  acuse integration create --workspace acme --provider infobip --name Infobip --channel whatsapp --channel-account 447860099299
  acuse integration list --workspace acme
  acuse integration update 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --workspace acme --app-secret new.secret --app-secret old.secret --verify-token token
  acuse integration test 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d payload.json --workspace acme
  acuse integration delete 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --workspace acme

Secrets are read from files, or from standard input with - for the file. Each provider has its own: Meta --app-secret and
--verify-token, Twilio --auth-token, Vonage --signature-secret, Sinch --webhook-secret (Conversation API) and --shared-secret (SMS),
the others --shared-secret. A new integration's verify token or shared secret is made up if it is not given, and shown once: no
command shows it again. An update replaces all of the secrets or none.";

/// Manages the integrations of a workspace: which providers report to it by webhooks, and the secrets that prove that they do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create an integration, and show where its provider is to send webhooks
    Create(change::Create),
    /// List the integrations of a workspace
    List(list::List),
    /// Change its name, its channel accounts or its secrets
    Update(change::Update),
    /// Delete it: its webhooks are refused from then on
    Delete(list::Delete),
    /// Show what a payload would mean, without storing anything
    Test(test::Test),
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::Create(args) => change::create(args).await,
        What::List(args) => list::list(args).await,
        What::Update(args) => change::update(args).await,
        What::Delete(args) => list::delete(args).await,
        What::Test(args) => test::test(args).await,
    }
}
