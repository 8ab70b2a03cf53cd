//! Makes one file: rows in, bytes out, some thousand rows at a time.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use acuse_domain::error::{Error, Result};
use acuse_store::export::{self, File, Job, Progress};
use futures::try_join;
use tokio::task::spawn_blocking;

use crate::asked::{Asked, fits};
use crate::files::{
    About, DETAILED_RECEIVED, DETAILED_SENT, FAILED, Format, HSM_MANAGEMENT, INBOUND,
    INDIVIDUAL_SENDS, OUTBOUND, Picked, Report, Rest, Table, Words, Writer,
};
use crate::names::Names;
use crate::objects::{self, Writing};
use crate::parts::Parts;
use crate::reporting::Row;

/// How far an attempt is, for those who ask while it goes on.
#[derive(Debug, Default)]
pub(super) struct Gauge(Mutex<Progress>);

impl Gauge {
    pub(super) fn read(&self) -> Progress {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Bytes of a file's end that are read at once.
const PIECE: usize = 1 << 20;

/// Makes the file of a claimed job, under the key of that claim. It is there when this returns, and nobody knows of it.
///
/// # Errors
///
/// What reporting answers, INTERNAL for a job that cannot be read, UNAVAILABLE where the file cannot be written.
pub(super) async fn make(parts: &Parts, job: &Job, gauge: &Gauge) -> Result<File> {
    let mut asked = Asked::of(job)?;
    if asked.layout.format == Format::Pdf || asked.report.has_drawn_sheets() {
        call_by_name(parts, job, &mut asked.about).await?;
    }
    let pen = Pen {
        writer: Writer::new(asked.layout),
        words: Words::new(asked.language, &asked.zone),
    };
    let mut making = Making {
        parts,
        job,
        gauge,
        asked: &asked,
        writing: parts.objects.write(job.lease()),
        rows: 0,
    };
    // Boxed: what all of them hold while they wait would stand on the stack of whoever polls one of them.
    let pen = match asked.report {
        Report::HsmManagement => Box::pin(making.table(pen, &HSM_MANAGEMENT)).await?,
        Report::Outbound => Box::pin(making.table(pen, &OUTBOUND)).await?,
        Report::Inbound => Box::pin(making.table(pen, &INBOUND)).await?,
        Report::Failed => Box::pin(making.table(pen, &FAILED)).await?,
        Report::DetailedSent => Box::pin(making.table(pen, &DETAILED_SENT)).await?,
        Report::DetailedReceived => Box::pin(making.table(pen, &DETAILED_RECEIVED)).await?,
        Report::IndividualSends => Box::pin(making.table(pen, &INDIVIDUAL_SENDS)).await?,
        Report::Consolidated
        | Report::Breakdown
        | Report::Ranking
        | Report::MessagesOverview
        | Report::Funnel
        | Report::ReplyActivity => Box::pin(making.figures(pen)).await?,
        Report::Pack => Box::pin(making.pack(pen)).await?,
    };
    making.end(pen).await
}

/// Has a head say names: of the workspace, and of what filters ask for.
async fn call_by_name(parts: &Parts, job: &Job, about: &mut About) -> Result<()> {
    let workspace = export::workspace(&parts.database, &about.workspace).await?;
    let name = workspace.map(|workspace| workspace.display_name);
    if let Some(name) = name.filter(|name| !name.trim().is_empty()) {
        about.workspace = name;
    }
    about.names = Names::gather(&parts.reporting, &job.asker, &about.question).await;
    Ok(())
}

/// A file that is made.
pub(super) struct Making<'a> {
    pub(super) parts: &'a Parts,
    pub(super) job: &'a Job,
    pub(super) gauge: &'a Gauge,
    pub(super) asked: &'a Asked,
    pub(super) writing: Writing,
    pub(super) rows: u64,
}

/// What rows are written with: it goes to where computing keeps nobody waiting, and comes back.
pub(super) struct Pen {
    pub(super) writer: Writer,
    pub(super) words: Words,
}

impl Making<'_> {
    /// Adds a table of rows from reporting.
    async fn table<R: Row>(&mut self, pen: Pen, table: &'static Table<R>) -> Result<Pen> {
        let picked = Arc::new(table.pick(&self.asked.columns));
        let question = self.asked.question.clone();
        let preset = self.asked.report.preset().unwrap_or_default();
        let reporting = &self.parts.reporting;
        let mut rows = reporting
            .rows::<R>(&self.job.asker, preset, question)
            .await?;
        let expected = rows.expected;
        fits(self.asked.layout.format, expected)?;
        self.gauge
            .change(|progress| progress.expected = Some(expected));
        let columns = Arc::clone(&picked);
        let about = self.asked.about.resting_on(&rows.basis);
        let begin = move |pen: &mut Pen| pen.writer.begin(&columns, &about, &pen.words);
        let (mut pen, begun) = aside(pen, begin).await?;
        self.writing.add(begun).await?;
        let mut batch = rows.next().await?;
        while let Some(some) = batch {
            // While these are written the next ones are on their way.
            let count = some.len();
            let adding = self.add(pen, &picked, count, || some.rows());
            (pen, batch) = try_join!(adding, rows.next())?;
        }
        Ok(pen)
    }

