//! Applying a batch: one transaction that takes evidence in and moves every figure that follows from it.
//!
//! The steps are those of the files: [`resolve`] turns external ids into numbers, [`load`] brings the rows that the
//! batch touches into a [`Ledger`], the ledger folds the items in by the domain's rules, [`marks`] finds what
//! watermarks say of them, [`relate`] the replies and sessions that follow, [`mod@write`] stores what differs, with one row of
//! `changes` for each message that now adds something else to reports, and [`lateness`] counts how late it came. The
//! transaction first locks the heads of its workspaces, in order: whoever else writes them waits, so that nothing here sees a
//! half of another batch, and the sequence of changes is the order of commits.

mod contacts;
mod lateness;
mod load;
mod marks;
mod partitions;
mod quotes;
mod relate;
mod resolve;
mod subtypes;
mod wide;
mod write;

use std::collections::{BTreeSet, HashMap, HashSet};

use acuse_domain::contacts::ContactBook;
use acuse_domain::contribution::Contribution;
use acuse_domain::event::Event;
use acuse_domain::ids::{Digest, MessageId, WorkspaceId};
use acuse_domain::ledger::{Ledger, Receipt, Refusal, Settings};
use acuse_domain::names::Mention;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::Watermark;
use diesel_async::AsyncPgConnection;
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::directory::cache::NameCache;
use crate::message_state::directory::{self, Stored};
use crate::message_state::heads::{self, HeadRow};
use crate::message_state::workspaces::{self, Workspace, WorkspaceRow};
use crate::pool::{Database, Plans, Role};
use lateness::Lateness;
use partitions::Partitions;
pub(crate) use partitions::{month_of, partition};
use resolve::Prepared;

/// One item of a batch, in the workspace of who handed it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The item.
    pub event: Event,
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It told something new.
    Applied(MessageId),
    /// It was known already; nothing changed.
    Duplicate(MessageId),
    /// It was kept, but happened too long after the message's origin to count.
    Late(MessageId),
    /// It is a watermark, which is about no one message, and was kept.
    Watermark {
        /// Whether it was not kept before.
        is_new: bool,
    },
    /// It was refused; nothing of it was taken in.
    Refused(Refusal),
}

/// Applies batches.
#[derive(Debug)]
pub struct Applier {
    database: Database,
    names: NameCache,
    partitions: Partitions,
}

/// What one transaction works on.
struct Work {
    now: Timestamp,
    ledger: Ledger,
    contacts: ContactBook,
    heads: HashMap<WorkspaceId, HeadRow>,
    settings: Settings,
    /// At which sequence each loaded message was changed last.
    changed_at: HashMap<MessageId, i64>,
    /// What each loaded outbound message adds to reports by its row.
    counted: HashMap<MessageId, Contribution>,
}

impl Applier {
    /// Applies batches to `database`.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            names: NameCache::default(),
            partitions: Partitions::default(),
        }
    }

    /// Applies a batch; when this returns it is durable and counted. The outcomes are in the order of the items.
    ///
    /// # Errors
    /// None of the batch was applied. [`StoreError::Refused`] means that something in the batch cannot be stored:
    /// smaller batches will tell what.
    pub async fn apply(
        &self,
        batch: &[Submission],
        now: Timestamp,
    ) -> Result<Vec<Outcome>, StoreError> {
        // What they are called is stated later, once it is known which items are taken in.
        let (found, mut restated) = self.names.look_up(batch);
        let numbers = self.names.complete(&self.database, found).await?;
        self.names.keep_restated(batch, &mut restated);
        let prepared = resolve::prepare(batch, restated, &numbers);
        self.partitions.ensure(&self.database, &prepared).await?;
        let result = self
            .database
            .transaction(Role::Writer, None, move |connection| {
                transact(connection, prepared, now).boxed()
            })
            .await;
        // Whatever was believed of the database may be wrong: a partition may be gone, a name unknown.
        match &result {
            Err(StoreError::Refused(_)) => {
                self.names.clear();
                self.partitions.clear();
            }
            Err(StoreError::Contended(_)) => self.partitions.clear(),
            _ => {}
        }
        let (outcomes, names, lateness) = result?;
        self.names.keep(names);
        lateness.measure();
        Ok(outcomes)
    }
}

