//! Rows put together for sending, read on a thread of their own.

use acuse_proto::{
    ingestion::{
        RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
        ingest_request::Items,
    },
    types::{InboundMessage, OutboundRegistration, StatusEvidence},
};
use prost::Message as _;
use tokio::sync::mpsc::{self, Receiver};

use super::{
    row::{Origin, Position, Row},
    rows::{Item, Unfit},
};
use crate::failure::{Failure, Result};

/// The longest batch in bytes, give or take a row.
const LONGEST: usize = 1024 * 1024;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// Items of one kind, and what else there was between them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What is to be sent; `None` where nothing is.
    pub(super) items: Option<Items>,
    /// Where each item is from, in their order.
    pub(super) origins: Vec<Origin>,
    /// Rows that are not sent, because they cannot be read.
    pub(super) unfit: Vec<(Origin, Unfit)>,
    /// Up to where everything is answered for once this batch is, and those before it.
    pub(super) next: Option<Position>,
}

/// Reads rows on a thread of their own, which ends with them or with whoever takes the batches.
pub(super) fn batches<R>(mut rows: R, size: usize) -> Result<Receiver<Result<Vec<Batch>>>>
where
    R: Iterator<Item = Result<Row>> + Send + 'static,
{
    read_ahead(move |send| {
        loop {
            let (gathered, end) = gather(&mut rows, size);
            if gathered.count > 0 && !send(Ok(gathered.finish())) {
                return;
            }
            match end {
                End::More => {}
                End::Over => return,
                End::Failed(failure) => {
                    send(Err(failure));
                    return;
                }
            }
        }
    })
}

/// Runs something that gives values one after the other, on a thread of its own: reading may wait for ever, as at a terminal,
/// and nobody shall wait for that.
pub(super) fn read_ahead<T: Send + 'static>(
    run: impl FnOnce(&dyn Fn(T) -> bool) + Send + 'static,
) -> Result<Receiver<T>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || run(&|value| sender.blocking_send(value).is_ok()))
        .map_err(|error| Failure::new(format!("no thread can be started: {error}")))?;
    Ok(receiver)
}

/// What comes after some rows.
enum End {
    More,
    Over,
    Failed(Failure),
}

fn gather(rows: &mut impl Iterator<Item = Result<Row>>, size: usize) -> (Gathered, End) {
    let mut gathered = Gathered::default();
    while gathered.count < size && gathered.bytes < LONGEST {
        match rows.next() {
            Some(Ok(row)) => gathered.take(row),
            Some(Err(failure)) => return (gathered, End::Failed(failure)),
            None => return (gathered, End::Over),
        }
    }
    (gathered, End::More)
}

/// Rows that follow each other, of whatever kinds.
#[derive(Default)]
struct Gathered {
    count: usize,
    bytes: usize,
    registrations: (Vec<OutboundRegistration>, Vec<Origin>),
    statuses: (Vec<StatusEvidence>, Vec<Origin>),
    inbound: (Vec<InboundMessage>, Vec<Origin>),
    unfit: Vec<(Origin, Unfit)>,
    next: Position,
}

impl Gathered {
    fn take(&mut self, row: Row) {
        self.count += 1;
        self.next = row.next;
        match row.says {
            Ok(Item::Registration(item)) => {
                self.bytes += item.encoded_len();
                self.registrations.0.push(*item);
                self.registrations.1.push(row.origin);
            }
            Ok(Item::Status(item)) => {
                self.bytes += item.encoded_len();
                self.statuses.0.push(*item);
                self.statuses.1.push(row.origin);
            }
            Ok(Item::Inbound(item)) => {
                self.bytes += item.encoded_len();
                self.inbound.0.push(*item);
                self.inbound.1.push(row.origin);
            }
            Err(unfit) => {
                self.bytes += row.origin.raw.len();
                self.unfit.push((row.origin, unfit));
            }
        }
    }

    /// A batch for each kind, the last of which says how far all of them go.
    fn finish(self) -> Vec<Batch> {
        let (messages, of_registrations) = self.registrations;
        let (statuses, of_statuses) = self.statuses;
        let (inbound, of_inbound) = self.inbound;
        let all = [
            (
                Items::Registrations(RegisterMessagesRequest { messages }),
                of_registrations,
            ),
            (
                Items::Statuses(RecordStatusesRequest { statuses }),
                of_statuses,
            ),
            (
                Items::InboundMessages(RecordInboundMessagesRequest { messages: inbound }),
                of_inbound,
            ),
        ];
        let mut batches: Vec<_> = all
            .into_iter()
            .filter(|(_, origins)| !origins.is_empty())
            .map(|(items, origins)| Batch {
                items: Some(items),
                origins,
                ..Batch::default()
            })
            .collect();
        if batches.is_empty() {
            batches.push(Batch::default());
        }
        if let Some(last) = batches.last_mut() {
            last.unfit = self.unfit;
            last.next = Some(self.next);
        }
        batches
    }
}
