//! Quotes: which inbound messages wait for the message that they quote.

use acuse_domain::inbound::Inbound;
use acuse_domain::kinds::ReplyAttribution;
use acuse_domain::ledger::KeyTarget;
use diesel::sql_types::{Integer, Uuid as SqlUuid};

use super::Work;
use crate::message_state::open_quotes::OpenQuoteRow;
use crate::sql::{Rows, Sql};
use crate::types;

/// Keeps the quotes that found no message to answer: one that becomes known, or moves, may be it. Every quote within
/// reach is written anew, because what it leads to may have changed although the quoting message did not.
pub(super) fn keep(work: &Work, statements: &mut Vec<Sql>) {
    let (mut settled, mut open) = (Vec::new(), Vec::new());
    for entry in work.ledger.loaded_inbound() {
        let Some(now) = entry.now else {
            continue;
        };
        if let Some(before) = entry.before.filter(|before| before.quoted != now.quoted) {
            settled.extend(quote_row(work, before));
        }
        let found = now.reply.map(|reply| reply.how);
        let is_answer = matches!(
            found,
            Some(ReplyAttribution::Quote | ReplyAttribution::Button)
        );
        if now.counts() && !is_answer {
            open.extend(quote_row(work, now));
        } else if entry.before.is_some() {
            settled.extend(quote_row(work, now));
        }
    }
    if !settled.is_empty() {
        let delete = Sql::new(
            "DELETE FROM message_state.open_quotes AS stored \
             USING unnest(?, ?, ?) AS settled(workspace_id, quoted, inbound_id) \
             WHERE stored.workspace_id = settled.workspace_id AND stored.quoted = settled.quoted \
               AND stored.inbound_id = settled.inbound_id",
        );
        statements.push(
            delete
                .bind_all::<Integer, _>(settled.iter().map(|row| row.workspace_id))
                .bind_all::<SqlUuid, _>(settled.iter().map(|row| row.quoted))
                .bind_all::<SqlUuid, _>(settled.iter().map(|row| row.inbound_id)),
        );
    }
    if !open.is_empty() {
        statements.push(OpenQuoteRow::insert(
            open,
            // What is once known to be quoted stays known: a message that was loaded for another's sake comes without.
            "ON CONFLICT (workspace_id, quoted, inbound_id) DO UPDATE \
             SET target_id = coalesce(excluded.target_id, open_quotes.target_id)",
        ));
    }
}

/// The row of what a message quotes, with the outbound message that it leads to, where that is known.
fn quote_row(work: &Work, message: &Inbound) -> Option<OpenQuoteRow> {
    let quoted = message.quoted?;
    Some(OpenQuoteRow {
        workspace_id: message.workspace.0,
        quoted: types::uuid_of(quoted),
        inbound_id: message.id.0,
        target_id: match work.ledger.key((message.workspace, quoted)) {
            Some(KeyTarget::Outbound(id)) => Some(id.0),
            _ => None,
        },
    })
}
