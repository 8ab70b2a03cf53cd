//! What is shown of an inbound message.

use acuse_domain::contact::ContactRef;
use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::inbound::{Inbound, Reply};
use acuse_domain::names::Dimension;
use acuse_domain::shown::ReceivedDetails;
use diesel_async::AsyncPgConnection;

use super::details::{Names, on_channel, phone_of};
use super::view::{People, contents, parse, provider_message_id};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::directory;
use crate::message_state::inbound_messages::InboundRow;

/// What is shown of each inbound message, in the order of the rows, as [`super::view::views`] does.
pub(super) async fn received(
    connection: &AsyncPgConnection,
    rows: Vec<InboundRow>,
) -> Result<Vec<(Inbound, ReceivedDetails)>, StoreError> {
    let Some(workspace) = rows.first().map(|row| row.workspace_id) else {
        return Ok(Vec::new());
    };
    let ids = rows.iter().map(|row| row.message_id).collect();
    let contacts = rows.iter().map(|row| row.contact_id).collect();
    let messages: Vec<Inbound> = rows.into_iter().map(InboundRow::into_inbound).collect();
    let numbers = messages.iter().flat_map(numbers_of_received).collect();
    let (mut contents, people, names) = futures::try_join!(
        contents(connection, workspace, ids),
        People::load(connection, workspace, contacts),
        directory::names(connection, WorkspaceId(workspace), &numbers),
    )?;
    let names = Names(&names);
    let shown = messages.into_iter().map(|message| {
        let content = contents.remove(&message.id.0).unwrap_or_default();
        let channel_account = names.entry(Dimension::ChannelAccount, Some(message.channel_account));
        let destination = content.destination.clone();
        let contact = Some(message.contact.0);
        let contact = people.contact(contact, channel_account.as_ref(), destination);
        let details = received_details(&message, contact, content, &names);
        (message, details)
    });
    Ok(shown.collect())
}

fn received_details(
    message: &Inbound,
    contact: ContactRef,
    content: ContentRow,
    names: &Names<'_>,
) -> ReceivedDetails {
    let reply = message.reply;
    let of = |dimension, number: fn(Reply) -> Option<NameId>| {
        names.named(dimension, reply.and_then(number))
    };
    let channel_account = names.entry(Dimension::ChannelAccount, Some(message.channel_account));
    ReceivedDetails {
        channel_account_phone: phone_of(channel_account.as_ref()),
        channel_account: channel_account.map(on_channel),
        contact: Some(contact).filter(|contact| *contact != ContactRef::default()),
        account: of(Dimension::Account, |reply| reply.account),
        campaign: of(Dimension::Campaign, |reply| reply.campaign),
        agent: of(Dimension::Agent, |reply| reply.agent),
        team: of(Dimension::Team, |reply| reply.team),
        department: of(Dimension::Department, |reply| reply.department),
        content: parse(content.content.as_ref()).unwrap_or_default(),
        button: parse(content.button.as_ref()),
        provider_message_id: provider_message_id(content),
    }
}

fn numbers_of_received(message: &Inbound) -> impl Iterator<Item = (Dimension, NameId)> + use<> {
    let reply = message.reply;
    [
        (Dimension::ChannelAccount, Some(message.channel_account)),
        (Dimension::Account, reply.and_then(|reply| reply.account)),
        (Dimension::Campaign, reply.and_then(|reply| reply.campaign)),
        (Dimension::Agent, reply.and_then(|reply| reply.agent)),
        (Dimension::Team, reply.and_then(|reply| reply.team)),
        (
            Dimension::Department,
            reply.and_then(|reply| reply.department),
        ),
    ]
    .into_iter()
    .filter_map(|(dimension, number)| Some((dimension, number?)))
}