    /// Tells how many rows there will be.
    pub(super) fn expect(&self, rows: usize) {
        let expected = u64::try_from(rows).unwrap_or(u64::MAX);
        self.gauge
            .change(|progress| progress.expected = Some(expected));
    }

    /// Counts rows that were added.
    pub(super) fn done(&mut self, rows: usize) {
        self.rows += u64::try_from(rows).unwrap_or(u64::MAX);
        let done = self.rows;
        self.gauge.change(|progress| progress.rows = done);
    }

    /// Adds so many rows.
    pub(super) async fn add<R: 'static>(
        &mut self,
        pen: Pen,
        picked: &Arc<Picked<R>>,
        count: usize,
        rows: impl FnOnce() -> Result<Vec<R>> + Send + 'static,
    ) -> Result<Pen> {
        let picked = Arc::clone(picked);
        let write = move |pen: &mut Pen| pen.writer.rows(&picked, &rows()?, &mut pen.words);
        let (pen, bytes) = aside(pen, write).await?;
        self.writing.add(bytes).await?;
        self.done(count);
        // More may have come than there were.
        fits(self.asked.layout.format, self.rows)?;
        Ok(pen)
    }

    /// Ends the file and has it appear.
    async fn end(mut self, pen: Pen) -> Result<File> {
        let ending = spawn_blocking(|| pen.writer.end());
        let mut rest = ending.await.map_err(Error::internal)??;
        loop {
            let reading = spawn_blocking(|| piece(rest));
            let (bytes, back) = reading.await.map_err(Error::internal)??;
            if bytes.is_empty() {
                break;
            }
            self.writing.add(bytes).await?;
            rest = back;
        }
        let written = self.writing.finish().await?;
        Ok(File {
            key: objects::key(self.job.lease()),
            name: self.asked.file_name.clone(),
            media_type: self.asked.layout.media_type().to_owned(),
            size: written.size,
            rows: self.rows,
            sha256: written.sha256,
            expires_at: self.parts.clock.now() + self.parts.keep,
        })
    }
}

/// Computes with a pen where nothing else waits for it.
async fn aside<T: Send + 'static>(
    mut pen: Pen,
    work: impl FnOnce(&mut Pen) -> Result<T> + Send + 'static,
) -> Result<(Pen, T)> {
    let working = spawn_blocking(move || work(&mut pen).map(|done| (pen, done)));
    working.await.map_err(Error::internal)?
}

/// The next piece of a file's end, and what follows it; empty after the last.
fn piece(mut rest: Rest) -> Result<(Vec<u8>, Rest)> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
    let read = rest.by_ref().take(limit).read_to_end(&mut bytes);
    read.map_err(Error::internal)?;
    Ok((bytes, rest))
}
