//! Measures what is read: reports about the largest workspace, over gRPC with everything that belongs to a call, warm.

pub(crate) mod answer;
mod ask;
mod busy;
pub(crate) mod case;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::time::sleep;
use tokio_postgres::Client;

use crate::{
    Bench,
    baseline::{duckdb, wide},
    figure::{
        BUSY_P99, FILTERED_VS_DUCKDB, FILTERED_VS_SQL, Figure, GROWTH, PLAIN_VS_DUCKDB,
        PLAIN_VS_SQL, Target, align, sheet, short,
    },
    ingest::Filled,
    postgres::Database,
    stats::median,
    suite::Suite,
    world::World,
};
use answer::{NAMES, Sums};
use ask::Asker;
use case::{Case, workspace_number};

/// How often SQL and DuckDB are asked each question.
const REPEATS: usize = 7;

/// How long answers have to become faster.
const WARMS_UP_FOR: Duration = Duration::from_secs(20);

/// What a question took, in milliseconds, at the median.
struct Measured {
    case: Case,
    ours: f64,
    sql: f64,
    duckdb: f64,
}

/// How long plain reports take in all, in milliseconds: each at the median, summed.
pub(crate) async fn plain_time(suite: &Suite, database: &Database, world: &World) -> Result<f64> {
    database.client.batch_execute("VACUUM (ANALYZE)").await?;
    let asker = Asker::new(suite, world.businesses[0].slug())?;
    let mut sum = 0.0;
    for case in Case::all(0, world.end()?, world.businesses[0].time_zone())? {
        let (_, seconds) = asker.measure(&case).await?;
        sum += median(&seconds).context("it was asked")? * 1_000.0;
    }
    Ok(sum)
}

/// Measures reports on a database that was filled; `smaller` is what plain ones took in all with a tenth of the messages.
pub(crate) async fn measure(
    bench: &Bench,
    (suite, database): (&Suite, &Database),
    (world, filled): (&World, &Filled),
    smaller: f64,
) -> Result<Vec<Figure>> {
    let largest = &world.businesses[0];
    bench.note("preparing the table that SQL and DuckDB report from");
    wide::create(&database.client, largest.time_zone()).await?;
    let larger = plain_time(suite, database, world).await?;
    database.settle().await?;
    let asker = Asker::new(suite, largest.slug())?;
    let plain_cases = Case::all(0, world.end()?, largest.time_zone())?;
    let mut cases = plain_cases.clone();
    for filters in [1, 3] {
        cases.extend(Case::all(filters, world.end()?, largest.time_zone())?);
    }
    let measured = compare(bench, &asker, &database.client, largest.slug(), cases).await?;
    bench.note(&table(&measured));
    bench.note(&table(&of_smallest(bench, (suite, database), world).await?));
    let with = |filters| -> Vec<&Measured> {
        let measured = measured.iter();
        measured.filter(|one| one.case.filters == filters).collect()
    };
    let (plain, filtered) = (with(0), with(3));
    let mut figures = vec![
        worst(PLAIN_VS_SQL, &plain, |one| one.sql)?,
        worst(PLAIN_VS_DUCKDB, &plain, |one| one.duckdb)?,
        worst(FILTERED_VS_SQL, &filtered, |one| one.sql)?,
        worst(FILTERED_VS_DUCKDB, &filtered, |one| one.duckdb)?,
        Figure::plain(GROWTH, larger / smaller),
    ];
    let half = filled.top_rate / 2.0;
    let busy = busy::p99(bench, (&filled.tenants, &asker), &plain_cases, half).await?;
    figures.push(Figure::plain(BUSY_P99, busy * 1_000.0));
    Ok(figures)
}

/// The same about the smallest workspace; told, and in no figure.
async fn of_smallest(
    bench: &Bench,
    (suite, database): (&Suite, &Database),
    world: &World,
) -> Result<Vec<Measured>> {
    let smallest = world.businesses.last().context("there are businesses")?;
    let asker = Asker::new(suite, smallest.slug())?;
    let mut cases = Vec::new();
    let zone = smallest.time_zone();
    for filters in [0, 3] {
        cases.extend(Case::all(filters, world.end_in(zone)?, zone)?);
    }
    let cases = cases.into_iter();
    let cases = cases.map(|case| case.of(", smallest workspace")).collect();
    compare(bench, &asker, &database.client, smallest.slug(), cases).await
}

