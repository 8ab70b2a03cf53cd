//! Random requests about random histories.

use std::collections::BTreeMap;
use std::ops::Range;

use acuse_proto::message_state::Event;
use acuse_tests::history::scramble::{Chaos, scramble};
use acuse_tests::history::{self, History, Shape, reported};
use acuse_tests::reference::report::{Clock, Dimension, Population, RANKED, Request, Sums, Value};
use acuse_tests::reference::{Reported, Settings};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::asked::{self, Asked};
use crate::compare::Faults;
use crate::rig::{Folded, Rig, SOURCES};
use crate::{breakdown, consolidated, funnel, listed, overview, ranking, replies, rows};

/// Outbound messages in each workspace.
const MESSAGES: usize = 260;

/// Requests where `ACUSE_TEST_REQUESTS` does not say how many.
const REQUESTS: u64 = 150;

/// Enough to understand a difference.
const SHOWN: usize = 12;

/// With so many requests that are answered wrongly no more are tried.
const REQUESTS_SHOWN: usize = 4;

/// What a request is asked of.
pub(crate) struct Ground<'a> {
    pub(crate) population: &'a Population,
    pub(crate) asked: &'a Asked,
    pub(crate) available_from: Option<i64>,
    /// What of the request the workspace has data for.
    pub(crate) covered: Option<Request>,
}

impl Ground<'_> {
    /// Whether the filters say anything about inbound messages.
    pub(crate) fn of_inbound(&self) -> bool {
        self.asked.request.is_of_inbound()
    }

    /// Whether what is covered begins or ends amid a day of the workspace and holds whole ones: rollups by day have a part
    /// of the answer.
    fn cuts_days(&self) -> bool {
        let home = Clock::named(&self.population.home_zone);
        let day_start = |at| home.day_start(home.date(at));
        self.covered.as_ref().is_some_and(|request| {
            let (first, last) = (day_start(request.start), day_start(request.end));
            let is_cut = first != request.start || last != request.end;
            // After the day that it begins in comes a whole one, whether or not that is whole.
            is_cut && last - first > 2 * asked::DAY
        })
    }

    /// All of a request together, and by parts of time.
    pub(crate) fn totals(
        &self,
        request: Option<&Request>,
        unit: Dimension,
    ) -> (Sums, Vec<(i64, i64, Sums)>) {
        let Some(request) = request else {
            return Default::default();
        };
        let rows = self.population.select(request);
        (
            self.population.sum(rows, request.now),
            self.population.series(request, unit),
        )
    }

    /// By the values of a dimension; of parts of time also those without a message.
    pub(crate) fn groups(&self, request: Option<&Request>, by: Dimension) -> BTreeMap<Value, Sums> {
        let groups = self.groups_by(request, &[by]).into_iter();
        groups
            .filter_map(|(mut values, sums)| Some((values.pop()?, sums)))
            .collect()
    }

    /// By the values of several dimensions; of parts of time also those without a message, where they are all.
    pub(crate) fn groups_by(
        &self,
        request: Option<&Request>,
        by: &[Dimension],
    ) -> BTreeMap<Vec<Value>, Sums> {
        let Some(request) = request else {
            return BTreeMap::new();
        };
        let mut groups = self.population.groups_by(request, by);
        if let [by] = by
            && by.is_time()
        {
            let clock = Clock::named(&request.zone);
            for (start, _) in clock.parts(request.start, request.end, *by) {
                let part = vec![Some(clock.part(start, *by))];
                groups.entry(part).or_default();
            }
        }
        groups
    }
}

/// A report of one kind with what it should say.
enum Case<'a> {
    Consolidated(consolidated::Case),
    Breakdown(breakdown::Case),
    Ranking(ranking::Case),
    Overview(overview::Case),
    Replies(replies::Case),
    Funnel(funnel::Case),
    Listed(listed::Case),
    Rows(rows::Case<'a>),
}

impl<'a> Case<'a> {
    /// A report of any kind; of the first ones each breaks down by, or ranks, another dimension.
    fn draw(rng: &mut StdRng, ground: &Ground<'a>, number: u64) -> Self {
        let number = usize::try_from(number).unwrap();
        if let Some(by) = Dimension::ALL.get(number) {
            return Self::Breakdown(breakdown::Case::draw(rng, ground, Some(*by)));
        }
        if let Some(by) = RANKED.get(number - Dimension::ALL.len()) {
            return Self::Ranking(ranking::Case::draw(rng, ground, Some(*by)));
        }
        match rng.random_range(0..20) {
            16..20 => Self::Listed(listed::Case::draw(rng, ground)),
            14..16 => Self::Funnel(funnel::Case::draw(rng, ground)),
            10..12 => Self::Overview(overview::Case::draw(rng, ground)),
            12..14 => Self::Replies(replies::Case::draw(ground)),
            0..4 => Self::Consolidated(consolidated::Case::draw(rng, ground)),
            4..6 => Self::Breakdown(breakdown::Case::draw(rng, ground, None)),
            6..8 => Self::Ranking(ranking::Case::draw(rng, ground, None)),
            _ => Self::Rows(rows::Case::draw(ground)),
        }
    }

    fn what(&self) -> String {
        match self {
            Self::Consolidated(_) => "consolidated".to_owned(),
            Self::Breakdown(case) => case.what(),
            Self::Ranking(case) => case.what(),
            Self::Overview(case) => case.what(),
            Self::Replies(case) => format!("{} replies", case.replied()),
            Self::Funnel(case) => case.what(),
            Self::Listed(case) => case.what(),
            Self::Rows(_) => "rows".to_owned(),
        }
    }

