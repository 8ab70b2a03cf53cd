//! A list of messages, page by page.

use acuse_domain::calendar::Interval;
use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::glossary::Language;
use acuse_domain::ids::MessageId;
use acuse_domain::inbound::Inbound;
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::Content;
use acuse_domain::scope::Scope;
use acuse_domain::shown::{MessageDetails, ReceivedDetails};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::reporting::Question;
use acuse_store::read::{Order, Place};
use uuid::Uuid;

use crate::basis::Basis;
use crate::inquiry::Inquiry;
use crate::parts::Parts;
use crate::table_of::Kind;

/// Messages that a list reaches.
pub(crate) const REACH: usize = 10_000;

/// Messages read at once: a page of long ones takes few.
const CHUNK: usize = 100;

/// Encoded bytes of a page, about: the message that would go beyond begins the next one. Clients take 4 MiB at most unless they
/// are told otherwise.
const PAGE_BYTES: usize = 2 << 20;

/// Where a list goes on: what its first page settled, and where the last one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// What a preset meant when the list began.
    requested: Interval,
    /// From when on there was everything then.
    covered_from: Timestamp,
    /// How many messages there were.
    total: i64,
    /// How many were shown.
    shown: usize,
    last: Place,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) messages: Vec<T>,
    /// The language of the workspace.
    pub(crate) language: Language,
    /// Of the first page.
    pub(crate) basis: Option<Basis>,
    pub(crate) total: i64,
    /// Where the next page begins; `None` on the last one.
    pub(crate) next: Option<Position>,
}

/// Up to `size` outbound messages of a kind, as far as `scope` shows them.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, NOT_FOUND for an unknown workspace, FAILED_PRECONDITION where messages that
/// the list goes on to were dropped since it began, UNAVAILABLE while the database is away.
pub(crate) async fn list_messages(
    parts: &Parts,
    scope: &Scope,
    kind: Kind,
    question: Question,
    (position, size): (Option<Position>, usize),
) -> Result<Page<(Outbound, MessageDetails)>> {
    let list = List::open(parts, scope, kind, question, position).await?;
    let mut page = Filling::new(list.room(size));
    let after = position.map(|position| position.last);
    if let Some(mut pages) = kind.pages(&list.inquiry, Order::NewestFirst, after) {
        while let Some(chunk) = page.wanted() {
            let views = pages.messages(chunk).await?.into_iter();
            let rows = views.map(|view| {
                let origin = view.message.origin();
                let details = view.into_details(list.inquiry.is_unconfirmed(origin));
                let place = Place {
                    at: origin,
                    id: details.0.id,
                };
                let reply = details.1.reply_text.as_ref().map_or(0, String::len);
                (length(&details.1.content) + reply, place, details)
            });
            page.fill(rows, pages.place().is_none());
        }
    }
    list.page(page)
}

/// Up to `size` inbound messages, as far as `scope` shows them.
///
/// # Errors
///
/// As [`list_messages`].
pub(crate) async fn list_received(
    parts: &Parts,
    scope: &Scope,
    question: Question,
    (position, size): (Option<Position>, usize),
) -> Result<Page<(Inbound, ReceivedDetails)>> {
    let kind = Kind::Inbound;
    let list = List::open(parts, scope, kind, question, position).await?;
    let mut page = Filling::new(list.room(size));
    let after = position.map(|position| position.last);
    if let Some(mut pages) = kind.pages(&list.inquiry, Order::NewestFirst, after) {
        while let Some(chunk) = page.wanted() {
            let rows = pages.received(chunk).await?.into_iter();
            let rows = rows.map(|(inbound, details)| {
                let place = Place {
                    at: inbound.at,
                    id: inbound.id,
                };
                (length(&details.content), place, (inbound, details))
            });
            page.fill(rows, pages.place().is_none());
        }
    }
    list.page(page)
}

/// A page that fills up.
struct Filling<T> {
    messages: Vec<T>,
    /// Where the last of them stands.
    last: Option<Place>,
    /// How many more it takes.
    room: usize,
    /// How many more bytes.
    bytes: usize,
    /// Whether nothing comes after what it holds.
    is_over: bool,
}

impl<T> Filling<T> {
    fn new(room: usize) -> Self {
        Self {
            messages: Vec::new(),
            last: None,
            room,
            bytes: PAGE_BYTES,
            is_over: false,
        }
    }

    /// How many messages to read next; `None` where it is full, or there are no more.
    fn wanted(&self) -> Option<usize> {
        let wanted = self.room.min(CHUNK);
        (wanted > 0 && self.bytes > 0 && !self.is_over).then_some(wanted)
    }