/// Asks everybody everything about a workspace, and fails where they differ.
async fn compare(
    bench: &Bench,
    asker: &Asker,
    client: &Client,
    slug: &str,
    cases: Vec<Case>,
) -> Result<Vec<Measured>> {
    let workspace = workspace_number(client, slug).await?;
    let questions: Vec<_> = cases.iter().map(|case| case.sql(workspace)).collect();
    bench.note("asking DuckDB");
    let programs = (bench.args.python.as_path(), bench.places.folder.as_path());
    let columns = duckdb::ask(programs, client, &questions, REPEATS).await?;
    warm(bench, asker, &cases).await?;
    bench.note("asking Acuse and Postgres in turn");
    let mut measured = Vec::new();
    for ((case, question), columns) in cases.into_iter().zip(questions).zip(columns) {
        let (ours, our_seconds) = asker.measure(&case).await?;
        let (sql, sql_seconds) = ask_postgres(client, &question).await?;
        ours.check(&sql, &case.name(), "SQL")?;
        ours.check(&Sums(columns.sums), &case.name(), "DuckDB")?;
        let middle = |seconds: &[f64]| median(seconds).map(|seconds| seconds * 1_000.0);
        measured.push(Measured {
            case,
            ours: middle(&our_seconds).context("Acuse was asked")?,
            sql: middle(&sql_seconds).context("SQL was asked")?,
            duckdb: middle(&columns.seconds).context("DuckDB was asked")?,
        });
    }
    Ok(measured)
}

/// Asks for what no rollup tells until it is answered much faster than at first, or for some time: the messages are being
/// taken into memory meanwhile. Tells what the first answer took.
async fn warm(bench: &Bench, asker: &Asker, cases: &[Case]) -> Result<()> {
    let filtered = cases.iter().filter(|case| case.filters > 1);
    let Some(case) = filtered.max_by_key(|case| case.days) else {
        return Ok(());
    };
    let begun = Instant::now();
    let (_, first) = asker.ask(case).await?;
    let mut last = first;
    while last > first / 2.0 && begun.elapsed() < WARMS_UP_FOR {
        sleep(Duration::from_millis(50)).await;
        (_, last) = asker.ask(case).await?;
    }
    bench.note(&format!(
        "{}: {:.1} ms at first, {:.1} ms {:.1} s later",
        case.name(),
        first * 1_000.0,
        last * 1_000.0,
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

async fn ask_postgres(client: &Client, question: &[String]) -> Result<(Sums, Vec<f64>)> {
    let mut statements = Vec::new();
    for sql in question {
        statements.push(client.prepare(sql).await?);
    }
    let mut sums = Sums::default();
    let mut seconds = Vec::new();
    for repetition in 0..=REPEATS {
        let begun = Instant::now();
        let mut tables = Vec::new();
        for statement in &statements {
            tables.push(client.query(statement, &[]).await?);
        }
        // The first one only warms up.
        if repetition > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
        let rows = tables[0].iter();
        let current = rows.filter(|row| row.try_get("is_current").unwrap_or(true));
        sums = Sums::of_rows(current.map(|row| NAMES.map(|name| row.get(name))));
    }
    Ok((sums, seconds))
}

/// The figure of the report in which Acuse is least ahead.
fn worst(target: Target, measured: &[&Measured], baseline: fn(&Measured) -> f64) -> Result<Figure> {
    let ratio = |one: &Measured| baseline(one) / one.ours;
    let worst = measured
        .iter()
        .copied()
        .min_by(|one, other| ratio(one).total_cmp(&ratio(other)))
        .context("reports were measured")?;
    Ok(Figure::ratio(
        target,
        ratio(worst),
        worst.ours,
        baseline(worst),
    ))
}

fn table(measured: &[Measured]) -> String {
    let header = [
        "report",
        "ours ms",
        "SQL ms",
        "DuckDB ms",
        "vs SQL",
        "vs DuckDB",
    ];
    let mut table = sheet(&header);
    for one in measured {
        table.add_row([
            one.case.name(),
            short(one.ours),
            short(one.sql),
            short(one.duckdb),
            short(one.sql / one.ours),
            short(one.duckdb / one.ours),
        ]);
    }
    align(&mut table, &[1, 2, 3, 4, 5]);
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_report_is_the_figure() {
        let cases = Case::all(0, "2026-11-29T05:00:00Z".parse().unwrap(), "UTC").unwrap();
        let measured = |case: &Case, ours, sql| Measured {
            case: case.clone(),
            ours,
            sql,
            duckdb: 1.0,
        };
        let all = [
            measured(&cases[0], 1.0, 100.0),
            measured(&cases[1], 2.0, 60.0),
            measured(&cases[2], 4.0, 400.0),
        ];
        let figure = worst(PLAIN_VS_SQL, &all.iter().collect::<Vec<_>>(), |one| one.sql);
        let figure = figure.unwrap().json();
        assert_eq!(figure["ratio"], 30.0);
        assert_eq!(
            (&figure["value"], &figure["baseline"]),
            (&2.0.into(), &60.0.into())
        );
        let table = table(&all);
        assert!(table.contains("consolidated, 7 days"), "{table}");
    }
}
