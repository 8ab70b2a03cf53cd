//! Files of figures: what reporting answers at once.

use std::sync::Arc;

use acuse_domain::error::{Error, Result};
use acuse_proto::export::export_request::Figures;
use acuse_proto::reporting as wire;
use tokio::task::spawn_blocking;

use acuse_store::export::Job;

use super::file::{Making, Pen};
use crate::asked::Asked;
use crate::files::figures::{self, Row};
use crate::files::{About, Drawn, Format, Picked, draw_figures};
use crate::pack::{Breakdown, Pack, Ranking, namesakes, without_leading};
use crate::parts::Parts;

impl Making<'_> {
    /// Adds the rows of a report of figures.
    pub(super) async fn figures(&mut self, mut pen: Pen) -> Result<Pen> {
        let (picked, rows, drawn) = answered(self.parts, self.job, self.asked).await?;
        let picked = Arc::new(picked.pick(&self.asked.columns));
        self.expect(rows.len());
        let about = self.asked.about.resting_on(&drawn.basis());
        if self.asked.layout.format == Format::Pdf {
            return self.drawn(pen, (picked, rows, drawn), about).await;
        }
        let begun = pen.writer.begin(&picked, &about, &pen.words)?;
        self.writing.add(begun).await?;
        self.add(pen, &picked, rows.len(), || Ok(rows)).await
    }

    /// Adds them with their chart.
    async fn drawn(
        &mut self,
        pen: Pen,
        (picked, rows, drawn): Answered,
        about: About,
    ) -> Result<Pen> {
        let count = rows.len();
        let drawing = spawn_blocking(move || {
            let mut pen = pen;
            let made = draw_figures((&picked, &rows), &drawn, &about, &mut pen.words);
            (pen, made)
        });
        let (pen, made) = drawing.await.map_err(Error::internal)?;
        self.writing.add(made).await?;
        self.done(count);
        Ok(pen)
    }

    /// Adds a report pack.
    pub(super) async fn pack(&mut self, pen: Pen) -> Result<Pen> {
        let Some(Figures::Pack(options)) = self.asked.figures.clone() else {
            return Err(Error::internal("the report asks for no pack"));
        };
        let (reporting, asker) = (&self.parts.reporting, &self.job.asker);
        let mut pack = Pack::gather(reporting, asker, &self.asked.question, options).await?;
        pack.workspace.clone_from(&self.asked.about.workspace);
        pack.names.clone_from(&self.asked.about.names);
        let rows = pack.rows();
        self.expect(rows);
        let basis = pack.consolidated.basis.clone().unwrap_or_default();
        let about = self.asked.about.resting_on(&basis);
        let drawing = spawn_blocking(move || {
            let mut pen = pen;
            let made = pen.writer.pack(&pack, &about, &mut pen.words)?;
            Ok::<_, Error>((pen, made))
        });
        let (pen, made) = drawing.await.map_err(Error::internal)??;
        self.writing.add(made).await?;
        self.done(rows);
        Ok(pen)
    }
}

/// Columns and rows of a report of figures, and what is drawn of it.
type Answered = (Arc<Picked<Row>>, Vec<Row>, Drawn);

/// What reporting answers to what was asked.
async fn answered(
    parts: &Parts,
    job: &Job,
    asked: &Asked,
) -> Result<(Picked<Row>, Vec<Row>, Drawn)> {
    let (reporting, asker) = (&parts.reporting, &job.asker);
    // There is a column of ids in every other format.
    let on_paper = asked.layout.format == Format::Pdf;
    let question = Some(asked.question.clone());
    match asked.figures.clone() {
        Some(Figures::Consolidated(asked)) => {
            let asked = wire::GetConsolidatedRequest { question, ..asked };
            let (picked, bucket) = (figures::consolidated(&asked), asked.bucket());
            let answer = reporting.consolidated(asker, asked).await?;
            let drawn = Drawn::Consolidated(bucket, without_leading(answer.clone()));
            Ok((picked, figures::of_consolidated(answer, bucket), drawn))
        }
        Some(Figures::Breakdown(asked)) => {
            let asked = wire::GetBreakdownRequest { question, ..asked };
            let picked = figures::breakdown(&asked);
            let mut answer = reporting.breakdown(asker, asked.clone()).await?;
            if on_paper {
                namesakes::of_breakdown(&mut answer);
            }
            let rows = figures::of_breakdown(answer.clone());
            Ok((picked, rows, Drawn::Breakdown(Breakdown { asked, answer })))
        }
        Some(Figures::Ranking(asked)) => {
            let asked = wire::GetRankingRequest { question, ..asked };
            let (picked, metric) = (figures::ranking(&asked), asked.metric());
            let mut answer = reporting.ranking(asker, asked.clone()).await?;
            if on_paper {
                namesakes::of_ranking(&mut answer);
            }
            let rows = figures::of_ranking(answer.clone(), metric);
            Ok((picked, rows, Drawn::Ranking(Ranking { asked, answer })))
        }
        Some(Figures::Pack(_)) | None => Err(Error::internal("the report asks for no figures")),
    }
}
