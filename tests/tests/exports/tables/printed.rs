//! Tables on paper, read by a program that is not ours.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use acuse_domain::glossary::Language;
use acuse_tests::reference::report::{Said, TableRow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::columns::{Cell, Kind, Table, cell};

/// The text of a PDF file.
pub(crate) fn text_of(file: &[u8]) -> String {
    let mut reading = Command::new("pdftotext")
        .args(["-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut into = reading.stdin.take().unwrap();
    let file = file.to_vec();
    let writing = std::thread::spawn(move || into.write_all(&file));
    let read = reading.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(read.status.success());
    String::from_utf8(read.stdout).unwrap()
}

/// What is missing on paper of a table's rows: every label, and every day and time as often as the rows have it, which are read in
/// one piece wherever they stand.
pub(crate) fn missing(
    text: &str,
    table: &Table,
    rows: &[&TableRow],
    (language, zone): (Language, &str),
) -> Vec<String> {
    let mut faults = Vec::new();
    if language == Language::Spanish {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        // Labels in several lines have the lines of others between their own.
        let words: Vec<&str> = text.split_whitespace().collect();
        let labels = table
            .columns
            .iter()
            .flat_map(|(_, label, _)| label.split(' '));
        let absent = labels.filter(|word| !words.iter().any(|one| plain(one).contains(word)));
        faults.extend(absent.map(|word| format!("no {word}")));
    }
    let zone = TimeZone::get(zone).unwrap();
    let mut should: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        for (id, _, kind) in table.columns {
            for token in tokens(&cell(id, *kind, row), *kind, language, &zone) {
                *should.entry(token).or_default() += 1;
            }
        }
    }
    assert!(rows.is_empty() || !should.is_empty());
    for (token, times) in should {
        // Columns that stand close are read as one word.
        let found = text.matches(token.as_str()).count();
        if found < times {
            faults.push(format!("{token} is there {found} times and not {times}"));
        }
    }
    faults
}

/// The days and times of a cell.
fn tokens(cell: &Cell, kind: Kind, language: Language, zone: &TimeZone) -> Vec<String> {
    let (Cell::Said(Said::At(at)) | Cell::Day(Said::At(at))) = cell else {
        return Vec::new();
    };
    let at = Timestamp::from_microsecond(*at).unwrap();
    let at = at.to_zoned(zone.clone());
    let day = match language {
        Language::English => at.strftime("%Y-%m-%d").to_string(),
        Language::Spanish | Language::Portuguese => at.strftime("%-d/%-m/%Y").to_string(),
    };
    match kind {
        Kind::Day(_) => vec![day],
        _ => vec![day, at.strftime("%H:%M:%S").to_string()],
    }
}
