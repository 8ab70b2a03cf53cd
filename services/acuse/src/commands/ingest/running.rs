//! A job under way: run, and told of.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    Args,
    batch::{batches, read_ahead},
    bodies::{Folder, Webhook},
    hand_over::hand_over,
    intake::Intake,
    row::Row,
    send::{End, Sending},
    source::Source,
    tally::{Tally, rate},
};
use crate::{
    failure::{Failure, Result},
    output::{note, number, say},
};

/// Rows that are yet to be read.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Row>> + Send>;
/// Webhooks that are yet to be read.
pub(super) type Bodies = Box<dyn Iterator<Item = Result<Webhook>> + Send>;

/// What is left to read.
pub(super) enum Input {
    Rows(Rows),
    Webhooks(Bodies),
}

/// A job under way.
pub(super) struct Running {
    pub(super) name: String,
    pub(super) intake: Intake,
    pub(super) input: Option<Input>,
    pub(super) began: Instant,
    /// How many rows were taken in before.
    pub(super) before: u64,
    /// The file or folder, for nobody else as long as this lives.
    pub(super) _held: Held,
}

/// What nobody else may take in meanwhile.
pub(super) enum Held {
    Source { _source: Source },
    Folder { _folder: Folder },
    Nothing,
}

impl Running {
    /// Takes in what is left.
    pub(super) async fn run(&mut self, args: &Args) -> Result<End> {
        let server = args.access.to(&args.ingestion);
        let workspace = args.workspace.as_deref();
        let done = match self.input.take() {
            Some(Input::Rows(rows)) => {
                let batches = batches(rows, usize::from(args.batch))?;
                Sending::new(&server, workspace, &mut self.intake, batches)
                    .run()
                    .await
            }
            Some(Input::Webhooks(webhooks)) => {
                let ahead = read_ahead(move |send| {
                    let mut webhooks = webhooks;
                    webhooks.all(send);
                })?;
                hand_over(&server, workspace, &mut self.intake, ahead).await
            }
            None => Ok(End::Whole),
        };
        let whole = matches!(done, Ok(End::Whole));
        match &self.intake.kept {
            // Nothing is left to go on with, or nothing was begun.
            Some(kept) if whole || self.intake.state.position.rows == 0 => kept.remove()?,
            Some(_) => self.intake.keep(true)?,
            None => {}
        }
        done
    }

    /// Says what became of it; gives the counts.
    pub(super) fn tell(&self, args: &Args, done: &Result<End>) -> Result<Tally> {
        let tally = self.intake.state.tally.clone();
        self.intake.progress.clear();
        if done.is_err() && tally.rows == 0 {
            return Ok(tally);
        }
        let took = self.began.elapsed();
        let is_whole = matches!(done, Ok(End::Whole));
        let rejected =
            (tally.rejected > 0).then(|| self.intake.rejected.path().display().to_string());
        if args.json {
            let mut told = tally.json();
            if let Value::Object(told) = &mut told {
                told.insert("file".to_owned(), json!(self.name));
                told.insert("complete".to_owned(), json!(is_whole));
                told.insert("resumed_after".to_owned(), json!(self.before));
                told.insert("seconds".to_owned(), json!(took.as_secs_f64()));
                told.insert("rejected_file".to_owned(), json!(rejected));
            }
            say(&told.to_string())?;
        } else {
            let speed = rate(tally.rows - self.before, took);
            let what = if args.webhooks.integration.is_some() {
                "webhooks"
            } else {
                "rows"
            };
            say(&format!(
                "{}: {} {what} ({speed}/s): {tally}",
                self.name,
                number(tally.rows)
            ))?;
            if let Some(rejected) = rejected {
                let reasons = tally.reasons.iter();
                let reasons: Vec<_> = reasons
                    .map(|(reason, count)| format!("{} {reason}", number(*count)))
                    .collect();
                say(&format!(
                    "  rejected rows are in {rejected}: {}",
                    reasons.join(", ")
                ))?;
            }
        }
        if done.is_err() {
            note(&self.how_to_go_on());
        }
        Ok(tally)
    }

    /// What to say after Ctrl-C.
    pub(super) fn interrupted(&self) -> Failure {
        Failure::interrupted().advise(self.how_to_go_on())
    }

    fn how_to_go_on(&self) -> String {
        let rows = self.intake.state.position.rows;
        match &self.intake.kept {
            Some(_) if rows == 0 => "nothing was taken in yet; run the same again".to_owned(),
            Some(_) => format!(
                "{}: the same command again goes on after the first {}",
                self.name,
                number(rows)
            ),
            None => format!(
                "{}: give all of it again; nothing is counted twice",
                self.name
            ),
        }
    }
}
