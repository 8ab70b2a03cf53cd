//! Answering: all questions of a report, in one snapshot.

use std::sync::Arc;

use acuse_domain::calendar::{Interval, Zone};
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
use super::tail::{Head, Kept, Tail};
use super::{Answer, Answered, Asked, Path, ProviderLag, lag};
use crate::error::StoreError;
use crate::message_state::rollup_set::RollupSet;
use crate::pool::moment::plan_by_key;
use crate::read::Scoped;
use crate::sql::Sql;

impl Scoped {
    /// Answers all questions as of one moment.
    ///
    /// # Errors
    /// [`StoreError::Unanswerable`] where a path cannot express its question, without having asked anything;
    /// [`StoreError::Dropped`] where rows are asked for an interval of which some were dropped; else fails with the database.
    pub async fn answer(&self, mut asked: Vec<Asked>) -> Result<Answer, StoreError> {
        let (workspace, planned) = (self.workspace.id, self.workspace.facet_zone());
        let (longest_tail, lag_until) = (self.longest_tail, self.lag_until);
        for one in &asked {
            if one.question.workspace != workspace {
                return Err(Unfit::Workspace.into());
            }
            one.fits(&planned)?;
        }
        // Before the snapshot is taken, so that it is never newer.
        let copy = self.copy_for(&asked);
        if copy.is_some() {
            self.renew().await?;
        }
        let known = self.outset();
        self.read(move |connection| {
            async move {
                let Outset {
                    head,
                    provider_lags,
                } = match known {
                    Some(outset) => outset,
                    None => Outset::read(connection, workspace, lag_until).await?,
                };
                let in_use = head.in_use();
                let kept_from = head.kept_from();
                let lacks_rows =
                    |one: &&Asked| kept_from.is_some_and(|from| one.starts_before(from));
                if let (Some(from), true) = (
                    kept_from,
                    asked.iter().filter(lacks_rows).any(Asked::is_of_rows),
                ) {
                    return Err(StoreError::Dropped(from));
                }
                // Days of another zone are another question's: the facets were rebuilt since this one was planned.
                let mut of_dropped = Vec::new();
                if head.behind() > longest_tail || in_use.zone != planned {
                    // Beside the rows counts what counted those that are gone.
                    let lacking = asked.iter().enumerate().filter(|(_, one)| lacks_rows(one));
                    of_dropped = lacking
                        .map(|(position, one)| (position, one.clone()))
                        .collect();
                    for one in &mut asked {
                        one.path = Path::Rows;
                    }
                }
                let from = Sources {
                    copied: copied(&asked, copy.as_deref(), &head, longest_tail),
                    copy,
                    of_dropped,
                    planned,
                };
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

/// What every report begins with.
#[derive(Debug, Clone)]
pub(in crate::read) struct Outset {
    head: Head,
    provider_lags: Vec<ProviderLag>,
}

impl Outset {
    /// That of the workspace that the transaction names; `None` where it names none. How far behind providers are is read where
    /// it is to be told until when.
    ///
    /// # Errors
    /// Fails with the database.
    pub(in crate::read) async fn find(
        connection: &AsyncPgConnection,
        lag_until: Option<Timestamp>,
    ) -> Result<Option<Self>, StoreError> {
        let lags = async {
            match lag_until {
                Some(now) => lag::read(connection, now).await,
                None => Ok(Vec::new()),
            }
        };
        let (head, provider_lags) = futures::try_join!(Head::find(connection), lags)?;
        Ok(head.map(|head| Self {
            head,
            provider_lags,
        }))
    }

    /// The same of a workspace that the transaction names, with statements planned as in a moment that is held from then on.
    async fn read(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        lag_until: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        // Sent together, and worked through in this order.
        let found = Self::find(connection, lag_until);
        let ((), found) = futures::try_join!(plan_by_key(connection), found)?;
        found.ok_or_else(|| StoreError::Corrupt(format!("workspace {} has no head", workspace.0)))
    }
}

impl Scoped {
    /// What is whole although retention dropped rows.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn kept(&self) -> Result<Kept, StoreError> {
        let zone = self.workspace.facet_zone();
        match self.outset() {
            Some(outset) => Ok(outset.head.kept(&zone)),
            None => {
                self.read(move |connection| {
                    async move { Kept::find(connection, &zone).await }.boxed()
                })
                .await
            }
        }
    }

    /// The copy that may answer some of these.
    fn copy_for(&self, asked: &[Asked]) -> Option<Arc<Copy>> {
        let by_rows = asked.iter().filter(|one| one.only_rows_know());
        let intervals: Vec<Interval> = by_rows.map(|one| one.question.query.interval).collect();
        self.copies.as_ref()?.of(self.workspace.id, &intervals)
    }
}

impl Asked {
    fn is_of_rows(&self) -> bool {
        self.path == Path::Rows
    }

    /// Whether it is a question that rows answer and copies of them could.
    fn only_rows_know(&self) -> bool {
        self.is_of_rows() && self.question.ids.is_empty()
    }

    /// Whether some of its interval lies before an instant.
    fn starts_before(&self, at: Timestamp) -> bool {
        let interval = self.question.query.interval;
        !interval.is_empty() && interval.start < at
    }
}

/// Sets for the transaction what is needed where rows are read, and what sessions do without: joins by hash, and groups by hash,
/// because how many of them an expression makes is a wild guess of the planner's. Rollups are read along their keys, by plans
/// that are kept: to plan for their sums takes longer than to add up a week.
async fn tune(connection: &AsyncPgConnection, asked: &[Asked]) -> Result<(), StoreError> {
    if asked.iter().all(|one| one.path != Path::Rows) {
        return Ok(());
    }
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

/// What questions are answered from, beside what they were planned for.
struct Sources {
    copy: Option<Arc<Copy>>,
    /// Which questions are answered from the copy.
    copied: Vec<bool>,
    /// Those, by position, for which the rows count that are kept, and the rollups of the dropped ones, each as planned.
    of_dropped: Vec<(usize, Asked)>,
    /// The zone whose days those were planned by.
    planned: Zone,
}

/// Which questions a copy answers.
fn copied(asked: &[Asked], copy: Option<&Copy>, head: &Head, longest_tail: i64) -> Vec<bool> {
    let is_copied = |one: &Asked| {
        let interval = one.question.query.interval;
        one.only_rows_know() && copy.is_some_and(|copy| copy.answers(interval, head, longest_tail))
    };
    asked.iter().map(is_copied).collect()
}

impl Sources {
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
    let of_rollups: Vec<bool> = asked.iter().map(|one| one.path != Path::Rows).collect();
    let mut since_folded = Tail::new(workspace, (head.folded_sequence, head.last_sequence));
    let begun = async {
        match of_rollups.contains(&true) {
            true => since_folded.begin(connection).await,
            false => Ok(()),
        }
    };
    // All are sent at once, and the server works through them in this order.
    let ((), (), given, mut tallies) = futures::try_join!(
        tune(connection, &asked),
        begun,
        ask(connection, workspace, &asked, in_use, &from),
        from.count(Arc::clone(&asked)),
    )?;
    for (position, given) in given {
        given.add_to(&mut tallies[position]);
    }
    let mut behind = of_those(&asked, &mut tallies, &of_rollups);
    since_folded.add(connection, &mut behind).await?;
    if let Some(copy) = &from.copy {
        let mut behind = of_those(&asked, &mut tallies, &from.copied);
        let since_copied = Tail::new(workspace, (copy.sequence(), head.last_sequence));
        since_copied.add(connection, &mut behind).await?;
    }
    Ok(tallies.into_iter().map(Answered::from).collect())
}

/// Asks what no copy answers; what is given for each question, by its position.
async fn ask(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    asked: &[Asked],
    in_use: &InUse,
    from: &Sources,
) -> Result<Vec<(usize, Given)>, StoreError> {
    let mut sent: Vec<(usize, Statement)> = Vec::new();
    for (position, one) in asked.iter().enumerate() {
        if !from.copied[position] {
            let ids = Resolved::look_up(connection, workspace, &one.question.ids).await?;
            let of_one = statements(one, in_use, &ids)?;
            sent.extend(of_one.into_iter().map(|statement| (position, statement)));
        }
    }
    let dropped = InUse {
        set: RollupSet::Dropped,
        zone: from.planned.clone(),
    };
    for (position, one) in &from.of_dropped {
        let of_one = statements(one, &dropped, &Resolved::default())?;
        sent.extend(of_one.into_iter().map(|statement| (*position, statement)));
    }
    let ask = |(position, statement): (usize, Statement)| async move {
        Ok::<(usize, Given), StoreError>((position, statement.ask(connection).await?))
    };
    try_join_all(sent.into_iter().map(ask)).await
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
