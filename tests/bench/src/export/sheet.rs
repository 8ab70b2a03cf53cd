//! What one would do without Acuse to have a workbook: write the copied rows with Python's XlsxWriter.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use super::Made;

/// Not named like the module that it imports, which Python would then find first.
const SCRIPT: &str = include_str!("write_sheet.py");

/// Rows written: it writes so many a second, however many there are.
const ROWS: usize = 200_000;

#[derive(Deserialize)]
struct Written {
    rows: usize,
    seconds: f64,
}

/// Writes rows of a CSV file without a header into a workbook.
pub(super) async fn write(python: &Path, folder: &Path, rows: &Path) -> Result<Made> {
    let script = folder.join("write_sheet.py");
    std::fs::write(&script, SCRIPT)?;
    let workbook = folder.join("written.xlsx");
    let done = Command::new(python)
        .arg(&script)
        .args([rows, &workbook])
        .arg(ROWS.to_string())
        .output()
        .await
        .context("Python cannot be started")?;
    ensure!(
        done.status.success(),
        "XlsxWriter: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let written: Written = serde_json::from_slice(&done.stdout)?;
    let bytes = std::fs::metadata(&workbook)?.len();
    std::fs::remove_file(&workbook)?;
    Ok(Made {
        rows: written.rows,
        bytes: i64::try_from(bytes)?,
        seconds: written.seconds,
    })
}
