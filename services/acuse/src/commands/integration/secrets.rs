//! An integration's secrets, from where the command line says.

use std::path::{Path, PathBuf};

use acuse_proto::ingestion::{
    IntegrationSecrets, MetaSecrets, SharedSecrets, SinchSecrets, TwilioSecrets, VonageSecrets,
    integration_secrets::Secrets,
};
use acuse_proto::types::Provider;
use acuse_rpc::Secret;

use crate::{
    failure::{Failure, Result},
    input::is_standard_input,
    output::say,
    secrets::{from_file, made_up},
};

/// Options for secrets.
#[derive(Debug, clap::Args)]
pub(super) struct SecretOptions {
    /// File with the app's secret, with which Meta signs; up to 3, while one replaces another, as all of these
    #[arg(long = "app-secret", value_name = "FILE")]
    app_secrets: Vec<PathBuf>,
    /// File with what Meta is to show when it verifies the webhook's address
    #[arg(long, value_name = "FILE")]
    verify_token: Option<PathBuf>,
    /// File with the account's auth token, with which Twilio signs
    #[arg(long = "auth-token", value_name = "FILE")]
    auth_tokens: Vec<PathBuf>,
    /// File with the webhook's secret, with which Sinch's Conversation API signs
    #[arg(long = "webhook-secret", value_name = "FILE")]
    webhook_secrets: Vec<PathBuf>,
    /// File with the account's signature secret, with which Vonage signs
    #[arg(long = "signature-secret", value_name = "FILE")]
    signature_secrets: Vec<PathBuf>,
    /// File with what a provider shows that signs nothing, in the URL as secret= or as the password of basic authentication
    #[arg(long = "shared-secret", value_name = "FILE")]
    shared_secrets: Vec<PathBuf>,
    /// Make up all of its secrets, and show them once
    #[arg(long, conflicts_with_all = [
        "app_secrets", "verify_token", "auth_tokens", "webhook_secrets", "signature_secrets", "shared_secrets",
    ])]
    new_secrets: bool,
}

/// The secrets of one provider or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Meta,
    Twilio,
    Sinch,
    Vonage,
    Shared,
}

impl Kind {
    fn of(provider: Provider) -> Self {
        match provider {
            Provider::MetaWhatsapp | Provider::MetaMessenger | Provider::MetaInstagram => {
                Self::Meta
            }
            Provider::Twilio => Self::Twilio,
            Provider::SinchConversation | Provider::SinchSms => Self::Sinch,
            Provider::Vonage => Self::Vonage,
            _ => Self::Shared,
        }
    }

    /// The options that give them.
    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Meta => &["--app-secret", "--verify-token"],
            Self::Twilio => &["--auth-token"],
            Self::Sinch => &["--webhook-secret", "--shared-secret"],
            Self::Vonage => &["--signature-secret"],
            Self::Shared => &["--shared-secret"],
        }
    }
}

/// Secrets, and those of them that nobody knows yet.
pub(super) struct Chosen {
    pub(super) secrets: IntegrationSecrets,
    made_up: Vec<(&'static str, Secret)>,
}

impl SecretOptions {
    /// Secrets for an integration that has none. What the provider makes has to be known; a verify token or a shared secret
    /// that is not given is made up.
    pub(super) fn first(&self, provider: Provider) -> Result<Chosen> {
        let kind = Kind::of(provider);
        self.fits(kind)?;
        let advice = match kind {
            _ if self.new_secrets => return self.choose(kind),
            Kind::Meta if self.app_secrets.is_empty() => {
                "give Meta's with --app-secret FILE, or --new-secrets where no app of Meta's is to sign"
            }
            Kind::Twilio if self.auth_tokens.is_empty() => {
                "give the account's with --auth-token FILE, or --new-secrets where no account of Twilio's is to sign"
            }
            Kind::Vonage if self.signature_secrets.is_empty() => {
                "give the account's with --signature-secret FILE, or --new-secrets where no account of Vonage's is to sign"
            }
            Kind::Sinch if self.given().is_empty() => {
                "give the Conversation API's with --webhook-secret FILE, the SMS API's with --shared-secret FILE, or \
                 --new-secrets for both"
            }
            _ => return self.choose(kind),
        };
        let what = match kind {
            Kind::Meta => "app secret",
            Kind::Twilio => "auth token",
            _ => "secret",
        };
        Err(Failure::usage(format!("there is no {what}")).advise(advice))
    }

    /// Whether secrets are to be replaced. Meta's go together, and what is not given would be lost.
    pub(super) fn replaces(&self) -> Result<bool> {
        if self.new_secrets {
            return Ok(true);
        }
        let missing = match (self.app_secrets.is_empty(), self.verify_token.is_none()) {
            (true, true) | (false, false) => return Ok(!self.given().is_empty()),
            (true, false) => "--app-secret",
            (false, true) => "--verify-token",
        };
        let fault = format!("{missing} is missing: secrets are replaced together");
        let advice =
            "give both --app-secret and --verify-token, or --new-secrets to make up others";
        Err(Failure::usage(fault).advise(advice))
    }