    /// Adds what was read, each with the length of its texts and where it stands: at least one, and as many as there is room
    /// for. `is_over` where nothing comes after them.
    fn fill(&mut self, rows: impl Iterator<Item = (usize, Place, T)>, is_over: bool) {
        self.is_over = is_over;
        for (texts, place, message) in rows {
            // Everything but the texts is about as long in every message.
            let length = texts + 1_024;
            if length > self.bytes && !self.messages.is_empty() {
                (self.bytes, self.is_over) = (0, false);
                return;
            }
            self.bytes = self.bytes.saturating_sub(length);
            self.room -= 1;
            // Of those that moved while it was read, some stand before what is shown already.
            self.last = Some(self.last.map_or(place, |last| last.min(place)));
            self.messages.push(message);
        }
    }
}

/// The bytes of what a message says.
fn length(content: &Content) -> usize {
    let texts = [&content.header, &content.body, &content.footer];
    texts.into_iter().flatten().map(String::len).sum()
}

/// A list as it stands.
struct List {
    inquiry: Inquiry,
    /// From when on it covers everything, as it was when it began; `None` where it never covered anything.
    covered_from: Option<Timestamp>,
    /// Whether some of that is covered no more.
    is_cut: bool,
    basis: Option<Basis>,
    total: i64,
    shown: usize,
}

impl List {
    async fn open(
        parts: &Parts,
        scope: &Scope,
        kind: Kind,
        question: Question,
        position: Option<Position>,
    ) -> Result<Self> {
        let mut inquiry = Inquiry::open_to_rows(parts, scope, question).await?;
        kind.narrow(&mut inquiry);
        if let Some(position) = position {
            inquiry.requested = position.requested;
            return Ok(Self {
                covered_from: Some(position.covered_from),
                is_cut: !inquiry.covers_from(position.covered_from),
                inquiry,
                basis: None,
                total: position.total,
                shown: position.shown,
            });
        }
        let size = kind.count(&mut inquiry).await?;
        let covered = inquiry.covered(inquiry.requested);
        Ok(Self {
            inquiry,
            covered_from: covered.map(|covered| covered.start),
            is_cut: false,
            basis: Some(size.basis),
            total: size.messages,
            shown: 0,
        })
    }

    /// How many messages a page may show.
    fn room(&self, size: usize) -> usize {
        size.min(REACH.saturating_sub(self.shown))
    }

    /// The page, once it is filled.
    ///
    /// # Errors
    ///
    /// FAILED_PRECONDITION where the list would end with it because the rest was dropped.
    fn page<T>(self, page: Filling<T>) -> Result<Page<T>> {
        let messages = page.messages;
        let shown = self.shown + messages.len();
        let goes_on = !page.is_over && shown < REACH;
        let place = page.last.zip(self.covered_from).filter(|_| goes_on);
        let next = place.map(|(last, covered_from)| Position {
            requested: self.inquiry.requested,
            covered_from,
            total: self.total,
            shown,
            last,
        });
        if self.is_cut && next.is_none() && shown < REACH {
            return Err(expired());
        }
        Ok(Page {
            messages,
            language: self.inquiry.scoped.workspace().spoken(),
            basis: self.basis,
            total: self.total,
            next,
        })
    }
}

fn expired() -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "TOKEN_EXPIRED",
        "messages that this list goes on to are not kept any more; ask without a token for those that are",
    )
}

impl Position {
    /// As bytes for a token.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let shown = i64::try_from(self.shown).unwrap_or(i64::MAX);
        let numbers = [
            self.requested.start.micros(),
            self.requested.end.micros(),
            self.covered_from.micros(),
            self.total,
            shown,
            self.last.at.micros(),
        ];
        let mut bytes: Vec<u8> = numbers.into_iter().flat_map(i64::to_be_bytes).collect();
        bytes.extend(self.last.id.0.as_bytes());
        bytes
    }

    /// From the bytes of a token.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for other bytes, which a version that wrote places otherwise put there.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let fault = "is of another version; leave it out to begin anew";
        Self::read(bytes).ok_or_else(|| Error::invalid_field("page_token", fault))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (numbers, id) = bytes.split_at_checked(6 * 8)?;
        let (numbers, _) = numbers.as_chunks::<8>();
        let &[start, end, covered_from, total, shown, at] = numbers else {
            return None;
        };
        let time = |bytes| Timestamp::from_micros(i64::from_be_bytes(bytes));
        Some(Self {
            requested: Interval::new(time(start), time(end)),
            covered_from: time(covered_from),
            total: i64::from_be_bytes(total),
            shown: usize::try_from(i64::from_be_bytes(shown)).ok()?,
            last: Place {
                at: time(at),
                id: MessageId(Uuid::from_slice(id).ok()?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_goes_there_and_back() {
        let time = Timestamp::from_micros;
        let position = Position {
            requested: Interval::new(time(-7), time(1_794_744_000_000_001)),
            covered_from: time(11),
            total: 12_345_678_901,
            shown: 9_999,
            last: Place {
                at: time(1_794_000_000_000_003),
                id: MessageId(Uuid::from_u128(7)),
            },
        };
        let bytes = position.to_bytes();
        assert_eq!(Position::from_bytes(&bytes).unwrap(), position);
        for length in 0..bytes.len() {
            assert!(Position::from_bytes(&bytes[..length]).is_err());
        }
    }
}
