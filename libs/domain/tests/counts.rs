//! What one outbound message counts as, on channels that report more or less of its way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use acuse_domain::capabilities::Capabilities;
use acuse_domain::contribution::Contribution;
use acuse_domain::counts::Counts;
use acuse_domain::evidence::{SenderIdentity, StatusEvidence};
use acuse_domain::ids::{MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{Channel, Provider, ReplyAttribution, Stage, StatusKind};
use acuse_domain::ledger::Settings;
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

#[test]
fn what_a_channel_account_reports_goes_before_what_its_channel_does() {
    let kinds = [StatusKind::Sent, StatusKind::Delivered];
    let mut message = message(Channel::Sms, &kinds);
    let usual = counts(&message);
    assert_eq!((usual.delivery_base, usual.delivery_unreported), (1, 0));
    message.set_capabilities(Some(Capabilities::NONE.with(Stage::Send)));
    let silent = counts(&message);
    assert_eq!((silent.delivered, silent.sent), (1, 1));
    assert_eq!((silent.delivery_base, silent.delivery_hits), (0, 0));
    assert_eq!((silent.delivery_unreported, silent.sent_base), (1, 1));
    message.set_capabilities(Some(Capabilities::NONE));
    let nothing = counts(&message);
    assert_eq!((nothing.sent_base, nothing.sent_hits), (0, 0));
    assert_eq!((nothing.messages, nothing.sent), (1, 1));
    // To report what its channel does is to have nothing said of it.
    message.set_capabilities(Some(Capabilities::of(Channel::Sms)));
    assert_eq!((message.reports, counts(&message)), (None, usual));
}

#[test]
fn what_cannot_be_reported_is_not_waited_for() {
    let mut message = message(Channel::WhatsApp, &[StatusKind::Sent]);
    let waits = |message: &Outbound| (counts(message).pending, message.standing().is_pending());
    assert_eq!(waits(&message), (1, true));
    message.set_capabilities(Some(Capabilities::NONE.with(Stage::Send)));
    assert_eq!(waits(&message), (0, false));
    message.set_capabilities(Some(Capabilities::NONE.with(Stage::Read)));
    assert_eq!(waits(&message), (1, true));
}

#[test]
fn settings_give_messages_what_their_accounts_report() {
    let mut settings = Settings::default();
    let told = |settings: &Settings, workspace: i32, account: i32| {
        let mut message = message(Channel::WhatsApp, &[StatusKind::Sent]);
        message.workspace = WorkspaceId(workspace);
        let sender = message.facts.stated.sender.as_mut().unwrap();
        sender.value.name = NameId(account);
        // Whatever it had before.
        message.set_capabilities(Some(Capabilities::of(Channel::Line)));
        settings.report(&mut message);
        message.capabilities()
    };
    assert_eq!(told(&settings, 1, 1), Capabilities::ALL);
    settings.set_reported(WorkspaceId(1), [(NameId(1), Capabilities::NONE)]);
    assert_eq!(told(&settings, 1, 1), Capabilities::NONE);
    assert_eq!(told(&settings, 1, 2), Capabilities::ALL);
    assert_eq!(told(&settings, 2, 1), Capabilities::ALL);
}