    /// Asks both services of a rig.
    async fn check(&self, ground: &Ground<'_>, workspace: &str, rig: &Rig) -> Vec<String> {
        let mut found = Vec::new();
        for sources in SOURCES {
            let client = rig.client(sources, workspace, &ground.asked.request.scope);
            let Faults(faults) = match self {
                Self::Consolidated(case) => case.check(ground, client).await,
                Self::Breakdown(case) => case.check(ground, client).await,
                Self::Ranking(case) => case.check(ground, client).await,
                Self::Overview(case) => case.check(ground, client).await,
                Self::Replies(case) => case.check(ground, client).await,
                Self::Funnel(case) => case.check(ground, client).await,
                Self::Listed(case) => case.check(ground, client).await,
                Self::Rows(case) => case.check(ground, client).await,
            };
            let of = format!("{sources:?}, {:?} folded", rig.folded);
            found.extend(faults.into_iter().map(|fault| format!("{of}: {fault}")));
        }
        found
    }
}

/// The same history in a database of its own for each state of the rollups, told in disorder.
pub(crate) async fn rigs(history: &History, available_from: &[Option<i64>]) -> Vec<Rig> {
    let chaos = Chaos {
        writers: 1,
        max_batch: 200,
        again_percent: 10,
        shuffled: true,
    };
    let told = scramble(history, history.seed, chaos);
    let batches: &[Vec<(usize, Event)>] = &told[0];
    let states = [Folded::Nothing, Folded::Half, Folded::All];
    let said = said(history);
    let told = |folded| Rig::told(history, batches, &said, available_from, folded);
    join_all(states.map(told)).await
}

/// What was said of what channel accounts can report, by workspace.
pub(crate) fn said(history: &History) -> Vec<Reported> {
    let mut rng = StdRng::seed_from_u64(history.seed ^ 0x57a9e);
    let workspaces = history.workspaces.iter();
    workspaces
        .map(|workspace| reported::some(&mut rng, workspace))
        .collect()
}

pub(crate) fn populations(history: &History) -> Vec<Population> {
    let of = |(workspace, reported): (&history::Workspace, Reported)| {
        let settings = Settings {
            time_zone: workspace.time_zone.to_owned(),
            attribution_window: i64::from(workspace.attribution_seconds) * 1_000_000,
            reported,
        };
        Population::of(&workspace.events, &settings)
    };
    history
        .workspaces
        .iter()
        .zip(said(history))
        .map(of)
        .collect()
}

/// The numbers of the requests to try: `ACUSE_TEST_REQUESTS` says how many, or as FIRST..END which.
fn numbers() -> Range<u64> {
    let Ok(named) = std::env::var("ACUSE_TEST_REQUESTS") else {
        return 0..REQUESTS;
    };
    let number = |text: &str| text.parse().expect("ACUSE_TEST_REQUESTS is no number");
    match named.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&named),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr, reason = "tells how much was compared")]
async fn every_report_is_what_the_reference_says() {
    let requests = numbers();
    for seed in history::seeds(1) {
        let history = history::generate(seed, &Shape::large(MESSAGES));
        // The second workspace has data from some instant on, amid its messages.
        let available_from = [None, Some(history::NOW - 40 * 86_400_000_000 + 12_345)];
        let rigs = rigs(&history, &available_from).await;
        let populations = populations(&history);
        let (mut asked, mut with_messages, mut cutting_days) = (0, 0, 0);
        let mut wrong: Vec<String> = Vec::new();
        for number in requests.clone() {
            let mut rng = StdRng::seed_from_u64(seed.wrapping_add(number));
            // The first ones show each dimension as a whole, where nothing is cut off.
            let is_plain = number < (Dimension::ALL.len() + RANKED.len()) as u64;
            let (index, request) = if is_plain {
                (0, asked::draw_plain(&mut rng, &populations[0]))
            } else {
                let index = rng.random_range(0..populations.len());
                (index, asked::draw(&mut rng, &populations[index]))
            };
            let ground = Ground {
                population: &populations[index],
                asked: &request,
                available_from: available_from[index],
                covered: request.request.covered(available_from[index]),
            };
            let case = Case::draw(&mut rng, &ground, number);
            let rig = &rigs[rng.random_range(0..rigs.len())];
            let slug = &history.workspaces[index].slug;
            let faults = case.check(&ground, slug, rig).await;
            if !faults.is_empty() {
                let shown = faults[..faults.len().min(SHOWN)].join("\n");
                let what = case.what();
                wrong.push(format!(
                    "request {number}, {slug}: {what}\n{request:#?}\n{} faults\n{shown}",
                    faults.len()
                ));
            }
            if wrong.len() == REQUESTS_SHOWN {
                break;
            }
            asked += SOURCES.len();
            let is_some = ground
                .covered
                .as_ref()
                .is_some_and(|request| !ground.population.select(request).is_empty());
            with_messages += u64::from(is_some);
            cutting_days += u64::from(ground.cuts_days());
        }
        assert!(
            wrong.is_empty(),
            "ACUSE_TEST_SEED={seed}\n{}",
            wrong.join("\n\n")
        );
        eprintln!(
            "requests {requests:?}, {with_messages} of them with messages, {cutting_days} cut days, asked {asked} times"
        );
        let tried = requests.end - requests.start;
        assert!(
            tried < 20 || with_messages * 3 > tried,
            "most requests find nothing"
        );
        assert!(
            tried < 20 || cutting_days * 3 > tried,
            "few requests cut days"
        );
    }
}
