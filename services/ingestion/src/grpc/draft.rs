//! What is to be created or changed, checked: every fault is told, by the path of its field.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::ids::Digest;
use acuse_domain::kinds::Provider;
use acuse_domain::names::{Mention, id_on_channel};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::entry;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration as Wire, IntegrationChannelAccount,
    UpdateIntegrationRequest,
};
use acuse_proto::message_state::{ChannelAccount as Named, DirectoryEntry, directory_entry};
use acuse_proto::types;
use acuse_providers::Format;
use acuse_store::ingestion::{ChannelAccount, Integration};
use prost::Message as _;
use prost_types::FieldMask;
use uuid::Uuid;

use super::secrets;
use crate::create_integration::Draft;
use crate::update_integration::Revision;

const MAX_NAME: usize = 256;
const MAX_CHANNEL_ACCOUNTS: usize = 100;

const NAME: &str = "display_name";
const ACCOUNTS: &str = "channel_accounts";

/// An integration to create.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field that is wrong.
pub(super) fn draft(mut request: CreateIntegrationRequest, now: Timestamp) -> Result<Draft> {
    let mut faults = Vec::new();
    let request_id = request.request_id.take();
    let asked = Digest::of(&[&request.encode_to_vec()]);
    let wire = request.integration.unwrap_or_else(|| {
        faults.push(FieldViolation::new("integration", "must be given"));
        Wire::default()
    });
    if !wire.id.is_empty() {
        let fault = "must be left out; Acuse gives it";
        faults.push(FieldViolation::new("integration.id", fault));
    }
    let provider = provider(wire.provider, &mut faults);
    check_name(&wire.display_name, &mut faults);
    let (channel_accounts, names) = accounts(wire.channel_accounts, now, &mut faults);
    // Of a provider that is itself at fault nothing more can be asked.
    let as_if = provider.unwrap_or(Provider::MetaWhatsApp);
    let secrets = secrets::checked(request.secrets, as_if, &mut faults);
    let request_id = request_id.and_then(|text| {
        let id = Uuid::try_parse(&text).ok();
        if id.is_none() {
            faults.push(FieldViolation::new(
                "request_id",
                "must be a UUID, or left out",
            ));
        }
        id
    });
    match (provider, secrets) {
        (Some(provider), Some(secrets)) if faults.is_empty() => Ok(Draft {
            provider,
            display_name: without_nul(&wire.display_name),
            channel_accounts,
            names,
            secrets,
            request: request_id.map(|id| (id, asked)),
        }),
        _ => Err(Error::invalid(faults)),
    }
}

/// What an update changes of `present`.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field and every path of the mask that is wrong.
pub(super) fn revision(
    request: UpdateIntegrationRequest,
    present: &Integration,
    now: Timestamp,
) -> Result<Revision> {
    let mut faults = Vec::new();
    let wire = request.integration.unwrap_or_default();
    let provider = types::Provider::from(present.provider);
    if wire.provider != i32::from(types::Provider::Unspecified) && wire.provider() != provider {
        let fault = "never changes; create another integration";
        faults.push(FieldViolation::new("integration.provider", fault));
    }
    let named = Fields::of(request.update_mask.unwrap_or_default(), &wire, &mut faults);
    let mut revision = Revision::default();
    if named.display_name {
        check_name(&wire.display_name, &mut faults);
        revision.display_name = Some(without_nul(&wire.display_name));
    }
    if named.channel_accounts {
        let (accounts, names) = accounts(wire.channel_accounts, now, &mut faults);
        (revision.channel_accounts, revision.names) = (Some(accounts), names);
    }
    if request.secrets.is_some() {
        revision.secrets = secrets::checked(request.secrets, present.provider, &mut faults);
    }
    let nothing = !named.display_name && !named.channel_accounts && revision.secrets.is_none();
    if nothing && faults.is_empty() {
        let fault = format!("names nothing to change; name {NAME} or {ACCOUNTS}, or give secrets");
        faults.push(FieldViolation::new("update_mask", fault));
    }
    if faults.is_empty() {
        Ok(revision)
    } else {
        Err(Error::invalid(faults))
    }
}

/// Which fields an update changes.
struct Fields {
    display_name: bool,
    channel_accounts: bool,
}

