//! Files of figures: what reporting answers at once.

use std::sync::Arc;

use acuse_domain::error::{Error, Result};
use acuse_proto::export::export_request::Figures;
use acuse_proto::reporting as wire;
use tokio::task::spawn_blocking;

use super::file::{Making, Pen};
use crate::files::figures;
use crate::files::{
    Drawn, FUNNEL, Format, Picked, REPLY_ACTIVITY, Report, TableRow, draw_figures, draw_sheet,
    overview_rows, overview_table, reply_rows,
};
use crate::pack::{Breakdown, Overview, Pack, Ranking, namesakes, without_leading};

impl Making<'_> {
    /// Adds the rows of a report of figures: what reporting answers to what was asked.
    pub(super) async fn figures(&mut self, pen: Pen) -> Result<Pen> {
        // Boxed, as their likes are in `make`.
        match (self.asked.report, self.asked.figures.clone()) {
            (_, Some(Figures::Consolidated(asked))) => {
                Box::pin(self.consolidated(pen, asked)).await
            }
            (_, Some(Figures::Breakdown(asked))) => Box::pin(self.breakdown(pen, asked)).await,
            (_, Some(Figures::Ranking(asked))) => Box::pin(self.ranking(pen, asked)).await,
            (_, Some(Figures::MessagesOverview(asked))) => {
                Box::pin(self.overview(pen, asked)).await
            }
            (_, Some(Figures::Funnel(asked))) => Box::pin(self.funnel(pen, asked)).await,
            (Report::ReplyActivity, None) => Box::pin(self.replies(pen)).await,
            (_, Some(Figures::Pack(_)) | None) => {
                Err(Error::internal("the report asks for no figures"))
            }
        }
    }

    async fn consolidated(&mut self, pen: Pen, asked: wire::GetConsolidatedRequest) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetConsolidatedRequest { question, ..asked };
        let (picked, bucket) = (figures::consolidated(&asked), asked.bucket());
        let asking = self.parts.reporting.consolidated(&self.job.asker, asked);
        let answer = Box::pin(asking).await?;
        let drawn = Drawn::Consolidated(bucket, without_leading(answer.clone()));
        let rows = figures::of_consolidated(answer, bucket);
        Box::pin(self.told(pen, (picked, rows), drawn)).await
    }

    async fn breakdown(&mut self, pen: Pen, asked: wire::GetBreakdownRequest) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetBreakdownRequest { question, ..asked };
        let picked = figures::breakdown(&asked);
        let asking = (self.parts.reporting).breakdown(&self.job.asker, asked.clone());
        let mut answer = Box::pin(asking).await?;
        if self.is_on_paper() {
            namesakes::of_breakdown(&mut answer);
        }
        let rows = figures::of_breakdown(answer.clone());
        let drawn = Drawn::Breakdown(Breakdown { asked, answer });
        Box::pin(self.told(pen, (picked, rows), drawn)).await
    }

    async fn ranking(&mut self, pen: Pen, asked: wire::GetRankingRequest) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetRankingRequest { question, ..asked };
        let (picked, metric) = (figures::ranking(&asked), asked.metric());
        let asking = (self.parts.reporting).ranking(&self.job.asker, asked.clone());
        let mut answer = Box::pin(asking).await?;
        if self.is_on_paper() {
            namesakes::of_ranking(&mut answer);
        }
        let rows = figures::of_ranking(answer.clone(), metric);
        let drawn = Drawn::Ranking(Ranking { asked, answer });
        Box::pin(self.told(pen, (picked, rows), drawn)).await
    }

    async fn overview(&mut self, pen: Pen, asked: wire::GetMessagesOverviewRequest) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetMessagesOverviewRequest { question, ..asked };
        let asking = (self.parts.reporting).overview(&self.job.asker, asked.clone());
        let answer = Box::pin(asking).await?;
        let overview = Overview { asked, answer };
        let picked = overview_table(overview.asked.cumulative);
        let rows = overview_rows(&overview);
        let drawn = Drawn::Overview(overview);
        Box::pin(self.told(pen, (picked, rows), drawn)).await
    }

    async fn funnel(&mut self, pen: Pen, asked: wire::GetFunnelRequest) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetFunnelRequest { question, ..asked };
        let sends = asked.sends();
        let asking = self.parts.reporting.funnel(&self.job.asker, asked);
        let answer = Box::pin(asking).await?;
        let rows = answer.steps.clone();
        let drawn = Drawn::Funnel(sends, answer);
        Box::pin(self.told(pen, (FUNNEL.pick(&[]), rows), drawn)).await
    }

    async fn replies(&mut self, pen: Pen) -> Result<Pen> {
        let question = Some(self.asked.question.clone());
        let asked = wire::GetReplyActivityRequest { question };
        let asking = (self.parts.reporting).reply_activity(&self.job.asker, asked);
        let answer = Box::pin(asking).await?;
        let rows = reply_rows(&answer);
        let drawn = Drawn::Replies(answer);
        Box::pin(self.told(pen, (REPLY_ACTIVITY.pick(&[]), rows), drawn)).await
    }

    /// Whether there is no room for ids beside names, which every other format has a column of.
    fn is_on_paper(&self) -> bool {
        self.asked.layout.format == Format::Pdf
    }

    /// Adds rows with those of their columns that were asked for, and what is drawn of them where the file has that.
    async fn told<R: TableRow + Send + Sync + 'static>(
        &mut self,
        mut pen: Pen,
        (picked, rows): (Picked<R>, Vec<R>),
        drawn: Drawn,
    ) -> Result<Pen> {
        let picked = picked.pick(&self.asked.columns);
        let (count, format) = (rows.len(), self.asked.layout.format);
        self.expect(count);
        let about = self.asked.about.resting_on(&drawn.basis());
        let is_drawn = match format {
            Format::Pdf => true,
            Format::Xlsx => self.asked.report.has_drawn_sheets(),
            Format::Csv(_) | Format::JsonLines => false,
        };
        if !is_drawn {
            let picked = Arc::new(picked);
            let begun = pen.writer.begin(&picked, &about, &pen.words)?;
            self.writing.add(begun).await?;
            return self.add(pen, &picked, count, || Ok(rows)).await;
        }
        let columns = self.asked.columns.clone();
        let drawing = spawn_blocking(move || {
            let made = match format {
                Format::Xlsx => draw_sheet((&drawn, &columns), &about, &mut pen.words)?,
                _ => draw_figures((&picked, &rows), &drawn, &about, pen.words.language()),
            };
            Ok::<_, Error>((pen, made))
        });
        let (pen, made) = drawing.await.map_err(Error::internal)??;
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
