//! Workbooks, read back by a reader that is not ours.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};

use acuse_domain::calendar::Clock;
use calamine::{Data, Reader as _, Xlsx};

use super::*;

fn head(labels: &[&str]) -> Head {
    Head {
        title: "Ventas & <más>".to_owned(),
        sheet: "Ventas: más".to_owned(),
        created: Timestamp::from_seconds(1_664_672_400),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

/// A workbook with these rows, the bytes taken every so often.
fn book(head: Head, sheet_rows: u32, rows: &[Vec<Cell<'_>>]) -> Vec<u8> {
    let mut book = Workbook::with_sheets_of(head, sheet_rows).unwrap();
    let mut bytes = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        book.begin_row().unwrap();
        for cell in row {
            book.cell(cell);
        }
        book.end_row();
        if index % 3 == 0 {
            bytes.extend(book.take().unwrap());
        }
    }
    bytes.extend(book.finish().unwrap());
    bytes
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name(name).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn every_kind_of_cell_is_read_back_as_what_it_is() {
    let at: jiff::Timestamp = "2022-10-02T04:09:08.765Z".parse().unwrap();
    let time = Clock::new(&"America/Lima".parse().unwrap()).read(at.into());
    let day = time.date();
    let labels = ["Texto", "Código", "Sí", "Día", "Hora", "N", "%", "s", "-"];
    let row = vec![
        text("=HYPERLINK(\"http://x\")"),
        Cell::Code(Cow::Borrowed("51977452931")),
        Cell::Flag {
            is: true,
            word: "Sí",
        },
        Cell::DayOf { day, time },
        Cell::Moment(time),
        Cell::Count(-1_234_567),
        Cell::Share(0.25),
        Cell::Seconds(90.5),
        Cell::Nothing,
    ];
    let bytes = book(head(&labels), SHEET_ROWS, &[row]);
    let mut read = Xlsx::new(Cursor::new(&bytes)).unwrap();
    assert_eq!(read.sheet_names(), ["Ventas más"]);
    let range = read.worksheet_range("Ventas más").unwrap();
    assert_eq!(range.get_size(), (2, 9));
    let cells: Vec<Data> = range.rows().nth(1).unwrap().to_vec();
    let string = |text: &str| Data::String(text.to_owned());
    assert_eq!(cells[0], string("=HYPERLINK(\"http://x\")"));
    assert_eq!(cells[1], string("51977452931"));
    assert_eq!(cells[2], string("Sí"));
    let dates: Vec<_> = cells[3..5]
        .iter()
        .map(|cell| match cell {
            Data::DateTime(time) => time.to_ymd_hms_milli(),
            other => unreachable!("{other:?}"),
        })
        .collect();
    assert_eq!(dates[0], (2022, 10, 1, 0, 0, 0, 0));
    assert_eq!(dates[1], (2022, 10, 1, 23, 9, 8, 0));
    assert_eq!(
        cells[5..8],
        [
            Data::Float(-1_234_567.0),
            Data::Float(0.25),
            Data::Float(90.5)
        ]
    );
    assert_eq!(cells[8], string("-"));
    assert!(read.worksheet_formula("Ventas más").unwrap().is_empty());
}

#[test]
fn whatever_people_write_is_read_back() {
    let texts = [
        "hola",
        "=1+1",
        "+51977452931",
        "-1",
        "@SUM(A1)",
        "  con espacios  ",
        "línea\notra",
        "👩‍👩‍👧 مرحبا \u{202e}abc שלום",
        "<b>&amp;\"'</b>",
        "]]>",
        "\u{1}\u{1f}",
        "_x0041_",
        "1e5",
    ];
    let rows: Vec<_> = texts.iter().map(|one| vec![text(one)]).collect();
    let bytes = book(head(&["Texto"]), SHEET_ROWS, &rows);
    let mut read = Xlsx::new(Cursor::new(&bytes)).unwrap();
    let range = read.worksheet_range_at(0).unwrap().unwrap();
    let found: Vec<String> = range.rows().skip(1).map(|row| row[0].to_string()).collect();
    assert_eq!(found, texts);
    let odd = ["uno\r\ndos\rtres", "a\0b", "\u{ffff}"];
    let rows: Vec<_> = odd.iter().map(|one| vec![text(one)]).collect();
    let bytes = book(head(&["Texto"]), SHEET_ROWS, &rows);
    let mut read = Xlsx::new(Cursor::new(&bytes)).unwrap();
    let range = read.worksheet_range_at(0).unwrap().unwrap();
    let found: Vec<String> = range.rows().skip(1).map(|row| row[0].to_string()).collect();
    assert_eq!(found, ["uno\ndos\ntres", "a\u{fffd}b", "\u{fffd}"]);
}

#[test]
fn a_full_sheet_is_followed_by_another_one_with_the_header() {
    for (rows, sheets) in [
        (0, vec![1]),
        (9, vec![10]),
        (10, vec![10, 2]),
        (25, vec![10, 10, 8]),
    ] {
        let cells: Vec<_> = (0..rows).map(|number| vec![Cell::Count(number)]).collect();
        let bytes = book(head(&["N"]), 10, &cells);
        let mut read = Xlsx::new(Cursor::new(&bytes)).unwrap();
        let names = read.sheet_names();
        let expected: Vec<String> = (1..=sheets.len())
            .map(|number| package::sheet_name("Ventas más", number))
            .collect();
        assert_eq!(names, expected);
        let mut numbers = Vec::new();
        for (name, height) in names.iter().zip(&sheets) {
            let range = read.worksheet_range(name).unwrap();
            assert_eq!(range.height(), *height, "{rows}");
            assert_eq!(range.get_value((0, 0)), Some(&Data::String("N".to_owned())));
            numbers.extend(range.rows().skip(1).map(|row| row[0].clone()));
        }
        let expected: Vec<Data> = (0..rows).map(|number| Data::Float(number as f64)).collect();
        assert_eq!(numbers, expected);
        let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
        let filter = format!("<autoFilter ref=\"A1:A{}\"/>", sheets[0]);
        assert!(sheet.contains(&filter), "{sheet}");
        assert!(sheet.contains("state=\"frozen\""));
    }
}

#[test]
fn the_same_rows_make_the_same_file_and_name_no_machine() {
    let rows = vec![vec![text("hola"), Cell::Nothing]; 5];
    let made = || book(head(&["A", "B"]), SHEET_ROWS, &rows);
    let bytes = made();
    assert_eq!(bytes, made());
    let core = part(&bytes, "docProps/core.xml");
    assert!(core.contains("<dc:title>Ventas &amp; &lt;más&gt;</dc:title>"));
    assert!(core.contains(">2022-10-02T01:00:00Z<"), "{core}");
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        let time = file.last_modified().unwrap();
        assert_eq!(time, zip::DateTime::DEFAULT);
    }
}

#[test]
fn columns_have_letters() {
    let names = [0, 25, 26, 51, 52, 701, 702].map(letters);
    assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
}

#[test]
fn a_sheet_holds_as_many_rows_as_spreadsheets_take() {
    let rows = 1_100_000;
    let mut book = Workbook::begin(head(&["N"])).unwrap();
    let mut bytes = Vec::new();
    for number in 0..rows {
        book.begin_row().unwrap();
        book.cell(&Cell::Count(number));
        book.end_row();
        if number % 10_000 == 0 {
            bytes.extend(book.take().unwrap());
        }
    }
    bytes.extend(book.finish().unwrap());
    let workbook = part(&bytes, "xl/workbook.xml");
    assert_eq!(workbook.matches("<sheet ").count(), 2);
    for (sheet, rows) in [(1, 1_048_576), (2, rows - 1_048_575 + 1)] {
        let sheet = part(&bytes, &format!("xl/worksheets/sheet{sheet}.xml"));
        assert_eq!(
            sheet.matches("<row ").count(),
            usize::try_from(rows).unwrap()
        );
        assert!(sheet.contains(&format!("<autoFilter ref=\"A1:A{rows}\"/>")));
    }
}
