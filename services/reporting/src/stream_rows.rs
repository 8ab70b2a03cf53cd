//! The rows of a table, read page by page.

use std::vec;

use acuse_domain::error::{Error, Result};
use acuse_domain::glossary::Language;
use acuse_domain::inbound::Inbound;
use acuse_domain::outbound::Outbound;
use acuse_domain::scope::Scope;
use acuse_domain::shown::{MessageDetails, ReceivedDetails};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::reporting::Rows as Asked;
use acuse_proto::reporting::RowPreset;
use acuse_store::read::{Entry, HsmRow, HsmRows, Order, Pages};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::basis::Basis;
use crate::inquiry::Inquiry;
use crate::parts::Parts;
use crate::table_of::Kind;

/// Rows read at once at most, of templates with their bodies and of messages with all their texts: how many a batch holds,
/// which may be many times as many, is no measure of memory.
const TEMPLATES: usize = 5_000;
const MESSAGES: usize = 250;

/// Batches of templates that are read at once: to begin with a page costs as much as some hundred rows of it.
const BATCHES: usize = 4;

/// Pages that wait to be sent, while another is read and one is on its way.
const PAGES: usize = 1;

/// What there is to come, and where it comes from.
pub(crate) struct Rows {
    pub(crate) basis: Basis,
    pub(crate) expected: i64,
    pub(crate) source: Source,
    /// Rows of a batch at most.
    pub(crate) batch_size: usize,
    /// The language of the workspace.
    pub(crate) language: Language,
}

/// A name as many rows hold it: encoded once.
pub(crate) type Name = Bytes;

/// A row of some table.
pub(crate) enum Row {
    Template(Box<HsmRow<Name>>),
    Message(Box<(Outbound, MessageDetails)>),
    Received(Box<(Inbound, ReceivedDetails)>),
}

/// The rows of a table. While some are sent, the next ones are read; dropping it ends the reading.
pub(crate) struct Source {
    /// `None` where there are none, or no more.
    pages: Option<mpsc::Receiver<Result<Vec<Row>>>>,
    page: vec::IntoIter<Row>,
    /// Who reads.
    _reading: JoinSet<()>,
}

enum Reader {
    Templates(Box<HsmRows<Name>>),
    Messages(Pages),
    Received(Pages),
}

/// Begins with the rows of a table, as far as `scope` shows the messages; names of templates' rows are made with `tell`.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is
/// away.
pub(crate) async fn stream_rows(
    parts: &Parts,
    scope: &Scope,
    asked: Asked,
    tell: fn(Entry) -> Name,
) -> Result<Rows> {
    let mut inquiry = Inquiry::open_to_rows(parts, scope, asked.question).await?;
    let kind = kind_of(asked.preset);
    kind.narrow(&mut inquiry);
    let size = kind.count(&mut inquiry).await?;
    let reader = match asked.preset {
        RowPreset::HsmManagement => kind
            .question(&inquiry)
            .map(|question| inquiry.scoped.hsm_rows(&question, None, tell))
            .map(|rows| Reader::Templates(Box::new(rows))),
        _ => kind
            .pages(&inquiry, Order::OldestFirst, None)
            .map(|pages| match kind {
                Kind::Inbound => Reader::Received(pages),
                _ => Reader::Messages(pages),
            }),
    };
    let page_size = match asked.preset {
        RowPreset::HsmManagement => TEMPLATES.min(BATCHES * asked.batch_size),
        _ => MESSAGES.min(asked.batch_size),
    };
    Ok(Rows {
        basis: size.basis,
        expected: size.messages,
        source: Source::of(reader, page_size, inquiry.unconfirmed_before()),
        batch_size: asked.batch_size,
        language: inquiry.scoped.workspace().spoken(),
    })
}

fn kind_of(preset: RowPreset) -> Kind {
    match preset {
        // Never asked for: a preset is required.
        RowPreset::Unspecified | RowPreset::Outbound | RowPreset::DetailedSent => Kind::Outbound,
        RowPreset::HsmManagement => Kind::Templates,
        RowPreset::Inbound | RowPreset::DetailedReceived => Kind::Inbound,
        RowPreset::Failed => Kind::Failed,
        RowPreset::IndividualSends => Kind::Individual,
    }
}

impl Source {
    fn of(reader: Option<Reader>, page_size: usize, unconfirmed_before: Timestamp) -> Self {
        let mut reading = JoinSet::new();
        let pages = reader.map(|mut reader| {
            let (pages, taken) = mpsc::channel(PAGES);
            let read = async move {
                loop {
                    let page = reader.next(page_size, unconfirmed_before).await;
                    let is_last = page.as_ref().map_or(true, Vec::is_empty);
                    // Nobody may be there to take it any more.
                    if pages.send(page).await.is_err() || is_last {
                        return;
                    }
                }
            };
            reading.spawn(read.in_current_span());
            taken
        });
        Self {
            pages,
            page: Vec::new().into_iter(),
            _reading: reading,
        }
    }

    /// The next row; none after the last.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>> {
        if let Some(row) = self.page.next() {
            return Ok(Some(row));
        }
        let Some(pages) = &mut self.pages else {
            return Ok(None);
        };
        // The last page is empty, and the reader goes without a word only where it panicked.
        let page = pages
            .recv()
            .await
            .unwrap_or_else(|| Err(Error::internal("the reader is gone")))?;
        if page.is_empty() {
            self.pages = None;
        }
        self.page = page.into_iter();
        Ok(self.page.next())
    }
}

impl Reader {
    async fn next(&mut self, limit: usize, unconfirmed_before: Timestamp) -> Result<Vec<Row>> {
        Ok(match self {
            Self::Templates(rows) => {
                let rows = rows.next(limit).await?.into_iter();
                rows.map(|row| Row::Template(Box::new(row))).collect()
            }
            Self::Messages(pages) => {
                let views = pages.messages(limit).await?.into_iter();
                views
                    .map(|view| {
                        let is_unconfirmed = view.message.origin() < unconfirmed_before;
                        Row::Message(Box::new(view.into_details(is_unconfirmed)))
                    })
                    .collect()
            }
            Self::Received(pages) => {
                let rows = pages.received(limit).await?.into_iter();
                rows.map(|row| Row::Received(Box::new(row))).collect()
            }
        })
    }
}
