//! Makes one file: rows in, bytes out, some thousand rows at a time.

use std::sync::{Mutex, PoisonError};

use acuse_domain::error::Result;
use acuse_store::export::{File, Job, Progress};

use crate::asked::Asked;
use crate::files::{CSV_MEDIA_TYPE, HSM_MANAGEMENT, Words};
use crate::objects;
use crate::parts::Parts;

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

/// Makes the file of a claimed job, under the key of that claim. It is there when this returns, and nobody knows of it.
///
/// # Errors
///
/// What reporting answers, INTERNAL for a job that cannot be read, UNAVAILABLE where the file cannot be written.
pub(super) async fn make(parts: &Parts, job: &Job, gauge: &Gauge) -> Result<File> {
    let asked = Asked::of(job)?;
    let mut words = Words::new(asked.labels, &asked.zone);
    let mut rows = parts
        .reporting
        .hsm_management(&job.asker, asked.question)
        .await?;
    gauge.change(|progress| progress.expected = Some(rows.expected));
    let mut writing = parts.objects.write(job.lease());
    writing
        .add(asked.csv.header(HSM_MANAGEMENT, &words)?)
        .await?;
    let mut count = 0;
    while let Some(batch) = rows.next().await? {
        let bytes = asked.csv.rows(HSM_MANAGEMENT, &batch, &mut words)?;
        writing.add(bytes).await?;
        count += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        gauge.change(|progress| progress.rows = count);
    }
    let written = writing.finish().await?;
    Ok(File {
        key: objects::key(job.lease()),
        name: asked.file_name,
        media_type: CSV_MEDIA_TYPE.to_owned(),
        size: written.size,
        rows: count,
        sha256: written.sha256,
        expires_at: parts.clock.now() + parts.keep,
    })
}
