//! Answering: all questions of a report, in one snapshot.

use std::sync::Arc;

use acuse_domain::calendar::Interval;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::report::{Query, Tally};
use acuse_domain::time::Timestamp;
use acuse_telemetry::metrics::catalog::READS;
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::try_join_all;

use super::copies::Copy;
use super::fit::Unfit;
use super::ids::Resolved;
use super::rollups::InUse;
use super::statement::{Given, Statement, statements};
use super::tail::{self, Head};
use super::{Answer, Answered, Asked, Path, ProviderLag, lag};
use crate::error::StoreError;
use crate::read::Scoped;
use crate::sql::Sql;

impl Scoped {
    /// Answers all questions as of one moment.
    ///
    /// # Errors
    /// [`StoreError::Unanswerable`] where a path cannot express its question, without having asked anything; else fails
    /// with the database.
    pub async fn answer(&self, mut asked: Vec<Asked>) -> Result<Answer, StoreError> {
        let (workspace, planned) = (self.workspace.id, self.workspace.facet_zone());
        let (longest_tail, lag_until) = (self.longest_tail, self.lag_until);
        // Before the snapshot is taken, so that it is never newer.
        let copy = self.copy_for(&asked);
        for one in &asked {
            if one.question.workspace != workspace {
                return Err(Unfit::Workspace.into());
            }
            one.fits(&planned)?;
        }
        self.read(move |connection| {
            async move {
                // Sent together, and worked through in this order: what lags read is planned before anything is tuned.
                let lags = lags(connection, workspace, lag_until);
                let head = Head::read(connection, workspace);
                let (provider_lags, head, ()) = futures::try_join!(lags, head, tune(connection))?;
                let in_use = head.in_use();
                // Days of another zone are another question's: the facets were rebuilt since this one was planned.
                if head.behind() > longest_tail || in_use.zone != planned {
                    for one in &mut asked {
                        one.path = Path::Rows;
                    }
                }
                let from = Sources::of(&asked, copy, &head, longest_tail);
                let from_copies = from.many();
                from.measure(&asked);
                let answered = answer(connection, (workspace, &head), asked, &in_use, from).await?;
                Ok(Answer {
                    as_of: head.as_of(),
                    last_sequence: head.last_sequence,
                    folded_sequence: head.folded_sequence,
                    provider_lags,
                    from_copies,
                    answered,
                })
            }
            .boxed()
        })
        .await
    }
}

impl Scoped {
    /// The copy that may answer some of these.
    fn copy_for(&self, asked: &[Asked]) -> Option<Arc<Copy>> {
        let by_rows = asked.iter().filter(|one| one.only_rows_know());
        let intervals: Vec<Interval> = by_rows.map(|one| one.question.query.interval).collect();
        self.copies.as_ref()?.of(self.workspace.id, &intervals)
    }
}

impl Asked {
    /// Whether it is a question that rows answer and copies of them could.
    fn only_rows_know(&self) -> bool {
        self.path == Path::Rows && self.question.ids.is_empty()
    }
}

/// Sets for the transaction what reports need and what sessions do without: joins by hash, and groups by hash, because
/// how many of them an expression makes is a wild guess of the planner's.
async fn tune(connection: &AsyncPgConnection) -> Result<(), StoreError> {
    let settings = Sql::new(
        "SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_sort', 'off', true), \
           set_config('enable_seqscan', 'on', true)",
    );
    futures::try_join!(settings.run(connection), plan_for_values(connection))?;
    Ok(())
}

/// Has the transaction's statements planned for the values at hand: an interval may be a day or all there is. Pages are
/// taken to be in memory or on a disk that does not turn, so that a list goes along the index instead of sorting all of
/// its interval for every page.
pub(in crate::read) async fn plan_for_values(
    connection: &AsyncPgConnection,
) -> Result<(), StoreError> {
    Sql::new(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), \
           set_config('random_page_cost', '1.1', true)",
    )
    .run(connection)
    .await?;
    Ok(())
}

async fn lags(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    until: Option<Timestamp>,
) -> Result<Vec<ProviderLag>, StoreError> {
    match until {
        Some(now) => lag::read(connection, workspace, now).await,
        None => Ok(Vec::new()),
    }
}

/// The copy that some of the questions are answered from.
struct Sources {
    copy: Option<Arc<Copy>>,
    /// Which questions.
    copied: Vec<bool>,
}

impl Sources {
    fn of(asked: &[Asked], copy: Option<Arc<Copy>>, head: &Head, longest_tail: i64) -> Self {
        let is_copied = |one: &Asked| {
            let interval = one.question.query.interval;
            one.only_rows_know()
                && copy
                    .as_ref()
                    .is_some_and(|copy| copy.answers(interval, head, longest_tail))
        };
        Self {
            copied: asked.iter().map(is_copied).collect(),
            copy,
        }
    }

