//! Measures files: HSM management of one large workspace, from the request to the finished file, against what one would do
//! without Acuse. Each pair of measurements is made one after the other, on a database that was vacuumed and analysed.

mod copy;
mod sheet;

use std::time::{Duration, Instant};

use acuse_proto::export::{
    CreateExportRequest, Export, ExportFormat, ExportReport, ExportRequest, ExportState,
    GetExportRequest, export_service_client::ExportServiceClient,
};
use acuse_proto::reporting::{Interval, Period, Question, period};
use acuse_rpc::client::{Call, Channel};
use anyhow::{Context as _, Result, bail, ensure};
use jiff::{Timestamp, ToSpan as _};

use crate::{
    Bench,
    figure::{CSV_VS_COPY, EXPORT_PEAK, Figure, XLSX_VS_XLSXWRITER, align, sheet as table, short},
    ingest::{self, Against},
    postgres::Database,
    stats::{median, rate},
    suite::{Suite, Who},
    world::{DAYS, World},
};

/// How often each file is made.
const REPEATS: usize = 3;

/// How long a file may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// How often it is asked whether a file is there.
const LOOK: Duration = Duration::from_millis(50);

/// Of so many messages of a workspace about four are templates: the table's rows.
const TEMPLATES_OF: (u64, u64) = (4, 5);

/// A file that was made.
struct Made {
    rows: usize,
    bytes: i64,
    seconds: f64,
}

/// Fills a workspace so that the table has about `rows` rows, and measures files of it.
pub(crate) async fn measure(bench: &Bench, rows: u64) -> Result<Vec<Figure>> {
    let (four, five) = TEMPLATES_OF;
    let messages = rows * five / four;
    let world = World::of_one(messages, bench.today());
    let (database, suite) = bench.start("export").await?;
    bench.note(&format!("filling one workspace with {messages} messages"));
    let all = (&suite, &database);
    ingest::fill(bench, all, (&world, messages), Against::Nothing).await?;
    database.client.batch_execute("VACUUM (ANALYZE)").await?;
    database.settle().await?;
    let figures = files(bench, all, &world).await?;
    suite.stop().await?;
    database.drop().await?;
    Ok(figures)
}

async fn files(
    bench: &Bench,
    (suite, database): (&Suite, &Database),
    world: &World,
) -> Result<Vec<Figure>> {
    let asker = Asker::new(suite, world)?;
    let folder = &bench.places.folder;
    let copied_to = folder.join("copied.csv");
    let statement = copy::statement(&asker.interval, world.businesses[0].time_zone());
    let mut told = table(&["file", "rows", "MB", "seconds", "rows/s"]);
    let mut tell = |name: &str, made: &Made| {
        #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
        let megabytes = made.bytes as f64 / 1e6;
        let speed = rate(made.rows, made.seconds);
        told.add_row([
            name.to_owned(),
            made.rows.to_string(),
            short(megabytes),
            short(made.seconds),
            short(speed),
        ]);
        speed
    };
    let (mut csv, mut copies, mut lines, mut xlsx) = (vec![], vec![], vec![], vec![]);
    for number in 1..=REPEATS {
        bench.note(&format!("files, {number} of {REPEATS}"));
        let copied = copy::to_file(&database.client, &statement, &copied_to).await?;
        copies.push(tell("COPY", &copied));
        let made = asker.make(ExportFormat::Csv).await?;
        ensure!(
            made.rows == copied.rows,
            "{} and {} rows",
            made.rows,
            copied.rows
        );
        csv.push(tell("CSV", &made));
        lines.push(tell(
            "JSON Lines",
            &asker.make(ExportFormat::JsonLines).await?,
        ));
    }
    // What is written is the same each time, and takes long.
    xlsx.push(tell("XLSX", &asker.make(ExportFormat::Xlsx).await?));
    let peak = suite.peak("export")?;
    bench.note("writing a sheet with XlsxWriter");
    let written = sheet::write(&bench.args.python, folder, &copied_to).await?;
    let writer = vec![tell("XlsxWriter", &written)];
    align(&mut told, &[1, 2, 3, 4]);
    bench.note(&told.to_string());
    let lines = median(&lines).context("lines were written")?;
    bench.note(&format!("JSON Lines: {} rows/s", short(lines)));
    let pairs = Figure::of_pairs(CSV_VS_COPY, &csv, &copies);
    let sheets = Figure::of_pairs(XLSX_VS_XLSXWRITER, &xlsx, &writer);
    let figures = [pairs, sheets, Some(Figure::plain(EXPORT_PEAK, peak))];
    Ok(figures.into_iter().flatten().collect())
}

/// Asks for files of a workspace's last 90 days.
struct Asker {
    client: ExportServiceClient<Channel>,
    interval: (Timestamp, Timestamp),
}

impl Asker {
    fn new(suite: &Suite, world: &World) -> Result<Self> {
        let business = &world.businesses[0];
        let who = Who {
            workspace: Some(business.slug()),
            ..Who::default()
        };
        let end = world.end()?;
        let zone = jiff::tz::TimeZone::get(business.time_zone())?;
        let first = end.to_zoned(zone).checked_sub(i64::from(DAYS).days())?;
        Ok(Self {
            client: ExportServiceClient::new(suite.channel("export", &who)?),
            interval: (first.timestamp(), end),
        })
    }

    /// Makes a file; as long as it takes from the request until it is there.
    async fn make(&self, format: ExportFormat) -> Result<Made> {
        let time = |at: Timestamp| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        };
        let (start, end) = self.interval;
        let interval = Interval {
            start_at: Some(time(start)),
            end_at: Some(time(end)),
        };
        let export = ExportRequest {
            report: ExportReport::HsmManagement.into(),
            format: format.into(),
            question: Some(Question {
                period: Some(Period {
                    period: Some(period::Period::Custom(interval)),
                }),
                ..Question::default()
            }),
            ..ExportRequest::default()
        };
        let begun = Instant::now();
        let request = CreateExportRequest {
            export: Some(export),
            request_id: None,
        };
        let mut client = self.client.clone();
        let created = client.create_export(Call::plain().request(request)).await?;
        let created = created.into_inner().export.context("it was made")?;
        let done = self.done(created.id).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let file = done.file.context("there is a file")?;
        Ok(Made {
            rows: usize::try_from(file.rows)?,
            bytes: file.size_bytes,
            seconds,
        })
    }

    async fn done(&self, id: String) -> Result<Export> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut client = self.client.clone();
            let request = GetExportRequest { id: id.clone() };
            let found = client.get_export(Call::plain().request(request)).await?;
            let found = found.into_inner().export.context("it is there")?;
            match found.state() {
                ExportState::Succeeded => return Ok(found),
                ExportState::Queued | ExportState::Running if Instant::now() < until => {
                    tokio::time::sleep(LOOK).await;
                }
                other => bail!("an export is {}: {:?}", other.as_str_name(), found.failure),
            }
        }
    }
}