async fn transact(
    connection: &AsyncPgConnection,
    mut items: Vec<Prepared>,
    now: Timestamp,
) -> Result<(Vec<Outcome>, Stored, Lateness), StoreError> {
    let mut work = begin(connection, &items, now).await?;
    load::messages(connection, &mut work, &items).await?;
    let need_contacts = contacts::load(connection, &mut work, &items).await?;
    let receipts: Vec<Result<Receipt, Refusal>> = items
        .iter_mut()
        .zip(need_contacts)
        .map(|(item, needs_contact)| {
            if needs_contact {
                contacts::resolve(&mut work, item);
            }
            item.fold(&mut work.ledger)
        })
        .collect();
    subtypes::settle(connection, &mut work).await?;
    contacts::join(connection, &mut work).await?;
    marks::settle(connection, &mut work).await?;
    let contacts = relate::relate(connection, &mut work, &items, &receipts).await?;
    let news = write::everything(connection, &work, &items, &receipts, contacts).await?;
    let names = directory::state(connection, restated(&items, &receipts));
    let (names, ()) = futures::try_join!(names, news.lateness.keep(connection))?;
    let outcomes = outcomes(&work, &items, &receipts, &news);
    Ok((outcomes, names, news.lateness))
}

/// Locks the workspaces and reads how far they have come.
async fn begin(
    connection: &AsyncPgConnection,
    items: &[Prepared],
    now: Timestamp,
) -> Result<Work, StoreError> {
    let workspaces: BTreeSet<i32> = items.iter().map(|item| item.workspace.0).collect();
    let ids: Vec<i32> = workspaces.into_iter().collect();
    let ((), rows) = futures::try_join!(
        Plans::Kept.begin(connection),
        heads::lock(ids.clone()).fetch::<HeadRow>(connection),
    )?;
    // Read once the lock is had: what was said of channel accounts before this batch holds for it.
    let settings: Vec<WorkspaceRow> = workspaces::by_id(ids).fetch(connection).await?;
    let mut work = Work {
        now,
        ledger: Ledger::default(),
        contacts: ContactBook::default(),
        heads: HashMap::new(),
        settings: Settings::default(),
        changed_at: HashMap::new(),
        counted: HashMap::new(),
    };
    for row in rows {
        let workspace = WorkspaceId(row.workspace_id);
        work.contacts.set_last(workspace, row.last_contact);
        work.heads.insert(workspace, row);
    }
    for row in settings {
        let workspace = Workspace::try_from(row)?;
        work.settings
            .set(workspace.id, workspace.attribution_windows);
        work.settings
            .set_reported(workspace.id, workspace.reported_stages);
    }
    Ok(work)
}

/// The items that were taken in, with their receipts: of those that were refused, or came for dropped rows, nothing is
/// kept.
fn taken_in<'a>(
    items: &'a [Prepared],
    receipts: &'a [Result<Receipt, Refusal>],
) -> impl Iterator<Item = (&'a Prepared, &'a Receipt)> {
    let all = items.iter().zip(receipts);
    all.filter_map(|(item, receipt)| {
        let receipt = receipt.as_ref().ok().filter(|receipt| !receipt.is_dropped);
        Some((item, receipt?))
    })
}

/// What the items that were taken in call things.
fn restated(
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
) -> Vec<(WorkspaceId, Mention)> {
    taken_in(items, receipts)
        .flat_map(|(item, _)| {
            let restated = item.restated.iter().cloned();
            restated.map(|mention| (item.workspace, mention))
        })
        .collect()
}

/// A piece of evidence on a message.
type Piece = (MessageId, Digest);

/// What was not kept before.
#[derive(Debug)]
struct News {
    evidence: HashSet<Piece>,
    watermarks: HashSet<Watermark>,
    lateness: Lateness,
}

fn outcomes(
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
    news: &News,
) -> Vec<Outcome> {
    let mut told: HashSet<Piece> = HashSet::new();
    let mut told_marks: HashSet<Watermark> = HashSet::new();
    items
        .iter()
        .zip(receipts)
        .map(|(item, receipt)| {
            let receipt = match receipt {
                Ok(receipt) => receipt,
                Err(refusal) => return Outcome::Refused(*refusal),
            };
            // Of two equal items in one batch the first told the news.
            let Some(message) = receipt.message else {
                let watermark = marks::told(work, item);
                let mut new = watermark
                    .filter(|mark| news.watermarks.contains(mark))
                    .into_iter();
                return Outcome::Watermark {
                    is_new: new.any(|mark| told_marks.insert(mark)),
                };
            };
            let message = work.ledger.surviving(message);
            let is_new = item
                .digests
                .iter()
                .map(|digest| (message, *digest))
                .filter(|piece| news.evidence.contains(piece) && told.insert(*piece))
                .count()
                > 0;
            match (is_new || receipt.is_news, receipt.is_late) {
                (_, true) if is_new || receipt.is_dropped => Outcome::Late(message),
                (true, _) => Outcome::Applied(message),
                (false, _) => Outcome::Duplicate(message),
            }
        })
        .collect()
}
