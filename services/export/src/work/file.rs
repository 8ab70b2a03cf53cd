//! Makes one file: rows in, bytes out, some thousand rows at a time.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use acuse_domain::error::{Error, Result};
use acuse_store::export::{File, Job, Progress};
use futures::{FutureExt as _, try_join};
use tokio::task::spawn_blocking;

use crate::asked::{Asked, fits};
use crate::files::{
    DETAILED_RECEIVED, DETAILED_SENT, FAILED, HSM_MANAGEMENT, INBOUND, INDIVIDUAL_SENDS, OUTBOUND,
    Picked, Report, Rest, Table, Words, Writer,
};
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
    let asked = Asked::of(job)?;
    let pen = Box::new(Pen {
        writer: Writer::new(asked.layout, asked.name.clone()),
        words: Words::new(asked.language, &asked.zone),
    });
    let mut making = Making {
        parts,
        job,
        gauge,
        asked: &asked,
        writing: parts.objects.write(job.lease()),
        rows: 0,
    };
    // Boxed: each is large, and an attempt holds but one.
    let pen = match asked.report {
        Report::HsmManagement => making.table(pen, &HSM_MANAGEMENT).boxed().await?,
        Report::Outbound => making.table(pen, &OUTBOUND).boxed().await?,
        Report::Inbound => making.table(pen, &INBOUND).boxed().await?,
        Report::Failed => making.table(pen, &FAILED).boxed().await?,
        Report::DetailedSent => making.table(pen, &DETAILED_SENT).boxed().await?,
        Report::DetailedReceived => making.table(pen, &DETAILED_RECEIVED).boxed().await?,
        Report::IndividualSends => making.table(pen, &INDIVIDUAL_SENDS).boxed().await?,
    };
    making.end(pen).await
}

/// A file that is made.
struct Making<'a> {
    parts: &'a Parts,
    job: &'a Job,
    gauge: &'a Gauge,
    asked: &'a Asked,
    writing: Writing,
    rows: u64,
}

/// What rows are written with, large and so in a box: it goes to where computing keeps nobody waiting, and comes back.
struct Pen {
    writer: Writer,
    words: Words,
}

impl Making<'_> {
    /// Adds a table of rows from reporting.
    async fn table<R: Row>(&mut self, pen: Box<Pen>, table: &'static Table<R>) -> Result<Box<Pen>> {
        let picked = Arc::new(table.pick(&self.asked.columns));
        let question = self.asked.question.clone();
        let reporting = &self.parts.reporting;
        let mut rows = reporting
            .rows::<R>(&self.job.asker, self.asked.report.preset(), question)
            .await?;
        let expected = rows.expected;
        fits(self.asked.layout.format, expected)?;
        self.gauge
            .change(|progress| progress.expected = Some(expected));
        let columns = Arc::clone(&picked);
        let begin = move |pen: &mut Pen| pen.writer.begin(&columns, &pen.words);
        let (mut pen, begun) = aside(pen, begin).await?;
        self.writing.add(begun).await?;
        let mut batch = rows.next().await?;
        while let Some(some) = batch {
            // While these are written the next ones are on their way.
            (pen, batch) = try_join!(self.add(pen, &picked, some), rows.next())?;
        }
        Ok(pen)
    }

    /// Adds some rows.
    async fn add<R: Row>(
        &mut self,
        pen: Box<Pen>,
        picked: &Arc<Picked<R>>,
        rows: Vec<R>,
    ) -> Result<Box<Pen>> {
        let (picked, count) = (Arc::clone(picked), rows.len());
        let write = move |pen: &mut Pen| pen.writer.rows(&picked, &rows, &mut pen.words);
        let (pen, bytes) = aside(pen, write).await?;
        self.writing.add(bytes).await?;
        self.rows += u64::try_from(count).unwrap_or(u64::MAX);
        // More may have come than there were.
        fits(self.asked.layout.format, self.rows)?;
        let done = self.rows;
        self.gauge.change(|progress| progress.rows = done);
        Ok(pen)
    }

    /// Ends the file and has it appear.
    async fn end(mut self, pen: Box<Pen>) -> Result<File> {
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
    mut pen: Box<Pen>,
    work: impl FnOnce(&mut Pen) -> Result<T> + Send + 'static,
) -> Result<(Box<Pen>, T)> {
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
