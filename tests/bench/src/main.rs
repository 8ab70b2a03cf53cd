//! Measures Acuse against what one would do without it: `COPY`, one row a statement, plain SQL, DuckDB.
//!
//! It calls what is measured from outside: gRPC and HTTP for Acuse, whose services run as processes of their own, SQL for
//! the baselines. `./dev bench` builds it and starts the servers that it needs.

mod baseline;
mod export;
mod figure;
mod ingest;
mod load;
mod phases;
mod postgres;
mod process;
mod report;
mod statements;
mod stats;
mod stream;
mod suite;
mod tenants;
mod webhooks;
mod world;
mod writers;

use std::{
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use figure::Figure;
use ingest::Against;
use postgres::Database;
use suite::{Places, Suite, Writing};
use world::World;

/// How long services are left alone before they count as idle.
const SETTLES_WITHIN: Duration = Duration::from_secs(5);

/// Measures Acuse against what one would do without it, and prints a table of figures.
#[derive(Debug, Parser)]
struct Args {
    /// What to measure; everything if left out
    #[arg(value_enum)]
    what: Vec<What>,
    /// Messages to fill the database with, for files rows of a table; 1,000,000 if left out, and of a table 1,800,000
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1_000..))]
    rows: Option<u64>,
    /// Print a line of JSON for each figure instead of a table
    #[arg(long)]
    json: bool,
    /// Also tell which SQL statements took the server's time; it has to load pg_stat_statements
    #[arg(long)]
    statements: bool,
    /// Folder of the programs that are measured
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// An empty folder for the run's own files
    #[arg(long, value_name = "FOLDER")]
    folder: PathBuf,
    /// The program pgbench
    #[arg(long, value_name = "FILE")]
    pgbench: PathBuf,
    /// A Python that has DuckDB and XlsxWriter
    #[arg(long, value_name = "FILE")]
    python: PathBuf,
    /// A Postgres in which databases may be created
    #[arg(long, env = "DATABASE_URL", value_name = "URL")]
    database_url: String,
    /// A Redis
    #[arg(long, env = "REDIS_URL", value_name = "URL")]
    redis_url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What comes in
    Ingest,
    /// What is read
    Report,
    /// Files
    Export,
}

/// Messages that a database is filled with, and rows of a table, unless other numbers are given.
const MESSAGES: u64 = 1_000_000;
const TABLE_ROWS: u64 = 1_800_000;

/// A run.
struct Bench {
    args: Args,
    places: Places,
    begun: Instant,
    /// What happens later has not happened yet.
    now: Timestamp,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let places = Places {
        programs: args.programs.clone(),
        folder: args.folder.clone(),
        redis_url: args.redis_url.clone(),
    };
    let bench = Bench {
        args,
        places,
        begun: Instant::now(),
        now: Timestamp::now(),
    };
    let figures = bench.run().await?;
    let mut out = std::io::stdout().lock();
    if bench.args.json {
        for figure in &figures {
            writeln!(out, "{}", figure.json())?;
        }
    } else {
        writeln!(out, "{}", figure::table(&figures))?;
    }
    Ok(())
}

impl Bench {
    async fn run(&self) -> Result<Vec<Figure>> {
        let what = &self.args.what;
        let wants = |one| what.is_empty() || what.contains(&one);
        if !wants(What::Ingest) && !wants(What::Report) {
            return export::measure(self, self.args.rows.unwrap_or(TABLE_ROWS)).await;
        }
        let smaller = if wants(What::Report) {
            Some(self.smaller().await?)
        } else {
            None
        };
        let against = if wants(What::Ingest) {
            Against::Baselines
        } else {
            Against::Nothing
        };
        let rows = self.messages();
        let world = World::new(rows, self.today());
        let (database, suite) = self.start("main").await?;
        self.note(&format!("filling an empty database with {rows} messages"));
        let all = (&suite, &database);
        let filled = ingest::fill(self, all, (&world, rows), against).await?;
        let mut figures = Vec::new();
        if let Some(smaller) = smaller {
            figures = report::measure(self, all, (&world, &filled), smaller).await?;
        }
        figures.push(self.idle(&suite).await?);
        figures.splice(0..0, filled.figures);
        suite.stop().await?;
        database.drop().await?;
        if wants(What::Ingest) {
            figures.extend(writers::measure(self).await?);
        }
        if wants(What::Export) {
            let rows = self.args.rows.unwrap_or(TABLE_ROWS);
            figures.extend(export::measure(self, rows).await?);
        }
        Ok(figures)
    }

    /// Messages to fill a database with.
    fn messages(&self) -> u64 {
        self.args.rows.unwrap_or(MESSAGES)
    }

    /// Everything that is measured, on a new database.
    async fn start(&self, label: &str) -> Result<(Database, Suite)> {
        let database = Database::create(&self.places, &self.args.database_url, label).await?;
        let suite = Suite::start(&self.places, &database.url, Writing::default()).await?;
        Ok((database, suite))
    }

    /// How long plain reports take, in milliseconds, with a tenth of the messages over the same time.
    async fn smaller(&self) -> Result<f64> {
        let rows = self.messages() / 10;
        let world = World::new(rows, self.today());
        let (database, suite) = self.start("smaller").await?;
        self.note(&format!("filling another database with {rows} messages"));
        let all = (&suite, &database);
        ingest::fill(self, all, (&world, rows), Against::Nothing).await?;
        let time = report::plain_time(&suite, &database, &world).await?;
        suite.stop().await?;
        database.drop().await?;
        Ok(time)
    }

    /// What the services hold in memory when nothing is to be done, after all that they did.
    async fn idle(&self, suite: &Suite) -> Result<Figure> {
        tokio::time::sleep(SETTLES_WITHIN).await;
        let memory = suite.memory()?;
        let parts: Vec<_> = memory
            .iter()
            .map(|(name, held)| format!("{name} {held:.1} MB"))
            .collect();
        self.note(&format!("idle: {}", parts.join(", ")));
        let sum = memory.iter().map(|(_, held)| held).sum();
        Ok(Figure::plain(figure::IDLE_RSS, sum))
    }

    /// The day in UTC: what is told ends with the day before.
    fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// Tells how it goes, beside the figures; where nobody reads it, nobody is left to be told.
    fn note(&self, text: &str) {
        let seconds = self.begun.elapsed().as_secs();
        let _ = writeln!(std::io::stderr().lock(), "[{seconds:>4} s] {text}");
    }
}
