//! Messages with evidence, to be shown.

use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::facts::Facts;
use acuse_domain::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{Channel, ContentType, MessageType, Provider, Source, StatusKind};
use acuse_domain::outbound::{Attribution, Outbound, Registered};
use acuse_domain::time::hours;

use crate::samples::NOW;

/// A message on WhatsApp that was registered with `pieces` as its evidence, an hour apart.
pub(crate) fn registered(kinds: &[StatusKind]) -> Outbound {
    let nobody = Outbound::new(WorkspaceId(1), MessageId::new(NOW)).attribution();
    let attribution = Attribution {
        channel: Some(Channel::WhatsApp),
        channel_account: Some(NameId(1)),
        source: Source::Broadcast,
        kind: Some(MessageType::Template),
        content_type: Some(ContentType::Template),
        ..nobody
    };
    Outbound {
        registered: Some(Registered {
            digest: Digest::of(&[]),
            attribution,
            contact: ContactId(1),
            opened_ticket: true,
            session_open: Some(true),
        }),
        ..unregistered(kinds)
    }
}

/// The same without a registration.
pub(crate) fn unregistered(kinds: &[StatusKind]) -> Outbound {
    Outbound {
        facts: pieces(kinds).into_iter().collect::<Facts>(),
        ..Outbound::new(WorkspaceId(1), MessageId::new(NOW))
    }
}

pub(crate) fn pieces(kinds: &[StatusKind]) -> Vec<StatusEvidence> {
    let mut at = NOW;
    kinds
        .iter()
        .map(|kind| {
            let provider = match kind {
                StatusKind::Queued | StatusKind::Dispatched | StatusKind::DispatchFailed => {
                    Provider::Sender
                }
                _ => Provider::MetaWhatsApp,
            };
            let mut piece = StatusEvidence::new(*kind, at, provider);
            let code = match kind {
                StatusKind::Failed => Some("131026"),
                StatusKind::DispatchFailed => Some("INVALID_NUMBER"),
                _ => None,
            };
            piece.failure = code.map(|code| FailureReport {
                code: code.to_owned(),
                ..FailureReport::default()
            });
            at = at + hours(1);
            piece
        })
        .collect()
}
