//! Upkeep: what maintenance leaves to be done, and what comes round by itself.

use std::time::Duration;

use acuse_domain::ids::WorkspaceId;
use acuse_rpc::Clock;
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::rebuild::Step;
use acuse_store::restage::PAGE;
use acuse_store::{Database, StoreError, erase, rebuild, restage, retention};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// How often it is looked whether something was left: an erasure, a rebuild, messages that are not as their accounts report.
const INTERVAL: Duration = Duration::from_secs(5);

/// How often months are made and dropped.
const MONTHS_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// When old rows are dropped for the first time after the start.
const FIRST_RETENTION: Duration = Duration::from_secs(5 * 60);

/// How long one workspace's messages are brought to what their accounts report, or its rollups rebuilt, before something else is
/// looked after.
const TURN: Duration = Duration::from_secs(2);

/// So many months after the present one have their tables.
pub(crate) const MONTHS_AHEAD: u32 = 2;

/// Why a rebuild begins that nobody asked for.
const ZONE_CHANGED: &str = "the time zone changed";

/// Goes on until it is told to stop. `committed` is told of what adds to the log of changes.
pub(crate) async fn keep_up(
    database: Database,
    clock: Clock,
    committed: watch::Sender<()>,
    mut stop: Stop,
) {
    let mut outage = Outage::new("upkeep");
    let mut months_made: Option<Instant> = None;
    // Not at the start: whoever starts with the wrong clock has time to notice.
    let mut retain_at = Instant::now() + FIRST_RETENTION;
    let mut rest = Duration::ZERO;
    while !stop.wait(sleep(rest)).await {
        let make_months = months_made.is_none_or(|made| made.elapsed() >= MONTHS_INTERVAL);
        let drop_old = Instant::now() >= retain_at;
        let work = guarded(round(&database, &clock, &committed, make_months, drop_old));
        tokio::pin!(work);
        let done = tokio::select! {
            done = &mut work => done,
            // Every step is stored by itself; what is left is for whoever starts next.
            () = stop.told() => return,
        };
        rest = match done {
            Ok(is_left) => {
                outage.over();
                let now = Instant::now();
                months_made = if make_months { Some(now) } else { months_made };
                if drop_old {
                    retain_at = now + MONTHS_INTERVAL;
                }
                // A rebuild holds nobody up, and goes on at once. Restaging holds its workspace's lock, and leaves it free for a while.
                if is_left { Duration::ZERO } else { INTERVAL }
            }
            Err(problem) => outage.goes_on(&problem),
        };
    }
}

/// Looks after everything once; tells whether a rebuild gave up its turn.
async fn round(
    database: &Database,
    clock: &Clock,
    committed: &watch::Sender<()>,
    make_months: bool,
    drop_old: bool,
) -> Result<bool, StoreError> {
    let mut trouble = Trouble::default();
    if make_months {
        let made = retention::make_months(database, clock.now(), MONTHS_AHEAD).await;
        trouble.note(made.map(drop))?;
    }
    trouble.note(go_on_erasing(database, clock).await)?;
    trouble.note(go_on_erasing_members(database, clock).await)?;
    for workspace in restage::due(database).await? {
        trouble.note(go_on_restaging(database, clock, committed, workspace).await)?;
    }
    if drop_old {
        trouble.note(drop_old_rows(database, clock).await)?;
    }
    let mut is_left = false;
    for workspace in rebuild::due(database).await? {
        let rebuilt = rebuild_rollups(database, clock, workspace, TURN).await;
        let rebuilt = rebuilt.map(|is_done| is_left |= !is_done);
        trouble.note(rebuilt)?;
    }
    trouble.0.map_or(Ok(is_left), Err)
}

/// The first thing that failed: one workspace's trouble, or one task's, is not the others'.
#[derive(Default)]
struct Trouble(Option<StoreError>);

impl Trouble {
    /// Notes what failed.
    ///
    /// # Errors
    ///
    /// While the database is away, where everything else would fail as well.
    fn note(&mut self, done: Result<(), StoreError>) -> Result<(), StoreError> {
        match done {
            Ok(()) => Ok(()),
            Err(away @ StoreError::Unavailable(_)) => Err(away),
            Err(error) => {
                self.0.get_or_insert(error);
                Ok(())
            }
        }
    }
}

async fn go_on_erasing(database: &Database, clock: &Clock) -> Result<(), StoreError> {
    let erased = erase::go_on(database, None, clock.now()).await?;
    if erased > 0 {
        tracing::info!(messages = erased, "went on erasing contacts");
    }
    Ok(())
}

async fn go_on_erasing_members(database: &Database, clock: &Clock) -> Result<(), StoreError> {
    let erased = erase::go_on_with_members(database, None, clock.now()).await?;
    if erased > 0 {
        tracing::info!(statuses = erased, "went on erasing members of groups");
    }
    Ok(())
}

async fn go_on_restaging(
    database: &Database,
    clock: &Clock,
    committed: &watch::Sender<()>,
    workspace: WorkspaceId,
) -> Result<(), StoreError> {
    let began = Instant::now();
    let mut messages = 0;
    while let Some(changed) = restage::step(database, workspace, PAGE, clock.now()).await? {
        messages += changed;
        committed.send_replace(());
        // The rest of the upkeep, and other workspaces, get their turn.
        if began.elapsed() > TURN {
            return Ok(());
        }
    }
    tracing::info!(
        workspace = workspace.0,
        messages,
        "messages are as their channel accounts report"
    );
    Ok(())
}

/// Goes on with a rebuild for so long; tells whether there is nothing more to be done here.
async fn rebuild_rollups(
    database: &Database,
    clock: &Clock,
    workspace: WorkspaceId,
    turn: Duration,
) -> Result<bool, StoreError> {
    let began = Instant::now();
    if rebuild::begin(database, workspace, ZONE_CHANGED, clock.now()).await? {
        tracing::info!(
            workspace = workspace.0,
            "rebuilding rollups: {ZONE_CHANGED}"
        );
    }
    while rebuild::step(database, workspace, clock.now()).await? == Step::More {
        // As with restaging. Every step is stored: whoever comes next goes on.
        if began.elapsed() >= turn {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn drop_old_rows(database: &Database, clock: &Clock) -> Result<(), StoreError> {
    let dropped = retention::drop_old(database, clock.now()).await?;
    let months = dropped.months.len();
    if dropped.messages > 0 || dropped.watermarks > 0 || months > 0 {
        tracing::info!(
            messages = dropped.messages,
            watermarks = dropped.watermarks,
            months,
            "old rows dropped"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use acuse_store::PoolConfig;
    use acuse_store::workspaces::{self, NewWorkspace, Settings};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_rebuild_gives_up_its_turn_and_is_gone_on_with() {
        let test = acuse_testkit::Database::new().await;
        let database = Database::new(&PoolConfig::new(test.address(), 2)).unwrap();
        let clock = Clock::system();
        let workspace = NewWorkspace {
            slug: "acme".to_owned(),
            settings: Settings::usual("acme"),
        };
        let workspace = workspaces::create(&database, workspace, clock.now()).await;
        let workspace = workspace.unwrap().unwrap().id;
        let mut turns = 0;
        loop {
            let is_done = rebuild_rollups(&database, &clock, workspace, Duration::ZERO).await;
            turns += 1;
            if is_done.unwrap() {
                break;
            }
            assert_eq!(rebuild::due(&database).await.unwrap(), [workspace]);
        }
        // One for each of its phases.
        assert_eq!(turns, 5);
        assert_eq!(rebuild::due(&database).await.unwrap(), []);
    }
}
