//! What one outbound message counts as, on channels that report more or less of its way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use acuse_domain::contribution::Contribution;
use acuse_domain::counts::Counts;
use acuse_domain::evidence::{SenderIdentity, StatusEvidence};
use acuse_domain::ids::{MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{Channel, Provider, ReplyAttribution, StatusKind};
use acuse_domain::outbound::{FirstReply, Outbound};
use acuse_domain::time::{Timestamp, hours};

const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn message(channel: Channel, kinds: &[StatusKind]) -> Outbound {
    let pieces = kinds.iter().map(|kind| {
        let mut piece = StatusEvidence::new(*kind, START, Provider::Other);
        piece.sender = Some(SenderIdentity {
            channel,
            external_id: "account".to_owned(),
            name: NameId(1),
        });
        piece
    });
    Outbound {
        facts: pieces.collect(),
        ..Outbound::new(WorkspaceId(1), MessageId::new(START))
    }
}

fn counts(message: &Outbound) -> Counts {
    Counts::from(&Contribution::of_outbound(message))
}

#[test]
fn the_reply_rate_covers_what_reached_the_last_stage_up_to_delivery_that_is_reported() {
    use StatusKind::{Delivered, Dispatched, Read, Sent};

    for (channel, kinds, covered) in [
        (Channel::WhatsApp, &[Dispatched, Sent][..], 0),
        (Channel::WhatsApp, &[Sent, Delivered], 1),
        (Channel::Sms, &[Sent], 0),
        (Channel::Instagram, &[Dispatched], 0),
        (Channel::Instagram, &[Sent], 1),
        (Channel::Instagram, &[Sent, Read], 1),
        (Channel::Telegram, &[Dispatched], 0),
        (Channel::Telegram, &[Sent], 1),
        (Channel::Line, &[Sent], 1),
    ] {
        let mut message = message(channel, kinds);
        assert_eq!(
            counts(&message).reply_base,
            covered,
            "{channel:?} {kinds:?}"
        );
        message.first_reply = Some(FirstReply {
            at: START + hours(1),
            id: MessageId::new(START + hours(1)),
            how: ReplyAttribution::Window,
        });
        assert_eq!(counts(&message).reply_base, 1, "{channel:?} {kinds:?}");
    }
}

#[test]
fn only_what_is_known_by_its_end_alone_is_unattached() {
    use StatusKind::{Delivered, DispatchFailed, Failed, Played, Read};

    for kinds in [&[Delivered][..], &[Read], &[Played], &[Failed, Delivered]] {
        let counts = counts(&message(Channel::WhatsApp, kinds));
        assert_eq!((counts.messages, counts.unattached), (0, 1), "{kinds:?}");
    }
    let failed = counts(&message(Channel::WhatsApp, &[DispatchFailed]));
    assert_eq!((failed.messages, failed.unattached), (1, 0));
    assert_eq!(failed.failed_dispatch, 1);
}

#[test]
fn an_implied_stage_counts_as_reached_and_in_no_rate() {
    let read = counts(&message(
        Channel::Instagram,
        &[StatusKind::Sent, StatusKind::Read],
    ));
    assert_eq!((read.delivered, read.read), (1, 1));
    assert_eq!((read.delivery_base, read.delivery_hits), (0, 0));
    assert_eq!((read.read_base, read.read_hits), (1, 1));
}
