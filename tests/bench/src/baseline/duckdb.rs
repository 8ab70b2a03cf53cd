//! DuckDB on a table of its own of the same rows, warm, its queries timed inside the Python that has it open.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncWriteExt as _, process::Command};
use tokio_postgres::Client;

use super::wide;
use crate::report::answer::NAMES;

/// Not named like the module that it imports, which Python would then find first.
const SCRIPT: &str = include_str!("ask_duckdb.py");

#[derive(Serialize)]
struct Job<'a> {
    database: String,
    setup: Vec<String>,
    questions: &'a [Vec<String>],
    figures: &'a [&'a str],
    repeats: usize,
}

/// What came of one question.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// How long each repetition took.
    pub(crate) seconds: Vec<f64>,
    /// The sums of its figures, in the order of [`NAMES`].
    pub(crate) sums: [i64; NAMES.len()],
}

/// Copies the wide tables over and asks all questions, each so many times.
pub(crate) async fn ask(
    (python, folder): (&Path, &Path),
    client: &Client,
    questions: &[Vec<String>],
    repeats: usize,
) -> Result<Vec<Answer>> {
    let mut setup = vec![
        "SET TimeZone = 'UTC'".to_owned(),
        "CREATE SCHEMA baseline".to_owned(),
    ];
    setup.extend(wide::TABLES.map(ToOwned::to_owned));
    for table in ["wide", "inbound"] {
        let path = folder.join(format!("{table}.csv"));
        wide::write_csv(client, table, &path).await?;
        setup.push(format!(
            "COPY baseline.{table} FROM '{}' (FORMAT csv, HEADER)",
            path.display()
        ));
    }
    // Compressed, and with what it knows of each part of a column.
    setup.push("CHECKPOINT".to_owned());
    // Of the questions before these there may be one.
    let database = folder.join("duckdb");
    if database.exists() {
        std::fs::remove_file(&database)?;
    }
    let job = Job {
        database: database.display().to_string(),
        setup,
        questions,
        figures: &NAMES,
        repeats,
    };
    let script = folder.join("ask_duckdb.py");
    std::fs::write(&script, SCRIPT)?;
    let mut child = Command::new(python)
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be run", python.display()))?;
    let mut stdin = child.stdin.take().context("it has a standard input")?;
    stdin.write_all(&serde_json::to_vec(&job)?).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "DuckDB failed:\n{said}");
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout)?;
    ensure!(
        answers.len() == questions.len(),
        "DuckDB left questions out"
    );
    Ok(answers)
}
