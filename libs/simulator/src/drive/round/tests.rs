use acuse_proto::types::StatusKind;

use super::*;

fn id(provider: Provider, text: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: provider.into(),
        scope: None,
        id: text.to_owned(),
    })
}

fn registered(sender: Option<&str>, provider: Option<&str>) -> What {
    What::Registered(OutboundRegistration {
        sender_message_id: sender.map(str::to_owned),
        provider_message_id: provider.and_then(|text| id(Provider::MetaWhatsapp, text)),
        ..OutboundRegistration::default()
    })
}

fn status(provider: Provider, text: &str) -> What {
    What::Status(StatusEvidence {
        provider_message_id: id(provider, text),
        kind: StatusKind::Sent.into(),
        ..StatusEvidence::default()
    })
}

fn linked(sender: &str, provider: &str) -> What {
    What::Status(StatusEvidence {
        sender_message_id: Some(sender.to_owned()),
        provider_message_id: id(Provider::MetaWhatsapp, provider),
        kind: StatusKind::Dispatched.into(),
        provider: Some(Provider::Sender.into()),
        ..StatusEvidence::default()
    })
}

fn pack(events: Vec<What>, batch: usize) -> Round {
    Round::pack(events, batch.try_into().unwrap(), &mut Dice::new(1))
}

fn sizes(stage: &[Parcel]) -> Vec<usize> {
    stage.iter().map(Parcel::len).collect()
}

#[test]
fn what_came_before_its_registration_goes_before_it() {
    let round = pack(
        vec![
            status(Provider::MetaWhatsapp, "wamid.1"),
            registered(Some("a"), Some("wamid.1")),
            status(Provider::MetaWhatsapp, "wamid.1"),
            linked("b", "wamid.2"),
            registered(Some("b"), None),
            status(Provider::MetaWhatsapp, "wamid.2"),
            registered(Some("c"), None),
            linked("c", "wamid.3"),
            status(Provider::MetaWhatsapp, "wamid.9"),
        ],
        10,
    );
    let [early, registrations, links, rest] = &round.stages;
    assert!(matches!(
        early[..],
        [Parcel::Statuses(_), Parcel::Webhook(_)]
    ));
    assert_eq!(sizes(registrations), [3]);
    assert!(matches!(&links[..], [Parcel::Statuses(all)] if all.len() == 1));
    assert_eq!(sizes(rest).iter().sum::<usize>(), 3);
}

#[test]
fn providers_have_doors_of_their_own() {
    let round = pack(
        vec![
            status(Provider::Twilio, "SM1"),
            status(Provider::MetaWhatsapp, "wamid.1"),
            status(Provider::Dialog360, "wamid.2"),
        ],
        10,
    );
    let rest = &round.stages[3];
    assert!(matches!(&rest[..], [Parcel::Statuses(two), Parcel::Webhook(_)] if two.len() == 2));
}

#[test]
fn calls_are_no_longer_than_asked_and_webhooks_mostly_of_one() {
    let events: Vec<_> = (0..1_000)
        .flat_map(|number| {
            let id = format!("wamid.{number}");
            [
                registered(None, Some(&id)),
                status(Provider::MetaWhatsapp, &id),
            ]
        })
        .collect();
    let round = pack(events, 300);
    assert_eq!(sizes(&round.stages[1]), [300, 300, 300, 100]);
    let webhooks = sizes(&round.stages[3]);
    let alone = webhooks.iter().filter(|size| **size == 1).count();
    assert_eq!(webhooks.iter().sum::<usize>(), 1_000);
    assert!(alone * 100 > webhooks.len() * 90 && alone < webhooks.len());
}
