//! Files opened by programs that are not ours, and not in our language.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use csv::StringRecord;
use serde_json::{Value, json};

/// Readers of another language, at work until they are dropped.
pub(crate) struct Readers {
    process: Child,
    asked: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Drop for Readers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Readers {
    pub(crate) fn start() -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports/opened.py");
        let mut command = Command::new("python_with_readers");
        command
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let started = command.spawn();
        let mut process = started.unwrap_or_else(|error| {
            panic!("./dev env puts python_with_readers on the PATH: {error}")
        });
        Self {
            asked: process.stdin.take().unwrap(),
            told: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// The rows of a CSV file, its header included.
    pub(crate) fn csv(&mut self, file: &[u8]) -> Vec<StringRecord> {
        let rows: Vec<Vec<String>> = serde_json::from_value(self.open("csv", file)).unwrap();
        rows.into_iter().map(StringRecord::from).collect()
    }

    /// The objects of a file of JSON Lines.
    pub(crate) fn json_lines(&mut self, file: &[u8]) -> Vec<Value> {
        serde_json::from_value(self.open("json_lines", file)).unwrap()
    }

    /// The rows of a workbook's only sheet, its header included, each cell told apart by its kind.
    pub(crate) fn sheet(&mut self, file: &[u8]) -> Vec<Vec<Opened>> {
        let Value::Object(sheets) = self.open("workbook", file) else {
            panic!("no sheets");
        };
        assert_eq!(sheets.len(), 1);
        let rows = sheets.into_iter().next().unwrap().1;
        let rows: Vec<Vec<Value>> = serde_json::from_value(rows).unwrap();
        let cells = |row: Vec<Value>| row.iter().map(Opened::of).collect();
        rows.into_iter().map(cells).collect()
    }

    fn open(&mut self, format: &str, file: &[u8]) -> Value {
        let digits: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
        let asked = json!({ "format": format, "file": digits });
        writeln!(self.asked, "{asked}").unwrap();
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        let mut told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["fault"], Value::Null, "{format}");
        told["opened"].take()
    }
}

/// A cell of a workbook.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Opened {
    Nothing,
    Text(String),
    Number(f64),
    /// A day that is shown without a time, as `30/11/2026`.
    Day(String),
    /// To the second, as `2026-11-30 18:04:17`.
    Time(String),
}

impl Opened {
    fn of(cell: &Value) -> Self {
        let text = |name: &str| cell[name].as_str().map(str::to_owned);
        match cell {
            Value::Null => Self::Nothing,
            _ => text("text")
                .map(Self::Text)
                .or_else(|| text("day").map(Self::Day))
                .or_else(|| text("time").map(Self::Time))
                .or_else(|| cell["number"].as_f64().map(Self::Number))
                .unwrap_or_else(|| panic!("a cell is {cell}")),
        }
    }
}