impl Fields {
    /// Those that the mask names; without one, those that are set.
    fn of(mask: FieldMask, wire: &Wire, faults: &mut Vec<FieldViolation>) -> Self {
        let known = ["*", NAME, ACCOUNTS];
        for (index, path) in mask.paths.iter().enumerate() {
            if !known.contains(&path.as_str()) {
                let fault = format!("is no field that can change; use {}", known.join(", "));
                faults.push(FieldViolation::new(
                    format!("update_mask.paths[{index}]"),
                    fault,
                ));
            }
        }
        let absent = mask.paths.is_empty();
        let names = |field: &str| mask.paths.iter().any(|path| path == "*" || path == field);
        Self {
            display_name: names(NAME) || (absent && !wire.display_name.is_empty()),
            channel_accounts: names(ACCOUNTS) || (absent && !wire.channel_accounts.is_empty()),
        }
    }
}

fn provider(wire: i32, faults: &mut Vec<FieldViolation>) -> Option<Provider> {
    let wire = types::Provider::try_from(wire).unwrap_or_default();
    let readable = || Format::ALL.iter().flat_map(|format| format.providers());
    let found = readable().find(|provider| types::Provider::from(**provider) == wire);
    if found.is_none() {
        let known: Vec<_> = readable()
            .map(|provider| types::Provider::from(*provider).as_str_name())
            .collect();
        let fault = format!("must be given: one of {}", known.join(", "));
        faults.push(FieldViolation::new("integration.provider", fault));
    }
    found.copied()
}

fn check_name(name: &str, faults: &mut Vec<FieldViolation>) {
    if name.is_empty() || name.len() > MAX_NAME {
        let length = name.len();
        let fault = format!("has {length} bytes; 1 to {MAX_NAME} are allowed");
        faults.push(FieldViolation::new("integration.display_name", fault));
    }
}

/// Channel accounts, and what the directory is told of them. They are checked as the directory checks them.
fn accounts(
    wire: Vec<IntegrationChannelAccount>,
    now: Timestamp,
    faults: &mut Vec<FieldViolation>,
) -> (Vec<ChannelAccount>, Vec<DirectoryEntry>) {
    let field = format!("integration.{ACCOUNTS}");
    if wire.len() > MAX_CHANNEL_ACCOUNTS {
        let count = wire.len();
        let fault = format!("has {count} entries; at most {MAX_CHANNEL_ACCOUNTS} are allowed");
        faults.push(FieldViolation::new(field, fault));
        return (Vec::new(), Vec::new());
    }
    let (mut accounts, mut names) = (Vec::<ChannelAccount>::new(), Vec::new());
    for (index, wire) in wire.into_iter().enumerate() {
        let place = format!("{field}[{index}]");
        let named = directory_entry_of(wire);
        match entry(named.clone(), now) {
            Ok(mention) => match account(mention) {
                Some(account) if accounts.iter().any(|known| known.id == account.id) => {
                    let fault = FieldViolation::new("id", "is that of an entry before it");
                    faults.push(fault.at(&place));
                }
                account => accounts.extend(account),
            },
            Err(violations) => {
                faults.extend(violations.into_iter().map(|fault| within(fault, &place)));
            }
        }
        names.push(named);
    }
    (accounts, names)
}

fn directory_entry_of(wire: IntegrationChannelAccount) -> DirectoryEntry {
    let named = Named {
        channel: wire.channel,
        id: wire.id,
        name: wire.name,
        phone: wire.phone,
    };
    DirectoryEntry {
        entry: Some(directory_entry::Entry::ChannelAccount(named)),
        membership: None,
    }
}

/// A fault of an entry of the directory, as one of the channel account at `place`.
fn within(fault: FieldViolation, place: &str) -> FieldViolation {
    let own = fault.field.strip_prefix("channel_account.");
    let field = own.unwrap_or(&fault.field).to_owned();
    FieldViolation::new(field, fault.description).at(place)
}

/// A channel account that passed; `None` never, as the channel of one is checked.
fn account(mention: Mention) -> Option<ChannelAccount> {
    Some(ChannelAccount {
        id: id_on_channel(&mention.external_id).to_owned(),
        channel: mention.label.channel?,
        name: mention.label.name,
        phone: mention.label.phone,
    })
}

/// Postgres cannot keep NUL in text: it becomes the character that stands for what cannot be shown.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
