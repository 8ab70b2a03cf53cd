//! Files of figures: what reporting answers at once.

use std::sync::Arc;

use acuse_domain::error::{Error, Result};
use acuse_proto::export::export_request::Figures;
use acuse_proto::reporting as wire;
use tokio::task::spawn_blocking;

use acuse_store::export::Job;

use super::file::{Making, Pen};
use crate::asked::Asked;
use crate::files::Picked;
use crate::files::figures::{self, Row};
use crate::pack::Pack;
use crate::parts::Parts;

impl Making<'_> {
    /// Adds the rows of a report of figures.
    pub(super) async fn figures(&mut self, mut pen: Pen) -> Result<Pen> {
        let (picked, rows) = answered(self.parts, self.job, self.asked).await?;
        let picked = Arc::new(picked.pick(&self.asked.columns));
        self.expect(rows.len());
        let begun = pen.writer.begin(&picked, &pen.words)?;
        self.writing.add(begun).await?;
        self.add(pen, &picked, rows).await
    }

    /// Adds a report pack.
    pub(super) async fn pack(&mut self, pen: Pen) -> Result<Pen> {
        let Some(Figures::Pack(options)) = self.asked.figures.clone() else {
            return Err(Error::internal("the report asks for no pack"));
        };
        let (reporting, asker) = (&self.parts.reporting, &self.job.asker);
        let pack = Pack::gather(reporting, asker, &self.asked.question, options).await?;
        let rows = pack.rows();
        self.expect(rows);
        let drawing = spawn_blocking(move || {
            let mut pen = pen;
            let made = pen.writer.pack(&pack, &mut pen.words)?;
            Ok::<_, Error>((pen, made))
        });
        let (pen, made) = drawing.await.map_err(Error::internal)??;
        self.writing.add(made).await?;
        self.done(rows);
        Ok(pen)
    }
}

/// The columns and rows of a report of figures.
async fn answered(parts: &Parts, job: &Job, asked: &Asked) -> Result<(Picked<Row>, Vec<Row>)> {
    let (reporting, asker) = (&parts.reporting, &job.asker);
    let question = Some(asked.question.clone());
    match asked.figures.clone() {
        Some(Figures::Consolidated(asked)) => {
            let asked = wire::GetConsolidatedRequest { question, ..asked };
            let (picked, bucket) = (figures::consolidated(&asked), asked.bucket());
            let answer = reporting.consolidated(asker, asked).await?;
            Ok((picked, figures::of_consolidated(answer, bucket)))
        }
        Some(Figures::Breakdown(asked)) => {
            let asked = wire::GetBreakdownRequest { question, ..asked };
            let picked = figures::breakdown(&asked);
            let answer = reporting.breakdown(asker, asked).await?;
            Ok((picked, figures::of_breakdown(answer)))
        }
        Some(Figures::Ranking(asked)) => {
            let asked = wire::GetRankingRequest { question, ..asked };
            let (picked, metric) = (figures::ranking(&asked), asked.metric());
            let answer = reporting.ranking(asker, asked).await?;
            Ok((picked, figures::of_ranking(answer, metric)))
        }
        Some(Figures::Pack(_)) | None => Err(Error::internal("the report asks for no figures")),
    }
}
