//! Answering: all questions of a report, in one snapshot.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::report::{Query, Tally};
use acuse_domain::time::Timestamp;
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::try_join_all;

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
        for one in &asked {
            if one.question.workspace != workspace {
                return Err(Unfit::Workspace.into());
            }
            one.fits(&planned)?;
        }
        self.read(move |connection| {
            async move {
                // Before anything is tuned: what lags read is planned in another way.
                let lags = lags(connection, workspace, lag_until);
                let head = Head::read(connection, workspace);
                let (provider_lags, head) = futures::try_join!(lags, head)?;
                tune(connection).await?;
                let in_use = head.in_use();
                // Days of another zone are another question's: the facets were rebuilt since this one was planned.
                if head.behind() > longest_tail || in_use.zone != planned {
                    for one in &mut asked {
                        one.path = Path::Rows;
                    }
                }
                let answered = answer(connection, workspace, &head, &asked, &in_use).await?;
                Ok(Answer {
                    as_of: head.as_of(),
                    last_sequence: head.last_sequence,
                    folded_sequence: head.folded_sequence,
                    provider_lags,
                    answered,
                })
            }
            .boxed()
        })
        .await
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
pub(super) async fn plan_for_values(connection: &AsyncPgConnection) -> Result<(), StoreError> {
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

async fn answer(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    head: &Head,
    asked: &[Asked],
    in_use: &InUse,
) -> Result<Vec<Answered>, StoreError> {
    let mut ids = Vec::with_capacity(asked.len());
    for one in asked {
        ids.push(Resolved::look_up(connection, workspace, &one.question.ids).await?);
    }
    let mut sent: Vec<(usize, Statement)> = Vec::new();
    for (position, (one, ids)) in asked.iter().zip(&ids).enumerate() {
        let of_one = statements(one, in_use, ids)?;
        sent.extend(of_one.into_iter().map(|statement| (position, statement)));
    }
    let ask = |(position, statement): (usize, Statement)| async move {
        Ok::<(usize, Given), StoreError>((position, statement.ask(connection).await?))
    };
    // All are sent at once, and the server works through them in turn.
    let given = try_join_all(sent.into_iter().map(ask)).await?;
    let mut tallies: Vec<Tally> = asked
        .iter()
        .map(|one| Tally::new(one.durations, one.departments))
        .collect();
    for (position, given) in given {
        given.add_to(&mut tallies[position]);
    }
    let mut behind: Vec<(&Query, &mut Tally)> = asked
        .iter()
        .zip(&mut tallies)
        .filter(|(one, _)| one.path != Path::Rows)
        .map(|(one, tally)| (one.question.query(), tally))
        .collect();
    tail::add(connection, workspace, head, &mut behind).await?;
    Ok(tallies.into_iter().map(Answered::from).collect())
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