    fn many(&self) -> usize {
        self.copied.iter().filter(|copied| **copied).count()
    }

    /// Counts where each question is answered from.
    fn measure(&self, asked: &[Asked]) {
        for (one, copied) in asked.iter().zip(&self.copied) {
            let source = match one.path {
                Path::Totals => "totals",
                Path::Facets(_) => "facets",
                Path::Rows if *copied => "copies",
                Path::Rows => "rows",
            };
            READS.one([source.into()]);
        }
    }

    /// What is counted for the questions that a copy answers, and nothing for the others. To look through it takes a while.
    async fn count(&self, asked: Arc<[Asked]>) -> Result<Vec<Tally>, StoreError> {
        let mut tallies: Vec<Tally> = asked
            .iter()
            .map(|one| Tally::new(one.durations, one.departments))
            .collect();
        let Some(copy) = self.copy.clone().filter(|_| self.many() > 0) else {
            return Ok(tallies);
        };
        let copied = self.copied.clone();
        let counting = tokio::task::spawn_blocking(move || {
            for ((one, tally), _) in asked
                .iter()
                .zip(&mut tallies)
                .zip(copied)
                .filter(|(_, copied)| *copied)
            {
                copy.count(one.question.query(), tally)?;
            }
            Ok(tallies)
        });
        counting
            .await
            .map_err(|error| StoreError::Corrupt(format!("counting a copy: {error}")))?
    }
}

async fn answer(
    connection: &AsyncPgConnection,
    (workspace, head): (WorkspaceId, &Head),
    asked: Vec<Asked>,
    in_use: &InUse,
    from: Sources,
) -> Result<Vec<Answered>, StoreError> {
    let asked: Arc<[Asked]> = asked.into();
    let mut ids = Vec::with_capacity(asked.len());
    for one in asked.iter() {
        ids.push(Resolved::look_up(connection, workspace, &one.question.ids).await?);
    }
    let mut sent: Vec<(usize, Statement)> = Vec::new();
    for (position, (one, ids)) in asked.iter().zip(&ids).enumerate() {
        if !from.copied[position] {
            let of_one = statements(one, in_use, ids)?;
            sent.extend(of_one.into_iter().map(|statement| (position, statement)));
        }
    }
    let ask = |(position, statement): (usize, Statement)| async move {
        Ok::<(usize, Given), StoreError>((position, statement.ask(connection).await?))
    };
    // All are sent at once, and the server works through them in turn.
    let given = try_join_all(sent.into_iter().map(ask));
    let (given, mut tallies) = futures::try_join!(given, from.count(Arc::clone(&asked)))?;
    for (position, given) in given {
        given.add_to(&mut tallies[position]);
    }
    let of_rollups: Vec<bool> = asked.iter().map(|one| one.path != Path::Rows).collect();
    let mut behind = of_those(&asked, &mut tallies, &of_rollups);
    let since = (head.folded_sequence, head.last_sequence);
    tail::add(connection, workspace, since, &mut behind).await?;
    if let Some(copy) = &from.copy {
        let mut behind = of_those(&asked, &mut tallies, &from.copied);
        let since = (copy.sequence(), head.last_sequence);
        tail::add(connection, workspace, since, &mut behind).await?;
    }
    Ok(tallies.into_iter().map(Answered::from).collect())
}

/// The queries and the tallies of some of the questions.
fn of_those<'a>(
    asked: &'a [Asked],
    tallies: &'a mut [Tally],
    which: &[bool],
) -> Vec<(&'a Query, &'a mut Tally)> {
    asked
        .iter()
        .zip(tallies)
        .zip(which)
        .filter(|(_, is_one)| **is_one)
        .map(|((one, tally), _)| (one.question.query(), tally))
        .collect()
}

impl From<Tally> for Answered {
    fn from(mut tally: Tally) -> Self {
        tally.retain_nonzero();
        let count = |messages: i64| u64::try_from(messages).unwrap_or(0);
        let durations = tally.durations.unwrap_or_default().into_iter();
        let departments = tally.departments.unwrap_or_default().into_iter();
        Self {
            cells: tally.cells,
            durations: durations
                .map(|(key, spans)| {
                    let spans = spans.into_iter().map(|(span, bins)| {
                        let bins = bins.into_iter();
                        (span, bins.map(|(bin, of)| (bin, count(of))).collect())
                    });
                    (key, spans.collect())
                })
                .collect(),
            departments: departments
                .map(|(key, of_cell)| (key, of_cell.into_keys().collect()))
                .collect(),
        }
    }
}