    /// Secrets in place of those that an integration has.
    pub(super) fn others(&self, provider: Provider) -> Result<Chosen> {
        let kind = Kind::of(provider);
        self.fits(kind)?;
        self.choose(kind)
    }

    /// The options that are given.
    fn given(&self) -> Vec<&'static str> {
        let given = [
            ("--app-secret", !self.app_secrets.is_empty()),
            ("--verify-token", self.verify_token.is_some()),
            ("--auth-token", !self.auth_tokens.is_empty()),
            ("--webhook-secret", !self.webhook_secrets.is_empty()),
            ("--signature-secret", !self.signature_secrets.is_empty()),
            ("--shared-secret", !self.shared_secrets.is_empty()),
        ];
        let given = given.into_iter().filter(|(_, given)| *given);
        given.map(|(option, _)| option).collect()
    }

    /// Whether all that is given is of that kind.
    fn fits(&self, kind: Kind) -> Result<()> {
        let own = kind.options();
        let other = self
            .given()
            .into_iter()
            .find(|option| !own.contains(option));
        other.map_or(Ok(()), |option| {
            let fault = format!("{option} is none of this provider's secrets");
            let advice = format!("its secrets are given with {}", own.join(" and "));
            Err(Failure::usage(fault).advise(advice))
        })
    }

    /// Reads what is given, and makes up the rest.
    fn choose(&self, kind: Kind) -> Result<Chosen> {
        let lists = [
            &self.app_secrets,
            &self.auth_tokens,
            &self.webhook_secrets,
            &self.signature_secrets,
            &self.shared_secrets,
        ];
        let files = lists.into_iter().flatten().chain(&self.verify_token);
        if files.filter(|path| is_standard_input(path)).count() > 1 {
            return Err(Failure::usage("standard input holds one secret only")
                .advise("give - for one of the secrets, and files for the others"));
        }
        let made = &mut Vec::new();
        let secrets = match kind {
            Kind::Meta => Secrets::Meta(MetaSecrets {
                app_secrets: all(&self.app_secrets, "app secret", made)?,
                verify_token: other(self.verify_token.as_deref(), "verify token", made)?,
            }),
            Kind::Twilio => Secrets::Twilio(TwilioSecrets {
                auth_tokens: all(&self.auth_tokens, "auth token", made)?,
            }),
            Kind::Vonage => Secrets::Vonage(VonageSecrets {
                signature_secrets: all(&self.signature_secrets, "signature secret", made)?,
            }),
            Kind::Shared => Secrets::Shared(SharedSecrets {
                secrets: all(&self.shared_secrets, "shared secret", made)?,
            }),
            // One of both is enough, and none is made up beside one that is given.
            Kind::Sinch if !self.new_secrets => Secrets::Sinch(SinchSecrets {
                webhook_secrets: read(&self.webhook_secrets)?,
                shared_secrets: read(&self.shared_secrets)?,
            }),
            Kind::Sinch => Secrets::Sinch(SinchSecrets {
                webhook_secrets: all(&[], "webhook secret", made)?,
                shared_secrets: all(&[], "shared secret", made)?,
            }),
        };
        Ok(Chosen {
            secrets: IntegrationSecrets {
                secrets: Some(secrets),
            },
            made_up: std::mem::take(made),
        })
    }
}

impl Chosen {
    /// Shows what was made up, the only time.
    pub(super) fn show(&self) -> Result<()> {
        for (name, secret) in &self.made_up {
            say(&format!(
                "  {name:<13} {}  (made up, shown this once)",
                secret.expose()
            ))?;
        }
        Ok(())
    }

    /// Whether the provider has to show a secret in the address.
    pub(super) fn is_shown(&self) -> bool {
        match &self.secrets.secrets {
            Some(Secrets::Shared(_)) => true,
            Some(Secrets::Sinch(sinch)) => !sinch.shared_secrets.is_empty(),
            _ => false,
        }
    }
}

type MadeUp = Vec<(&'static str, Secret)>;

/// The secrets in files; without any one is made up.
fn all(paths: &[PathBuf], name: &'static str, made: &mut MadeUp) -> Result<Vec<String>> {
    if paths.is_empty() {
        return Ok(vec![other(None, name, made)?]);
    }
    read(paths)
}

fn read(paths: &[PathBuf]) -> Result<Vec<String>> {
    let secrets = paths.iter().map(|path| from_file(path));
    secrets
        .map(|secret| Ok(secret?.expose().to_owned()))
        .collect()
}

/// The secret in a file; without one it is made up.
fn other(path: Option<&Path>, name: &'static str, made: &mut MadeUp) -> Result<String> {
    if let Some(path) = path {
        return Ok(from_file(path)?.expose().to_owned());
    }
    let secret = made_up();
    let text = secret.expose().to_owned();
    made.push((name, secret));
    Ok(text)
}
